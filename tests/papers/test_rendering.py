"""The file of a paper: tagged, in its language, complete, the same each time, whatever people wrote."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pypdf import PdfReader

from ricomi.l10n import LANGUAGES
from ricomi.papers import issuing, rendering
from ricomi.papers.decision import Condition, Position, Recusal
from ricomi.papers.issuing import pdf
from ricomi.papers.models import Paper
from tests.papers.samples import AT, NUMBER, decision

Issued = Callable[..., dict[str, Paper]]
CODE = "0123-4567-89AB-CDEF-GHJK"
ROUGH = '#panic("x") $x$ *b* _i_ `c` @ref <lab> \\u{41} #import "x" // end /* c */ = h ${{}} "quoted" [a]'


def data_of(language: str = "en", **fields: Any) -> dict[str, Any]:
    words = {name: name for name in ("network", "code", "verify", "verification", "qr", "anyone")}
    words["page"] = "Page %(page)s of %(pages)s"
    address = f"https://ricomi.example/verify/{CODE}/"
    frame = {"language": language, "number": NUMBER, "date": "24 November 2026", "code": CODE, "address": address}
    with translation.override(language):
        body = decision(**fields).data()
    return issuing.clean({"body": body, "frame": {**frame, "words": words}})  # type: ignore[no-any-return]


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    """What the pages say, as one line."""
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


def drawn(**fields: Any) -> str:
    return text_of(rendering.render("decision", data_of(**fields), AT))


@pytest.mark.parametrize("language", dict(LANGUAGES))
def test_every_file_is_tagged_titled_and_in_its_language(issued: Issued, language: str) -> None:
    file = read(pdf(issued()[language]))
    root = file.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/StructTreeRoot"]["/K"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert NUMBER in file.metadata.title
    described = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfuaid:part>1<", described)
    assert re.search(r"<pdfaid:part>2<", described)


@pytest.mark.parametrize("language", dict(LANGUAGES))
def test_every_page_bears_number_code_address_and_page_number(issued: Issued, language: str) -> None:
    states = [Position(f"State {place}", "In favour", "Señor Åß") for place in range(34)]
    paper = issued(positions=states)[language]
    pages = read(pdf(paper)).pages
    assert len(pages) > 1
    for page in pages:
        text = page.extract_text()
        for said in (NUMBER, paper.grouped_code, f"/verify/{paper.grouped_code}/"):
            assert said in text
    assert f"{len(pages)}" in pages[-1].extract_text()


def test_all_that_the_contract_holds_is_on_the_paper() -> None:
    text = drawn()
    for said in (
        "Committee on Migration Issues", NUMBER, "24 November 2026", "2026-0012", "Registro de trabajadores",
        "Paraguay", "Chile", "Endorsed with conditions", "It serves objective 5.", "Two thirds of those voting.",
        "18 of 34", "31 of 34", "20 November 2026, 18:00 UTC", "María José Núñez", "XII", "Brazil", "In favour",
        "João Conceição", "Inês Assunção", "Très bien, señora", "Party to the case", "Name a person responsible",
        "15 January 2027", "First release", "The cooperation may go on.", "The deadline had passed.", CODE, "Page 1 of",
    ):  # fmt: skip
        assert said in text, said


def test_remarks_stay_out_where_voting_is_not_open() -> None:
    remark = Position("Brazil", "In favour", "João", remark="Said in confidence")
    assert "Said in confidence" in drawn(open_voting=True, positions=[remark])
    data = data_of(open_voting=False, positions=[remark])
    assert "Said in confidence" not in json.dumps(data)
    assert "Said in confidence" not in text_of(rendering.render("decision", data, AT))


def test_nothing_that_people_wrote_is_taken_for_an_instruction() -> None:
    plain = text_of(rendering.render("decision", data_of(explanation=ROUGH), AT))
    assert ROUGH in plain
    everywhere = drawn(
        body=ROUGH, number=ROUGH, date=ROUGH, case_title=ROUGH, rule=ROUGH, chair=ROUGH, outcome=ROUGH,
        positions=[Position(ROUGH, ROUGH, ROUGH, ROUGH, ROUGH)], recused=[Recusal(ROUGH, ROUGH)],
        conditions=[Condition(ROUGH, ROUGH, ROUGH, ROUGH)],
    )  # fmt: skip
    assert everywhere.count("#panic") >= 16


@pytest.mark.parametrize("text", ["ñ Ñ ç Ç ã õ é è ê ü ß œ Œ « » ¿ ¡", "g̃ G̃uaraní ỹ", "Жы Ωμέγα", "₲ € → ✓ – “x” ’"])
def test_letters_of_all_four_languages_and_some_more_are_drawn(text: str) -> None:
    assert "[U+" not in "".join(rendering.shown(text))
    assert len(rendering.render("decision", data_of(explanation=text), AT)) > 1000


def test_every_letter_of_europe_has_a_glyph() -> None:
    letters = "".join(char for char in map(chr, range(0x20, 0x250)) if char.isprintable())
    assert len(rendering.render("decision", data_of(explanation=letters), AT)) > 1000


def test_a_letter_that_no_font_has_is_written_as_its_number() -> None:
    assert "Xi [U+4E2D][U+1F600]" in drawn(explanation="Xi 中😀")


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert issuing.clean({"a": ["b\0\x07\u202ec\n\u2066d\x85"]}) == {"a": ["bc\nd"]}


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_makes_a_tagged_file(text: str) -> None:
    positions = [Position(text, text, text, text, text)]
    content = rendering.render("decision", data_of(explanation=text, case_title=text, positions=positions), AT)
    assert read(content).trailer["/Root"]["/MarkInfo"]["/Marked"].value is True


def test_the_head_of_a_table_comes_again_on_each_page() -> None:
    states = [Position(f"State-{place}", "In favour", "A", remark="word " * 30) for place in range(34)]
    pages = [page.extract_text() for page in read(rendering.render("decision", data_of(positions=states), AT)).pages]
    with_rows = [text for text in pages if "State-" in text]
    assert len(with_rows) > 2
    assert all("Signed by" in text for text in with_rows)
    for place in range(34):
        assert sum(len(re.findall(rf"State-{place}\b", text)) for text in with_rows) == 1


def test_the_same_data_gives_the_same_bytes_in_another_process_too(tmp_path: Path) -> None:
    data = data_of()
    first = rendering.render("decision", data, AT)
    assert first == rendering.render("decision", json.loads(json.dumps(data)), AT)
    (tmp_path / "data.json").write_text(json.dumps(data))
    program = (
        "import django, json, sys, datetime; django.setup(); from ricomi.papers import rendering\n"
        f"at = datetime.datetime.fromisoformat({AT.isoformat()!r})\n"
        "sys.stdout.buffer.write(rendering.render('decision', json.load(open(sys.argv[1])), at))"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "data.json")]
    made = subprocess.run(command, capture_output=True, check=True, cwd=settings.BASE_DIR)
    assert made.stdout == first
    assert rendering.render("decision", data, AT.replace(year=2027)) != first


def test_only_the_fonts_that_come_along_are_used(issued: Issued) -> None:
    fonts = set(re.findall(rb"/BaseFont/[A-Z]{6}\+([A-Za-z]+)", pdf(issued()["es"])))
    assert fonts
    assert {font.decode() for font in fonts} <= {"LibertinusSerif", "DejaVuSansMono"}


def test_no_template_asks_for_anything_from_elsewhere() -> None:
    templates = list((settings.BASE_DIR / "templates" / "papers").glob("*.typ"))
    assert templates
    for template in templates:
        assert "@" not in template.read_text(), template
