"""A good file for each adapter and form, and what may be wrong with one."""

from __future__ import annotations

import io
from dataclasses import dataclass

from ricomi.directory.models import User
from ricomi.systems import importing
from ricomi.systems.models import Edition, System

BOMB = """<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
"""
OUTSIDE = '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Form:
    """A form in which a system's files come: what stands around its rows, two of them, and another that may come."""

    code: str
    name: str
    head: str
    rows: tuple[str, ...]
    other: str
    foot: str = ""
    between: str = ""

    def whole(self, *rows: str) -> bytes:
        return (self.head + self.between.join(rows or self.rows) + self.foot).encode()

    @property
    def updated(self) -> bytes:
        """The first row gone, the second otherwise, a third new."""
        return self.whole(self.rows[1].replace("Migración", "Migraciones").replace("12.5", "13.5"), self.other)


SPACES = " ".join(
    f'xmlns:{short}="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/{path}"'
    for short, path in {"m": "message", "c": "common", "g": "data/generic", "s": "data/structurespecific"}.items()
)
HEADER = """<m:Header><m:ID>X</m:ID><m:Test>false</m:Test><m:Prepared>2026-01-01T00:00:00</m:Prepared>
<m:Sender id="OAS"/><m:Structure structureID="SICREMI"{more} dimensionAtObservation="TIME_PERIOD"><c:Structure>
<Ref agencyID="OAS" id="SICREMI" version="1.0"/></c:Structure></m:Structure></m:Header>
"""
URN = "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=OAS:SICREMI(1.0)"


def _generic(country: str, value: str) -> str:
    key = {"REF_AREA": country, "SERIES": "stock", "SEX": "F", "ORIGIN": "_T", "UNIT_MEASURE": "PS"}
    values = "".join(f'<g:Value id="{name}" value="{one}"/>' for name, one in key.items())
    obs = f'<g:ObsDimension value="2020"/><g:ObsValue value="{value}"/>'
    said = '<g:Value id="OBS_STATUS" value="A"/><g:Value id="NOTE" value="Migración"/>'
    return (
        f"<g:Series><g:SeriesKey>{values}</g:SeriesKey><g:Obs>{obs}<g:Attributes>{said}</g:Attributes></g:Obs>"
        "</g:Series>\n"
    )


def _specific(country: str, value: str) -> str:
    return (
        f'<Series REF_AREA="{country}" SERIES="stock" SEX="F" ORIGIN="_T" UNIT_MEASURE="PS">'
        f'<Obs TIME_PERIOD="2020" OBS_VALUE="{value}" OBS_STATUS="A" NOTE="Migración"/></Series>\n'
    )


def _law(country: str, title: str = "Ley de Migración") -> str:
    return (
        f'<law country="{country}" kind="law" number="978" year="1996" language="es" status="in_force" themes="gcm-5">'
        f"<title>{title}</title><text>12.5</text></law>\n"
    )


def _item(name: str) -> str:
    return (
        f"<item><guid>{name}</guid><title>Migración {name}</title><pubDate>Mon, 15 Jan 2024 12:00:00 GMT</pubDate>"
        '<category domain="issue">7</category><description>&lt;p&gt;Uno&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;'
        "</description></item>\n"
    )


def _entry(name: str) -> str:
    return (
        f"<entry><id>{name}</id><title>Migración {name}</title><updated>2024-01-15T12:00:00Z</updated>"
        f'<category scheme="issue" term="7"/><link href="https://oas.example/{name}"/><summary>Uno</summary></entry>\n'
    )


def _article(name: str) -> str:
    return (
        f'<article id="{name}" data-issue="7"><h2><a href="https://oas.example/{name}">Migración {name}</a></h2>'
        f'<time datetime="2024-01-15">15 ene</time><p>Uno</p><p>Dos &amp; tres</p></article>\n'
    )


def _json(code: str) -> str:
    return (
        f'{{"code": "{code}", "name": "Migración de temporada", "language": "es", "origin": "PY", "destination": "CA",'
        f' "sector": "agriculture", "from": "2024-03-01", "to": "2024-10-31", "places": 120, "placed": 80}}'
    )


