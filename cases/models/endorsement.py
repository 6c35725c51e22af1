"""What the CEAM decided on a case, the conditions that it set, and what each reviewer last saw of its file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.exchange import OfCase
from ricomi import l10n
from ricomi.directory.models import User, VotingRule
from ricomi.directory.subject import stage_needs_entry


class Decision(models.Model):
    """What a vote of the CEAM came to, as it stood when it was closed. Append-only.

    `record` holds `delegations`, `words` (state, choice, person, rank, on_behalf, remark; none of a secret vote),
    `count` by choice, `recused` (state: why), `silent` and those of them `agreeing`, `conditions`, `reason` with the
    texts of the conditions and `remarks` without, and the `chair` (person, on_behalf); in a session also its `session`
    and who was `attending`; on a revision of the budget the `revised_total`. Numbers run by year.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    rule = models.ForeignKey(VotingRule, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=20, unique=True)
    outcome = models.CharField(_("outcome"), max_length=24)
    at = models.DateTimeField(_("decided"), default=timezone.now)
    needed = models.PositiveSmallIntegerField(_("quorum needed"))
    present = models.PositiveSmallIntegerField(_("present"))
    closing = models.CharField(max_length=10)
    reconsidered = models.BooleanField(_("on reconsideration"), default=False)
    record = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("cases:decision", args=[self.case.reference, self.number])

    @property
    def about(self) -> str:
        """What was decided on, where it was not the request itself."""
        total = self.record.get("revised_total")
        if total is None:
            return ""
        said = {"total": l10n.money(Decimal(total), self.case.currency)}
        return str(_("Revision of the budget to %(total)s") % said)


class ConditionStage(models.TextChoices):
    """Where a condition stands; written by its flow alone."""

    SET = "set", _("To be met")
    REPORTED = "reported", _("Reported as met")
    MET = "met", _("Met")
    WAIVED = "waived", _("Waived")


class Blocks(models.TextChoices):
    """What a condition holds back until it is met."""

    RESERVATION = "reservation", _("the reservation of the money")
    ADVANCE = "advance", _("the first advance for a trip")
    DISBURSEMENT = "disbursement", _("the first disbursement")
    CLOSURE = "closure", _("the acceptance of the final report")


class Condition(OfCase):
    """Something that the CEAM asks of a state before a release: who meets it, by which day."""

    OWNERS = (("requesting", _("the requesting state")), ("offering", _("the offering state")))
    ENDED = frozenset({ConditionStage.MET, ConditionStage.WAIVED})
    BODIES = Case.BODIES | {"owner"}

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="conditions")
    number = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("condition"))
    owner = models.CharField(_("who meets it"), max_length=10, choices=OWNERS)
    due_on = models.DateField(_("by"))
    blocks = models.CharField(_("until then it holds back"), max_length=12, choices=Blocks.choices)
    account = models.TextField(_("how it was met"), blank=True)
    stage = models.CharField(_("stage"), max_length=8, choices=ConditionStage.choices, default=ConditionStage.SET)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["pk"]
        triggers = stage_needs_entry("condition")

    def __str__(self) -> str:
        return self.text if len(self.text) <= 80 else f"{self.text[:79]}…"

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in the case; `owner` is the state that meets the condition."""
        if name == "owner":
            name = "leading" if self.owner == "offering" else self.owner
        return self.case.bodies(name, item)

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the case and of the condition."""
        return super().letter_facts() | {"detail": str(self)}


class Look(models.Model):
    """The file of a case as somebody last saw it, and as it was before the last change that they saw."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    file = models.JSONField(default=dict)
    before = models.JSONField(null=True)
    before_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("look at a case")
        verbose_name_plural = _("looks at cases")
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="look_once_a_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.person_id} {self.revision}"


def unmet(case: Case, what: str) -> list[Any]:
    """The conditions that still hold back this release (a value of `Blocks`)."""
    return list(case.conditions.filter(blocks=what).exclude(stage__in=Condition.ENDED))
