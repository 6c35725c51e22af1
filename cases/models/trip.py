"""What an expert's trip for a case is: who travels, on which legs, at what estimate, and what was claimed for it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases import travel
from cases.models.case import Case
from cases.models.exchange import OfCase
from cases.models.papers import Document
from ricomi import l10n
from ricomi.directory.models import Body, User
from ricomi.directory.subject import stage_needs_entry

AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}
MOST = Decimal("999999999999.99")


class TripStage(models.TextChoices):
    """Where a trip stands; written by the trip's flow alone."""

    PLANNED = "planned", _("Planned")
    AUTHORISED = "authorised", _("Authorised")
    ADVANCED = "advanced", _("Advance released")
    TRAVELLED = "travelled", _("Travelled")
    REPORTED = "reported", _("Reported")
    SETTLING = "settling", _("Expenses being settled")
    RECOVERING = "recovering", _("Advance to recover")
    SETTLED = "settled", _("Settled")
    CANCELLED = "cancelled", _("Cancelled")


class Kind(models.TextChoices):
    """What money is spent on when somebody travels: of the estimate, and of each line of a claim."""

    FARE = "fare", _("Fare")
    SUBSISTENCE = "subsistence", _("Subsistence")
    VISA = "visa", _("Visa")
    INSURANCE = "insurance", _("Insurance")
    LOCAL = "local", _("Terminals and local transport")
    OTHER = "other", _("Other costs")


class TripQuerySet(models.QuerySet["Trip"]):
    def clashing(self, traveller: int, first: datetime.date, last: datetime.date) -> TripQuerySet:
        """Trips of a person that are not over or called off and touch one of these days."""
        over = (TripStage.SETTLED, TripStage.CANCELLED, TripStage.RECOVERING)
        return self.filter(traveller=traveller, starts_on__lte=last, ends_on__gte=first).exclude(stage__in=over)


