"""What the catalogue holds besides standing offers: initiatives, practices, studies, laws, programmes, publications."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.models.term import Term
from ricomi.directory.models import Body, State, User

CASES = "cases"


class Part(models.TextChoices):
    """The part that a state has in an entry."""

    CONCERNED = "concerned", _("state concerned")
    REQUESTING = "requesting", _("requesting state")
    OFFERING = "offering", _("offering state")
    THIRD = "third", _("supporting partner")
    ORIGIN = "origin", _("state of origin")
    DESTINATION = "destination", _("state of destination")


# The parts of those who help: the offering states, and a third party that supports.
HELPING = (Part.OFFERING, Part.THIRD)
# Under which the search finds them, by one dimension.
HELPS = "helping"


class EntryQuerySet(models.QuerySet["Entry"]):
    def published(self) -> EntryQuerySet:
        """Entries that stand: everybody may read them."""
        return self.filter(withdrawn_at__isnull=True)

    def of_cases(self) -> EntryQuerySet:
        """The published results of closed cases."""
        return self.published().filter(source=CASES)

    def of_country(self, state: State | str, *parts: str) -> EntryQuerySet:
        """Entries in which a state has one of these parts; any part when none is named."""
        places = Place.objects.filter(entry=OuterRef("pk"), state=state)
        return self.filter(Exists(places.filter(part__in=parts) if parts else places))

    def for_list(self) -> EntryQuerySet:
        """What a list shows of each entry, in a constant number of queries."""
        begins = Left("text", 600)
        return self.defer("text", "lessons", "facts").annotate(begins=begins).prefetch_related("terms", "places")


class Entry(models.Model):
    """One thing that the region knows, classified by the thesaurus; everybody can read it until it is withdrawn.

    Where it comes from is `source`: `cases` for the result of a closed case, an information system's code for what was
    taken in from there, empty for what a delegation wrote. `origin` names it there, once.
    """

    class Kind(models.TextChoices):
        INITIATIVE = "initiative", _("initiative")
        PRACTICE = "practice", _("good practice")
        STUDY = "study", _("study")
        LAW = "law", _("legal instrument")
        SERIES = "series", _("statistical series")
        PROGRAMME = "programme", _("seasonal employment programme")
        PUBLICATION = "publication", _("publication")

    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.INITIATIVE)
    source = models.SlugField(_("source"), blank=True, default="", db_index=False)
    origin = models.CharField(_("reference there"), max_length=120)
    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("delegation")
    )
    title = models.CharField(_("title"), max_length=300)
    summary = models.TextField(_("summary"), blank=True)
    text = models.TextField(_("text"), blank=True)
    lessons = models.TextField(_("what was learnt"), blank=True)
    language = models.CharField(_("language of this text"), max_length=2, choices=l10n.LANGUAGES)
    url = models.URLField(_("link"), max_length=500, blank=True)
    terms = models.ManyToManyField(Term, related_name="+", verbose_name=_("terms"))
    since = models.DateField(_("began"), null=True, blank=True)
    until = models.DateField(_("ended"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), help_text=_("The year in which it ended, or was published when its end is not known."), db_index=True
    )
    amount_spent = models.DecimalField(_("amount spent"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    sample = models.BooleanField(_("sample"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_why = models.TextField(_("why it was withdrawn"), blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["-published_at", "-id"], name="entry_newest_first")]
        constraints = [
            models.UniqueConstraint(fields=["source", "origin"], name="entry_once_a_source"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="entry_ends_after_it_began",
            ),
            models.CheckConstraint(condition=Q(amount_spent__gte=0), name="entry_spent_nothing_negative"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalogue:entry", args=[self.pk])

    @property
    def is_of_a_case(self) -> bool:
        """Whether it is the published result of a closed case."""
        return self.source == CASES

    @property
    def is_of_a_delegation(self) -> bool:
        """Whether a delegation wrote it."""
        return not self.source

    @property
    def grouped_terms(self) -> Iterator[tuple[str, list[Term]]]:
        """The kinds of terms that classify it, each with its terms, in the thesaurus's order."""
        return by_kind(list(self.terms.all()))

    @property
    def themes(self) -> list[Term]:
        """The objectives of the Global Compact that it serves."""
        return [term for term in self.terms.all() if term.kind == Term.Kind.THEME]

    @property
    def grouped_places(self) -> Iterator[tuple[str, list[Place]]]:
        """The parts that states have in it, each with its states."""
        return by_part(list(self.places.all()))

    @property
    def state_codes(self) -> list[str]:
        """Codes of all states that have a part in it, each once."""
        return list(dict.fromkeys(place.state_id for place in self.places.all()))

    @property
    def period(self) -> str:
        """From when to when, as the reader writes days; empty when neither is known."""
        return period(self.since, self.until)

    @property
    def spent(self) -> str:
        """The amount spent with its currency, as the reader writes it."""
        return l10n.money(self.amount_spent, self.currency)

    @property
    def published(self) -> str:
        """The day of publication, as the reader writes it."""
        return l10n.day(self.published_at)


class Place(models.Model):
    """A state has a part in an entry."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="places")
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+", verbose_name=_("state"))
    part = models.CharField(_("part"), max_length=11, choices=Part.choices)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["part", "state"]
        constraints = [models.UniqueConstraint(fields=["entry", "state", "part"], name="place_once_an_entry")]
        indexes = [models.Index(fields=["state", "part"], name="place_of_a_state")]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_part_display()}"

    @property
    def name(self) -> str:
        """The state's name in the reader's language."""
        return l10n.country(self.state_id)


class Version(models.Model):
    """An entry's content as it was published once; versions are added, never changed."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    at = models.DateTimeField(_("published"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("version of an entry")
        verbose_name_plural = _("versions of entries")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="version_once_an_entry")]

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.number}"


def by_kind(terms: Sequence[Term]) -> Iterator[tuple[str, list[Term]]]:
    """The kinds of some terms, each with its terms, in the thesaurus's order."""
    for kind in Term.Kind:
        if found := [term for term in terms if term.kind == kind]:
            yield str(kind.label), found


def by_part(places: Sequence[Place]) -> Iterator[tuple[str, list[Place]]]:
    """The parts that states have in something, each with its states."""
    for part in Part:
        if found := [place for place in places if place.part == part]:
            yield str(part.label), found


def period(since: datetime.date | None, until: datetime.date | None) -> str:
    """From when to when, as the reader writes days; empty when neither is known."""
    return " – ".join(l10n.day(value) for value in (since, until) if value)
