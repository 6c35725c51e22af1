"""Cells of the sheets that people take away."""

from __future__ import annotations

# The kind of content of a workbook.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# With the full-width forms, which some programs read as the plain ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: object) -> str:
    """A cell's text, which no program that opens the sheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
