"""The case itself, who is a party to it, and who else may see it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Value, prefetch_related_objects
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import counterpart
from cases.counterpart import Counterpart
from cases.models.party import KNOW_THE_INVITED, PARTNERS, Grant, Part, Party
from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.catalogue.search import Folded, words
from ricomi.directory.authority import SEE_CASES, Authority
from ricomi.directory.models import Body, User, VotingRule
from ricomi.directory.subject import Subject, stage_needs_entry


class Stage(models.TextChoices):
    """Where a case stands; written by the flow alone, together with its own step."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    ADMISSIBILITY = "admissibility", _("Admissibility")
    RETURNED = "returned", _("Returned for information")
    MATCHING = "matching", _("Matching")
    AGREEMENT = "agreement", _("Agreement of the work plan")
    ENDORSEMENT = "endorsement", _("Endorsement")
    DEFERRED = "deferred", _("Endorsement deferred")
    NOT_ENDORSED = "not_endorsed", _("Not endorsed; may be reconsidered")
    FUNDING = "funding", _("Funding")
    WAITING = "waiting", _("Waiting for contributions")
    EXCHANGE = "exchange", _("Exchange")
    REPORTING = "reporting", _("Reporting")
    SETTLEMENT = "settlement", _("Settlement")
    SUSPENDED = "suspended", _("Suspended")
    WINDING_UP = "winding_up", _("Winding up")
    CLOSED = "closed", _("Closed")
    INADMISSIBLE = "inadmissible", _("Inadmissible")
    NO_PARTNER = "no_partner", _("No partner found")
    REJECTED = "rejected", _("Rejected")
    REFUSED = "refused", _("Funding refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = frozenset(
    {
        Stage.CLOSED,
        Stage.INADMISSIBLE,
        Stage.NO_PARTNER,
        Stage.REJECTED,
        Stage.REFUSED,
        Stage.WITHDRAWN,
        Stage.CANCELLED,
    }
)


LONG_TEXTS = (
    "need", "objectives", "expected_results", "original", "plan", "report", "results", "lessons", "searched",
)  # fmt: skip


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, rights: Authority) -> CaseQuerySet:
        """Cases to which one of the reader's bodies is a party, or that were opened to them by a grant in force."""
        now = timezone.now()
        party = Party.objects.filter(case=OuterRef("pk"), body__in=rights.bodies(SEE_CASES), until__isnull=True)
        grant = Grant.objects.filter(
            case=OuterRef("pk"), person=rights.person_id, revoked_at__isnull=True, since__lte=now, until__gt=now
        )
        return self.filter(Exists(party) | Exists(grant))

    def open(self) -> CaseQuerySet:
        """Cases whose way has not ended."""
        return self.exclude(stage__in=ENDED)

    def funded(self) -> CaseQuerySet:
        """Cases that were brought before the Fund."""
        return self.filter(Exists(Party.objects.filter(case=OuterRef("pk"), part=Part.FUND)))

    def in_line(self) -> CaseQuerySet:
        """Cases that wait for money, whoever began to wait first at the head."""
        return self.filter(stage=Stage.WAITING, waiting_since__isnull=False).order_by("waiting_since", "pk")

    def for_cards(self) -> CaseQuerySet:
        """What a card shows of each case, in one query, its long texts left where they are."""
        return self.select_related("requesting", "offering").defer(*LONG_TEXTS)

    def counting_partners(self) -> CaseQuerySet:
        """Each knows as `beside` how many help in it beside the leading partner, without another query."""
        helping = Party.objects.filter(case=OuterRef("pk"), part__in=PARTNERS, until__isnull=True)
        others = helping.exclude(body=OuterRef("offering")).order_by().values("case")
        return self.annotate(beside=Coalesce(Subquery(others.annotate(n=Count("pk")).values("n")), 0))

    def for_list(self) -> CaseQuerySet:
        """What a list shows of each case, in three queries."""
        return self.for_cards().prefetch_related("themes", Party.helping())

    def about(self, text: str) -> CaseQuerySet:
        """Cases in whose reference, title or need every word occurs, whatever the accents and capitals."""
        found = self
        for word in words(text):
            found = found.filter(searched__contains=word)
        return found


