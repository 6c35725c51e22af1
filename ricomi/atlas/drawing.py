"""Maps as SVG, drawn by the server: no script, no outside address, each state a link that says its name and number.

A map is all of `panels.PANELS`, side by side where there is room. In each panel every state is drawn and may be
pressed; the keyboard comes to each state once, in the panel that is its own. What hangs on the numbers alone is drawn
once, whoever looks at it; the same numbers stand in a table beside every map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ricomi import l10n
from ricomi.atlas.classes import Class, classes
from ricomi.atlas.country import search
from ricomi.atlas.geometry import Point
from ricomi.atlas.layers import Number, Pair
from ricomi.atlas.panels import AMERICAS, PANELS, STATES, Panel

# Of more pairs than these the most frequent are drawn, lest none be seen; the table has all.
MOST_ARCS = 60
# How wide an arc is at its thick end, in units, and how far it bends, as a share of its length.
THIN, THICK, BEND = 8.0, 26.0, 0.2
# How wide it still is half-way and at its end, as shares of where it starts.
BELLY, TIP = 0.6, 0.15
SMALL = 26
LOCATOR = replace(AMERICAS, width=400)


@dataclass(frozen=True)
class Drawn:
    """A state in a panel. `look` is the class of its fill: `shade-0` to `shade-5`, `unknown`, `part` or `land`."""

    code: str
    url: str
    says: str
    look: str
    path: str
    own: bool
    # Where its code stands, in whole units; round that a mark, tied to the country's middle, when it is small.
    label: tuple[int, int] | None
    marked: bool
    middle: tuple[int, int]


@dataclass(frozen=True)
class Arc:
    """A pair in a panel: the outline of its arc, thick where it starts."""

    path: str
    says: str
    url: str


def shades(values: Mapping[str, Number], *, counted: bool) -> tuple[list[SafeString], list[Class]]:
    """The panels of a map that colours each state by its number, and the classes of the colours.

    Of a state that is not among the values nothing is known: it is hatched, unless what is shown is counted.
    """
    known = {code: values.get(code, 0) for code in STATES} if counted else dict(values)
    known = {code: value for code, value in known.items() if code in STATES}
    found = classes(known, counted=counted)
    key = tuple(sorted(known.items()))
    return [_shaded(panel, key, tuple(found), get_language()) for panel in PANELS], found


def arcs(
    pairs: Mapping[Pair, Number], *, found_by: tuple[str, ...], kind: str, year: int | None
) -> tuple[list[SafeString], int]:
    """The panels of a map with an arc for each pair of states, and how many arcs that are.

    Each leads to what the catalogue has of both, in these parts, of this kind and year; the table does so for the
    keyboard.
    """
    drawable = [(pair, number) for pair, number in pairs.items() if number and set(pair) <= set(STATES)]
    drawable.sort(key=lambda one: (-one[1], one[0]))
    key = tuple(drawable[:MOST_ARCS])
    return [_arched(panel, key, found_by, kind, year, get_language()) for panel in PANELS], len(key)


@lru_cache(maxsize=8 * len(STATES))
def locator(code: str) -> SafeString:
    """Where a country lies, as a picture of its own, without words."""
    shapes = LOCATOR.shapes
    land = "".join(shape.path for other, shape in shapes.items() if other != code)
    small = max(shapes[code].size) < SMALL
    context = {"panel": LOCATOR, "land": land, "shape": shapes[code], "ring": small and _whole(shapes[code].middle)}
    return render_to_string("atlas/locator.svg", context)


@lru_cache(maxsize=96)
def _shaded(
    panel: Panel, key: tuple[tuple[str, Number], ...], found: tuple[Class, ...], language: str | None
) -> SafeString:
    values = dict(key)
    looks, says = {}, {}
    for code in STATES:
        value = values.get(code)
        looks[code] = "unknown" if value is None else f"shade-{next(one.shade for one in found if one.holds(value))}"
        says[code] = _("%(state)s: %(number)s") % {
            "state": l10n.country(code), "number": _("no data") if value is None else l10n.number(value)}  # fmt: skip
    return _panel(panel, looks, says, [])


@lru_cache(maxsize=48)
def _arched(
    panel: Panel,
    key: tuple[tuple[Pair, Number], ...],
    found_by: tuple[str, ...],
    kind: str,
    year: int | None,
    language: str | None,
) -> SafeString:
    parts = {code for pair, _number in key for code in pair}
    looks = {code: "part" if code in parts else "land" for code in STATES}
    says = {code: l10n.country(code) for code in STATES}
    # What lies within a larger panel is drawn there as well.
    shown = [one for one in key if panel is AMERICAS or set(one[0]) <= set(panel.states)]
    most = max((number for _pair, number in key), default=1)
    drawn = [
        Arc(
            _arc(panel, pair, float(number / most)),
            _pair_says(pair, number),
            search(*zip(found_by, pair, strict=True), kind=kind, year=year),
        )
        for pair, number in reversed(shown)
    ]
    return _panel(panel, looks, says, drawn)


def _pair_says(pair: Pair, number: Number) -> str:
    first, second = (l10n.country(code) for code in pair)
    return _("%(from)s → %(to)s: %(number)s") % {"from": first, "to": second, "number": l10n.number(number)}


def _panel(panel: Panel, looks: Mapping[str, str], says: Mapping[str, str], drawn: list[Arc]) -> SafeString:
    states = []
    for code in STATES:
        if (shape := panel.shapes.get(code)) is None:
            continue
        own, mark = code in panel.states, panel.mark(code)
        label = mark or (shape.middle if own and panel.radius else None)
        url = reverse("atlas:country", args=[code.lower()])
        states.append(Drawn(
            code, url, says[code], looks[code], shape.path, own, label and _whole(label), mark is not None,
            _whole(shape.middle),
        ))  # fmt: skip
    land = "".join(shape.path for code, shape in panel.shapes.items() if code not in STATES)
    # Arcs lie over the land, marks over both.
    return render_to_string("atlas/panel.svg", {
        "panel": panel, "land": land, "arcs": drawn, "shapes": [one for one in states if not one.marked],
        "marks": [one for one in states if one.marked], "labels": [one for one in states if one.label],
    })  # fmt: skip


def _whole(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _arc(panel: Panel, pair: Pair, weight: float) -> str:
    """A bent stroke from one state to another that runs thin, so that one sees which way it goes."""
    (x0, y0), (x1, y1) = (panel.mark(code) or panel.shapes[code].middle for code in pair)
    length = math.hypot(x1 - x0, y1 - y0) or 1
    across, down = (y0 - y1) / length, (x1 - x0) / length
    half = (THIN + (THICK - THIN) * math.sqrt(weight)) / 2
    x, y = (x0 + x1) / 2 + across * length * BEND, (y0 + y1) / 2 + down * length * BEND
    outline = [(half * share * across, half * share * down) for share in (1, BELLY, TIP)]
    ends = ((x0, y0), (x, y), (x1, y1))
    there = [(east + out, south + low) for (east, south), (out, low) in zip(ends, outline, strict=True)]
    back = [(east - out, south - low) for (east, south), (out, low) in zip(ends, outline, strict=True)]
    places = [round(one) for point in (*there, *reversed(back)) for one in point]
    return "M{} {}Q{} {} {} {}L{} {}Q{} {} {} {}z".format(*places)
