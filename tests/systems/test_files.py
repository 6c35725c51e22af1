"""Each adapter in each of its forms: a good file, an updated one, the same twice, and what nobody should have sent."""

from __future__ import annotations

import hashlib
import io
import re

import pytest

from ricomi.catalogue.models import Entry
from ricomi.systems import importing
from ricomi.systems.adapters import adapters
from ricomi.systems.models import Edition, System
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.source import Source
from tests.systems.files import BOMB, FORMS, OTHERS, OUTSIDE, XML_FORMS

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
State = Edition.State
EACH = pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.code} {form.name}")


def standing(code: str) -> list[str]:
    system = System.objects.get(pk=code)
    return sorted(one.key for one in system.shelf.objects.at(system, system.current))


@EACH
def test_a_good_file_is_taken_in_an_updated_one_changes_it_and_the_same_changes_nothing(form, hand_in):
    first = hand_in(form.code, form.whole())
    assert (first.state, first.rows, first.added, first.changed, first.gone) == (State.TAKEN_IN, 2, 2, 0, 0), (
        first.reason
    )
    keys = standing(form.code)
    with pytest.raises(importing.AlreadyHere) as known:
        hand_in(form.code, form.whole())
    assert known.value.edition == first
    same = hand_in(form.code, form.whole(*form.rows) + b"\n")
    assert (same.state, standing(form.code)) == (State.SAME, keys)
    second = hand_in(form.code, form.updated)
    stays = not second.system.adapter.whole
    assert (second.state, second.rows, second.added, second.changed) == (State.TAKEN_IN, 2, 1, 1), second.reason
    assert second.gone == (0 if stays else 1)
    now = standing(form.code)
    assert len(now) == (3 if stays else 2)
    assert len(set(now) - set(keys)) == 1
    shelf, system = second.system.shelf, System.objects.get(pk=form.code)
    assert sorted(one.key for one in shelf.objects.at(system, first)) == keys, "what stood then can still be shown"
    if form.code != "sicremi":
        assert Entry.objects.published().filter(source=form.code).count() == len(now)


@EACH
def test_a_file_that_was_cut_is_refused_with_where(form, hand_in):
    hand_in(form.code, form.whole())
    keys = standing(form.code)
    whole = form.whole(*form.rows, form.other)
    broken = hand_in(form.code, whole[: -len(form.foot) - 4])
    assert broken.state == State.BROKEN
    assert re.search(r"ends in the middle|has no end", broken.reason), broken.reason
    assert standing(form.code) == keys


@EACH
def test_a_file_in_another_encoding_is_refused_with_where(form, hand_in):
    broken = hand_in(form.code, form.whole().decode().encode("latin-1"))
    assert broken.state == State.BROKEN
    assert re.fullmatch(r"Row \d+: The text is not .*", broken.reason), broken.reason


@pytest.mark.parametrize("prolog", [BOMB, OUTSIDE])
@pytest.mark.parametrize("form", XML_FORMS, ids=lambda form: f"{form.code} {form.name}")
def test_entities_are_refused(form, prolog, hand_in):
    text = form.whole().decode().split("\n", 1)[1].replace("Migración", "&c;" if prolog is BOMB else "&a;")
    broken = hand_in(form.code, (prolog + text).encode())
    assert broken.state == State.BROKEN
    assert broken.reason.startswith("The file brings definitions of its own")


@pytest.mark.parametrize("prolog", [BOMB, OUTSIDE])
def test_a_definition_after_a_long_beginning_is_found_too(prolog, hand_in):
    form = XML_FORMS[0]
    text = form.whole().decode().split("\n", 1)[1]
    start, rest = prolog.split("\n", 1)
    broken = hand_in(form.code, (start + "<!--" + "x" * 9000 + "-->" + rest + text).encode())
    assert broken.reason.startswith("The file brings definitions of its own")


def test_definitions_are_refused_before_they_are_read():
    content = b"<!DOCTYPE x [" + b'<!ENTITY a "aaaaaaaaaa">' * 20_000 + b"]><laws/>"
    source = Source(io.BytesIO(content), len(content))
    with pytest.raises(Broken, match="definitions"):
        list(adapters()["milex"].read(source))
    assert source.done == 0


@pytest.mark.parametrize("form", OTHERS, ids=lambda form: f"{form.code} {form.name}")
@pytest.mark.parametrize("what", ["\x00", "x" * 10_000_000], ids=["nul", "10 MB"])
def test_a_cell_that_nobody_writes_is_refused(form, what, hand_in):
    broken = hand_in(form.code, form.whole().replace("Migración".encode(), what.encode(), 1))
    assert broken.state == State.BROKEN, broken.state
    assert re.match(r"Row \d", broken.reason), broken.reason


