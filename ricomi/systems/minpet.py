"""MINPET, programmes of temporary and seasonal employment between pairs of countries, for the map."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ricomi import l10n
from ricomi.catalogue.listing import Content
from ricomi.catalogue.models.shown import day_of
from ricomi.systems import network
from ricomi.systems.adapters import Adapter, Fact, Record
from ricomi.systems.reading import listed, sheet
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import Fields
from ricomi.systems.reading.source import Source

SECTORS = {
    "agriculture": _("agriculture"), "fishing": _("fishing"), "construction": _("construction"),
    "hospitality": _("hotels and restaurants"), "care": _("care and domestic work"), "food": _("food industry"),
    "forestry": _("forestry"), "transport": _("transport"), "other": _("other"),
}  # fmt: skip
EMPLOYERS = {
    "private": _("private"),
    "public": _("public"),
    "cooperative": _("cooperative"),
    "household": _("household"),
}
NEEDED = ("code", "name", "language", "origin", "destination", "sector", "from", "places")
ALLOWED = ("to", "placed", "employer", "link", "summary")
THEMES = ("gcm-5", "gcm-6")


class Minpet(Adapter):
    code = "minpet"
    title = _("MINPET: temporary and seasonal employment")
    about = _("Programmes by which people of one country work in another for a season or for a time: sector, dates, "
              "places offered and people placed.")  # fmt: skip
    form = _("CSV with the columns code, name, language, origin, destination, sector, from, places and, if you like, "
             "to, placed, employer, link, summary; or JSON: a list of objects with these names, or an object whose "
             "“programmes” is that list.")  # fmt: skip
    every = 90
    keeps = "programme"
    leads = "name"
    columns = {
        "name": _("Name"), "origin": _("Country of origin"), "destination": _("Country of destination"),
        "sector": _("Sector"), "begins": _("From"), "ends": _("To"), "places": _("Places offered"),
        "placed": _("People placed"),
    }  # fmt: skip

    def read(self, source: Source) -> Iterator[Record]:
        form = source.form
        if form == "json":
            return (_record(row) for row in listed.objects(source, "programmes"))
        if form == "csv":
            return (_record(row) for row in sheet.rows(source, NEEDED, ALLOWED))
        raise Broken(gettext_noop("The file is neither JSON nor CSV."))

    def entry(self, key: str, content: dict[str, Any]) -> Content:
        since, until = day_of(content["begins"]), day_of(content["ends"])
        return Content(
            origin=key, kind="programme", title=content["name"], summary=content["summary"],
            language=content["language"], url=content["link"], terms=frozenset(THEMES), since=since, until=until,
            states=frozenset({("origin", content["origin"]), ("destination", content["destination"])}),
            facts={name: content[name] for name in ("sector", "places", "placed", "employer")},
        )  # fmt: skip

    def facts(self, facts: dict[str, Any]) -> list[Fact]:
        found = [Fact(self.columns[one], self.cell(one, facts)) for one in ("sector", "places", "placed")
                 if facts.get(one) is not None]  # fmt: skip
        if employer := facts.get("employer"):
            found.append(Fact(_("Employer"), str(EMPLOYERS.get(employer, employer))))
        return found

    def cell(self, column: str, content: dict[str, Any]) -> str:
        value = content[column]
        if value in (None, ""):
            return "–"
        if column in ("origin", "destination"):
            return l10n.country(value)
        if column in ("begins", "ends"):
            return l10n.day(datetime.date.fromisoformat(value))
        if column in ("places", "placed"):
            return l10n.number(value)
        return str(SECTORS.get(value, value)) if column == "sector" else str(value)


def _record(row: Fields) -> Record:
    if unknown := sorted(set(row.cells) - {*NEEDED, *ALLOWED}):
        raise Broken(gettext_noop("Nobody knows this field."), row=row.row, column=str(unknown[0])[:40])
    begins, ends = row.day("from"), row.day("to", needed=False)
    assert begins is not None
    if ends is not None and ends < begins:
        raise row.wrong("to", gettext_noop("The last day is before the first."))
    code, origin = row.text("code", 60), row.one_of("origin", network.states())
    destination = row.one_of("destination", network.states())
    if origin == destination:
        raise row.wrong("destination", gettext_noop("Origin and destination are the same country."))
    content = {
        "name": row.text("name"), "language": row.one_of("language", dict(l10n.LANGUAGES)), "origin": origin,
        "destination": destination, "sector": row.one_of("sector", SECTORS), "begins": begins.isoformat(),
        "ends": ends.isoformat() if ends else None, "places": row.count("places"),
        "placed": row.count("placed", needed=False), "employer": row.one_of("employer", EMPLOYERS, otherwise=""),
        "link": row.link("link"), "summary": row.text("summary", 2000, needed=False, lines=True),
    }  # fmt: skip
    return Record(code, content, row.row)
