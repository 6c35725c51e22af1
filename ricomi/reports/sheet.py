"""What a statement is before it is a page, an XLSX or a PDF: titles, notes, and tables of texts, amounts and days."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ricomi import l10n

NOTHING = "–"


class Kind(enum.Enum):
    """What the cells of a column hold; a missing one is None. A code, such as a reference, is never broken in two."""

    TEXT = "text"
    CODE = "code"
    MONEY = "money"
    DAY = "day"
    NUMBER = "number"


@dataclass(frozen=True)
class Link:
    """A text that leads to a page of the site."""

    text: str
    url: str


@dataclass(frozen=True)
class Column:
    """A column under its title. Amounts are in its currency, or where it has none in that of their row.

    Bare amounts do not name it: it stands in a column of its own or above the table.
    """

    title: str
    kind: Kind = Kind.TEXT
    currency: str = ""
    bare: bool = False

    @property
    def is_figure(self) -> bool:
        return self.kind in (Kind.MONEY, Kind.NUMBER)


@dataclass(frozen=True)
class Row:
    """One cell a column: a text, a Link or several, a Decimal, a day, a number, or None. A strong row is a sum."""

    cells: Sequence[Any]
    currency: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell as people read it, with the title of its column."""

    label: str
    text: str
    links: Sequence[Link]
    kind: Kind
    is_figure: bool


@dataclass(frozen=True)
class Sheet:
    """One table; `empty` is what is said where it has no row."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: str = ""

    def shown(self) -> Iterator[tuple[Row, list[Cell]]]:
        """Each row with its cells in the reader's language."""
        for row in self.rows:
            yield row, [cell(column, row, value) for column, value in zip(self.columns, row.cells, strict=True)]


@dataclass(frozen=True)
class Statement:
    """A financial statement in the reader's language: `on` says of which day it is, `warnings` what must be seen."""

    title: str
    on: str
    sheets: Sequence[Sheet]
    notes: Sequence[str] = field(default_factory=list)
    warnings: Sequence[str] = field(default_factory=list)


def cell(column: Column, row: Row, value: Any) -> Cell:
    """A value as people read it."""
    links = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Link)]
    text = ", ".join(one.text for one in links) if links else _text(column, row, value)
    return Cell(column.title, text, links, column.kind, column.is_figure)


def _text(column: Column, row: Row, value: Any) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if column.kind is Kind.MONEY and isinstance(value, Decimal):
        currency = column.currency or row.currency
        return l10n.amount(value, currency) if column.bare else l10n.money(value, currency)
    if isinstance(value, datetime.date):
        return l10n.day(value)
    if column.kind is Kind.NUMBER:
        return l10n.number(value)
    return str(value)
