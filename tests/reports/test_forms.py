"""A statement as a page, a workbook, a paper and a picture: the same figures, and nothing that runs or leads away."""

from __future__ import annotations

import datetime
import io
import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.db import transaction
from django.utils import timezone, translation
from openpyxl import load_workbook
from pypdf import PdfReader

from ricomi.fund import ledger
from ricomi.fund.models import Contribution
from ricomi.reports import charts, pdf, xlsx
from ricomi.reports import forecast as ahead
from ricomi.reports.sheet import Column, Kind, Link, Row, Sheet, Statement
from ricomi.reports.totals import totals
from tests.fund.moving import Mover

ENGLISH = {"Accept-Language": "en"}
DAY = datetime.date(2026, 11, 24)
HEADS = [
    Column("Case", Kind.CODE), Column("What"), Column("Amount", Kind.MONEY), Column("Day", Kind.DAY),
    Column("Number", Kind.NUMBER),
]  # fmt: skip
ROWS = [
    Row((Link("2026-0001", "/cases/2026-0001/"), "=HYPERLINK(1)", Decimal("1234.50"), DAY, 7), "USD"),
    Row(("2026-0002", "plain", Decimal("-70000"), None, None), "PYG", strong=True),
]
TRICKY = Statement("=1+1", "@day", [Sheet("[A]: b/c*", HEADS, ROWS), Sheet("None", HEADS, [], "=nothing")], ["+note"])


def text_of(content):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_a_workbook_holds_numbers_and_days_and_no_formula():
    book = load_workbook(io.BytesIO(xlsx.workbook(TRICKY)))
    page = book.worksheets[0]
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or str(cell.value)[:1] in ("=", "+", "@")]
    assert page["A1"].value == "'=1+1"
    assert [cell.value for cell in page[5]] == ["Case", "What", "Amount", "Day", "Number"]
    assert page.freeze_panes == "A6"
    _case, what, amount, day, number = page[6]
    assert (what.value, what.data_type) == ("'=HYPERLINK(1)", "s")
    assert (amount.value, amount.data_type, amount.number_format) == (1234.5, "n", '#,##0.00 "USD"')
    assert (day.value.date(), day.is_date) == (DAY, True)
    assert (number.value, number.data_type) == (7, "n")
    assert (page["C7"].value, page["C7"].number_format) == (-70000, '#,##0 "PYG"')
    assert page["D7"].value is None
    assert page.column_dimensions["B"].width > page.column_dimensions["D"].width
    assert book.worksheets[1]["A6"].value == "'=nothing"


def test_a_paper_is_tagged_and_says_what_the_page_says():
    with translation.override("es"):
        content = pdf.document(TRICKY, timezone.now())
    assert content.startswith(b"%PDF")
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"].value) == ("es", True)
    assert re.search(r"<pdfuaid:part>1<", root["/Metadata"].get_data().decode())
    text = text_of(content)
    for said in ("=1+1", "=HYPERLINK(1)", "1.234,50 USD", "-70.000 PYG", "24 nov 2026", "=nothing"):
        assert said in text, said
    width, height = PdfReader(io.BytesIO(content)).pages[0].mediabox[2:]
    assert (float(width), float(height)) == (792, 612)


def test_a_paper_of_very_many_rows_ends_and_says_so(monkeypatch):
    monkeypatch.setattr(pdf, "MOST_ROWS", 1)
    with translation.override("en"):
        text = text_of(pdf.document(TRICKY, timezone.now()))
    assert "first 1 rows" in text
    assert "2026-0002" not in text


def picture(drawing):
    """An SVG that is well-formed and asks for nothing: its root, and all that it says."""
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"<(script|image|foreignObject|style|a)\b|href=|@import|url\((?!#)", drawing)
    addresses = set(re.findall(r"""https?://[^"'\s]+""", drawing))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    return root, " ".join(root.itertext())


@pytest.mark.django_db
@pytest.mark.one_server
def test_every_picture_stands_for_itself_and_can_be_read_when_narrow(walk, client):
    client.force_login(walk.people["auditor"])
    case = f"/fund/financial/cases/{walk.case.reference}"
    for address in ("/fund/financial/position", "/fund/financial/contributions", case, "/fund/financial/forecast",
                    "/fund/totals"):  # fmt: skip
        for query, width in (("", 760), ("?narrow", 310)):
            answer = client.get(f"{address}/chart.svg{query}", headers=ENGLISH)
            assert answer["Content-Type"] == "image/svg+xml"
            assert "sandbox" in answer["Content-Security-Policy"]
            root, _text = picture(answer.content.decode())
            shown = float(root.get("viewBox").split()[2])
            assert shown <= width, address
            smallest = min(map(float, re.findall(r'font-size="([\d.]+)px"', answer.content.decode())))
            assert smallest * 288 / max(shown, 288) >= 11 or not query, address


@pytest.mark.django_db
@pytest.mark.one_server
@pytest.mark.parametrize(("language", "figure", "share"), [("en", "4,000", "50%"), ("es", "4.000", "50 %")])
def test_a_picture_speaks_the_readers_language(language, figure, share, walk, client):
    client.force_login(walk.people["auditor"])
    address = f"/fund/financial/cases/{walk.case.reference}/chart.svg"
    _root, text = picture(client.get(address, headers={"Accept-Language": language}).content.decode())
    assert figure in text
    _root, text = picture(client.get("/fund/totals/chart.svg", headers={"Accept-Language": language}).content.decode())
    assert share in text.replace("\xa0", " ")


