"""Cells of the sheets that people take away."""

from __future__ import annotations

# With the full-width forms, which some programs read as the plain ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: object) -> str:
    """A cell's text, which no program that opens the sheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
