"""SDMX-ML 2.1 and SDMX-CSV 1.0 and 2.0, read by `sdmx1` message by message.

The library reads a message into memory as a whole. A file is therefore cut into messages of a few thousand observations
each, with the file's own header, and each is handed to it.
"""

from __future__ import annotations

import copy
import csv
import gc
import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_noop
from lxml import etree

from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import Fields
from ricomi.systems.reading.source import Source
from ricomi.systems.reading.tree import events, local

OF_A_MESSAGE = 4000
AGENCY, NAME, VERSION = "OAS", "SICREMI", "1.0"
STRUCTURE_ID = f"{AGENCY}:{NAME}({VERSION})"
DIMENSIONS = ("REF_AREA", "SERIES", "SEX", "ORIGIN", "UNIT_MEASURE")
TIME, VALUE = "TIME_PERIOD", "OBS_VALUE"
ATTRIBUTES = ("OBS_STATUS", "NOTE")
ROOTS = {"GenericData", "GenericTimeSeriesData", "StructureSpecificData", "StructureSpecificTimeSeriesData"}
# What every observation of a series or a data set has to stand in, and what is needed whole.
OF_A_SERIES = ("SeriesKey", "Attributes")
HELD = (*OF_A_SERIES, "Header", "Obs")
# How an SDMX-CSV begins, in version 1.0 and in 2.0.
CSV_1, CSV_2 = "DATAFLOW", ("STRUCTURE", "STRUCTURE_ID", "ACTION")


@lru_cache(maxsize=1)
def structure() -> Any:
    """The data structure definition (DSD) of SICREMI."""
    from sdmx.model import common, v21

    found = v21.DataStructureDefinition(id=NAME, version=VERSION, maintainer=common.Agency(id=AGENCY))
    for name in DIMENSIONS:
        found.dimensions.append(v21.Dimension(id=name))
    found.dimensions.append(v21.TimeDimension(id=TIME))
    found.measures.append(v21.PrimaryMeasure(id=VALUE))
    for name in ATTRIBUTES:
        found.attributes.append(v21.DataAttribute(id=name, related_to=v21.PrimaryMeasureRelationship()))
    return found


def is_sdmx_csv(source: Source) -> bool:
    """Whether a sheet begins as SDMX-CSV does."""
    first = source.head.decode("utf-8-sig", "ignore").split("\n", 1)[0].strip().strip('"')
    return first.split(",", 1)[0].strip('"').partition("[")[0] in (CSV_1, CSV_2[0])


def of_ml(source: Source) -> Iterator[Fields]:
    """The observations of an SDMX-ML message, generic or specific to its structure. Raises Broken."""
    cutter: _Cutter | None = None
    for event, element in events(source):
        if cutter is None:
            if local(element) not in ROOTS:
                raise Broken(gettext_noop("The file begins with “%(found)s”, which is no SDMX-ML data message."),
                             row=element.sourceline, found=local(element)[:40])  # fmt: skip
            cutter = _Cutter(element)
        elif event == "start":
            cutter.begin(element)
        else:
            if cutter.take(element) >= OF_A_MESSAGE:
                yield from _observations(cutter.message(), cutter.rows)
                cutter.rows = []
    if cutter is not None and cutter.rows:
        yield from _observations(cutter.message(), cutter.rows)


class _Cutter:
    """Gathers observations into a message of their own, each below a copy of what it stands in."""

    def __init__(self, root: etree._Element) -> None:
        self.root = etree.Element(root.tag, dict(root.attrib), nsmap=root.nsmap)
        self.header: etree._Element | None = None
        self.rows: list[int] = []
        # How deep the parser is in something that is needed whole.
        self.held = 0
        self.parts: list[etree._Element] = []
        # In which data set and series of the file the last observation stood.
        self.data_set: etree._Element | None = None
        self.series: etree._Element | None = None

    def begin(self, element: etree._Element) -> None:
        """An element begins."""
        self.held += bool(self.held or local(element) in HELD)

    def take(self, element: etree._Element) -> int:
        """Take what has ended, and let go of all that is not needed any more; how many observations there are now."""
        name, parent = local(element), element.getparent()
        self.held -= bool(self.held)
        if self.held or parent is None:
            return len(self.rows)
        if name == "Header":
            self.header = copy.deepcopy(element)
        elif name == "Obs":
            self._under(parent).append(copy.deepcopy(element))
            self.rows.append(element.sourceline or 0)
        if name not in OF_A_SERIES:
            element.clear()
        for before in element.itersiblings(preceding=True):
            if local(before) == name or local(before) not in OF_A_SERIES:
                parent.remove(before)
        return len(self.rows)

    def _under(self, parent: etree._Element) -> etree._Element:
        """The copy of a series or a data set below which an observation goes."""
        data_set = outer if (outer := parent.getparent()) is not None and local(parent) == "Series" else parent
        if self.data_set is not data_set:
            self.parts.append(_shell(data_set))
            self.data_set = data_set
        if data_set is parent:
            return self.parts[-1]
        if self.series is not parent:
            self.parts[-1].append(_shell(parent))
            self.series = parent
        return self.parts[-1][-1]

    def message(self) -> bytes:
        """What was gathered, as a message; gathering begins anew."""
        root = copy.deepcopy(self.root)
        if self.header is not None:
            root.append(self.header)
            self.header = copy.deepcopy(self.header)
        root.extend(self.parts)
        self.parts, self.data_set, self.series = [], None, None
        return etree.tostring(root)


