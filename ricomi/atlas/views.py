"""The map, the countries by name, and a page for each: all public, but for what states offer to those who sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ricomi import l10n
from ricomi.atlas import cooperation, drawing, sicremi  # noqa: F401 - which adds its layers
from ricomi.atlas.bars import bars
from ricomi.atlas.classes import Class
from ricomi.atlas.country import offers, search, sections
from ricomi.atlas.layers import Group, Layer, Number, Pair, sources
from ricomi.atlas.panels import EASTERN, STATES
from ricomi.catalogue.models import HELPING, Part
from ricomi.catalogue.search import folded


@dataclass(frozen=True)
class Row:
    """A state and its number; None when nothing is known of it. `shade` is that of the number on the map."""

    code: str
    value: Number | None
    shade: str = ""
    search: str = ""

    @property
    def url(self) -> str:
        """Its page; empty for a state that is not of the Americas."""
        return reverse("atlas:country", args=[self.code.lower()]) if self.code in STATES else ""


@require_safe
def whole(request: HttpRequest) -> HttpResponse:
    """One layer as a map and as a table. `show` names the layer, `year` one of its years."""
    layers = sources.all(signed_in=request.user.is_authenticated)
    code = request.GET.get("show") or next(iter(layers))
    if (layer := layers.get(code)) is None:
        raise Http404
    years = layer.years()
    asked = request.GET.get("year", "")
    year = next((one for one in years if str(one) == asked), None)
    if year is None and years and not layer.counted:
        year = years[0]
    context = {"layer": layer, "years": years, "year": year, "groups": _groups(layers), "codes": EASTERN.states}
    values = layer.read(year)
    context |= _pairs(request, layer, values, year) if layer.between else _states(layer, values, year)
    return render(request, "atlas/map.html", context)


@require_safe
def countries(request: HttpRequest) -> HttpResponse:
    """The countries by name, with what they asked for and gave."""
    asked, given = cooperation.by_state([Part.REQUESTING]), cooperation.by_state(HELPING)
    rows = [
        {
            "state": Row(code, None, search=search(("country", code))),
            "asked": asked.get(code, 0),
            "given": given.get(code, 0),
        }
        for code in _by_name(STATES)
    ]
    return render(request, "atlas/countries.html", {"rows": rows})


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponse:
    """What is known of one country; what it offers is for those who sign in."""
    state = code.upper()
    if state not in STATES or not code.islower():
        raise Http404
    signed_in = request.user.is_authenticated
    context = {
        "code": state, "sections": sections(state), "offers": offers(state) if signed_in else [],
        "figures": [bars(one) for one in sources.of_country(state)], "locator": drawing.locator(state),
        "search": search(("country", state)),
    }  # fmt: skip
    return render(request, "atlas/country.html", context)


def _groups(layers: Mapping[str, Layer]) -> list[tuple[Any, list[Layer]]]:
    """The headings under which layers are offered, each with its layers."""
    found = [(group.label, [one for one in layers.values() if one.group == group]) for group in Group]
    return [(label, some) for label, some in found if some]


def _by_name(codes: Any) -> list[str]:
    return sorted(codes, key=lambda code: folded(l10n.country(code)))


def _states(layer: Layer, values: Mapping[str, Number], year: int | None) -> dict[str, Any]:
    """A map of shades, its legend and its table, from the most to the least."""
    panels, found = drawing.shades(values, counted=layer.counted)
    named = _by_name(STATES)
    numbers = {code: values.get(code, 0) if layer.counted else values.get(code) for code in named}
    named.sort(key=lambda code: -numbers[code] if numbers[code] is not None else float("inf"))  # type: ignore[operator]
    rows = [
        Row(
            code,
            numbers[code],
            _shade(numbers[code], found),
            search((layer.found_by[0], code), kind=layer.kind, year=year),
        )
        for code in named
    ]
    unknown = sum(1 for row in rows if row.value is None)
    return {"panels": panels, "classes": found, "rows": rows, "unknown": unknown, "empty": not any(values.values())}


def _shade(value: Number | None, found: list[Class]) -> str:
    return "unknown" if value is None else f"shade-{next(one.shade for one in found if one.holds(value))}"


def _pairs(request: HttpRequest, layer: Layer, values: Mapping[Pair, Number], year: int | None) -> dict[str, Any]:
    """A map of arcs and its table, from the most to the least; its first page is what the map draws."""
    panels, drawn = drawing.arcs(values, found_by=layer.found_by, kind=layer.kind, year=year)
    order = sorted(values, key=lambda pair: (-values[pair], *(folded(l10n.country(code)) for code in pair)))
    page = Paginator(order, drawing.MOST_ARCS).get_page(request.GET.get("page"))
    pairs = [
        {
            "start": Row(pair[0], None), "end": Row(pair[1], None), "value": values[pair],
            "search": search(*zip(layer.found_by, pair, strict=True), kind=layer.kind, year=year),
        }
        for pair in page
    ]  # fmt: skip
    return {"panels": panels, "pairs": pairs, "page": page, "left_out": len(order) - drawn, "empty": not order}
