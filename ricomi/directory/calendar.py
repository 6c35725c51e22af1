"""Working days of the OAS's seat and of the state that acts: no weekends, no holidays, no days on which it is closed.

Holidays are those of the `holidays` library: for the seat the federal ones of Washington, D.C., for a state its
national ones. What no law names (a storm, a day of mourning) is a `ClosedDay`, which the secretariat enters; it counts
for deadlines that begin afterwards, and never moves one that runs.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.db.models import Q
from django.utils.translation import get_language

from ricomi.directory.models import Body, ClosedDay

SEAT = ZoneInfo("America/New_York")
OPENS, CLOSES = datetime.time(9), datetime.time(17)
ONE = datetime.timedelta(days=1)
# A deadline is never so far away that one could search for its last day in vain.
HORIZON = datetime.timedelta(days=3 * 366)


@dataclass(frozen=True)
class Calendar:
    """The working days of whoever acts; `state` is None for a body of the OAS, which keeps the seat's days alone."""

    state: str | None = None
    closed: frozenset[datetime.date] = frozenset()

    def is_working(self, day: datetime.date) -> bool:
        """Whether the seat, and the state if there is one, work on a day."""
        if day.weekday() >= 5 or day in self.closed or day in _named("", day.year):
            return False
        return self.state is None or day not in _named(self.state, day.year)

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


def calendar_of(body: int | None, since: datetime.date) -> Calendar:
    """The calendar of a body, with the days from `since` on on which it or the seat is closed."""
    state = _state_of(body) if body else None
    found = ClosedDay.objects.filter(Q(state=None) | Q(state=state), day__gte=since, day__lte=since + HORIZON)
    return Calendar(state, frozenset(found.values_list("day", flat=True)))


@lru_cache(maxsize=256)
def _state_of(body: int) -> str | None:
    """The member state that a body speaks for; it never changes, so it is asked for once a process."""
    of = Body.objects.filter(pk=body, kind=Body.Kind.DELEGATION)
    return of.values_list("state_id", flat=True).first()


@lru_cache(maxsize=1024)
def _named(state: str, year: int, language: str = "") -> dict[datetime.date, str]:
    """A year's holidays of a state, or of the seat for an empty code, by day."""
    code = state or "US"
    kind = getattr(holidays, code)
    own = {one: one for one in kind.supported_languages}
    known = own.get(language) or next((one for one in own if one.startswith(f"{language}_")), None)
    categories = {"public", "government"} & set(kind.supported_categories)
    found = holidays.country_holidays(
        code, subdiv=None if state else "DC", years=year, categories=categories, language=known if language else None
    )
    return dict(found)


@dataclass(frozen=True)
class Free:
    """A day that does not count, what it is in the reader's language, and whether it is the seat's."""

    day: datetime.date
    name: str
    of_the_seat: bool
    closed: ClosedDay | None = None


def free_days(state: str | None, first: datetime.date, last: datetime.date) -> Iterator[Free]:
    """The days in a period on which the seat, or the state, does not work, weekends aside; in order."""
    language = (get_language() or "en")[:2]
    closed = ClosedDay.objects.filter(Q(state=None) | Q(state=state), day__gte=first, day__lte=last)
    found = [Free(one.day, one.name, one.state_id is None, one) for one in closed]
    for code in ["", *([state] if state else [])]:
        for year in range(first.year, last.year + 1):
            names = _named(code, year, language)
            found += [Free(day, name, not code) for day, name in names.items() if first <= day <= last]
    return iter(sorted(found, key=lambda one: (one.day, not one.of_the_seat)))
