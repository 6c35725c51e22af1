"""What an edition holds, found out once when it is taken in, so that no page has to look through all its records."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Func, JSONField, Value

from ricomi.systems.models import Figure, System


def held(system: System) -> dict[str, Any]:
    """What stands in a system now, in order.

    Of figures: for each series its `countries`, `origins` and `years`, and how many `figures` it has. Of other records:
    for each column by which they can be narrowed the values that it has.
    """
    if system.shelf is Figure:
        return _series(system)
    return {name: _values(system, name) for name in system.adapter.narrows}


def _series(system: System) -> dict[str, Any]:
    found: dict[str, Any] = {}
    figures = Figure.objects.standing(system).order_by()
    for column, name in (("country", "countries"), ("origin", "origins"), ("year", "years")):
        rows = figures.values_list("series", column).annotate(Count("pk"))
        for series, value, count in sorted(rows):
            of = found.setdefault(series, {"countries": [], "origins": [], "years": [], "figures": 0})
            of[name].append(value)
            of["figures"] += count if name == "countries" else 0
    return found


def _values(system: System, name: str) -> list[Any]:
    standing = system.shelf.objects.standing(system).order_by()
    if system.shelf.FIELDS == ("content",):
        value = Func("content", Value(f'$."{name}"[*]'), function="jsonb_path_query",
                     template="%(function)s(%(expressions)s::jsonpath)", output_field=JSONField())  # fmt: skip
        standing, name = standing.annotate(value=value), "value"
    found = standing.values_list(name, flat=True).distinct()
    return sorted(value for value in found if value not in (None, ""))
