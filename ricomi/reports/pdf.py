"""A statement as PDF, set by templates/papers/statement.typ: tagged, in the reader's language."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ricomi.papers import rendering
from ricomi.printable import clean
from ricomi.reports.sheet import Kind, Sheet, Statement

# A paper that nobody would read to its end takes long to set; the workbook has every row.
MOST_ROWS = 2000


def document(statement: Statement, at: datetime.datetime) -> bytes:
    """The file, which bears `at` as the moment of its making."""
    body = {
        "title": statement.title,
        "on": statement.on,
        "notes": list(statement.notes),
        "warnings": list(statement.warnings),
        "sheets": [_table(sheet) for sheet in statement.sheets],
    }
    words = {
        "network": _("Inter-American Network for Cooperation on Migration"),
        "page": _("Page %(page)s of %(pages)s"),
    }
    frame = {"language": (get_language() or "en")[:2], "number": statement.title, "words": words}
    return rendering.render("statement", clean({"body": body, "frame": frame}), at)


def _table(sheet: Sheet) -> dict[str, Any]:
    shown = [cells for _row, cells in sheet.shown()][:MOST_ROWS]
    cut = _("These are the first %(count)d rows; the XLSX has them all.") % {"count": MOST_ROWS}
    return {
        "title": sheet.title,
        "heads": [column.title for column in sheet.columns],
        "texts": [column.kind is Kind.TEXT for column in sheet.columns],
        "figures": [column.is_figure for column in sheet.columns],
        "rows": [[cell.text for cell in cells] for cells in shown],
        "strong": [row.strong for row in sheet.rows][:MOST_ROWS],
        "empty": sheet.empty,
        "cut": cut if len(sheet.rows) > MOST_ROWS else "",
    }
