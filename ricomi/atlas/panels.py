"""The parts of which each map is made: the Americas, and where states are small the same again, larger.

All are Lambert's azimuthal equal-area projection, each about its own middle: equal areas, because colours fill them. It
knows no date line. Lengths are in units of a panel; `Panel.width` of them are as wide as the panel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ricomi.atlas.shapes import Point, americas

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
    """How a country looks in a panel: the data of an SVG path, the middle and the size of its largest part, in units."""

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
        return round((self._top - self._bottom) * self._scale)

    @cached_property
    def _box(self) -> tuple[float, float, float, float]:
        """What the panel shows on the plane, in radii of the Earth: left, right, bottom, top."""
        rights, ups = zip(*(_flat(point, self.centre) for point in self.reach), strict=True)
        pad = (max(rights) - min(rights)) * PAD
        return min(rights) - pad, max(rights) + pad, min(ups) - pad, max(ups) + pad

    @property
    def _bottom(self) -> float:
        return self._box[2]

    @property
    def _top(self) -> float:
        return self._box[3]

    @cached_property
    def _scale(self) -> float:
        return self.width / (self._box[1] - self._box[0])

    def place(self, point: Point) -> Point:
        """Where a point given by longitude and latitude in degrees stands in the panel, in units."""
        right, up = _flat(point, self.centre)
        return (right - self._box[0]) * self._scale, (self._top - up) * self._scale

    def _placed(self, point: Point) -> Point:
        """The same, with Hawaii where the map has room for it."""
        if point[0] > -150 or point[1] > 30:
            return self.place(point)
        right, up = _flat(point, HAWAII)
        x, y = self.place(MOVED_TO)
        return x + right * self._scale, y - up * self._scale

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """What of each country lies in the panel; reckoned once a process."""
        atlas = americas()
        drawn: dict[int, list[Point]] = {}
        found = {}
        for code, rings in atlas.rings.items():
            outlines = []
            for ring in rings:
                outline: list[Point] = []
                for arc in ring:
                    number = arc if arc >= 0 else ~arc
                    if number not in drawn:
                        drawn[number] = coarser([self._placed(point) for point in atlas.arcs[number]], TOLERANCE)
                    outline += (drawn[number] if arc >= 0 else drawn[number][::-1])[1 if outline else 0 :]
                outlines.append(self._clipped(outline))
            # An island that is smaller than the tolerance stays as a dot.
            if shape := _shape([one for one in outlines if len(one) > 2] or [one for one in outlines if one][:1]):
                found[code] = shape
        return found

    @cached_property
    def frames(self) -> str:
        """Lines round what was moved and what another panel shows larger, as data of an SVG path."""
        if self.enlarged is None:
            return ""
        west, east, south, north = self.enlarged
        along = [west + (east - west) * step / 8 for step in range(9)]
        box = [self.place((degree, south)) for degree in along] + [self.place((degree, north)) for degree in along[::-1]]
        wide, high = (degrees * math.radians(1) * self._scale for degrees in ROUND_IT)
        x, y = self.place(MOVED_TO)
        return _path(box) + _path([(x - wide, y - high), (x + wide, y - high), (x + wide, y + high), (x - wide, y + high)])

    def _clipped(self, outline: list[Point]) -> list[Point]:
        """What of an outline lies in the panel or close by (Sutherland and Hodgman)."""
        edges = ((0, -MARGIN, 1), (0, self.width + MARGIN, -1), (1, -MARGIN, 1), (1, self.height + MARGIN, -1))
        for axis, limit, side in edges:
            kept: list[Point] = []
            for last, this in zip([*outline[-1:], *outline], outline, strict=False):
                inside, was_inside = (this[axis] - limit) * side >= 0, (last[axis] - limit) * side >= 0
                if inside != was_inside:
                    share = (limit - last[axis]) / (this[axis] - last[axis])
                    kept.append((last[0] + share * (this[0] - last[0]), last[1] + share * (this[1] - last[1])))
                if inside:
                    kept.append(this)
            outline = kept
        return outline

    def mark(self, code: str) -> Point | None:
        """Where a mark stands for a state that is too small to be pressed; None for one that is not."""
        if code not in self.states or min(self.shapes[code].size) >= self.least:
            return None
        return self.place(self.beside[code]) if code in self.beside else self.shapes[code].middle


def _flat(point: Point, centre: Point) -> Point:
    """Lambert's azimuthal equal-area projection about a centre, in radii of the Earth."""
    east, north = math.radians(point[0] - centre[0]), math.radians(point[1])
    middle = math.radians(centre[1])
    away = math.sin(middle) * math.sin(north) + math.cos(middle) * math.cos(north) * math.cos(east)
    grown = math.sqrt(2 / max(1 + away, 1e-9))
    right = math.cos(north) * math.sin(east)
    up = math.cos(middle) * math.sin(north) - math.sin(middle) * math.cos(north) * math.cos(east)
    return right * grown, up * grown


