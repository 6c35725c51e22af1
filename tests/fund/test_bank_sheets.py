"""A bank statement kept as a sheet is read as people write it, and refused where it could mean two things."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from ricomi.fund.bank import reading
from tests.fund.bank_samples import ACCOUNT, DAY, DONOR_ACCOUNT, RECEIVED, ROWS, amounts, entries, refusal, sheet

pytestmark = pytest.mark.usefixtures("english")


def test_a_sheet_says_the_same_as_a_message() -> None:
    read = reading.read(sheet().encode())
    (one,) = read.statements
    assert (read.format, one.account, one.currency, one.number) == ("csv", ACCOUNT, "USD", "2026-11")
    assert (one.opening, one.closing, one.from_day, one.to_day) == (Decimal(1000), Decimal("1379.50"), DAY, DAY)
    assert replace(one.entries[0], key="") == replace(RECEIVED, end_to_end_id="")
    assert (one.entries[1].signed, one.entries[1].value_on.day) == (Decimal("-120.50"), 23)


def with_commas(words: str) -> str:
    return re.sub(r"(\d)\.(\d\d)\b", r"\1,\2", words)


SHEETS = [
    ("tabs", sheet().replace(";", "\t")),
    ("commas", sheet().replace(";", ",")),
    ("quoted decimal commas", re.sub(r"(\d+)\.(\d\d)\b", r'"\1,\2"', sheet()).replace(";", ",")),
    ("decimal commas", with_commas(sheet())),
    ("thousands", with_commas(sheet()).replace("1000,00", "1.000,00").replace("1379,50", "1.379,50")),
    ("spaces in thousands", sheet().replace("1000.00", "1 000.00").replace("1379.50", "1'379.50")),
    ("days with points", sheet().replace("2026-11-24;2026", "24.11.2026;2026")),
    ("lines of Windows", sheet().replace("\n", "\r\n")),
    ("empty lines and cells", sheet().replace("\n", "\n\n").replace("currency;USD\n", "currency;USD;;;\n")),
    ("a total", sheet(above=(), below=("total;379.50", "entries;2"))),
    ("signs before amounts", sheet("2026-11-24;+500.00", "2026-11-24;−120.50", columns="booking day;amount")),
]  # fmt: skip


@pytest.mark.parametrize("words", [case[1] for case in SHEETS], ids=[case[0] for case in SHEETS])
def test_sheets_are_read_in_each_way_in_which_people_write_them(words: str) -> None:
    assert amounts(entries(words)) == ["500.00", "-120.50"]


def test_letters_are_read_in_three_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        assert entries(sheet().encode(encoding))[1].counterparty == "Ministerio de Educación"


def row(old: str, new: str) -> str:
    assert old in ROWS[0]
    return sheet(ROWS[0].replace(old, new), ROWS[1])


REFUSED_SHEETS = [
    ("no end of the line", sheet()[:-1], "ends in the middle of a line"),
    ("no last line", sheet(below=()), "must be the closing balance or the total"),
    ("a wrong closing balance", sheet(below=("closing balance;1379.51",)), "come to 1,379.50 USD"),
    ("a wrong total", sheet(above=(), below=("total;379.51",)), "come to 379.50 USD"),
    ("a wrong number", sheet(above=("opening balance;1000.00", "entries;3")), "holds 3 entries, but 2 are there"),
    ("no opening balance", sheet(above=()), "not the opening one"),
    ("a missing row", sheet(ROWS[0]), "come to 1,500.00 USD"),
    ("no account", sheet().replace(f"account;{ACCOUNT}\n", ""), "does not say whose it is"),
    ("wrong check digits", sheet(whose="GB34BUKB20201555555555"), "GB34BUKB20201555555555 are wrong"),
    ("a donor's wrong check digits", row(DONOR_ACCOUNT, "DE88370400440532013000"), "Line 6 of the file: the check"),
    ("unknown currency", sheet().replace("USD", "XQQ"), "“XQQ” is no currency"),
    ("two currencies", row("USD", "EUR"), "in EUR stands on an account in USD"),
    ("three decimals", row("500.00", "500.123"), "more decimals"),
    ("no amount", row("500.00", "five"), "“five” is no amount"),
    ("not a number", row("500.00", "NaN"), "“NaN” is no amount"),
    ("an exponent", row("500.00", "5e2"), "“5e2” is no amount"),
    ("an empty amount", row("500.00", ""), "“” is no amount"),
    ("a formula", row("500.00", "=1+1"), "is no amount"),
    ("negative with a sign", row("500.00", "-500.00"), "read in two ways"),
    ("an unknown sign", row(";C;", ";X;"), "“x” is no sign"),
    ("points and commas", row("500.00", "500,00"), "with points and with commas"),
    ("a thousand or decimals", sheet("2026-11-24;1.234", columns="booking day;amount", above=(), below=("total;0",)),
        "“1.234” can be read in two ways"),
    ("no such day", row("2026-11-24", "2026-02-30"), "“2026-02-30” is no day of the calendar"),
    ("month or day", row("2026-11-24", "11/12/2026"), "no day that can be read in one way only"),
    ("a cell too many", row("2026-0001", "2026;0001"), "has 10 cells, where the headings name 9"),
    ("a cell too few", row(";RICOMI 2026-0001", ""), "has 8 cells, where the headings name 9"),
    ("an unknown heading", sheet().replace("remittance", "purpose"), "“purpose” is not known"),
    ("a heading twice", sheet().replace("value day", "booking day"), "stands there twice"),
    ("a fact twice", sheet(above=("account;7", "opening balance;1000.00")), "“account” a second time"),
    ("a row below the end", sheet(below=("closing balance;1379.50", ROWS[0])), "Line 9 of the file is none"),
    ("an open quotation", row("RICOMI", '"RICOMI'), "a quotation mark is open"),
    ("no sheet", "account;7\n", "neither XML nor a sheet"),
    ("a text", "Dear bank,\nplease pay.\n", "Line 1 of the file is none"),
    ("another encoding", sheet().encode("utf-16"), "cannot be read"),
    ("lost letters", sheet().replace("ó", "\ufffd"), "cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), [c[1:] for c in REFUSED_SHEETS], ids=[c[0] for c in REFUSED_SHEETS])
def test_a_sheet_that_is_not_sound_is_refused_in_a_sentence(words: bytes | str, said: str) -> None:
    assert said in refusal(words)


def test_a_sheet_whose_sum_is_known_needs_no_last_line() -> None:
    words = sheet(above=(), below=()).removesuffix("\n").encode()
    found = reading.read(words, sha256=hashlib.sha256(words).hexdigest())
    assert (found.statements[0].opening, found.statements[0].closing) == (None, None)
    assert len(found.statements[0].entries) == 2


def test_a_sheet_that_is_cut_anywhere_is_refused() -> None:
    whole = sheet().encode()
    for at in range(len(whole)):
        refusal(whole[:at])
