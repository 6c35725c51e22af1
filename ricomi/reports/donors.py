"""What was given, by contribution or by donor, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from ricomi.fund.amounts import ZERO
from ricomi.fund.books import natural
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.models import Account, Contribution, Posting

USES = (Kind.AVAILABLE, Kind.RESERVED, Kind.COMMITTED, Kind.OBLIGATED, Kind.SPENT)
CAME = (Movement.RECEIPT, Movement.WRITE_OFF, Movement.REFUND)


@dataclass(frozen=True)
class Given:
    """What one contribution, or one donor, gave in one currency, and what became of it.

    `received` is what the bank took in this currency. What came in another currency than was pledged has a row of that
    currency, in which nothing is pledged.
    """

    currency: str
    pledged: Decimal
    to_come: Decimal
    written_off: Decimal
    received: Decimal
    refunded: Decimal
    available: Decimal
    reserved: Decimal
    committed: Decimal
    obligated: Decimal
    spent: Decimal

    @property
    def exchanged(self) -> Decimal:
        """What came out of other currencies into this one; below zero what went into others."""
        used = self.available + self.reserved + self.committed + self.obligated + self.spent
        return used + self.refunded - self.received


def by_contribution(which: Collection[int]) -> dict[int, list[Given]]:
    """Rows by the key of each contribution, the currency of its pledge first. Three queries."""
    return _gathered(which, "pk")


def by_donor(contributions: QuerySet[Contribution]) -> dict[int, list[Given]]:
    """Rows by the key of each donor of some contributions, a currency each. Three queries."""
    return _gathered(contributions.order_by().values("pk"), "donor")


def _gathered(which: Any, name: str) -> dict[int, list[Given]]:
    found: dict[tuple[int, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))

    def add(rows: Iterable[tuple[Any, ...]]) -> None:
        for key, currency, what, amount in rows:
            found[key, currency][what] += amount or ZERO

    key = f"contribution__{name}"
    pledged = Contribution.objects.filter(pk__in=which).order_by()
    add((*row[:2], "pledged", row[2]) for row in pledged.values_list(name, "currency").annotate(Sum("amount")))
    held = Account.objects.filter(contribution__in=which, kind__in=(*USES, Kind.PLEDGES)).order_by()
    add(
        (*row[:3], natural(row[2], row[3]))
        for row in held.values_list(key, "currency", "kind").annotate(Sum("balance"))
    )
    came = Posting.objects.filter(contribution__in=which, kind__in=CAME).order_by()
    add(came.values_list(key, "currency", "kind").annotate(Sum("amount")))
    rows: dict[int, list[Given]] = defaultdict(list)
    for (of, currency), row in found.items():
        rows[of].append(
            Given(
                currency, row["pledged"], row[Kind.PLEDGES], row[Movement.WRITE_OFF], row[Movement.RECEIPT],
                row[Movement.REFUND], *(row[kind] for kind in USES),
            )
        )  # fmt: skip
    return rows
