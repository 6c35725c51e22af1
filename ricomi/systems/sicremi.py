"""SICREMI, the continuous reporting system on international migration in the Americas: flows and stocks in figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ricomi import l10n
from ricomi.systems.adapters import Adapter, Record
from ricomi.systems.reading import sdmx, sheet
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import Fields
from ricomi.systems.reading.source import Source

ALL, UNKNOWN = "_T", "_U"
SERIES = {
    "stock": _("Foreign-born residents"),
    "inflow_permanent": _("Permanent immigration"),
    "inflow_temporary": _("Temporary immigration"),
    "outflow": _("Emigration"),
    "permits_work": _("Work permits"),
    "permits_study": _("Study permits"),
    "permits_family": _("Family permits"),
    "asylum": _("Asylum applications"),
    "refugees": _("Recognised refugees"),
    "naturalisation": _("Naturalisations"),
    "return": _("Returns to the country of origin"),
}
SEXES = {"F": _("women"), "M": _("men"), "T": _("both")}
UNITS = {"PS": _("persons"), "PERMIT": _("permits"), "CASE": _("cases"), "PT": _("per cent")}
STATUSES = {
    "A": _("final"), "E": _("estimated"), "P": _("provisional"), "B": _("break in the series"), "M": _("missing"),
}  # fmt: skip
COLUMNS = ("country", "year", "sex", "origin", "category", "unit", "value", "status")
MISSING = {"", "..", "–", "-", "NaN"}
# What the columns are called in SDMX.
OF_SDMX = {
    "country": "REF_AREA", "year": "TIME_PERIOD", "sex": "SEX", "origin": "ORIGIN", "category": "SERIES",
    "unit": "UNIT_MEASURE", "value": "OBS_VALUE", "status": "OBS_STATUS", "note": "NOTE",
}  # fmt: skip
_IN_SHEETS = {name: name for name in OF_SDMX}


class Sicremi(Adapter):
    code = "sicremi"
    title = _("SICREMI: migration in figures")
    about = _("Continuous reporting on international migration in the Americas: stocks and flows by country, year, "
              "sex and country of origin, as each state counts them.")  # fmt: skip
    form = _("SDMX-ML 2.1 (generic or structure-specific), SDMX-CSV 1.0 or 2.0, or CSV with the columns country, "
             "year, sex, origin, category, unit, value, status and, if you like, note.")  # fmt: skip
    every = 30
    keeps = "figure"
    series = SERIES
    columns = {
        "series": _("Series"), "country": _("Country"), "year": _("Year"), "sex": _("Sex"), "origin": _("Origin"),
        "value": _("Value"), "unit": _("Unit"), "status": _("Status"),
    }  # fmt: skip

    def read(self, source: Source) -> Iterator[Record]:
        form = source.form
        if form == "xml":
            return (_record(row, OF_SDMX) for row in sdmx.of_ml(source))
        if form != "csv":
            raise Broken(gettext_noop("The file is neither SDMX-ML nor CSV."))
        if sdmx.is_sdmx_csv(source):
            return (_record(row, OF_SDMX) for row in sdmx.of_csv(source))
        return (_record(row, _IN_SHEETS) for row in sheet.rows(source, COLUMNS, ["note"]))

    def cell(self, column: str, content: dict[str, Any]) -> str:
        return shown(column, content.get(column))


def shown(column: str, value: Any) -> str:
    """A part of a figure in the reader's language."""
    if column == "value":
        return "–" if value is None else l10n.number(Decimal(str(value)).normalize() + 0)
    if column in ("country", "origin"):
        return {ALL: str(_("all countries")), UNKNOWN: str(_("not known"))}.get(value) or l10n.country(value)
    codes = {"series": SERIES, "sex": SEXES, "unit": UNITS, "status": STATUSES}.get(column, {})
    return str(codes.get(value, value))


def _record(row: Fields, names: dict[str, str]) -> Record:
    series = row.one_of(names["category"], SERIES)
    country, year = row.country(names["country"]), row.year(names["year"])
    sex, origin = row.one_of(names["sex"], SEXES), row.country(names["origin"], ALL, UNKNOWN)
    status = row.one_of(names["status"], STATUSES, otherwise="A")
    if str(row.cells.get(names["value"]) or "").strip() in MISSING:
        if status != "M":
            raise row.wrong(names["value"], gettext_noop("A figure that is missing has the status M."))
        value = None
    else:
        value = row.number(names["value"])
    amount = None if value is None else str(value.quantize(Decimal("0.0001")))
    content = {
        "series": series, "country": country, "year": year, "sex": sex, "origin": origin,
        "unit": row.one_of(names["unit"], UNITS), "value": amount,
        "status": status, "note": row.text(names["note"], needed=False),
    }  # fmt: skip
    return Record("|".join((series, country, str(year), sex, origin)), content, row.row)