@pytest.mark.parametrize("depth", [20, 100_000])
def test_json_that_is_nested_deep_is_refused(depth, hand_in):
    form = next(form for form in FORMS if form.name == "json")
    content = form.whole().replace(b'"places": 120', b'"places": ' + b"[" * depth + b"]" * depth, 1)
    broken = hand_in(form.code, content)
    assert broken.reason == "Row 1: The file is nested deeper than any of its kind."


def test_xml_that_is_nested_deep_is_refused(hand_in):
    broken = hand_in("milex", b"<laws>" + b"<law>" * 100 + b"</law>" * 100 + b"</laws>")
    assert "nested deeper" in broken.reason


WRONG = [
    ("sicremi", "csv", "PY,2020", "XX,2020", "Row 2, column country: “XX” is no country of ISO 3166."),
    ("sicremi", "csv", "PY,2020", "PY,20", "Row 2, column year: “20” is no year."),
    ("sicremi", "csv", "12.5", "12,5", "Row 2: The row has 10 cells, the header 9."),
    ("sicremi", "csv", "12.5", "-1", "Row 2, column value: The number is below zero."),
    ("sicremi", "csv", "12.5", "..", "Row 2, column value: A figure that is missing has the status M."),
    ("sicremi", "csv", "CL,2020", "PY,2020", "Row 3: The same record stands in row 2."),
    ("sicremi", "csv", "unit", "units", "Row 1: The header lacks unit."),
    ("sicremi", "generic", 'value="PY"', 'value="XX"', "Row 6, column REF_AREA: “XX” is no country of ISO 3166."),
    ("sicremi", "sdmx-csv-2", "),I,CL", "),D,CL", "Row 3, column ACTION: Only rows that state figures can be read, not "
     "such as delete them."),
    ("milex", "xml", "gcm-5", "gcm-99", "Row 3, column themes: “gcm-99” is no code of the thesaurus."),
    ("milex", "xml", "<title>Ley de Migración</title>", "", "Row 3, column title: It is missing."),
    ("milex", "xml", "</title>", "</titel>", "Row 3: The row is not XML: Opening and ending tag mismatch: title line 3"
     " and titel."),
    ("milex", "csv", "in_force", "old", "Row 2, column status: “old” is none of amended, in_force, repealed."),
    ("minpet", "json", '"to": "2024-10-31"', '"to": "2023-10-31"', "Row 1, column to: The last day is before the "
     "first."),
    ("minpet", "csv", "PY,CA", "CA,CA", "Row 2, column destination: Origin and destination are the same country."),
    ("bulletin", "rss", "Mon, 15 Jan 2024", "Yesterday", "Row 3, column day: “Yesterday 12:00:00 GMT” is no day; "
     "write it like 2027-01-31."),
    ("bulletin", "html", "https://oas.example/a", "javascript:x", "Row 3, column link: “javascript:x” is no address of "
     "a page."),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "old", "new", "says"), WRONG)
def test_what_is_wrong_is_said_with_its_row_and_column(code, name, old, new, says, hand_in):
    form = next(form for form in FORMS if (form.code, form.name) == (code, name))
    broken = hand_in(code, form.whole().decode().replace(old, new, 1).encode())
    assert (broken.state, broken.reason) == (State.BROKEN, says)
    assert standing(code) == []


def test_a_file_of_another_kind_is_refused(hand_in):
    for content, says in ((b"%PDF-1.4\n", "archive"), (b"", "empty"), (b"\xff\xfea\x00", "UTF-16"), (b"<x/>", "x")):
        assert says in hand_in("sicremi", content).reason


def test_articles_are_reduced_to_text(hand_in):
    by_name = {form.name: form for form in FORMS}
    for name, text in (("rss", "Uno"), ("html", "Migración a\n15 ene\nUno\nDos & tres")):
        hand_in("bulletin", by_name[name].whole())
        entry = Entry.objects.get(source="bulletin", origin="a")
        assert (entry.summary, entry.facts) == ("Uno", {"issue": "7"})
        assert entry.text == ("" if name == "rss" else text)


def test_a_source_is_read_once_and_summed():
    content = FORMS[0].whole() * 3000
    source = Source(io.BytesIO(content), len(content))
    assert sum(len(line.encode()) for line in source.lines()) == len(content)
    assert source.sum_of_all() == hashlib.sha256(content).hexdigest()
