"""Another budget in the place of the one that both sides agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import counterpart
from cases.counterpart import SIDES, Counterpart
from cases.models.exchange import OfCase
from cases.models.request import BudgetLine
from ricomi import l10n
from ricomi.directory.subject import stage_needs_entry

# Percent of the former total that may move to lines that grow, by agreement of the two sides alone.
TOLERANCE = 10


@dataclass(frozen=True)
class LineChange:
    """A line of the budget that changes: its amount, None where there is no such line, or what it pays for."""

    number: str
    concept: str
    was: str
    before: Decimal | None
    after: Decimal | None

    @property
    def growth(self) -> Decimal:
        """By how much the line grows; all of it where it is to pay for something else."""
        before = self.before if self.was == self.concept else None
        return max((self.after or Decimal(0)) - (before or Decimal(0)), Decimal(0))


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
    `before` keeps `lines`, `parts`, `total` and `amount` of the budget that it is to replace, in the same form, and
    `endorsed` those of the budget that the CEAM endorsed last.
    """

    ENDED = frozenset({RevisionStage.IN_FORCE, RevisionStage.REJECTED, RevisionStage.DROPPED})

    reason = models.TextField(_("why the budget is to change"))
    lines = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    total = models.DecimalField(_("total of the budget"), max_digits=14, decimal_places=2)
    amount = models.DecimalField(_("from the Fund"), max_digits=14, decimal_places=2, default=0)
    before = models.JSONField(default=dict)
    endorsed = models.JSONField(default=dict)
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

    def asks_more(self) -> bool:
        """Whether the Fund is to give more than before."""
        return self.amount > self.amount_before

    def is_within_tolerance(self) -> bool:
        """Whether both sides may agree to it by themselves: nothing grows in sum, and little moves between lines.

        Measured against the budget that the CEAM endorsed last; a line that is to pay for something else is a new one.
        """
        numbers = {line["number"] for line in (*self.lines, *self.endorsed["lines"])}
        sections = {number for number in numbers if any(one.startswith(f"{number}.") for one in numbers)}
        lines = [one for one in _changes(self.endorsed["lines"], self.lines) if one.number not in sections]
        grown = sum((one.growth for one in lines), Decimal(0))
        total = Decimal(self.endorsed["total"])
        return (
            not self.asks_more()
            and self.total <= total
            and grown * 100 <= TOLERANCE * total
            and all(_own(self.parts, side) >= _own(self.endorsed["parts"], side) for side, _name in SIDES)
        )

    @property
    def way_it_takes(self) -> str:
        """By whose word it comes into force, in a sentence."""
        said = {"share": TOLERANCE}
        if self.is_within_tolerance():
            return str(_("No more than %(share)d%% of the total moves between lines, and the total does not rise. "
                         "Agreement of both sides is enough.") % said)  # fmt: skip
        if self.asks_more():
            return str(_("More is asked from the Fund. Both sides must agree, the CEAM endorse it, and the Fund "
                         "reserve the difference."))  # fmt: skip
        return str(_("The total rises, more than %(share)d%% of it moves between lines, or a party gives less. Both "
                     "sides must agree, and the CEAM endorse it.") % said)  # fmt: skip

    def changes(self) -> list[LineChange]:
        """Each line that changes, in the order of their numbers."""
        return _changes(self.before["lines"], self.lines)

    @property
    def title(self) -> str:
        return str(_("Revision of the budget to %(total)s") % {"total": l10n.money(self.total, self.case.currency)})


def _changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[LineChange]:
    then, now = ({line["number"]: line for line in lines} for lines in (before, after))
    numbers = sorted({*then, *now}, key=lambda number: [int(part) for part in number.split(".")])
    found = []
    for number in numbers:
        old, new = then.get(number), now.get(number)
        change = LineChange(
            number, (new or old or {})["concept"], old["concept"] if old else "", _amount(old), _amount(new)
        )
        if change.before != change.after or (old and new and old["concept"] != new["concept"]):
            found.append(change)
    return found


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
