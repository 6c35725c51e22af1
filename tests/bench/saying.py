"""How the bench says what it measured."""

from __future__ import annotations

import statistics


def spread(values: list[float], places: int = 1) -> str:
    """The median, and from the least to the most."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:.{places}f} ({least:.{places}f}-{most:.{places}f})"


def say(line: str) -> None:
    print(line, flush=True)
