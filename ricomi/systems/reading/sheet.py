"""CSV with a header, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_noop

from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import Fields
from ricomi.systems.reading.source import Source

REMARK = "#"


def rows(source: Source, needed: Iterable[str], allowed: Iterable[str] = ()) -> Iterator[Fields]:
    """The rows of a sheet whose first row names its columns, in any order; remarks before it begin with #.

    Cells are separated by commas or, where the header is, by semicolons. Raises Broken when one of the `needed` columns
    is missing, a column is neither needed nor `allowed`, or a row has more or fewer cells than the header.
    """
    lines = _Counted(source.lines())
    head = next((line for line in lines if not line.startswith(REMARK) and line.strip()), None)
    if head is None:
        raise Broken(gettext_noop("The file has no header."))
    delimiter = ";" if head.count(";") > head.count(",") else ","
    names = [name.strip().lower() for name in next(csv.reader([head], delimiter=delimiter))]
    _check(names, set(needed), set(allowed), lines.number)
    begun, reader = lines.number, csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise Broken(
                gettext_noop("The row cannot be read: a quotation mark or a cell has no end."), row=begun + 1
            ) from None
        if cells is None:
            return
        row, begun = begun + 1, lines.number
        if not cells:
            continue
        if len(cells) != len(names):
            raise Broken(gettext_noop("The row has %(found)d cells, the header %(wanted)d."), row=row, found=len(cells),
                         wanted=len(names))  # fmt: skip
        yield Fields(dict(zip(names, cells, strict=True)), row)


class _Counted(Iterator[str]):
    """Lines, with the number of the one that was read last."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.number = lines, 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line


def _check(names: list[str], needed: set[str], allowed: set[str], row: int) -> None:
    if missing := sorted(needed - set(names)):
        raise Broken(gettext_noop("The header lacks %(names)s."), row=row, names=", ".join(missing))
    if unknown := sorted(set(names) - needed - allowed):
        raise Broken(
            gettext_noop("The header names %(names)s, which nobody knows."), row=row, names=", ".join(unknown)[:200]
        )
    if len(set(names)) < len(names):
        raise Broken(gettext_noop("The header names a column twice."), row=row)