class Trip(OfCase):
    """An expert travels for a case. All amounts are in the case's currency.

    `subsistence` is the reckoning day by day (`travel.Day.as_kept`) with the rates that counted when the trip was
    planned; once authorised it stays, whatever is imported later.
    """

    ENDED = frozenset({TripStage.SETTLED, TripStage.CANCELLED})
    BODIES = Case.BODIES | {"sending"}
    WITH = (*OfCase.WITH, "traveller")

    traveller = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("traveller"))
    # The state whose expert travels; empty of old trips: the leading partner.
    sending = models.ForeignKey(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("travels for")
    )
    purpose = models.CharField(_("purpose"), max_length=300)
    line = models.CharField(_("budget line"), max_length=12, blank=True, default="")
    origin = models.CharField(_("from"), max_length=100)
    destination = models.CharField(_("to"), max_length=100)
    starts_on = models.DateField(_("leaves on"))
    ends_on = models.DateField(_("returns on"))
    visa = models.DecimalField(_("visa"), default=Decimal(0), **AMOUNT)
    insurance = models.DecimalField(_("insurance"), default=Decimal(0), **AMOUNT)
    local = models.DecimalField(_("terminals and local transport"), default=Decimal(0), **AMOUNT)
    other = models.DecimalField(_("other costs"), default=Decimal(0), **AMOUNT)
    subsistence = models.JSONField(default=list)
    estimate = models.DecimalField(_("estimate"), default=Decimal(0), **AMOUNT)
    advance = models.DecimalField(_("advance"), default=Decimal(0), **AMOUNT)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    returned_on = models.DateField(_("returned on"), null=True, blank=True)
    report = models.TextField(_("trip report"), blank=True)
    lessons = models.TextField(_("what was learnt"), blank=True)
    met = models.TextField(_("people and institutions met"), blank=True)
    spent = models.DecimalField(_("spent"), null=True, blank=True, **AMOUNT)
    over_reason = models.TextField(_("why more was spent"), blank=True)
    stage = models.CharField(_("stage"), max_length=10, choices=TripStage.choices, default=TripStage.PLANNED)

    objects = TripQuerySet.as_manager()

    class Meta:
        verbose_name = _("trip")
        verbose_name_plural = _("trips")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="trip_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(visa__gte=0, insurance__gte=0, local__gte=0, other__gte=0, advance__gte=0)
                & Q(estimate__gte=0, estimate__lte=MOST)
                & (Q(spent__isnull=True) | Q(spent__gte=0, spent__lte=MOST)),
                name="trip_costs_no_less_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(returned_on__isnull=True) | Q(returned_on__gte=F("left_on")),
                name="trip_came_back_after_it_left",
            ),
        ]
        indexes = [models.Index(fields=["traveller", "starts_on"], name="trip_of_a_traveller")]
        triggers = stage_needs_entry("trip")

    def __str__(self) -> str:
        return f"{self.traveller}: {self.origin} – {self.destination}"

    def get_absolute_url(self) -> str:
        return reverse("cases:trip", args=[self.case.reference, self.pk])

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in the case; `sending` is the state for which the expert travels."""
        if name == "sending" and self.sending_id:
            return [self.sending_id]
        return super().bodies("leading" if name == "sending" else name, item)

    @property
    def currency(self) -> str:
        return self.case.currency

    @cached_property
    def days(self) -> list[travel.Day]:
        """The subsistence day by day, as it was reckoned."""
        return [travel.Day.of(kept) for kept in self.subsistence]

    def estimated(self, legs: Iterable[Leg]) -> dict[str, Decimal]:
        """The estimate by kind; `legs` are the trip's own."""
        return {
            Kind.FARE: sum((leg.fare for leg in legs), Decimal(0)),
            Kind.SUBSISTENCE: sum((day.amount for day in self.days), Decimal(0)),
            **{kind: getattr(self, kind) for kind in (Kind.VISA, Kind.INSURANCE, Kind.LOCAL, Kind.OTHER)},
        }

    @property
    def most_advance(self) -> Decimal:
        """The greatest advance: the share of the estimate that the Fund sets, rounded down."""
        return travel.share_of(self.estimate, travel.ADVANCE_SHARE, self.currency)

    @property
    def travelled(self) -> list[travel.Day]:
        """The subsistence of the days actually travelled; of the planned ones until they are reported."""
        first, last = self.left_on or self.starts_on, self.returned_on or self.ends_on
        return travel.as_travelled(self.days, first, last, l10n.currency_digits(self.currency))

    @property
    def most_subsistence(self) -> Decimal:
        """What the rule gives for the days actually travelled."""
        return sum((day.amount for day in self.travelled), Decimal(0))

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the case and of the trip."""
        return super().letter_facts() | {"detail": str(self)}


class Leg(models.Model):
    """One way from place to place, between two days, with its fare in the case's currency.

    `rate` is a daily rate that whoever planned wrote for the place of arrival, with its source, where the table has
    none.
    """

    class Mode(models.TextChoices):
        AIR = "air", _("by air")
        LAND = "land", _("by land")
        SEA = "sea", _("by sea or river")

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="legs")
    number = models.PositiveSmallIntegerField(_("leg"))
    from_place = models.CharField(_("from"), max_length=100)
    from_country = models.CharField(_("from the country"), max_length=2, blank=True)
    to_place = models.CharField(_("to"), max_length=100)
    to_country = models.CharField(_("to the country"), max_length=2, blank=True)
    departs = models.DateField(_("departs"))
    arrives = models.DateField(_("arrives"))
    mode = models.CharField(_("means"), max_length=4, choices=Mode.choices, default=Mode.AIR)
    fare = models.DecimalField(_("fare"), **AMOUNT)
    rate = models.DecimalField(_("daily rate"), null=True, blank=True, **AMOUNT)
    rate_source = models.CharField(_("source of the daily rate"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("leg of a trip")
        verbose_name_plural = _("legs of trips")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["trip", "number"], name="leg_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=travel.MOST_LEGS), name="leg_of_twelve_at_most"
            ),
            models.CheckConstraint(condition=Q(arrives__gte=F("departs")), name="leg_arrives_after_it_departs"),
            models.CheckConstraint(condition=Q(fare__gte=0, fare__lte=MOST), name="leg_costs_no_less_than_nothing"),
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | (Q(rate__gt=0, rate__lte=MOST) & ~Q(rate_source="")),
                name="leg_rate_has_its_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_place} – {self.to_place}"


class ClaimLine(models.Model):
    """One expense that the traveller claims, in the case's currency, with its receipt."""

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="claim")
    kind = models.CharField(_("what it was for"), max_length=11, choices=Kind.choices)
    day = models.DateField(_("day"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    what = models.CharField(_("details"), max_length=200, blank=True)
    receipt = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("receipt")
    )

    class Meta:
        verbose_name = _("line of an expense claim")
        verbose_name_plural = _("lines of expense claims")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=MOST), name="claim_is_an_amount"),
            models.CheckConstraint(
                condition=Q(kind="subsistence") | Q(receipt__isnull=False), name="claim_has_its_receipt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