class Case(Subject):
    """One cooperation, from the draft of a request to its published result."""

    reference = models.CharField(_("reference"), max_length=24, unique=True)
    title = models.CharField(_("title"), max_length=300)
    requesting = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+", verbose_name=_("requesting state"))
    offering = models.ForeignKey(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("offering state")
    )
    language = models.CharField(_("language of the request"), max_length=2, choices=l10n.LANGUAGES, default="es")
    need = models.TextField(_("what help is asked for"), blank=True)
    objectives = models.TextField(_("objectives"), blank=True)
    expected_results = models.TextField(_("expected results"), blank=True)
    themes = models.ManyToManyField(Term, related_name="+", verbose_name=_("themes"))
    populations = models.ManyToManyField(Term, related_name="+", verbose_name=_("populations"))
    starts_on = models.DateField(_("begins on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    amount_asked = models.DecimalField(_("asked from the Fund"), max_digits=14, decimal_places=2, null=True, blank=True)
    stated_total = models.DecimalField(_("total of the budget"), max_digits=14, decimal_places=2, null=True, blank=True)
    # What the parties themselves put in: see `counterparts`.
    parts = models.JSONField(default=list, editable=False)
    original = models.JSONField(null=True, blank=True, editable=False)
    form_sha256 = models.CharField(max_length=64, blank=True, db_index=True, editable=False)

    stage = models.CharField(_("stage"), max_length=14, choices=Stage.choices, default=Stage.DRAFT, db_index=True)
    stage_since = models.DateTimeField(_("in this stage since"), default=timezone.now)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    case_officer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("case officer")
    )

    plan = models.TextField(_("work plan"), blank=True)
    rule = models.ForeignKey(
        VotingRule, on_delete=models.PROTECT, related_name="+", verbose_name=_("rule of its endorsement")
    )
    endorsement_round = models.PositiveSmallIntegerField(default=0)
    reconsidered_at = models.DateTimeField(_("reconsideration asked"), null=True, blank=True)
    meeting_on = models.DateField(_("meeting at which it is taken up"), null=True, blank=True)
    matching_round = models.PositiveSmallIntegerField(default=0)
    # Since when the case stands in the line for money that the Fund lacks; empty while it does not.
    waiting_since = models.DateTimeField(null=True, blank=True, editable=False)
    amount_proposed = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    report = models.TextField(_("final report"), blank=True)
    results = models.TextField(_("results"), blank=True)
    lessons = models.TextField(_("what was learnt"), blank=True)
    ending = models.CharField(max_length=14, choices=Stage.choices, blank=True, default="")
    # Folded once when it is written, not for every case at every search.
    searched = models.GeneratedField(
        expression=Folded(
            Concat("reference", Value(" "), "title", Value(" "), "need", output_field=models.TextField())
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="case_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(amount_asked__isnull=True) | Q(amount_asked__gte=0), name="case_asks_no_negative_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="case_newest_first"),
            models.Index(fields=["-stage_since", "-id"], name="case_changed_last"),
        ]
        triggers = stage_needs_entry("case")

    ENDED = ENDED
    WITH = ("requesting", "offering", "rule")
    BODIES = frozenset(
        {
            "requesting", "leading", "beside", "offering", "helping", "partner", "released", "invited", "asked",
            "not_chosen", "secretariat", "ceam", "fund", "party", "participant",
        }
    )  # fmt: skip

    def __str__(self) -> str:
        """The reference alone: the technical administrator's pages name a case by this, and its title is content."""
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("cases:case", args=[self.reference])

    @property
    def counterparts(self) -> list[Counterpart]:
        """What the parties themselves put in, in cash or in kind."""
        return counterpart.read(self.parts)

    def known_bodies(self) -> dict[int, Body]:
        """The bodies of the case that were fetched with it, by key."""
        fetched = getattr(self, "_prefetched_objects_cache", {}).get("parties", ())
        return {party.body_id: party.body for party in fetched}

    @property
    def total_first(self) -> Decimal | None:
        """The total that the request first stated, if it came from a form."""
        stated = (self.original or {}).get("stated_total")
        return Decimal(stated) if stated is not None else None

    def enter(self, stage: str, at: datetime.datetime) -> None:
        """Write the stage that the flow has reached; the database refuses it without the timeline's entry."""
        if stage != self.stage:
            self.stage, self.stage_since = stage, at
        if self.has_ended and self.ended_at is None:
            self.ended_at = at
        self.save(update_fields=["stage", "stage_since", "ended_at", "revision"])

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in this case, as keys.

        `item` names the invitation when the part is `invited` or `asked`, the party when it is `partner`.
        """
        if name == "requesting":
            return [self.requesting_id]
        if name == "leading":
            return [self.offering_id] if self.offering_id else []
        if name in ("beside", "offering", "helping", "partner"):
            return self._helping(name, item)
        if name == "released":
            gone = self.parties.filter(part__in=PARTNERS, until__isnull=False, answer=Party.Answer.RELEASED)
            return list(gone.values_list("body_id", flat=True))
        if name in ("invited", "asked"):
            invitations = self.invitations.filter(pk=item) if item else self.invitations.all()
            if name == "asked" and not item:
                invitations = invitations.filter(round=self.matching_round, answer="waiting").exclude(support="")
            return [invitation.body_id for invitation in invitations]
        if name == "not_chosen":
            offers = self.invitations.filter(
                round=self.matching_round, chosen=False, answer__in=("accepted", "countered")
            )
            return list(offers.values_list("body_id", flat=True))
        if name in ("party", "participant"):
            silent = {Part.OVERSIGHT} if name == "participant" else set()
            return [party.body_id for party in self.parties.all() if party.until is None and party.part not in silent]
        return super().bodies(name, item)

    def party_states(self) -> set[str]:
        """Codes of the states that ask, offer or support in this case; their reviewers are recused."""
        bodies = [self.requesting, *(party.body for party in self.partners())]
        return {body.state_id for body in bodies if body.state_id}

    def fetch_parties(self) -> None:
        """Fetch all parties with their bodies at once, for a page that asks for them again and again."""
        prefetch_related_objects([self], Prefetch("parties", Party.objects.select_related("body")))

    def partners(self) -> list[Party]:
        """Who helps in this case today: the leading partner, the other offering states, then who supports them."""
        found = getattr(self, "helping", None)
        if found is None:
            fetched = "parties" in getattr(self, "_prefetched_objects_cache", {})
            found = self.parties.all() if fetched else self.parties.select_related("body")
        helping = [party for party in found if party.until is None and party.part in PARTNERS]
        return sorted(helping, key=lambda party: (party.body_id != self.offering_id, party.part == Part.THIRD))

    @property
    def helpers(self) -> str:
        """The names of those who help, the leading partner's first."""
        third = str(_("%(state)s (supports)"))
        return ", ".join(
            third % {"state": one.body} if one.part == Part.THIRD else str(one.body) for one in self.partners()
        )

    @property
    def states(self) -> str:
        """Who asks, and who helps."""
        helpers = self.helpers
        return f"{self.requesting} → {helpers}" if helpers else str(self.requesting)

    def _helping(self, name: str, item: int | None) -> list[int]:
        """The bodies of all who help, of one of them, or of some: the offering states, those beside the leading one."""
        parties = [one for one in self.partners() if item is None or name != "partner" or one.pk == item]
        if name == "offering":
            parties = [one for one in parties if one.part == Part.OFFERING]
        if name == "beside":
            parties = [one for one in parties if one.body_id != self.offering_id]
        return [one.body_id for one in parties]

    def reads_invitations(self, own: Iterable[int]) -> bool:
        """Whether members of these bodies may know whom else the case invited: invited states may not."""
        return any(party.part in KNOW_THE_INVITED and party.body_id in own for party in self.parties.all())

    def join(self, part: Part, *bodies: Body | int, **what: str) -> None:
        """Bodies take a part in the case from now on, and see it; `what` they do in it, if that was said."""
        for body in bodies:
            key = body if isinstance(body, int) else body.pk
            Party.objects.update_or_create(
                case=self, body_id=key, part=part, defaults={"until": None, "answer": "", **what}
            )
        self.__dict__.pop("_prefetched_objects_cache", None)

    def leave(self, part: Part, bodies: Iterable[int]) -> None:
        """Bodies no longer have a part in the case; what they did in it stays."""
        self.parties.filter(part=part, body__in=list(bodies), until__isnull=True).update(until=timezone.now())
        self.__dict__.pop("_prefetched_objects_cache", None)
