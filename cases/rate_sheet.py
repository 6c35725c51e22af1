"""Reading a table of daily subsistence allowances from a sheet (CSV or XLSX): its rates, or what is wrong by row.

The columns are country (ISO 3166), place (empty for elsewhere in the country), amount, currency (ISO 4217),
valid_from, valid_to, in any order; their names stand in the first row. Days are written 2027-01-31.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.models.subsistence import LARGEST
from cases.travel import key_of
from ricomi import l10n, uploads

COLUMNS = ("country", "place", "amount", "currency", "valid_from", "valid_to")
NEEDED = ("country", "amount", "currency")
MOST_ROWS = 5000
MOST_BYTES = 1024 * 1024
MOST_UNPACKED = 50 * 1024 * 1024
AMOUNT = re.compile(r"\d{1,10}(?:[.,](\d+))?")
FIRST, LAST = datetime.date(1990, 1, 1), datetime.date(2100, 12, 31)


@dataclass(frozen=True)
class Line:
    """One rate as the sheet has it, with the number of its row; `amount` in `currency`, days inclusive."""

    row: int
    country: str
    place: str
    amount: Decimal
    currency: str
    valid_from: datetime.date
    valid_to: datetime.date | None

    @property
    def key(self) -> tuple[str, str, str]:
        """Of what it is a rate: the country, the place as it is compared, the currency."""
        return self.country, key_of(self.place), self.currency


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, in the reader's language."""

    row: int
    message: str


class Wrong(Exception):
    """A cell that cannot be read; the message says why."""


def read(upload: Any, in_force_from: datetime.date) -> tuple[list[Line], list[Fault]]:
    """The rates of a sheet and the faults by row; rates without a first day of their own begin on `in_force_from`.

    Raises ValidationError for what is no such sheet: another kind of file, too large, without its columns or rows.
    """
    checked = uploads.check(upload)
    if checked.checked_type not in (uploads.KINDS["csv"], uploads.KINDS["xlsx"]):
        raise ValidationError(_("The table must be a sheet: CSV or XLSX."))
    content = uploads.read(checked, MOST_BYTES)
    rows = _of_csv(content) if checked.checked_type == uploads.KINDS["csv"] else _of_xlsx(content)
    head = [key_of(str(cell or "")).replace(" ", "_") for cell in next(rows, [])]
    if missing := [name for name in NEEDED if name not in head]:
        raise ValidationError(_("The sheet has no column %(names)s.") % {"names": ", ".join(missing)})
    lines, faults, count = [], [], 0
    for number, cells in enumerate(rows, 2):
        row = {name: cell for name, cell in zip(head, cells, strict=False) if name in COLUMNS}
        if not any(str(cell or "").strip() for cell in row.values()):
            continue
        count += 1
        if count > MOST_ROWS:
            raise ValidationError(_("The sheet has more than %(most)d rows.") % {"most": MOST_ROWS})
        try:
            lines.append(_line(number, row, in_force_from))
        except Wrong as wrong:
            faults.append(Fault(number, str(wrong)))
    if not count:
        raise ValidationError(_("The sheet has no rates."))
    return lines, sorted([*faults, *_overlaps(lines)], key=lambda fault: fault.row)


def _of_csv(content: bytes) -> Iterator[list[Any]]:
    text = content.decode("utf-8-sig")
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as wrong:
        raise ValidationError(_("The sheet cannot be read.")) from wrong


def _of_xlsx(content: bytes) -> Iterator[list[Any]]:
    from openpyxl import load_workbook

    try:
        # A sheet may unpack to a thousand times its size.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise ValidationError(_("The sheet cannot be read."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        found = [list(row[:20]) for row in book.worksheets[0].iter_rows(max_row=MOST_ROWS * 2, values_only=True)]
        book.close()
    except ValidationError:
        raise
    except Exception as wrong:  # whatever the library makes of a file that somebody forged
        raise ValidationError(_("The sheet cannot be read.")) from wrong
    yield from found


def _line(number: int, row: dict[str, Any], in_force_from: datetime.date) -> Line:
    country = _text(row.get("country")).upper()
    if not l10n.is_country(country):
        raise Wrong(_("“%(code)s” is no country of ISO 3166.") % {"code": country})
    currency = _text(row.get("currency")).upper()
    if not l10n.is_currency(currency):
        raise Wrong(_("“%(code)s” is no currency of ISO 4217.") % {"code": currency})
    place = " ".join(_text(row.get("place")).split())
    if len(place) > 100:
        raise Wrong(_("The name of the place is longer than 100 characters."))
    amount = _amount(row.get("amount"), currency)
    valid_from = _day(row.get("valid_from")) or in_force_from
    valid_to = _day(row.get("valid_to"))
    if valid_to and valid_to < valid_from:
        raise Wrong(_("The last day is before the first."))
    if valid_to and valid_to < in_force_from:
        raise Wrong(_("The rate ends before the table comes into force."))
    return Line(number, country, place, amount, currency, max(valid_from, in_force_from), valid_to)


def _text(cell: Any) -> str:
    text = str(cell if cell is not None else "").strip()
    if not text.isprintable():
        raise Wrong(_("A cell holds characters that cannot be read."))
    return text


def _amount(cell: Any, currency: str) -> Decimal:
    text = _text(cell)
    if not text:
        raise Wrong(_("The amount is missing."))
    if text.startswith(("-", "−")):
        raise Wrong(_("The amount is below zero."))
    found = AMOUNT.fullmatch(text)
    if not found:
        raise Wrong(_("“%(text)s” is no amount.") % {"text": text[:40]})
    digits = l10n.currency_digits(currency)
    if len((found[1] or "").rstrip("0")) > digits:
        said = {"currency": currency, "digits": digits, "text": text[:40]}
        raise Wrong(_("“%(text)s” has more decimals than %(currency)s has (%(digits)d).") % said)
    amount = Decimal(text.replace(",", ".")).quantize(Decimal("0.01"))
    if amount <= 0:
        raise Wrong(_("A rate of zero is no rate."))
    if amount > LARGEST:
        raise Wrong(_("“%(text)s” is no amount.") % {"text": text[:40]})
    return amount


def _day(cell: Any) -> datetime.date | None:
    if isinstance(cell, datetime.datetime):
        cell = cell.date()
    text = _text(cell)
    if not text:
        return None
    try:
        # The other forms that Python reads, such as 2027W011, are none that people write.
        day = datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None or not FIRST <= day <= LAST:
        raise Wrong(_("“%(text)s” is no day; write it like 2027-01-31.") % {"text": text[:40]})
    return day


def _overlaps(lines: list[Line]) -> Iterator[Fault]:
    """Rates of one place that count on the same day."""
    last: dict[tuple[str, str, str], Line] = {}
    for line in sorted(lines, key=lambda line: (line.valid_from, line.row)):
        before = last.get(line.key)
        if before is not None and (before.valid_to is None or before.valid_to >= line.valid_from):
            yield Fault(line.row, str(_("The period overlaps that of row %(row)d.") % {"row": before.row}))
        if before is None or (before.valid_to and (line.valid_to is None or line.valid_to > before.valid_to)):
            last[line.key] = line
