"""A statement as a workbook: a sheet for each table, with real numbers and days."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ricomi import l10n
from ricomi.printable import clean
from ricomi.reports.sheet import Column, Kind, Row, Sheet, Statement, cell
from ricomi.sheets import harmless

BOLD = Font(bold=True)
WIDTHS = {Kind.TEXT: 28, Kind.CODE: 18, Kind.MONEY: 20, Kind.DAY: 14, Kind.NUMBER: 12}
# What a sheet may not be called in any program that reads it.
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")


def workbook(statement: Statement) -> bytes:
    """The file. No text in it is taken for a formula."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.title = "RICOMI", clean(statement.title)
    for sheet in statement.sheets:
        _fill(book.create_sheet(NOT_IN_TITLES.sub(" ", clean(sheet.title))[:31]), statement, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(page: Any, statement: Statement, sheet: Sheet) -> None:
    above = [statement.title, statement.on, *statement.warnings, *statement.notes, sheet.title]
    for number, text in enumerate(above, 1):
        _write(page.cell(number, 1), text).font = BOLD if number in (1, len(above)) else Font()
    head = len(above) + 1
    for number, column in enumerate(sheet.columns, 1):
        title = _write(page.cell(head, number), column.title)
        title.font, title.alignment = BOLD, Alignment(wrap_text=True, vertical="top")
        page.column_dimensions[get_column_letter(number)].width = WIDTHS[column.kind]
    page.freeze_panes = page.cell(head + 1, 1)
    for number, row in enumerate(sheet.rows, head + 1):
        for place, (column, value) in enumerate(zip(sheet.columns, row.cells, strict=True), 1):
            _put(page.cell(number, place), column, row, value)
    if not sheet.rows and sheet.empty:
        _write(page.cell(head + 1, 1), sheet.empty)


def _put(at: Cell, column: Column, row: Row, value: Any) -> None:
    if value is None:
        return
    if column.kind is Kind.MONEY and isinstance(value, Decimal):
        at.value, at.number_format = value, _money_format(column, row)
    elif column.kind is Kind.DAY:
        at.value, at.number_format = value, "yyyy-mm-dd"
    elif column.kind is Kind.NUMBER:
        at.value, at.number_format = value, "#,##0"
    else:
        _write(at, cell(column, row, value).text)
    if row.strong:
        at.font = BOLD


def _money_format(column: Column, row: Row) -> str:
    currency = column.currency or row.currency
    digits = l10n.currency_digits(currency)
    return f"#,##0{'.' if digits else ''}{'0' * digits}" + ("" if column.bare else f' "{currency}"')


def _write(at: Cell, text: str) -> Cell:
    at.value, at.data_type = harmless(clean(text)), "s"
    return at
