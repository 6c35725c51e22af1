"""Another budget in the place of the one that both sides agreed to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import counterpart
from cases.counterpart import Counterpart
from cases.models.exchange import OfCase
from cases.models.request import BudgetLine
from ricomi import l10n
from ricomi.directory.subject import stage_needs_entry

# Percent of the former total that may move to lines that grow, by agreement of the two sides alone.
TOLERANCE = 10


class RevisionStage(models.TextChoices):
    """Where a revision of the budget stands; written by its flow alone."""

    PROPOSED = "proposed", _("Proposed")
    ENDORSEMENT = "endorsement", _("Before the CEAM")
    DEFERRED = "deferred", _("Deferred by the CEAM")
    FUNDING = "funding", _("Before the Fund")
    IN_FORCE = "in_force", _("In force")
    REJECTED = "rejected", _("Rejected")
    DROPPED = "dropped", _("Dropped")


class Revision(OfCase):
    """A budget that is to replace the case's own, and what it replaces. Amounts are in the case's currency.

    `lines` and `parts` hold rows as the forms of the budget read them, amounts as text; the Fund gives `amount`.
    """

    ENDED = frozenset({RevisionStage.IN_FORCE, RevisionStage.REJECTED, RevisionStage.DROPPED})

    reason = models.TextField(_("why the budget is to change"))
    lines = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    total = models.DecimalField(_("total of the budget"), max_digits=14, decimal_places=2)
    amount = models.DecimalField(_("from the Fund"), max_digits=14, decimal_places=2, default=0)
    before = models.JSONField(default=dict)
    stage = models.CharField(_("stage"), max_length=11, choices=RevisionStage.choices, default=RevisionStage.PROPOSED)

    class Meta:
        verbose_name = _("revision of the budget")
        verbose_name_plural = _("revisions of the budget")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0, total__gte=0), name="revision_of_some_amount"),
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(stage__in=["in_force", "rejected", "dropped"]),
                name="revision_one_at_a_time",
            ),
        ]
        triggers = stage_needs_entry("revision")

    def __str__(self) -> str:
        return self.reason if len(self.reason) <= 80 else f"{self.reason[:79]}…"

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the case and of the revision."""
        return super().letter_facts() | {"detail": str(self)}

    def budget_lines(self) -> list[BudgetLine]:
        """The lines that are proposed; none of them is saved."""
        return [BudgetLine(**with_amounts(line)) for line in self.lines]

    def own_parts(self) -> list[Counterpart]:
        """What the parties themselves put in by it."""
        return counterpart.read(self.parts)

    @property
    def total_before(self) -> Decimal:
        return Decimal(self.before["total"])

    @property
    def amount_before(self) -> Decimal:
        """What the Fund gives by the budget that it replaces."""
        return Decimal(self.before["amount"])

    @property
    def asks_more(self) -> bool:
        """Whether the Fund is to give more than before."""
        return self.amount > self.amount_before

    @property
    def is_within_tolerance(self) -> bool:
        """Whether both sides may agree to it by themselves: nothing grows in sum, and little moves between lines."""
        items = [(old or 0, new or 0) for what, old, new in self.changes() if "." in what.split()[0]]
        grown = sum(max(new - old, 0) for old, new in items)
        return (
            not self.asks_more
            and self.total <= self.total_before
            and grown * 100 <= TOLERANCE * self.total_before
            and all(_own(self.parts, side) >= _own(self.before["parts"], side) for side in ("requesting", "offering"))
        )

    @property
    def way_it_takes(self) -> str:
        """By whose word it comes into force, in a sentence."""
        said = {"share": TOLERANCE}
        if self.is_within_tolerance:
            return str(_("At most %(share)d%% of the total moves, and nothing grows in sum: both sides agree.") % said)
        if self.asks_more:
            return str(_("The Fund is to give more: both sides agree, the CEAM endorses it, and the Fund reserves it."))
        return str(
            _("The total grows, more than %(share)d%% of it moves, or a party gives less: the CEAM endorses it.") % said
        )

    def changes(self) -> list[tuple[str, Decimal | None, Decimal | None]]:
        """Each line whose amount changes, with its amount before and after; None where there is no such line."""
        then = {line["number"]: line for line in self.before["lines"]}
        now = {line["number"]: line for line in self.lines}
        numbers = sorted({*then, *now}, key=lambda number: [int(part) for part in number.split(".")])
        rows = []
        for number in numbers:
            old, new = (_amount(some.get(number)) for some in (then, now))
            if old != new:
                rows.append((f"{number} {now.get(number, then.get(number, {}))['concept']}", old, new))
        return rows

    @property
    def title(self) -> str:
        return str(_("Revision of the budget to %(total)s") % {"total": l10n.money(self.total, self.case.currency)})


def _own(parts: list[dict[str, Any]], side: str) -> Decimal:
    return sum((Decimal(one["amount"]) for one in parts if one["side"] == side), Decimal(0))


def _amount(line: dict[str, Any] | None) -> Decimal | None:
    return Decimal(line["amount"]) if line and line["amount"] is not None else None


def with_amounts(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a budget as it is kept, its amounts as numbers again."""
    return {
        name: Decimal(value) if name in ("unit_cost", "amount") and value is not None else value
        for name, value in row.items()
    }  # fmt: skip
