"""Numbers put into classes, so that a map can colour them: as many states in each as equal numbers allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ricomi import l10n
from ricomi.atlas.layers import Number

MOST = 5
# Which of the five shades fewer classes take, so that they still differ well.
SPREAD = {1: (3,), 2: (2, 4), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}


@dataclass(frozen=True)
class Class:
    """Numbers that look alike: their shade, 0 for none at all and else 1 to 5, the least, the most, how many states."""

    shade: int
    low: Number
    high: Number
    size: int

    @property
    def says(self) -> str:
        """What the legend says of it, as the reader writes numbers."""
        low = l10n.number(self.low)
        return low if self.low == self.high else f"{low} – {l10n.number(self.high)}"

    def holds(self, value: Number) -> bool:
        return self.low <= value <= self.high


def classes(values: Mapping[str, Number], *, counted: bool) -> list[Class]:
    """At most five quantiles, from low to high; equals are never parted. What is counted has a class for zero."""
    some = sorted(value for value in values.values() if value or not counted)
    zeros = len(values) - len(some)
    different = sorted(set(some))
    if len(different) <= MOST:
        groups = [[value] * some.count(value) for value in different]
    else:
        ranks: dict[int, list[Number]] = {}
        for value in some:
            ranks.setdefault(some.index(value) * MOST // len(some), []).append(value)
        groups = list(ranks.values())
    found = [Class(0, 0, 0, zeros)] if zeros else []
    shades = SPREAD.get(len(groups), ())
    return found + [Class(shade, one[0], one[-1], len(one)) for shade, one in zip(shades, groups, strict=True)]
