"""A number over the years as small bars, many of which fit beside each other: SVG from the server, as the maps are.

Charts of statements are Altair's; these are a handful of bars in the page itself, in letters that stay readable at
288 px, with no second request.
"""

from __future__ import annotations

from dataclasses import dataclass

from ricomi import l10n
from ricomi.atlas.layers import History

WIDTH, HEIGHT, LETTERS, WIDEST = 280, 120, 18, 40


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    wide: int
    high: int
    says: str


@dataclass(frozen=True)
class Bars:
    """What templates/atlas/bars.svg draws; lengths in px of a picture that is `WIDTH` wide."""

    history: History
    bars: list[Bar]
    rows: list[tuple[int, str]]
    most: str
    top: tuple[int, int]
    top_anchor: str
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - LETTERS

    @property
    def first(self) -> str:
        return str(self.rows[0][0])

    @property
    def last(self) -> str:
        return str(self.rows[-1][0])

    @property
    def says(self) -> str:
        """The whole chart in words, for who doesn't see it."""
        return f"{self.history.title}: " + "; ".join(f"{year}: {number}" for year, number in self.rows)


def bars(history: History) -> Bars:
    """The bars of a history that has a value at least; a year without one is a gap. Nothing is drawn below zero."""
    years = sorted(history.values)
    span = years[-1] - years[0] + 1
    step = min(WIDTH / span, WIDEST)
    most = max(history.values.values())
    room = HEIGHT - 2 * LETTERS
    drawn = []
    for year in years:
        value = history.values[year]
        high = max(1, round(room * float(value) / float(most))) if value > 0 else 0
        x = round((year - years[0]) * step)
        wide = max(1, round(step * 0.8))
        drawn.append(Bar(x, HEIGHT - LETTERS - high, wide, high, f"{year}: {l10n.number(value)}"))
    highest = max(drawn, key=lambda bar: bar.high)
    anchor = "end" if highest.x > WIDTH * 0.7 else "start"
    top = (highest.x + (highest.wide if anchor == "end" else 0), highest.y)
    rows = [(year, l10n.number(history.values[year])) for year in years]
    return Bars(history, drawn, rows, l10n.number(most), top, anchor)
