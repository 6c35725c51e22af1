"""Outlines on a plane: projected, drawn coarser, clipped, measured, and written as the data of an SVG path."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

Point = tuple[float, float]


def flat(point: Point, centre: Point) -> Point:
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


def clipped(outline: list[Point], left: float, top: float, right: float, bottom: float) -> list[Point]:
    """What of an outline lies in a rectangle (Sutherland and Hodgman)."""
    for axis, limit, side in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
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


def area(outline: Sequence[Point]) -> float:
    """What an outline holds; negative when it runs the other way."""
    turned = zip(outline, [*outline[1:], outline[0]], strict=True)
    return sum(one[0] * next_[1] - next_[0] * one[1] for one, next_ in turned) / 2


def middle(outline: Sequence[Point]) -> Point:
    """The centre of gravity of what an outline holds."""
    whole = area(outline)
    if not whole:
        return outline[0]
    x = y = 0.0
    for one, following in zip(outline, [*outline[1:], outline[0]], strict=True):
        turned = one[0] * following[1] - following[0] * one[1]
        x, y = x + (one[0] + following[0]) * turned, y + (one[1] + following[1]) * turned
    return x / (6 * whole), y / (6 * whole)


def path(outline: Iterable[Point]) -> str:
    """An outline as data of an SVG path: whole units, each from the one before."""
    whole = [(round(x), round(y)) for x, y in outline]
    steps = [
        f"{x - before[0]} {y - before[1]}".replace(" -", "-")
        for before, (x, y) in pairwise(whole) if before != (x, y)
    ]  # fmt: skip
    return f"M{whole[0][0]} {whole[0][1]}l{' '.join(steps).replace(' -', '-')}z" if steps else _dot(whole[0])


def _dot(point: tuple[int, int]) -> str:
    """An island that is smaller than a unit."""
    return f"M{point[0]} {point[1]}h2v2h-2z"
