"""What states can learn from: the thesaurus, what each state offers, and the published results of closed cases."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.search import Folded, words
from ricomi.directory.models import Body, State, User


class TermQuerySet(models.QuerySet["Term"]):
    def themes(self) -> TermQuerySet:
        """The objectives of the Global Compact for Migration, in their order."""
        return self.filter(kind=Term.Kind.THEME)

    def populations(self) -> TermQuerySet:
        """The groups of people whom a cooperation serves."""
        return self.filter(kind=Term.Kind.POPULATION)

    def sectors(self) -> TermQuerySet:
        """Purposes of aid by their DAC/CRS codes."""
        return self.filter(kind=Term.Kind.SECTOR)


class Term(models.Model):
    """A word of the network's thesaurus, named in four languages."""

    class Kind(models.TextChoices):
        THEME = "theme", _("theme")
        POPULATION = "population", _("population")
        SECTOR = "sector", _("sector")

    code = models.SlugField(_("code"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    labels = models.JSONField(_("labels"), help_text=_("Labels by language code."))
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["kind", "order", "code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The term in the reader's language."""
        return l10n.in_language(self.labels)


THEMES = {"kind": Term.Kind.THEME}
POPULATIONS = {"kind": Term.Kind.POPULATION}


class StandingOfferQuerySet(models.QuerySet["StandingOffer"]):
    def in_force(self, on: datetime.date | None = None) -> StandingOfferQuerySet:
        """Offers that hold on a day (UTC; today when none is given) and were not withdrawn."""
        day = on or l10n.today()
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day, withdrawn_at__isnull=True)

    def offering(self, themes: Iterable[Term | str], on: datetime.date | None = None) -> models.QuerySet[Body]:
        """Delegations of participating states with an offer in force on one of these themes, by code."""
        offers = self.in_force(on).filter(body=OuterRef("pk"), themes__in=list(themes))
        states = State.objects.participating(on).values("pk")
        return Body.objects.filter(Exists(offers), kind=Body.Kind.DELEGATION, state__in=states).order_by("code")

    def for_list(self) -> StandingOfferQuerySet:
        """What a list shows of each offer, in a constant number of queries."""
        return self.select_related("body").prefetch_related("themes", "populations")


class StandingOffer(models.Model):
    """What a state is ready to share with any other that asks, until it says otherwise."""

    class Modality(models.TextChoices):
        EXPERT = "expert", _("visit of an expert")
        STUDY_VISIT = "study_visit", _("study visit to the offering state")
        TRAINING = "training", _("training course")
        REMOTE = "remote", _("advice at a distance")
        MATERIALS = "materials", _("exchange of documents and tools")

    body = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        related_name="standing_offers",
        verbose_name=_("delegation"),
        limit_choices_to={"kind": Body.Kind.DELEGATION},
    )
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("what is offered"), max_length=5000)
    language = models.CharField(_("language of this text"), max_length=2, choices=l10n.LANGUAGES, default="es")
    modality = models.CharField(_("how"), max_length=11, choices=Modality.choices, default=Modality.EXPERT)
    themes = models.ManyToManyField(Term, related_name="+", limit_choices_to=THEMES, verbose_name=_("themes"))
    populations = models.ManyToManyField(
        Term, related_name="+", limit_choices_to=POPULATIONS, blank=True, verbose_name=_("populations")
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=l10n.LANGUAGES),
        verbose_name=_("working languages"),
        help_text=_("The languages in which your people can work."),
    )
    since = models.DateField(_("holds from"), default=l10n.today)
    until = models.DateField(
        _("holds until"),
        null=True,
        blank=True,
        help_text=_("The last day; leave it empty for an offer without an end."),
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = StandingOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing offer")
        verbose_name_plural = _("standing offers")
        ordering = ["body", "title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="offer_ends_after_it_began"
            ),
            models.UniqueConstraint(
                fields=["body", "title"], condition=Q(withdrawn_at__isnull=True), name="offer_title_once_a_delegation"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="offer_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalogue:offer", args=[self.pk])

    @property
    def language_names(self) -> list[str]:
        """The working languages, each by its own name."""
        return [name for code, name in l10n.LANGUAGES if code in self.languages]

    @property
    def first_day(self) -> str:
        """The first day, as the reader writes it."""
        return l10n.day(self.since)

    @property
    def last_day(self) -> str:
        """The last day, as the reader writes it; empty for an offer without an end."""
        return l10n.day(self.until) if self.until else ""


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    def about(self, text: str) -> InitiativeQuerySet:
        """Initiatives in which every word occurs, whatever the accents and capitals."""
        found = self
        for word in words(text):
            found = found.filter(searched__contains=word)
        return found

    def of_country(self, state: State | str) -> InitiativeQuerySet:
        """Initiatives that a state asked for or offered."""
        return self.filter(Q(requesting_state=state) | Q(offering_state=state))

    def for_list(self) -> InitiativeQuerySet:
        """What a list shows of each initiative, in a constant number of queries."""
        return self.defer("results", "lessons", "searched").prefetch_related("themes", "populations")


class Initiative(models.Model):
    """The published result of a closed case: what two states did together and what came of it."""

    origin = models.CharField(_("case"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=300)
    summary = models.TextField(_("summary"))
    results = models.TextField(_("results"))
    lessons = models.TextField(_("what was learnt"), blank=True)
    language = models.CharField(_("language of this text"), max_length=2, choices=l10n.LANGUAGES)
    requesting_state = models.ForeignKey(
        State, on_delete=models.PROTECT, related_name="+", verbose_name=_("requesting state")
    )
    offering_state = models.ForeignKey(
        State, on_delete=models.PROTECT, related_name="+", verbose_name=_("offering state")
    )
    themes = models.ManyToManyField(Term, related_name="+", limit_choices_to=THEMES, verbose_name=_("themes"))
    populations = models.ManyToManyField(
        Term, related_name="+", limit_choices_to=POPULATIONS, blank=True, verbose_name=_("populations")
    )
    started_on = models.DateField(_("began"), null=True, blank=True)
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), help_text=_("The year in which it ended, or was published when its end is not known."), db_index=True
    )
    amount_spent = models.DecimalField(_("amount spent"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    searched = models.GeneratedField(
        expression=Folded(
            Concat(
                "origin",
                Value(" "),
                "title",
                Value(" "),
                "summary",
                Value(" "),
                "results",
                Value(" "),
                "lessons",
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("initiative")
        verbose_name_plural = _("initiatives")
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["-published_at", "-id"], name="initiative_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(started_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="initiative_ends_after_it_began",
            ),
            models.CheckConstraint(condition=Q(amount_spent__gte=0), name="initiative_spent_nothing_negative"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalogue:initiative", args=[self.pk])

    @property
    def requesting_name(self) -> str:
        """The requesting state's name in the reader's language."""
        return l10n.country(self.requesting_state_id)

    @property
    def offering_name(self) -> str:
        """The offering state's name in the reader's language."""
        return l10n.country(self.offering_state_id)

    @property
    def period(self) -> str:
        """From when to when, as the reader writes days; empty when neither is known."""
        days = [l10n.day(value) for value in (self.started_on, self.ended_on) if value]
        return " – ".join(days)

    @property
    def spent(self) -> str:
        """The amount spent with its currency, as the reader writes it."""
        return l10n.money(self.amount_spent, self.currency)

    @property
    def published(self) -> str:
        """The day of publication, as the reader writes it."""
        return l10n.day(self.published_at)
