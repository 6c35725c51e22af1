"""What the Fund did, for everybody to read: sums and numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from cases.models import Case
from ricomi.fund import books
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.models import Account, Posting

COMMITTED = (Kind.COMMITTED, Kind.OBLIGATED, Kind.SPENT)


@dataclass(frozen=True)
class Total:
    """The Fund in one currency. `committed` is all that was committed to cases and did not return, spent or not.

    What was refunded or exchanged is received and neither committed nor `uncommitted` in its currency.
    """

    currency: str
    received: Decimal
    committed: Decimal
    spent: Decimal
    uncommitted: Decimal


@dataclass(frozen=True)
class Totals:
    """The Fund by currency, and how many cases it supported, of how many states, with how many donors' money."""

    rows: list[Total]
    cases: int
    donors: int
    helped: int


def totals() -> Totals:
    """The Fund as it stands now. Five queries."""
    came = Posting.objects.filter(kind=Movement.RECEIPT).order_by()
    received = dict(came.values_list("currency").annotate(Sum("amount")))
    rows = [
        Total(
            currency, received.get(currency, Decimal(0)), sum((row[kind] for kind in COMMITTED), Decimal(0)),
            row[Kind.SPENT], row[Kind.AVAILABLE] + row[Kind.RESERVED],
        )
        for currency, row in books.position().items()
    ]  # fmt: skip
    used = Account.objects.filter(kind__in=COMMITTED, balance__lt=0).order_by()
    supported = used.values("case_reference").distinct()
    return Totals(
        rows,
        supported.count(),
        came.values("contribution__donor").distinct().count(),
        Case.objects.filter(reference__in=supported).order_by().values("requesting").distinct().count(),
    )
