"""What moves during the exchange beside trips: disbursements from what was reserved, and more time for a step."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases.models.case import Case
from ricomi.directory.models import Body, User
from ricomi.directory.subject import Subject, stage_needs_entry


class OfCase(Subject):
    """A subject of a flow of its own that belongs to a case and locks with it."""

    BODIES = Case.BODIES
    WITH: ClassVar[tuple[str, ...]] = ("case", "case__requesting", "case__offering")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return f"{reverse('cases:case', args=[self.case.reference])}#{self._meta.model_name}-{self.pk}"

    @property
    def root(self) -> Case:
        """The row that every act on this subject locks."""
        return self.case

    @property
    def reference(self) -> str:
        return f"{self.case.reference}/{self._meta.model_name}-{self.pk}"

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in the case, as keys."""
        return self.case.bodies(name, item)

    def party_states(self) -> set[str]:
        """Codes of the states that ask or offer in the case."""
        return self.case.party_states()

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the case."""
        return self.case.letter_facts()


class DisbursementStage(models.TextChoices):
    """Where a disbursement stands; written by its flow alone."""

    REQUESTED = "requested", _("Requested")
    PROPOSED = "proposed", _("Proposed for release")
    OUT = "out", _("Released, to be accounted for")
    RETURNING = "returning", _("Unspent money to come back")
    ACCOUNTED = "released", _("Released and accounted for")
    REFUSED = "refused", _("Refused")


class Disbursement(OfCase):
    """A tranche: money released for a line of the budget other than a trip, in the case's currency.

    It is released not before a day, and where the Fund wants it only once a report was handed in. The state accounts
    for what it spent of it; the rest comes back.
    """

    ENDED = frozenset({DisbursementStage.ACCOUNTED, DisbursementStage.REFUSED})

    purpose = models.CharField(_("purpose"), max_length=300)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    line = models.CharField(_("budget line"), max_length=12, blank=True, default="")
    payee = models.CharField(_("payee"), max_length=140, blank=True, default="")
    not_before = models.DateField(_("not before"), null=True, blank=True)
    needs_report = models.BooleanField(_("a report comes first"), default=False)
    report = models.TextField(_("report"), blank=True, default="")
    # The ledger's posting by which it was released, by key: records know nothing of the Fund's books.
    posting = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    spent = models.DecimalField(_("spent"), max_digits=14, decimal_places=2, null=True, blank=True)
    account = models.TextField(_("what it was spent on"), blank=True, default="")
    stage = models.CharField(
        _("stage"), max_length=10, choices=DisbursementStage.choices, default=DisbursementStage.REQUESTED
    )

    class Meta:
        verbose_name = _("disbursement")
        verbose_name_plural = _("disbursements")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="disbursement_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(spent__isnull=True) | Q(spent__gte=0, spent__lte=F("amount")),
                name="disbursement_spends_what_it_is",
            ),
        ]
        triggers = stage_needs_entry("disbursement")

    def __str__(self) -> str:
        return self.purpose

    @property
    def unspent(self) -> Decimal:
        """What of it is to come back by the account, in the case's currency."""
        return self.amount - (self.spent if self.spent is not None else self.amount)

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the case and of the disbursement."""
        unspent = f"{self.unspent} {self.case.currency}" if self.unspent else ""
        return super().letter_facts() | {"detail": self.purpose, "unspent": unspent}


class ExtensionStage(models.TextChoices):
    """Where a request for more time stands; written by its flow alone."""

    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    LAPSED = "lapsed", _("Not decided in time")


class Extension(OfCase):
    """More time for one step of a case, asked for by whose step it is; each step's time is extended once at most."""

    ENDED = frozenset({ExtensionStage.GRANTED, ExtensionStage.REFUSED, ExtensionStage.LAPSED})
    BODIES = Case.BODIES | {"asking"}
    LONGEST = 60

    # The step's task, by key: records know nothing of flows.
    task = models.PositiveBigIntegerField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asking = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for"))
    days = models.PositiveSmallIntegerField(_("working days more"))
    reason = models.TextField(_("reason"))
    stage = models.CharField(_("stage"), max_length=8, choices=ExtensionStage.choices, default=ExtensionStage.ASKED)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=60), name="extension_of_some_days"),
            models.UniqueConstraint(
                fields=["task"], condition=Q(stage__in=["asked", "granted"]), name="extension_once_a_step"
            ),
        ]
        triggers = stage_needs_entry("extension")

    def __str__(self) -> str:
        return ngettext("%(count)d more working day", "%(count)d more working days", self.days) % {"count": self.days}

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in the case; `asking` is the one that needs more time."""
        return [self.asking_id] if name == "asking" else self.case.bodies(name, item)

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the case and of what was asked for."""
        return super().letter_facts() | {"detail": str(self)}
