"""Results of a search to take away: CSV, XLSX and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook

from ricomi.catalogue.results import Result
from ricomi.printable import clean
from ricomi.sheets import XLSX, harmless

# By which JSON knows them, in any language of the page.
NAMES = ("kind", "title", "summary", "states", "themes", "year", "language", "published", "url")


def answer(form: str, found: Iterable[Result]) -> HttpResponse:
    """These results as a file: `csv`, `xlsx` or `json`."""
    made = FORMS[form](found)
    made["Content-Disposition"] = f'attachment; filename="catalogue.{form}"'
    return made


def _titles() -> list[str]:
    return [
        _("Kind of entry"), _("Title"), _("Summary"), _("States"), _("Themes"), _("Year"), _("Language"),
        _("Published"), _("Address"),
    ]  # fmt: skip


def _rows(found: Iterable[Result]) -> Iterator[list[str | int]]:
    for one in found:
        yield [
            one.kind_label, one.thing.title, one.summary, ", ".join(one.states), "; ".join(one.themes), one.year,
            one.thing.language, one.published_at.date().isoformat(), settings.SITE_URL + one.thing.get_absolute_url(),
        ]  # fmt: skip


def _csv(found: Iterable[Result]) -> HttpResponse:
    made = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    sheet = csv.writer(made)
    sheet.writerow(_titles())
    sheet.writerows([harmless(value) for value in row] for row in _rows(found))
    return made


def _xlsx(found: Iterable[Result]) -> HttpResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("RICOMI")
    sheet.append(_titles())
    for row in _rows(found):
        sheet.append([value if isinstance(value, int) else harmless(clean(value)) for value in row])
    out = io.BytesIO()
    book.save(out)
    return HttpResponse(out.getvalue(), content_type=XLSX)


def _json(found: Iterable[Result]) -> HttpResponse:
    rows = [dict(zip(NAMES, row, strict=True)) for row in _rows(found)]
    codes = [{"kind": one.kind, "states": one.state_codes, "themes": one.theme_codes} for one in found]
    entries = [{**row, **coded} for row, coded in zip(rows, codes, strict=True)]
    return JsonResponse({"entries": entries}, json_dumps_params={"ensure_ascii": False})


FORMS: dict[str, Callable[[Iterable[Result]], HttpResponse]] = {"csv": _csv, "xlsx": _xlsx, "json": _json}
