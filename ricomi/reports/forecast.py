"""What may come in and go out month by month: pledges by their days, set-aside money in equal parts."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from django.db.models import OuterRef, Subquery, Sum

from cases.models import Case
from ricomi.fund import amounts, books
from ricomi.fund.amounts import ZERO
from ricomi.fund.chart import Kind
from ricomi.fund.models import Account, Contribution, Instalment

AHEAD = 12

Expected = dict[str, Decimal]


@dataclass(frozen=True)
class Month:
    """One month in one currency. `expected` is what pledges would bring in full, by how likely they are."""

    begins: datetime.date
    currency: str
    opening: Decimal
    expected: Expected
    out: Decimal

    @property
    def in_full(self) -> Decimal:
        return sum(self.expected.values(), ZERO)

    @property
    def weighted(self) -> Decimal:
        return weighted(self.expected, self.currency)

    @property
    def closing(self) -> Decimal:
        """What is left at its end, each pledge counted with its chance."""
        return self.opening + self.weighted - self.out


@dataclass(frozen=True)
class Beyond:
    """What is in none of the months, in one currency: pledges without a day, and what comes or goes later."""

    currency: str
    undated: Expected
    later: Expected
    out: Decimal


@dataclass(frozen=True)
class Forecast:
    """The months of each currency in their order, and what lies beyond them."""

    months: list[Month]
    beyond: list[Beyond]

    def shortfalls(self) -> list[Month]:
        """The first month of each currency at whose end less than nothing would be left."""
        first: dict[str, Month] = {}
        for month in self.months:
            if month.closing < 0:
                first.setdefault(month.currency, month)
        return list(first.values())


def weighted(expected: Expected, currency: str) -> Decimal:
    """Pledges counted with the chance of their likelihood, rounded as their currency is."""
    chances = Contribution.CHANCES
    total = sum((amount * chances[Contribution.Likelihood(name)] for name, amount in expected.items()), ZERO)
    return amounts.rounded(total / 100, currency)


def months(today: datetime.date) -> list[datetime.date]:
    """The first days of this month and those that follow."""
    return [
        datetime.date(today.year + (today.month - 1 + n) // 12, (today.month - 1 + n) % 12 + 1, 1)
        for n in range(AHEAD)
    ]  # fmt: skip


def place(day: datetime.date, today: datetime.date) -> int:
    """How many months after this one a day lies; 0 for a day that has passed."""
    return max(0, (day.year - today.year) * 12 + day.month - today.month)


def parts(amount: Decimal, count: int, currency: str) -> list[Decimal]:
    """An amount in so many parts that differ by the currency's smallest unit at most and add up to it."""
    marks = [amounts.rounded(amount * n / count, currency) for n in range(count + 1)]
    return [after - before for before, after in pairwise(marks)]


def forecast(today: datetime.date) -> Forecast:
    """The twelve months from a day on, as the books stand now. Five queries."""
    coming: dict[tuple[str, int | None], Expected] = defaultdict(lambda: defaultdict(Decimal))
    for currency, likelihood, amount, due in _pledges():
        coming[currency, place(due, today) if due else None][likelihood] += amount
    going: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for currency, amount, ends in _set_aside():
        last = place(ends, today) if ends else 0
        for n, part in enumerate(parts(amount, last + 1, currency)):
            going[currency, n] += part
    found, beyond = [], []
    for currency, row in books.position().items():
        balance = row[Kind.BANK] - row[Kind.PAYABLE] - row[Kind.REFUNDS]
        for n, begins in enumerate(months(today)):
            found.append(Month(begins, currency, balance, dict(coming[currency, n]), going[currency, n]))
            balance = found[-1].closing
        later: Expected = defaultdict(Decimal)
        for (of, month), expected in coming.items():
            if of == currency and month is not None and month >= AHEAD:
                for likelihood, amount in expected.items():
                    later[likelihood] += amount
        out = sum((amount for (of, n), amount in going.items() if of == currency and n >= AHEAD), ZERO)
        beyond.append(Beyond(currency, dict(coming[currency, None]), dict(later), out))
    return Forecast(found, beyond)


def _pledges() -> Iterator[tuple[str, str, Decimal, datetime.date | None]]:
    """Currency, likelihood, amount and day of each instalment that is still to come, less what came of it."""
    pledges = Account.objects.filter(kind=Kind.PLEDGES, balance__gt=0).order_by("pk")
    owed = {row[0]: row[1:] for row in pledges.values_list(
        "contribution", "balance", "currency", "contribution__likelihood")}  # fmt: skip
    waiting: dict[int, list[tuple[Decimal, datetime.date | None]]] = defaultdict(list)
    unsettled = Instalment.objects.filter(settled_on__isnull=True).order_by("contribution", "number")
    for key, amount, due in unsettled.values_list("contribution", "amount", "due_on"):
        waiting[key].append((amount, due))
    for key, (balance, currency, likelihood) in owed.items():
        came_early = sum((amount for amount, _due in waiting[key]), ZERO) - balance
        for amount, due in waiting[key]:
            # What came of the first instalment that is not complete is in the bank already.
            yield currency, likelihood, amount - came_early, due
            came_early = ZERO


def _set_aside() -> Iterator[tuple[str, Decimal, datetime.date | None]]:
    """Currency, amount and last day of what is set aside for each case, or waited for by it."""
    ends = Case.objects.filter(reference=OuterRef("case_reference")).values("ends_on")[:1]
    held = Account.objects.filter(kind__in=(Kind.RESERVED, Kind.COMMITTED), balance__lt=0).order_by()
    summed = held.values_list("case_reference", "currency").annotate(total=Sum("balance"), ends=Subquery(ends))
    for _case, currency, total, ends_on in summed:
        yield currency, -total, ends_on
    for case in Case.objects.in_line():
        yield case.currency, case.amount_proposed or ZERO, case.ends_on
