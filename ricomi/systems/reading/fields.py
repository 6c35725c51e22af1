"""The fields of one row, each read as what it must be; whatever is wrong is said with its row and column."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

from ricomi import l10n
from ricomi.systems.reading.faults import Broken

SHOWN = 40
LONGEST = 100_000
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1800, 2100
_COUNTRIES: dict[str, bool] = {}


class Fields:
    """One row: texts by the name of their column, and the row's number in the file from 1 on."""

    def __init__(self, cells: Mapping[str, Any], row: int) -> None:
        self.cells, self.row = cells, row

    def wrong(self, column: str, message: str, **values: Any) -> Broken:
        """What is wrong with a column, to be raised; `text` in the message is the cell."""
        values = {"text": str(self.cells.get(column, ""))[:SHOWN], **values} if "%(text)s" in message else values
        return Broken(message, row=self.row, column=column, **values)

    def text(self, column: str, most: int = 300, *, needed: bool = True, lines: bool = False) -> str:
        """A text of at most so many characters, in one line unless it may have several."""
        cell = self.cells.get(column)
        if cell is not None and not isinstance(cell, str | int | float | Decimal):
            raise self.wrong(column, gettext_noop("A text is wanted here."))
        text = "" if cell is None else str(cell)
        text = "\n".join(" ".join(line.split()) for line in text.splitlines()) if lines else " ".join(text.split())
        text = text.strip()
        if needed and not text:
            raise self.wrong(column, gettext_noop("It is missing."))
        if len(text) > most:
            raise self.wrong(column, gettext_noop("It is longer than %(most)d characters."), most=most)
        if not text.replace("\n", "").isprintable():
            raise self.wrong(column, gettext_noop("It holds characters that cannot be shown."))
        return text

    def one_of(self, column: str, known: Collection[str], *, otherwise: str | None = None) -> str:
        """One of the codes that are known; `otherwise` stands for an empty cell."""
        code = self.text(column, needed=otherwise is None)
        if not code and otherwise is not None:
            return otherwise
        if code not in known:
            raise self.wrong(column, gettext_noop("“%(text)s” is none of %(known)s."), known=", ".join(sorted(known)))
        return code

    def some_of(self, column: str, known: Collection[str]) -> list[str]:
        """Codes that are known, separated by spaces or semicolons, or a list of them; each once, perhaps none."""
        cell = self.cells.get(column)
        codes = cell if isinstance(cell, list) else re.split(r"[\s;]+", self.text(column, 1000, needed=False))
        for code in codes:
            if code and code not in known:
                raise self.wrong(
                    column, gettext_noop("“%(code)s” is no code of the thesaurus."), code=str(code)[:SHOWN]
                )
        return sorted({code for code in codes if code})

    def country(self, column: str, *others: str) -> str:
        """A country by its code of ISO 3166-1, two letters, or one of some other codes."""
        code = self.text(column)
        if code not in others and not _is_country(code):
            raise self.wrong(column, gettext_noop("“%(text)s” is no country of ISO 3166."))
        return code

    def year(self, column: str) -> int:
        """A year."""
        text = self.text(column)
        if not re.fullmatch(r"\d{4}", text, re.ASCII) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
            raise self.wrong(column, gettext_noop("“%(text)s” is no year."))
        return int(text)

    def number(self, column: str, *, needed: bool = True) -> Decimal | None:
        """A number of zero or more with a point before its decimals, at most four; None where the cell may be empty."""
        text = self.text(column, needed=needed)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise self.wrong(column, gettext_noop("“%(text)s” is no number; write it like 1234.5."))
        if (number := Decimal(text)) < 0:
            raise self.wrong(column, gettext_noop("The number is below zero."))
        return number

    def count(self, column: str, *, needed: bool = True) -> int | None:
        """A whole number of zero or more; None where the cell may be empty."""
        number = self.number(column, needed=needed)
        if number is not None and (number != int(number) or number > 2**31 - 1):
            raise self.wrong(column, gettext_noop("“%(text)s” is no whole number."))
        return None if number is None else int(number)

    def day(self, column: str, *, needed: bool = True) -> datetime.date | None:
        """A day written like 2027-01-31; None where the cell may be empty."""
        text = self.text(column, needed=needed)
        if not text:
            return None
        try:
            day = datetime.date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.wrong(column, gettext_noop("“%(text)s” is no day; write it like 2027-01-31."))
        return day

    def link(self, column: str, *, needed: bool = False) -> str:
        """The address of a page; empty when there may be none."""
        text = self.text(column, 500, needed=needed)
        if text:
            try:
                parts = urlsplit(text)
                sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
            except ValueError:
                sound = False
            if not sound or " " in text:
                raise self.wrong(column, gettext_noop("“%(text)s” is no address of a page."))
        return text


def _is_country(code: str) -> bool:
    if code not in _COUNTRIES:
        if len(_COUNTRIES) > 1000:
            _COUNTRIES.clear()
        _COUNTRIES[code] = l10n.is_country(code)
    return _COUNTRIES[code]
