"""A case's budget line by line: what was planned, what is under way, what is spent, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Sum

from cases import budget
from cases.exchange import asked_by_line
from cases.models import BudgetLine, Case
from ricomi.fund import books
from ricomi.fund.amounts import ZERO
from ricomi.fund.chart import Kind
from ricomi.fund.models import Payment


@dataclass(frozen=True)
class LineRow:
    """One line of a budget, in the case's currency; a section is the sum of its lines.

    `committed` is what is asked for, under way, or released and not yet paid; `spent` is paid, or accounted for by a
    traveller. No amount is in both.
    """

    number: str
    concept: str
    is_section: bool
    planned: Decimal
    committed: Decimal
    spent: Decimal

    @property
    def left(self) -> Decimal:
        return self.planned - self.committed - self.spent

    def plus(self, other: LineRow) -> LineRow:
        """The same line with another one's amounts added."""
        return replace(
            self, planned=self.planned + other.planned, committed=self.committed + other.committed,
            spent=self.spent + other.spent,
        )  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """A budget line by line; `loose` is money that stands on no line of it, if any."""

    rows: list[LineRow]
    loose: LineRow | None
    total: LineRow


def of_case(case: Case) -> Lines:
    """The budget of a case. Five queries."""
    lines = list(case.lines.all())
    committed, spent, to_pay = asked_by_line(case), books.spent_by_line(case.reference), _to_pay(case)
    for number, amount in to_pay.items():
        committed[number] += amount
        spent[number] -= amount
    items, total = [], LineRow("", "", False, ZERO, ZERO, ZERO)
    for line in lines:
        # Of lines that bear the same number the first has the money.
        row = LineRow(
            line.number, line.concept, line.is_section, ZERO, committed.pop(line.number, ZERO),
            spent.pop(line.number, ZERO),
        )  # fmt: skip
        row = replace(row, planned=_planned(line, lines, case.currency))
        items.append(row)
        total = total.plus(row)
    rest = LineRow("", "", False, ZERO, sum(committed.values(), ZERO), sum(spent.values(), ZERO))
    loose = rest if rest.committed or rest.spent else None
    return Lines([_summed(row, items) for row in items], loose, total.plus(rest))


def _planned(line: BudgetLine, among: list[BudgetLine], currency: str) -> Decimal:
    """What a line plans itself: nothing where lines stand under it, which are summed."""
    if any(one.number.startswith(f"{line.number}.") for one in among):
        return ZERO
    if line.amount is not None:
        return line.amount
    return budget.product(line.as_line(), currency) or ZERO


def _summed(row: LineRow, items: list[LineRow]) -> LineRow:
    for item in items:
        if item.number.startswith(f"{row.number}."):
            row = row.plus(item)
    return row


def _to_pay(case: Case) -> Mapping[str, Decimal]:
    """What of the expenses on each line the bank has not paid yet."""
    waiting = Payment.objects.to_pay(case.reference).filter(posting__legs__account__kind=Kind.EXPENSES).order_by()
    return dict(waiting.values_list("posting__legs__account__line").annotate(Sum("amount")))