FIGURE = "country,year,sex,origin,category,unit,value,status,note\n"
SDMX = "REF_AREA,SERIES,SEX,ORIGIN,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,NOTE\n"
LAW = "country,kind,number,title,language,year,status,themes\n"
PROGRAMME = "code,name,language,origin,destination,sector,from,to,places,placed\n"

FORMS = [
    Form("sicremi", "csv", FIGURE, tuple(f"{c},2020,F,_T,stock,PS,12.5,A,Migración\n" for c in ("PY", "CL")),
         "BR,2020,F,_T,stock,PS,,M,\n"),
    Form("sicremi", "sdmx-csv-1", "DATAFLOW," + SDMX,
         tuple(f"OAS:SICREMI(1.0),{c},stock,F,_T,PS,2020,12.5,A,Migración\n" for c in ("PY", "CL")),
         "OAS:SICREMI(1.0),BR,stock,F,_T,PS,2020,,M,\n"),
    Form("sicremi", "sdmx-csv-2", "STRUCTURE,STRUCTURE_ID,ACTION," + SDMX,
         tuple(f"dataflow,OAS:SICREMI(1.0),I,{c},stock,F,_T,PS,2020,12.5,A,Migración\n" for c in ("PY", "CL")),
         "dataflow,OAS:SICREMI(1.0),I,BR,stock,F,_T,PS,2020,,M,\n"),
    Form("sicremi", "generic", f"{XML}<m:GenericData {SPACES}>{HEADER.format(more='')}"
         '<m:DataSet structureRef="SICREMI">\n', (_generic("PY", "12.5"), _generic("CL", "12.5")), _generic("BR", "7"),
         "</m:DataSet></m:GenericData>\n"),
    Form("sicremi", "specific", f"""{XML}<m:StructureSpecificData {SPACES} xmlns:n="{URN}:ObsLevelDim:TIME_PERIOD"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{HEADER.format(more=f' namespace="{URN}"')}
         <m:DataSet s:structureRef="SICREMI" xsi:type="n:DataSetType" s:dataScope="DataStructure">""",
         (_specific("PY", "12.5"), _specific("CL", "12.5")), _specific("BR", "7"),
         "</m:DataSet></m:StructureSpecificData>\n"),
    Form("milex", "xml", f"{XML}<laws>\n", (_law("PY"), _law("CL")), _law("BR"), "</laws>\n"),
    Form("milex", "csv", LAW, tuple(f"{c},law,978,Ley de Migración,es,1996,in_force,gcm-5\n" for c in ("PY", "CL")),
         "BR,law,978,Ley,pt,1996,repealed,gcm-5 gcm-6\n"),
    Form("minpet", "csv", PROGRAMME,
         tuple(f"M{n},Migración,es,PY,CA,agriculture,2024-03-01,2024-10-31,120,80\n" for n in (1, 2)),
         "M3,Otro,es,CL,CA,fishing,2024-03-01,,5,\n"),
    Form("minpet", "json", "[", (_json("M1"), _json("M2")), _json("M3"), "]\n", ",\n"),
    Form("minpet", "json within", '{"programmes": [', (_json("M1"), _json("M2")), _json("M3"), "]}\n", ",\n"),
    Form("bulletin", "rss", f"{XML}<rss version='2.0'><channel><title>Migración</title><language>es</language>\n",
         (_item("a"), _item("b")), _item("c"), "</channel></rss>\n"),
    Form("bulletin", "atom", f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="es">\n',
         (_entry("a"), _entry("b")), _entry("c"), "</feed>\n"),
    Form("bulletin", "html", '<!DOCTYPE html>\n<html lang="es"><body>\n', (_article("a"), _article("b")), _article("c"),
         "</body></html>\n"),
]  # fmt: skip
XML_FORMS = [form for form in FORMS if form.head.startswith("<?xml")]
OTHERS = [form for form in FORMS if not form.head.startswith("<")]


def take_in_a_few(by: User) -> Edition:
    """A few records of each of the network's systems, taken in; the edition of SICREMI."""
    found = {}
    for form in FORMS:
        if form.code not in found:
            system = System.objects.get(pk=form.code)
            edition = importing.arrive(system, io.BytesIO(form.whole()), source="file", by=by, defer=False)
            importing.read(edition)
            importing.decide(edition, take=True, by=by, defer=False)
            importing.finish(edition)
            found[form.code] = edition
    return found["sicremi"]
