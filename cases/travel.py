"""The Fund's own rule on travel: which days count, at which share of the rate, and how much may be advanced.

The rule is the Fund's and stands here alone, so that whoever sets it changes it in one place. Its form follows the
practice of the UN's system of daily subsistence allowance (ST/AI/2014/2): nights away in full, a part for the day of
return; a claim within the time that the flow gives; an advance of a part of the estimate. Knows no database.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from ricomi import l10n

NIGHT_SHARE = 100  # percent of the rate for each night away
RETURN_SHARE = 60  # percent of the last place's rate for the day of return
ADVANCE_SHARE = 80  # percent of the estimate that may be advanced
OVER_ESTIMATE = 10  # percent by which a claim may exceed the estimate without a reason
MOST_LEGS = 12
LONGEST = 366  # days


def key_of(place: str) -> str:
    """A place's name as it is compared: without accents, capitals and spare blanks."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", place) if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


class Way(Protocol):
    """What the rule asks of a leg."""

    from_place: str
    from_country: str
    to_place: str
    to_country: str
    departs: datetime.date
    arrives: datetime.date


@dataclass(frozen=True)
class Day:
    """One day away: where it counts, the daily rate there, the share (percent) of it that is paid, and its source."""

    day: datetime.date
    place: str
    country: str
    rate: Decimal
    share: int
    amount: Decimal
    source: str

    def as_kept(self) -> dict[str, Any]:
        """The day as the trip keeps it, amounts as text."""
        return {**vars(self), "day": self.day.isoformat(), "rate": str(self.rate), "amount": str(self.amount)}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Day:
        """The day that `as_kept` wrote."""
        day, rate, amount = datetime.date.fromisoformat(kept["day"]), Decimal(kept["rate"]), Decimal(kept["amount"])
        return cls(**{**kept, "day": day, "rate": rate, "amount": amount})


def rule() -> str:
    """How days are counted, for pages, in the reader's language."""
    return _(
        "Each day from the day of departure to the day of return counts. Each night away is paid at %(night)d%% of the "
        "rate of the place where it is spent; a night on the way at that of the place of arrival, or, on the way home, "
        "of the place left. A night at home is not paid. The day of return is paid at %(last)d%% of the rate of the "
        "last place. The rate is the one in force on each day."
    ) % {"night": NIGHT_SHARE, "last": RETURN_SHARE}


def share_of(amount: Decimal, share: int, currency: str, rounding: str = ROUND_DOWN) -> Decimal:
    """So many percent of an amount, rounded (down unless told) to the decimals of its currency."""
    return _rounded(amount * share / 100, l10n.currency_digits(currency), rounding)


def _rounded(amount: Decimal, digits: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=rounding)


def days_away(legs: Sequence[Way]) -> list[tuple[datetime.date, int | None, int]]:
    """Each day that counts, the leg (from 0) at whose place of arrival it counts, and the share (percent) paid.

    The leg is None for a night at home, which is not paid. The rule is the one that `rule` states: the Fund's own.
    """
    first, last = legs[0].departs, legs[-1].arrives
    found: list[tuple[datetime.date, int | None, int]] = []
    for number in range((last - first).days):
        day = first + datetime.timedelta(days=number)
        leg = _night(legs, day)
        found.append((day, leg, NIGHT_SHARE if leg is not None else 0))
    return [*found, (last, last_place(legs), RETURN_SHARE)]


def begin_of(leg: Way) -> tuple[str, str]:
    """Where a leg begins, to be compared."""
    return leg.from_country, key_of(leg.from_place)


def end_of(leg: Way) -> tuple[str, str]:
    """Where a leg ends, to be compared."""
    return leg.to_country, key_of(leg.to_place)


def _at_home(legs: Sequence[Way], leg: Way) -> bool:
    return end_of(leg) == begin_of(legs[0])


def _night(legs: Sequence[Way], day: datetime.date) -> int | None:
    under_way = max(number for number, leg in enumerate(legs) if leg.departs <= day)
    if not _at_home(legs, legs[under_way]):
        return under_way
    return None if legs[under_way].arrives <= day else under_way - 1


def last_place(legs: Sequence[Way]) -> int:
    """The leg (from 0) that arrives at the last place away from home."""
    return len(legs) - 2 if len(legs) > 1 and _at_home(legs, legs[-1]) else len(legs) - 1


def reckon(
    legs: Sequence[Way], rate_at: Callable[[int, datetime.date], tuple[Decimal, str]], currency: str
) -> list[Day]:
    """The subsistence day by day; `rate_at` gives the daily rate and its source for a leg's place of arrival and a day.

    Amounts are rounded half up to the decimals of the currency. Raises what `rate_at` raises where there is no rate.
    """
    found = []
    for day, number, share in days_away(legs):
        if number is None:
            home = legs[0]
            found.append(Day(day, home.from_place, home.from_country, Decimal(0), 0, Decimal(0), ""))
            continue
        rate, source = rate_at(number, day)
        amount = share_of(rate, share, currency, ROUND_HALF_UP)
        found.append(Day(day, legs[number].to_place, legs[number].to_country, rate, share, amount, source))
    return found


def as_travelled(days: Sequence[Day], left: datetime.date, returned: datetime.date, digits: int) -> list[Day]:
    """The subsistence of the days actually travelled, by the rates that were authorised.

    Days later than planned count at the last place; an earlier return at the place of the last night.
    """
    if not days:
        return []
    planned, last = {one.day: one for one in days}, days[-1]
    found: list[Day] = []
    for number in range((returned - left).days + 1):
        day = left + datetime.timedelta(days=number)
        known = planned.get(day, last if day > last.day else days[0])
        if found and day == returned < last.day:
            known = found[-1]
        beyond = NIGHT_SHARE if known.rate else 0
        share = last.share if day == returned else known.share if known.day == day < last.day else beyond
        found.append(replace(known, day=day, share=share, amount=_rounded(known.rate * share / 100, digits)))
    return found


def disorder(legs: Sequence[Way]) -> list[tuple[int, str, str]]:
    """Where legs do not hang together: the number of the leg (from 0), the field to look at, and what is wrong."""
    found: list[tuple[int, str, str]] = []
    for number, leg in enumerate(legs):
        before = legs[number - 1] if number else None
        if leg.arrives < leg.departs:
            found.append((number, "arrives", str(_("The arrival is before the departure."))))
        if begin_of(leg) == end_of(leg):
            found.append((number, "to_place", str(_("The leg ends where it begins."))))
        if before is None:
            continue
        if end_of(before) != begin_of(leg):
            said = _("The leg begins elsewhere than the one before it ends: in %(place)s.") % {"place": before.to_place}
            found.append((number, "from_place", str(said)))
        if leg.departs < before.arrives:
            found.append((number, "departs", str(_("The leg begins before the one before it ends."))))
    if legs and (legs[-1].arrives - legs[0].departs).days > LONGEST:
        found.append((len(legs) - 1, "arrives", str(_("A trip lasts a year at most."))))
    return found