def coarser(points: Sequence[Point], tolerance: float) -> list[Point]:
    """The line with as few of its points as keep it within a tolerance of where it was (Douglas and Peucker)."""
    keep = [False] * len(points)
    keep[0] = keep[-1] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        farthest, most = 0, tolerance
        for index in range(first + 1, last):
            if (far := _distance(points[index], points[first], points[last])) > most:
                farthest, most = index, far
        if farthest:
            keep[farthest] = True
            spans += [(first, farthest), (farthest, last)]
    return [point for point, kept in zip(points, keep, strict=True) if kept]


def _distance(point: Point, first: Point, last: Point) -> float:
    """How far a point is from the stretch between two."""
    wide, high = last[0] - first[0], last[1] - first[1]
    length = wide * wide + high * high
    share = ((point[0] - first[0]) * wide + (point[1] - first[1]) * high) / length if length else 0
    share = max(0, min(1, share))
    return math.hypot(point[0] - first[0] - share * wide, point[1] - first[1] - share * high)


def _area(outline: Sequence[Point]) -> float:
    turned = zip(outline, [*outline[1:], outline[0]], strict=True)
    return sum(one[0] * next_[1] - next_[0] * one[1] for one, next_ in turned) / 2


def _shape(outlines: list[list[Point]]) -> Shape | None:
    if not outlines:
        return None
    largest = max(outlines, key=lambda outline: abs(_area(outline)))
    xs, ys = zip(*largest, strict=True)
    path = "".join(_path(one) for one in outlines if one is largest or abs(_area(one)) >= LEAST)
    return Shape(path, _middle(largest), (max(xs) - min(xs), max(ys) - min(ys)))


def _middle(outline: Sequence[Point]) -> Point:
    """The centre of gravity of what an outline holds."""
    area = _area(outline)
    if not area:
        return outline[0]
    x = y = 0.0
    for one, following in zip(outline, [*outline[1:], outline[0]], strict=True):
        turned = one[0] * following[1] - following[0] * one[1]
        x, y = x + (one[0] + following[0]) * turned, y + (one[1] + following[1]) * turned
    return x / (6 * area), y / (6 * area)


def _path(outline: Iterable[Point]) -> str:
    """An outline as data of an SVG path: whole units, each from the one before."""
    whole = [(round(x), round(y)) for x, y in outline]
    steps = [
        f"{x - before[0]} {y - before[1]}".replace(" -", "-")
        for before, (x, y) in zip(whole, whole[1:], strict=False) if before != (x, y)
    ]  # fmt: skip
    return f"M{whole[0][0]} {whole[0][1]}l{' '.join(steps).replace(' -', '-')}z" if steps else _dot(whole[0])


def _dot(point: tuple[int, int]) -> str:
    """An island that is smaller than a unit."""
    return f"M{point[0]} {point[1]}h2v2h-2z"


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
