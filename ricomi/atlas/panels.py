"""The parts of which each map is made: the Americas, and where states are small the same again, larger.

All are Lambert's azimuthal equal-area projection, each about its own middle: equal areas, because colours fill them. It
knows no date line. Lengths are in units of a panel; `Panel.width` of them are as wide as the panel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ricomi.atlas.geometry import Point, area, clipped, coarser, flat, middle, path
from ricomi.atlas.shapes import americas

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# How far a line may be from where it was, and the smallest island that is drawn, unless it is its state's largest.
TOLERANCE, LEAST = 1.0, 12.0
# How far lines go on beyond the panel, in units, and how much of its width is left free at its edges.
MARGIN, PAD = 30.0, 0.015
# Hawaii is moved nearer, as atlases do, from its own middle to a place in the Pacific; degrees.
HAWAII, MOVED_TO, ROUND_IT = (-157.4, 20.4), (-122.0, 8.0), (3.6, 2.6)


@dataclass(frozen=True)
class Shape:
    """How a country looks in a panel: data of an SVG path, the middle and the size of its largest part, in units."""

    path: str
    middle: Point
    size: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Panel:
    """A part of the map. `states` are those that are chosen in it; `reach` are places at its edges, in degrees."""

    code: str
    title: _StrPromise
    states: tuple[str, ...]
    centre: Point
    reach: tuple[Point, ...]
    width: int
    # Where marks stand beside their states for want of room, in degrees.
    beside: dict[str, Point]
    radius: int
    # A state that is smaller than this one way is shown by a mark.
    least: int
    # A part that another panel shows larger: west, east, south, north, in degrees.
    enlarged: tuple[float, float, float, float] | None = None

    @cached_property
    def height(self) -> int:
        return round((self._box[3] - self._box[2]) * self._scale)

    @cached_property
    def _box(self) -> tuple[float, float, float, float]:
        """What the panel shows on the plane, in radii of the Earth: left, right, bottom, top."""
        rights, ups = zip(*(flat(point, self.centre) for point in self.reach), strict=True)
        pad = (max(rights) - min(rights)) * PAD
        return min(rights) - pad, max(rights) + pad, min(ups) - pad, max(ups) + pad

    @cached_property
    def _scale(self) -> float:
        return self.width / (self._box[1] - self._box[0])

    def place(self, point: Point) -> Point:
        """Where a point given by longitude and latitude in degrees stands in the panel, in units."""
        right, up = flat(point, self.centre)
        return (right - self._box[0]) * self._scale, (self._box[3] - up) * self._scale

    def _placed(self, point: Point) -> Point:
        """The same, with Hawaii where the map has room for it."""
        if point[0] > -150 or point[1] > 30:
            return self.place(point)
        right, up = flat(point, HAWAII)
        x, y = self.place(MOVED_TO)
        return x + right * self._scale, y - up * self._scale

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """What of each country lies in the panel; reckoned once a process."""
        rough: dict[int, list[Point]] = {}
        found = {}
        for code, rings in americas().rings.items():
            outlines = [self._outline(ring, rough) for ring in rings]
            # An island that is smaller than the tolerance stays as a dot.
            if shape := _shape([one for one in outlines if len(one) > 2] or [one for one in outlines if one][:1]):
                found[code] = shape
        return found

    def _outline(self, ring: tuple[int, ...], rough: dict[int, list[Point]]) -> list[Point]:
        """A ring as it is drawn; `rough` keeps its arcs, so that a neighbour is drawn by the same."""
        outline: list[Point] = []
        for arc in ring:
            number = arc if arc >= 0 else ~arc
            if number not in rough:
                rough[number] = coarser([self._placed(point) for point in americas().arcs[number]], TOLERANCE)
            outline += (rough[number] if arc >= 0 else rough[number][::-1])[1 if outline else 0 :]
        return clipped(outline, -MARGIN, -MARGIN, self.width + MARGIN, self.height + MARGIN)

    @cached_property
    def frames(self) -> str:
        """Lines round what was moved and what another panel shows larger, as data of an SVG path."""
        if self.enlarged is None:
            return ""
        west, east, south, north = self.enlarged
        along = [west + (east - west) * step / 8 for step in range(9)]
        places = [(degree, south) for degree in along] + [(degree, north) for degree in reversed(along)]
        wide, high = (math.radians(degrees) * self._scale for degrees in ROUND_IT)
        x, y = self.place(MOVED_TO)
        moved = [(x + right * wide, y + down * high) for right, down in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        return path([self.place(point) for point in places]) + path(moved)

    def mark(self, code: str) -> Point | None:
        """Where a mark stands for a state that is too small to be pressed; None for one that is not."""
        if code not in self.states or min(self.shapes[code].size) >= self.least:
            return None
        return self.place(self.beside[code]) if code in self.beside else self.shapes[code].middle


def _shape(outlines: list[list[Point]]) -> Shape | None:
    if not outlines:
        return None
    largest = max(outlines, key=lambda outline: abs(area(outline)))
    xs, ys = zip(*largest, strict=True)
    data = "".join(path(one) for one in outlines if one is largest or abs(area(one)) >= LEAST)
    return Shape(data, middle(largest), (max(xs) - min(xs), max(ys) - min(ys)))


EASTERN = Panel(
    "eastern", _("Eastern Caribbean"), ("AG", "BB", "DM", "GD", "KN", "LC", "TT", "VC"),
    centre=(-61.2, 14.0), reach=((-63.55, 9.9), (-58.85, 18.0)), width=900, beside={}, radius=64, least=130,
)  # fmt: skip
MIDDLE = Panel(
    "middle", _("Central America and the Caribbean"),
    ("BS", "BZ", "CR", "CU", "DO", "GT", "HN", "HT", "JM", "NI", "PA", "SV"),
    centre=(-76.0, 17.0), reach=((-92.6, 14.0), (-59.0, 14.0), (-76.0, 7.0), (-76.0, 27.4)), width=1600,
    beside={"BZ": (-86.4, 17.9), "SV": (-89.9, 12.0), "JM": (-77.5, 16.3), "HT": (-73.4, 16.4), "BS": (-74.3, 25.5)},
    radius=68, least=95,
)  # fmt: skip
AMERICAS = Panel(
    "americas", _("Americas"), (
        "AR", "BO", "BR", "CA", "CL", "CO", "EC", "GY", "MX", "PE", "PY", "SR", "US", "UY", "VE",
    ),
    centre=(-85.0, 12.0), reach=((-168.5, 65.6), (-168.5, 53.4), (-70.0, 83.4), (-34.4, -7.5), (-67.3, -56.2)),
    width=1600, beside={}, radius=0, least=0, enlarged=(-92.6, -59.0, 7.0, 27.4),
)  # fmt: skip
PANELS = (AMERICAS, MIDDLE, EASTERN)
STATES = tuple(sorted(code for panel in PANELS for code in panel.states))
