"""What each case planned, asked for, was given, and has used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from cases.models import Case
from ricomi.fund.books import natural
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.models import Account, Posting


@dataclass(frozen=True)
class CaseRow:
    """One case and the Fund's money for it, in the case's currency.

    `committed` is all that was ever committed to it less what returned to the Fund; `left` is what is set aside and
    not used.
    """

    case: Case
    committed: Decimal
    paid: Decimal
    spent: Decimal
    left: Decimal

    @property
    def planned(self) -> Decimal | None:
        return self.case.stated_total

    @property
    def asked(self) -> Decimal | None:
        return self.case.amount_asked


def rows(cases: Sequence[Case]) -> list[CaseRow]:
    """A row for each case, in their order. Two queries."""
    names = [case.reference for case in cases]
    held: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    balances = Account.objects.filter(case_reference__in=names).order_by()
    for case, kind, balance in balances.values_list("case_reference", "kind").annotate(Sum("balance")):
        held[case][kind] = natural(kind, balance)
    payments = Posting.objects.filter(case_reference__in=names, kind=Movement.PAYMENT).order_by()
    paid = dict(payments.values_list("case_reference").annotate(Sum("amount")))
    found = []
    for case in cases:
        row = held[case.reference]
        # What was committed moves on when it is bound for a trip or spent, and comes off when it returns to the Fund.
        committed = row[Kind.COMMITTED] + row[Kind.OBLIGATED] + row[Kind.SPENT]
        left = row[Kind.RESERVED] + row[Kind.COMMITTED]
        found.append(CaseRow(case, committed, paid.get(case.reference, Decimal(0)), row[Kind.EXPENSES], left))
    return found
