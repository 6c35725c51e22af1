"""Anybody verifies a paper: what the public page says of a file, of a code, and of both."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ricomi.papers import codes, views
from ricomi.papers.issuing import pdf
from ricomi.papers.models import Paper
from tests.papers.samples import NUMBER

Issued = Callable[..., dict[str, Paper]]
GENUINE, OTHER, ALTERED = "This is genuine and unaltered", "is not its code", "do not rely on it"
KNOWN, UNKNOWN = "The code is known</h2>", "Not known"


def ask(visitor: Client, code: str = "", content: bytes | None = None, status: int = 200) -> str:
    data: dict[str, object] = {"code": code}
    if content is not None:
        data["file"] = SimpleUploadedFile("paper.pdf", content)
    answer = visitor.post("/verify/", data)
    assert answer.status_code == status
    return answer.content.decode()


def streams(content: bytes) -> list[tuple[int, int]]:
    """Where the compressed streams of a PDF begin and end."""
    found, end = [], 0
    while (start := content.find(b"/FlateDecode", end)) > 0:
        start = content.index(b"stream\n", start) + len(b"stream\n")
        end = content.index(b"\nendstream", start)
        found.append((start, end))
    return found


def altered_text(content: bytes) -> bytes:
    """The same file with one byte of what a page shows changed, the stream around it still whole."""
    for start, end in streams(content):
        text = zlib.decompress(content[start:end])
        if b"BT" not in text:
            continue
        place = text.index(b"(", text.index(b"BT")) + 1 if b"(" in text else text.index(b"<", text.index(b"BT")) + 1
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        for level in range(10):
            packed = zlib.compress(changed, level)
            if packed != content[start:end]:
                return content[:start] + packed + content[end:]
    raise AssertionError("The file has no text.")


def test_the_genuine_file_is_confirmed_with_its_code_and_without(issued: Issued, visitor: Client) -> None:
    paper = issued()["es"]
    for typed in ("", paper.grouped_code, paper.code.lower(), f" {paper.grouped_code.replace('-', ' ')} "):
        page = ask(visitor, typed, pdf(paper))
        assert GENUINE in page
        assert f"No. {NUMBER} of Nov 20, 2026, on 2026-0012" in page


@pytest.mark.parametrize("with_code", [True, False])
@pytest.mark.parametrize("change", ["text", "appended", "one byte", "dropped"])
def test_a_changed_file_is_refused(issued: Issued, visitor: Client, change: str, with_code: bool) -> None:
    paper = issued()["en"]
    content = pdf(paper)
    start, _end = streams(content)[-1]
    changed = {
        "text": altered_text(content),
        "appended": content + b"\n",
        "one byte": content[: start + 9] + bytes([content[start + 9] ^ 1]) + content[start + 10 :],
        "dropped": content[:-1],
    }[change]
    assert changed != content
    page = ask(visitor, paper.grouped_code if with_code else "", changed)
    assert ALTERED in page
    assert GENUINE not in page


def test_each_language_is_genuine_and_named(issued: Issued, visitor: Client) -> None:
    papers = issued()
    assert len({pdf(paper) for paper in papers.values()}) == 4
    for language, name in {"es": "Spanish", "en": "English", "pt": "Portuguese", "fr": "French"}.items():
        page = ask(visitor, papers["es"].grouped_code, pdf(papers[language]))
        assert GENUINE in page
        assert f"in this language: {name}" in page


def test_a_file_under_the_code_of_another_says_so(issued: Issued, visitor: Client) -> None:
    first, second = issued()["en"], issued("CEAM/DEC/2026/0015")["en"]
    page = ask(visitor, second.grouped_code, pdf(first))
    assert OTHER in page
    assert f"The file is No. {NUMBER}" in page
    assert GENUINE not in page
    assert OTHER in ask(visitor, codes.grouped(codes.new()), pdf(first))
    assert OTHER in ask(visitor, "nonsense", pdf(first))


def test_what_was_never_issued_is_not_known(issued: Issued, visitor: Client) -> None:
    paper = issued()["en"]
    stranger = codes.grouped(codes.new())
    foreign = pdf(paper).replace(paper.grouped_code.encode(), stranger.encode())
    for typed, content in [(stranger, None), (stranger, foreign), ("", foreign), ("x", None), ("", b"%PDF-1.7\n")]:
        page = ask(visitor, typed, content)
        assert UNKNOWN in page, (typed, content)
        assert NUMBER not in page


def test_the_code_alone_tells_the_summary_and_proves_no_file(issued: Issued, visitor: Client) -> None:
    paper = issued()["en"]
    for page in (ask(visitor, paper.code), visitor.get(f"/verify/{paper.grouped_code}/").content.decode()):
        assert KNOWN in page
        assert GENUINE not in page
        assert "only comparing the file does" in page
        for said in (NUMBER, "2026-0012", "Nov 20, 2026", "Endorsed (en)"):
            assert said in page
        for unsaid in ("Núñez", "Conceição", "Registro de trabajadores"):
            assert unsaid not in page


def test_the_summary_is_in_the_readers_language(issued: Issued) -> None:
    paper = issued()["en"]
    page = Client(headers={"accept-language": "fr"}).get(f"/verify/{paper.code}/").content.decode()
    assert "Endorsed (fr)" in page
    assert '<html lang="fr">' in page


@pytest.mark.parametrize("code", ["x", "%00", "0" * 20, "'--", "%F0%9F%98%80", "A" * 3000])
def test_an_address_with_another_code_says_not_known_in_the_same_shape(
    issued: Issued, visitor: Client, code: str
) -> None:
    paper = issued()["en"]
    answer, known = visitor.get(f"/verify/{code}/"), visitor.get(f"/verify/{paper.code}/")
    assert (answer.status_code, known.status_code) == (200, 200)
    assert UNKNOWN in answer.content.decode()
    assert dict(answer.headers).keys() == dict(known.headers).keys()


@pytest.mark.parametrize("content", [b"", b"<!doctype html>", b"PK\x03\x04", b"MZ" + bytes(99), None])
def test_what_is_no_pdf_is_refused_by_its_content(visitor: Client, db: None, content: bytes | None) -> None:
    page = ask(visitor, "", content, status=422)
    assert 'role="alert"' in page


def test_too_large_a_file_is_refused(visitor: Client, db: None) -> None:
    size = 5 * 1024 * 1024
    assert "larger than" in ask(visitor, "", b"%PDF-1.7\n" + bytes(size), status=422)
    assert UNKNOWN in ask(visitor, "", b"%PDF-1.7\n" + bytes(size - 9))


def test_a_null_byte_in_the_code_is_refused(visitor: Client, db: None) -> None:
    ask(visitor, "A\0B", status=422)


def test_whoever_asks_too_often_waits_whatever_they_ask(issued: Issued, visitor: Client) -> None:
    paper = issued()["en"]
    for number in range(views.ATTEMPTS):
        if number % 2:
            assert visitor.get(f"/verify/{number}/").status_code == 200
        else:
            ask(visitor, "x")
    for page in (
        ask(visitor, paper.code, status=429), ask(visitor, "x", status=429), ask(visitor, "", pdf(paper), status=429)
    ):  # fmt: skip
        assert "Wait a minute" in page
        assert NUMBER not in page
    assert visitor.get(f"/verify/{paper.code}/").status_code == 429
    assert visitor.get("/verify/").status_code == 200
    elsewhere = Client(headers={"accept-language": "en"}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get(f"/verify/{paper.code}/").status_code == 200


def test_the_page_is_linked_from_every_page(visitor: Client, db: None) -> None:
    assert 'href="/verify/"' in visitor.get("/accessibility/").content.decode()
