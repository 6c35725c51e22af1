"""SICREMI's series as layers of the map, and over the years on the countries' pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Case, Exists, QuerySet, Sum, Value, When

from ricomi.atlas.layers import Group, History, Layer, sources
from ricomi.systems.adapters import adapters
from ricomi.systems.models import Figure, System
from ricomi.systems.sicremi import ALL

SYSTEM = "sicremi"
SERIES: Mapping[str, Any] = adapters()[SYSTEM].series
# A state that gives its total is believed; else what it gives of its parts is added up, the fewest parts first.
_GIVEN = Case(
    When(sex="T", origin=ALL, then=Value(0)), When(origin=ALL, then=Value(1)), When(sex="T", then=Value(2)),
    default=Value(3),
)  # fmt: skip


def layers() -> Iterable[Layer]:
    """One for each series of which there are figures; one query."""
    told: dict[str, Any] = {f"has_{name}": Exists(standing().filter(series=name)) for name in SERIES}
    known = System.objects.select_related("current").filter(pk=SYSTEM, current__isnull=False)
    system: Any = known.annotate(**told).first()
    for series in SERIES:
        if system is None or not getattr(system, f"has_{series}"):
            continue
        yield Layer(
            f"sicremi-{series}", SERIES[series], adapters()[SYSTEM].about, Group.FIGURES,
            partial(by_country, series), partial(years, series), counted=False,
            sample=system.current.sample,
        )  # fmt: skip


def histories(code: str) -> Iterable[History]:
    """Each series of a country, over the years; two queries."""
    found: dict[str, dict[int, dict[int, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    rows = (
        standing()
        .filter(country=code)
        .annotate(given=_GIVEN)
        .values_list("series", "year", "given")
        .annotate(Sum("value"))
    )
    for series, year, how, value in rows:
        found[series][year][how] = value
    sample = System.objects.filter(pk=SYSTEM, current__sample=True).exists() if found else False
    for series, title in SERIES.items():
        yield History(title, {year: _best(ways) for year, ways in sorted(found[series].items())}, sample=sample)


def by_country(series: str, year: int | None) -> dict[str, Decimal]:
    """The figure of each country in a year, the newest when none is named."""
    found: dict[str, dict[int, Decimal]] = defaultdict(dict)
    when = year or next(iter(years(series)), 0)
    rows = (
        standing()
        .filter(series=series, year=when)
        .annotate(given=_GIVEN)
        .values_list("country", "given")
        .annotate(Sum("value"))
    )
    for country, how, value in rows:
        found[country][how] = value
    return {country: _best(ways) for country, ways in found.items()}


def years(series: str) -> list[int]:
    """The years of which a series says something, the newest first."""
    return list(standing().filter(series=series).order_by("-year").values_list("year", flat=True).distinct())


def standing() -> QuerySet[Figure]:
    """The figures of people, permits and cases that stand now; shares cannot be added up."""
    return Figure.objects.filter(system=SYSTEM, until__isnull=True, value__isnull=False).exclude(unit="PT").order_by()


def _best(ways: Mapping[int, Decimal]) -> Decimal:
    return ways[min(ways)]


sources.add(layers, histories)
