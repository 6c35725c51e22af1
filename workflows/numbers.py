"""Numbers that run by year, without a gap, for what the CEAM holds and decides."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import connection

from ricomi.directory.calendar import day_at_the_seat


def next_number(model: Any, field: str, series: str, at: datetime.datetime, digits: int) -> str:
    """The next number of a series in the year of `at` in Washington, such as CEAM-2026-0007; `field` holds the others.

    Whoever takes a number keeps others waiting until the end of the transaction, so no two get the same.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"number of {model._meta.label}"])
    begins = f"{series}-{day_at_the_seat(at).year}-"
    last = (
        model.objects.filter(**{f"{field}__startswith": begins}).order_by("-pk").values_list(field, flat=True).first()
    )
    return f"{begins}{int(last.rpartition('-')[2]) + 1 if last else 1:0{digits}d}"
