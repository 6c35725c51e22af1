"""Which days count towards a deadline, and that a body's page names those that do not."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse

from ricomi.directory.calendar import Calendar
from tests import flows
from tests.clock import clock

__all__ = ["clock"]
FIRST, LAST = datetime.date(2026, 3, 28), datetime.date(2026, 5, 30)
AT_THE_SEAT = ["2026-04-16", "2026-05-25"]  # Emancipation Day, Memorial Day


@pytest.mark.parametrize(
    ("state", "own"),
    [
        (None, []),
        ("PY", ["2026-04-02", "2026-04-03", "2026-05-01", "2026-05-14", "2026-05-15"]),
        ("CL", ["2026-04-03", "2026-05-01", "2026-05-21"]),
    ],
)
def test_the_seats_holidays_and_a_states_own_do_not_count(state, own):
    assert [str(day) for day in Calendar(state).days_off(FIRST, LAST)] == sorted([*AT_THE_SEAT, *own])


@pytest.mark.django_db
def test_a_bodys_page_names_them(client, clock):
    people = flows.people()
    client.force_login(people["officer"])
    client.cookies["django_language"] = "en"
    pages = {code: client.get(reverse("directory:body", args=[code])).content.decode() for code in ("py", "ceam")}
    for page in pages.values():
        assert "May 25, 2026" in page
    assert "May 14, 2026" in pages["py"]
    assert "May 14, 2026" not in pages["ceam"]
