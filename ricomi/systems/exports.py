"""Figures as files: CSV, XLSX, SDMX-CSV 2.0 and SDMX-ML 2.1, written row by row however many there are."""

from __future__ import annotations

import csv
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from ricomi.sheets import XLSX, harmless
from ricomi.systems.models import Figure
from ricomi.systems.reading import sdmx
from ricomi.systems.sicremi import COLUMNS, OF_SDMX

MOST_IN_SHEET = 200_000
AT_A_TIME = 2000
HEAD = (*COLUMNS, "note")
# Attributes of Figure by the names of the columns.
ATTRIBUTE = {name: name for name in HEAD} | {"category": "series"}
NAMESPACE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"


def answer(figures: QuerySet[Figure], form: str, name: str, title: str) -> HttpResponseBase | None:
    """The file in a form: `csv`, `xlsx`, `sdmx_csv` or `sdmx_ml`; None for a sheet of more rows than it can hold."""
    if form == "xlsx":
        return _sheet(figures, name, title) if figures.count() <= MOST_IN_SHEET else None
    write, kind, ending = WRITTEN[form]
    found = figures.iterator(chunk_size=AT_A_TIME)
    disposition = f'attachment; filename="ricomi-{name}.{ending}"'
    return StreamingHttpResponse(write(found), content_type=kind, headers={"Content-Disposition": disposition})


def plain(value: Decimal | None) -> str:
    """A value without zeros that say nothing; empty for a missing one."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _cells(one: Figure) -> list[str]:
    found = [plain(one.value) if name == "value" else str(getattr(one, ATTRIBUTE[name])) for name in HEAD]
    found[-1] = harmless(found[-1]) if found[-1] else ""
    return found


class _Echo:
    """Gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(figures: Iterable[Figure]) -> Iterator[str]:
    """The network's own form, as it is read again."""
    writer = csv.writer(_Echo())
    yield writer.writerow(HEAD)
    yield from (writer.writerow(_cells(one)) for one in figures)


def as_sdmx_csv(figures: Iterable[Figure]) -> Iterator[str]:
    """SDMX-CSV 2.0 with codes."""
    writer = csv.writer(_Echo())
    names = [*sdmx.DIMENSIONS, sdmx.TIME, sdmx.VALUE, *sdmx.ATTRIBUTES]
    yield writer.writerow([*sdmx.CSV_2, *names])
    for one in figures:
        of = _in_sdmx(one)
        yield writer.writerow(["datastructure", sdmx.STRUCTURE_ID, "I", *(of[name] for name in names)])


def _in_sdmx(one: Figure) -> dict[str, str]:
    cells = dict(zip(HEAD, _cells(one), strict=True))
    return {OF_SDMX[name]: cell for name, cell in cells.items()}


def as_sdmx_ml(figures: Iterable[Figure]) -> Iterator[str]:
    """A generic message of SDMX-ML 2.1, a series for each key."""
    spaces = " ".join(
        f'xmlns:{short}="{NAMESPACE}/{path}"'
        for short, path in (("message", "message"), ("common", "common"), ("generic", "data/generic"))
    )
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<message:GenericData {spaces}>\n'
    yield (
        f"<message:Header><message:ID>{sdmx.NAME}</message:ID><message:Test>false</message:Test>"
        f"<message:Prepared>{timezone.now():%Y-%m-%dT%H:%M:%SZ}</message:Prepared>"
        f'<message:Sender id="{sdmx.AGENCY}"/><message:Structure structureID="{sdmx.NAME}" '
        f'dimensionAtObservation="{sdmx.TIME}"><common:Structure><Ref agencyID="{sdmx.AGENCY}" id="{sdmx.NAME}" '
        f'version="{sdmx.VERSION}"/></common:Structure></message:Structure></message:Header>\n'
        f'<message:DataSet structureRef="{sdmx.NAME}">\n'
    )
    rows = ((one, _in_sdmx(one)) for one in figures)
    for key, found in itertools.groupby(rows, lambda row: tuple(row[1][name] for name in sdmx.DIMENSIONS)):
        yield "<generic:Series><generic:SeriesKey>" + _values(zip(sdmx.DIMENSIONS, key, strict=True))
        yield "</generic:SeriesKey>" + "".join(_observation(of) for _one, of in found) + "</generic:Series>\n"
    yield "</message:DataSet></message:GenericData>\n"


def _observation(of: dict[str, str]) -> str:
    value = f"<generic:ObsValue value={quoteattr(of[sdmx.VALUE])}/>" if of[sdmx.VALUE] else ""
    said = [(name, of[name]) for name in sdmx.ATTRIBUTES if of[name]]
    return (
        f"<generic:Obs><generic:ObsDimension value={quoteattr(of[sdmx.TIME])}/>{value}"
        f"<generic:Attributes>{_values(said)}</generic:Attributes></generic:Obs>"
    )


def _values(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<generic:Value id={quoteattr(name)} value={quoteattr(value)}/>" for name, value in pairs)


def _sheet(figures: QuerySet[Figure], name: str, title: str) -> HttpResponseBase:
    """A workbook that is written to a file of its own while it is made."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page: Any = book.create_sheet(escape(title)[:31])
    page.append(HEAD)
    for one in figures.iterator(chunk_size=AT_A_TIME):
        cells: list[Any] = list(_cells(one))
        cells[HEAD.index("year")], cells[HEAD.index("value")] = one.year, one.value
        page.append(cells)
    out = tempfile.TemporaryFile()  # noqa: SIM115 – the answer closes it
    book.save(out)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"ricomi-{name}.xlsx", content_type=XLSX)


WRITTEN: dict[str, tuple[Callable[[Iterable[Figure]], Iterator[str]], str, str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8", "csv"),
    "sdmx_csv": (as_sdmx_csv, "application/vnd.sdmx.data+csv; version=2.0.0", "sdmx.csv"),
    "sdmx_ml": (as_sdmx_ml, "application/vnd.sdmx.genericdata+xml; version=2.1", "sdmx.xml"),
}
