"""The small picture of how well the ranking predicted over time: lines of points from 0 to 1, drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ricomi.matching.quality import Row

LEFT, RIGHT, TOP, HEIGHT = 34, 290, 10, 120
# So many quarters have room for their names on a telephone.
MOST = 6


@dataclass(frozen=True)
class Point:
    """Where a value stands in the picture."""

    x: int
    y: int
    value: Decimal


@dataclass(frozen=True)
class Drawn:
    """The picture's quarters with their places, and the points of both lines."""

    quarters: list[tuple[int, str]]
    recall: list[Point]
    reciprocal: list[Point]

    @property
    def marks(self) -> list[tuple[int, str]]:
        """The heights of 0, one half and 1."""
        return [(TOP + HEIGHT, "0"), (TOP + HEIGHT // 2, "½"), (TOP, "1")]


def drawn(rows: Sequence[Row]) -> Drawn | None:
    """The last quarters in which somebody accepted; None where there are none."""
    last = [row for row in rows if row.accepted.rounds][-MOST:]
    if not last:
        return None
    places = [LEFT + (RIGHT - LEFT) * (2 * n + 1) // (2 * len(last)) for n in range(len(last))]

    def line(name: str) -> list[Point]:
        values = [getattr(row.accepted, name) for row in last]
        return [
            Point(x, TOP + round(HEIGHT * (1 - value)), value) for x, value in zip(places, values, strict=True)
        ]  # fmt: skip

    names = [f"{row.of[1]}/{row.of[0] % 100:02}" for row in last]
    return Drawn(list(zip(places, names, strict=True)), line("recall"), line("reciprocal"))