def _shell(element: etree._Element) -> etree._Element:
    """A copy of a series or a data set without its observations."""
    found = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    found.extend(copy.deepcopy(one) for one in element if local(one) in OF_A_SERIES)
    return found


def of_csv(source: Source) -> Iterator[Fields]:
    """The observations of an SDMX-CSV, of version 1.0 or 2.0. Raises Broken."""
    lines = source.lines()
    head = next(csv.reader([next(lines, "")]), [])
    leads = 1 if head[:1] == [CSV_1] else 3 if tuple(head[:3]) == CSV_2 else 2
    known = {*DIMENSIONS, TIME, VALUE, *ATTRIBUTES}
    if unknown := [name for name in head[leads:] if name not in known]:
        raise Broken(gettext_noop("The header names %(names)s, which nobody knows."), row=1,
                     names=", ".join(unknown)[:200])  # fmt: skip
    if missing := [name for name in (*DIMENSIONS, TIME, VALUE) if name not in head[leads:]]:
        raise Broken(gettext_noop("The header lacks %(names)s."), row=1, names=", ".join(missing))
    out, rows = _message(head[leads:]), []
    for number, line in enumerate(lines, 2):
        cells = next(csv.reader([line]), [])
        if not cells:
            continue
        if len(cells) != len(head):
            raise Broken(gettext_noop("The row has %(found)d cells, the header %(wanted)d."), row=number,
                         found=len(cells), wanted=len(head))  # fmt: skip
        action = cells[2] if leads == 3 else "I"
        if action not in ("I", "A", "R"):
            raise Broken(gettext_noop("Only rows that state figures can be read, not such as delete them."),
                         row=number, column=CSV_2[2])  # fmt: skip
        csv.writer(out).writerow(["datastructure", STRUCTURE_ID, "I", *cells[leads:]])
        rows.append(number)
        if len(rows) >= OF_A_MESSAGE:
            yield from _observations(out.getvalue().encode(), rows, "csv")
            out, rows = _message(head[leads:]), []
    if rows:
        yield from _observations(out.getvalue().encode(), rows, "csv")


def _message(names: list[str]) -> io.StringIO:
    out = io.StringIO()
    csv.writer(out).writerow([*CSV_2, *names])
    return out


def _observations(message: bytes, rows: list[int], form: str = "xml") -> Iterator[Fields]:
    """The observations that `sdmx1` finds in a message, each with its row in the file from which it was cut."""
    import sdmx

    try:
        read = sdmx.read_sdmx(io.BytesIO(message), format=form, structure=structure())
        found = [one for data_set in read.data for one in data_set.obs]  # type: ignore[attr-defined]
    except Exception as wrong:  # whatever the library makes of a message that somebody forged
        raise Broken(gettext_noop("No SDMX that can be read: %(why)s."), row=rows[0] if rows else None,
                     why=f"{type(wrong).__name__}: {str(wrong)[:100]}") from wrong  # fmt: skip
    if len(found) != len(rows):
        raise Broken(gettext_noop("Observations of the same key stand beside each other."), row=rows[0])
    for one, row in zip(found, rows, strict=True):
        cells: dict[str, Any] = {name: value.value for name, value in one.key.values.items()}
        cells |= {name: value.value for name, value in one.attached_attribute.items()}
        if (value := one.value) is not None:
            cells[VALUE] = str(value)
        yield Fields({name: str(cell) for name, cell in cells.items()}, row)
    # What the library reads refers to itself, so it would stay until Python happens to look for it.
    del read, found
    gc.collect()