def test_where_there_is_nothing_the_picture_says_so():
    with translation.override("en"):
        drawn = (charts.position({}, charts.WIDE), charts.forecast(ahead.Forecast([], []), charts.NARROW))
    assert all("There is nothing to show yet." in picture(one)[1] for one in drawn)


@pytest.mark.django_db
@pytest.mark.one_server
def test_the_page_the_workbook_and_the_paper_say_the_same(walk, client):
    client.force_login(walk.people["auditor"])
    page = client.get("/fund/financial/position/", headers=ENGLISH)
    assert 'alt="Position of the Fund, drawn' in page.content.decode()
    sheet = load_workbook(io.BytesIO(client.get("/fund/financial/position.xlsx", headers=ENGLISH).content)).worksheets[
        0
    ]
    text = text_of(client.get("/fund/financial/position.pdf", headers=ENGLISH).content)
    (table,) = page.context["statement"].sheets
    written = {row[0].value: [cell.value for cell in row[1:]] for row in sheet}
    for _row, (title, *cells) in table.shown():
        assert [f"{value:,.0f} PYG" for value in written[title.text][:1]] == [cells[0].text]
        assert " ".join([title.text, *(cell.text for cell in cells)]) in text


@pytest.mark.django_db
@pytest.mark.one_server
def test_a_wrong_day_is_said_and_makes_no_file(walk, client):
    client.force_login(walk.people["auditor"])
    for wrong in ("x", "2099-01-01"):
        assert client.get(f"/fund/financial/position/?on={wrong}").status_code == 422
        assert client.get(f"/fund/financial/position.pdf?on={wrong}").status_code == 404
    past = client.get("/fund/financial/position/?on=2020-01-01", headers=ENGLISH).content.decode()
    assert "Nothing had been entered by then." in past
    assert "/fund/financial/position.xlsx?on=2020-01-01" in past


@pytest.mark.django_db
@pytest.mark.one_server
def test_a_donor_sees_no_other_donor(walk, client):
    theirs, other = (Contribution.objects.get(donor__code=code) for code in ("es", "fr"))
    client.force_login(walk.people["donor"])
    page = client.get("/fund/financial/contributions/", headers=ENGLISH)
    assert theirs.reference in page.content.decode()
    book = load_workbook(io.BytesIO(client.get("/fund/financial/contributions.xlsx", headers=ENGLISH).content))
    words = [str(cell.value) for sheet in book for row in sheet for cell in row]
    drawn = client.get("/fund/financial/contributions/chart.svg", headers=ENGLISH).content.decode()
    for text in (page.content.decode(), " ".join(words), drawn):
        assert "Spain" in text
        assert "France" not in text
        assert other.reference not in text
    assert client.get(f"/fund/financial/contributions/{other.reference}/").status_code == 404
    assert client.get(f"/fund/financial/contributions/{other.reference}.pdf").status_code == 404


@pytest.mark.django_db
@pytest.mark.one_server
def test_everybody_reads_the_fund_in_numbers_and_no_case_is_named(walk, client):
    home = client.get("/", headers=ENGLISH).content.decode()
    assert '"/fund/totals/"' in home
    text = client.get("/fund/totals/", headers=ENGLISH).content.decode()
    drawn = client.get("/fund/totals/chart.svg").content.decode()
    paper = text_of(client.get("/fund/totals.pdf", headers=ENGLISH).content)
    assert "10,000.00 USD" in text
    for said in (text, drawn, paper):
        assert walk.case.reference not in said
        assert walk.case.title not in said
        assert "Spain" not in said


@pytest.mark.django_db
@pytest.mark.one_server
def test_the_pages_of_the_fund_lead_to_the_statements(walk, client):
    given = Contribution.objects.get(donor__code="es")
    client.force_login(walk.people["donor"])
    fund = client.get("/fund/").content.decode()
    assert '"/fund/financial/contributions.xlsx"' in fund
    assert '"/fund/financial/forecast/"' not in fund
    assert (
        f'"/fund/financial/contributions/{given.reference}/"' in client.get(given.get_absolute_url()).content.decode()
    )
    client.force_login(walk.people["officer"])
    address = f"/fund/financial/cases/{walk.case.reference}/"
    assert f'"{address}"' in client.get(walk.case.get_absolute_url()).content.decode()
    assert client.get(address).status_code == 200


@pytest.mark.django_db
@pytest.mark.one_server
def test_money_that_came_by_an_exchange_alone_is_drawn_as_well(people):
    fund = Mover(people)
    given = fund.give("100.00")
    with transaction.atomic():
        ledger.convert(given, Decimal("100.00"), "USD", Decimal("90.00"), "EUR", hands=fund.hands, note="B")
    fund.reserve("2026-0001", "60.00", "EUR")
    fund.commit("2026-0001")
    found = totals()
    euros = next(one for one in found.rows if one.currency == "EUR")
    assert (euros.received, euros.committed, euros.uncommitted) == (0, 60, 30)
    assert "EUR" in charts.totals(found, charts.WIDE)
