"""The time of day in a test: it stands still, and moves only when the test says so."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from ricomi.directory.calendar import SEAT


def seat(month: int, day: int, hour: int = 10, minute: int = 0, *, year: int = 2026) -> datetime.datetime:
    """A moment by the clocks of Washington (UTC)."""
    return datetime.datetime(year, month, day, hour, minute, tzinfo=SEAT).astimezone(datetime.UTC)


class AnyDatetime(type):
    def __instancecheck__(cls, value):
        return isinstance(value, datetime.datetime)


def standing(moment):
    """A clock of its own that stands at a moment (UTC); to be put under Django's `now`."""

    class Clock(datetime.datetime, metaclass=AnyDatetime):
        stands = moment

        @classmethod
        def now(cls, tz=None):
            return cls.stands.astimezone(tz)

        @classmethod
        def pass_to(cls, moment):
            assert moment > cls.stands
            cls.stands = moment

        @classmethod
        def pass_by(cls, **time):
            cls.stands += datetime.timedelta(**time)

    return Clock


@pytest.fixture
def clock(monkeypatch):
    """The network's time: ten in the morning of Monday 2 March 2026 in Washington, until the test moves it."""
    # Under Django's `now` and not in place of it, for some keep that very function as a default.
    monkeypatch.setattr(timezone, "datetime", standing(seat(3, 2)))
    return timezone.datetime
