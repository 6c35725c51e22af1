"""Working days of the OAS's seat and of the state that acts: neither weekends nor holidays of either.

Holidays are those of the `holidays` library: for the seat the federal ones of Washington, D.C., for a state its
national ones. A deadline is counted once, when it begins: what the library learns later does not move one that runs.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from ricomi.directory.models import Body

SEAT = ZoneInfo("America/New_York")
OPENS, CLOSES = datetime.time(9), datetime.time(17)
ONE = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The working days of whoever acts; `state` is None for a body of the OAS, which keeps the seat's days alone."""

    state: str | None = None

    def is_working(self, day: datetime.date) -> bool:
        """Whether the seat, and the state if there is one, work on a day."""
        if day.weekday() >= 5 or day in _holidays("", day.year):
            return False
        return self.state is None or day not in _holidays(self.state, day.year)

    def days_off(self, first: datetime.date, last: datetime.date) -> list[datetime.date]:
        """The days from the first to the last, weekends left out, that count towards no deadline."""
        days = (first + ONE * number for number in range((last - first).days + 1))
        return [day for day in days if day.weekday() < 5 and not self.is_working(day)]

    def after(self, day: datetime.date, count: int) -> datetime.date:
        """The `count`-th working day after a day, or before it when `count` is negative; the day itself for 0."""
        step = ONE if count > 0 else -ONE
        left = abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def between(self, first: datetime.date, last: datetime.date) -> int:
        """How many working days lie after the first day, up to and with the last; 0 when it is not later."""
        return sum(self.is_working(first + ONE * number) for number in range(1, (last - first).days + 1))

    def deadline(self, since: datetime.datetime, count: int) -> datetime.datetime:
        """When `count` working days end that begin at a moment (UTC): the day itself does not count, and the last ends
        when the seat closes.
        """
        return closing(self.after(day_at_the_seat(since), count))


def day_at_the_seat(moment: datetime.datetime) -> datetime.date:
    """The day on which a moment falls in Washington, by which all deadlines are counted."""
    return moment.astimezone(SEAT).date()


def opening(day: datetime.date) -> datetime.datetime:
    """When the seat opens on a day (UTC)."""
    return datetime.datetime.combine(day, OPENS, SEAT).astimezone(datetime.UTC)


def closing(day: datetime.date) -> datetime.datetime:
    """When the seat closes on a day (UTC)."""
    return datetime.datetime.combine(day, CLOSES, SEAT).astimezone(datetime.UTC)


def calendar_of(body: int | None) -> Calendar:
    """The calendar of a body."""
    return Calendar(_state_of(body) if body else None)


@lru_cache(maxsize=256)
def _state_of(body: int) -> str | None:
    """The member state that a body speaks for; it never changes, so it is asked for once a process."""
    of = Body.objects.filter(pk=body, kind=Body.Kind.DELEGATION)
    return of.values_list("state_id", flat=True).first()


@lru_cache(maxsize=1024)
def _holidays(state: str, year: int) -> frozenset[datetime.date]:
    """A year's holidays of a state, or of the seat for an empty code."""
    code = state or "US"
    categories = {"public", "government"} & set(getattr(holidays, code).supported_categories)
    return frozenset(holidays.country_holidays(code, subdiv=None if state else "DC", years=year, categories=categories))
