"""MILEX, the migration laws of the region: by country, theme, year and status, with links and texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ricomi import l10n
from ricomi.catalogue.listing import Content
from ricomi.systems import network
from ricomi.systems.adapters import Adapter, Fact, Record
from ricomi.systems.reading import sheet, tree
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import LONGEST, Fields
from ricomi.systems.reading.source import Source

KINDS = {
    "constitution": _("constitution"), "law": _("law"), "decree": _("decree"), "regulation": _("regulation"),
    "treaty": _("treaty"), "agreement": _("agreement"), "resolution": _("resolution"),
}  # fmt: skip
STATUSES = {"in_force": _("in force"), "amended": _("in force, amended"), "repealed": _("repealed")}
NEEDED = ("country", "kind", "number", "title", "language", "year", "status", "themes")
ALLOWED = ("summary", "link", "text")
ROOTS, LAW = ("laws",), ("law",)


class Milex(Adapter):
    code = "milex"
    title = _("MILEX: migration laws")
    about = _("The laws, decrees, regulations and treaties on migration of the states of the Americas, by country, "
              "theme, year and status, with their texts or where to find them.")  # fmt: skip
    form = _("CSV with the columns country, kind, number, title, language, year, status, themes and, if you like, "
             "summary, link, text; or XML: <laws> with a <law> for each, whose attributes or elements have these "
             "names.")  # fmt: skip
    every = 90
    leads = "title"
    narrows = ("country", "themes", "year", "status")
    columns = {
        "country": _("Country"), "title": _("Title"), "kind": _("Kind"), "number": _("Number"), "year": _("Year"),
        "status": _("Status"),
    }  # fmt: skip

    def read(self, source: Source) -> Iterator[Record]:
        form = source.form
        if form == "xml":
            return (_record(_of_element(law)) for law in tree.elements(source, ROOTS, LAW))
        if form == "csv":
            return (_record(row) for row in sheet.rows(source, NEEDED, ALLOWED))
        raise Broken(gettext_noop("The file is neither XML nor CSV."))

    def entry(self, key: str, content: dict[str, Any]) -> Content:
        facts = {name: content[name] for name in ("kind", "number", "status")}
        return Content(
            origin=key, kind="law", title=content["title"], summary=content["summary"], text=content["text"],
            language=content["language"], url=content["link"], terms=frozenset(content["themes"]),
            states=frozenset({("concerned", content["country"])}), year=content["year"], facts=facts,
        )  # fmt: skip

    def facts(self, facts: dict[str, Any]) -> list[Fact]:
        badges = {"status": "withdrawn" if facts.get("status") == "repealed" else "settled"}
        shown = (one for one in ("status", "kind", "number") if one in facts)
        return [Fact(self.columns[one], self.cell(one, facts), badges.get(one, "")) for one in shown]

    def cell(self, column: str, content: dict[str, Any]) -> str:
        if column == "country":
            return l10n.country(content["country"])
        codes = {"kind": KINDS, "status": STATUSES}.get(column, {})
        return str(codes.get(content[column], content[column]))


def _of_element(law: Any) -> Fields:
    """A law in XML: each of its fields is an attribute or an element."""
    row, cells = law.sourceline or 0, dict(law.attrib)
    for part in law:
        name = tree.local(part)
        if name in cells:
            raise Broken(gettext_noop("It stands there twice."), row=part.sourceline, column=name)
        if len(part):
            raise Broken(gettext_noop("A text is wanted here."), row=part.sourceline, column=name)
        cells[name] = part.text or ""
    if unknown := sorted(set(cells) - {*NEEDED, *ALLOWED}):
        raise Broken(gettext_noop("Nobody knows this field."), row=row, column=unknown[0][:40])
    return Fields(cells, row)


def _record(row: Fields) -> Record:
    country = row.one_of("country", network.states())
    kind, number = row.one_of("kind", KINDS), row.text("number", 60)
    content = {
        "country": country, "kind": kind, "number": number, "title": row.text("title"),
        "language": row.one_of("language", dict(l10n.LANGUAGES)), "year": row.year("year"),
        "status": row.one_of("status", STATUSES), "themes": row.some_of("themes", network.terms()),
        "summary": row.text("summary", 2000, needed=False, lines=True), "link": row.link("link"),
        "text": row.text("text", LONGEST, needed=False, lines=True),
    }  # fmt: skip
    return Record("|".join((country, kind, number)), content, row.row)
