"""Statements that a bank sends are read whole or refused in a sentence, never half and never with an error."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ricomi.fund.bank import bounded_xml, camt053, reading, statement
from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.statement import StatementFile
from tests.fund.bank_samples import (
    ACCOUNT,
    DAY,
    DONOR_ACCOUNT,
    RECEIVED,
    Entry,
    Sample,
    Transfer,
    amounts,
    entries,
    refusal,
    sheet,
)

pytestmark = pytest.mark.usefixtures("english")

VERSIONS = range(2, 13)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_says_the_same(version: int) -> None:
    content = Sample(version).file()
    read = reading.read(content)
    assert (read.format, read.message_id) == (f"camt.053.001.{version:02d}", "M-1")
    assert read.sha256 == hashlib.sha256(content).hexdigest()
    (one,) = read.statements
    assert (one.account, one.currency, one.number, one.from_day, one.to_day) == (ACCOUNT, "USD", "11", DAY, DAY)
    assert (one.opening, one.closing) == (Decimal("1000.00"), Decimal("1379.50"))
    assert replace(one.entries[0], key="") == RECEIVED
    assert (one.entries[1].signed, one.entries[1].credit) == (Decimal("-120.50"), False)


def test_all_versions_that_there_are_schemas_for_are_tried() -> None:
    assert camt053.versions() == [f"camt.053.001.{version:02d}" for version in VERSIONS]


def test_the_same_entry_has_the_same_key_in_every_file() -> None:
    first = [entry.key for entry in entries(Sample(2).file())]
    later = Sample(8, entries=(Entry("7.00", reference="F-1"), *Sample().entries), number="2026-11 and more")
    assert [entry.key for entry in entries(later.file())][1:] == first
    assert [entry.key for entry in entries(sheet())] == first
    assert len({entry.key for entry in entries(later.file())}) == 3


def test_entries_that_nothing_tells_apart_are_numbered() -> None:
    bare = Entry(reference="", transfers=())
    once, twice = entries(Sample(entries=(bare,)).file()), entries(Sample(entries=(bare, bare)).file())
    assert once[0].key == twice[0].key != twice[1].key
    other = entries(Sample(entries=(replace(bare, transfers=(Transfer(text="another"),)),)).file())
    assert other[0].key != once[0].key


def test_one_reference_on_two_movements_is_two_movements() -> None:
    back = Entry(sign="DBIT", day="2026-11-25", reversal=True)
    assert len({entry.key for entry in entries(Sample(entries=(Entry(), back)).file())}) == 2


@pytest.mark.parametrize("version", [2, 8])
def test_a_batch_is_read_payment_by_payment_where_it_adds_up(version: int) -> None:
    parts = (Transfer("200.00", text="one", reference="F-17-1"), Transfer("300.00", name="Perú", text="two"))
    found = entries(Sample(version, entries=(Entry(transfers=parts),)).file())
    assert [(str(one.amount), one.remittance, one.bank_reference) for one in found] == [
        ("200.00", "one", "F-17-1"), ("300.00", "two", "F-17"),
    ]  # fmt: skip
    assert [one.counterparty for one in found] == ["Government of Canada", "Perú"]


@pytest.mark.parametrize(
    "parts",
    [
        (Transfer("200.00", text="one"), Transfer("299.00", text="two")),
        (Transfer("200.00", text="one"), Transfer("", text="two")),
        (Transfer("200.00", text="one"), Transfer("300.00", text="two", currency="EUR")),
    ],
    ids=["does not add up", "an amount is missing", "another currency"],
)
def test_a_batch_that_does_not_add_up_stays_one_entry(parts: tuple[Transfer, ...]) -> None:
    (found,) = entries(Sample(entries=(Entry(transfers=parts),)).file())
    assert (found.amount, found.counterparty, found.remittance) == (Decimal("500.00"), "", "one two")


def test_a_part_of_a_batch_may_go_the_other_way() -> None:
    parts = (Transfer("510.00"), Transfer("10.00", sign="DBIT"))
    assert amounts(entries(Sample(entries=(Entry(transfers=parts),)).file())) == ["510.00", "-10.00"]


def test_only_what_is_booked_counts() -> None:
    pending = Entry("99.00", status="PDNG", reference="F-19")
    for version in (2, 8):
        assert amounts(entries(Sample(version, entries=(Entry(), pending)).file())) == ["500.00"]


def test_what_moves_nothing_is_left_out() -> None:
    assert amounts(entries(Sample(entries=(Entry("0.00"), Entry())).file())) == ["500.00"]


def test_a_reversal_has_the_sign_with_which_the_balances_come_out() -> None:
    taken_back = Entry("200.00", "DBIT", "F-20", reversal=True)
    (_received, found) = entries(Sample(entries=(Entry(), taken_back)).file())
    assert (found.signed, found.reversal, found.counterparty) == (Decimal("-200.00"), True, "Government of Canada")
    # The bank gives the sign of what is taken back.
    turned = replace(taken_back, sign="CRDT")
    assert amounts(entries(Sample(entries=(Entry(), turned), closing="1300.00").file())) == ["500.00", "-200.00"]
    assert "1,300.01 USD" in refusal(Sample(entries=(Entry(), turned), closing="1300.01").file())


def test_an_overdrawn_account_and_a_page_that_ends_in_between() -> None:
    for codes in (("OPBD", "CLBD"), ("PRCD", "CLBD"), ("OPBD", "ITBD"), ("ITBD", "ITBD"), ("ITBD", "CLBD")):
        (one,) = reading.read(Sample(opening="-700.00", codes=codes).file()).statements
        assert (one.opening, one.closing) == (Decimal("-700.00"), Decimal("-320.50")), codes


def test_an_account_without_iban_and_money_without_cents() -> None:
    whole = Sample(entries=(Entry("500", transfers=()),), opening="1000", currency="PYG", account="0012-77")
    (one,) = reading.read(whole.file()).statements
    assert (one.account, one.currency, str(one.closing), str(one.entries[0].amount)) == (
        "0012-77",
        "PYG",
        "1500",
        "500",
    )


def test_other_encodings_are_read_as_they_say() -> None:
    named = Sample(entries=(Entry(transfers=(Transfer(name="Educación"),)),)).text()
    for encoding in ("iso-8859-1", "windows-1252", "utf-16"):
        content = named.replace("UTF-8", encoding).encode(encoding)
        assert entries(content)[0].counterparty == "Educación"
    assert entries(b"\xef\xbb\xbf" + named.encode())[0].counterparty == "Educación"


SOUND = Sample().text()
BOMB = 'x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
) + "]"  # fmt: skip
DEEP = "<a>" * 100 + "</a>" * 100


def changed(old: str, new: str) -> str:
    assert old in SOUND
    return SOUND.replace(old, new)


def defined(doctype: str) -> str:
    return changed("<Document ", f"<!DOCTYPE {doctype}><Document ")


def booked_on(day: str) -> str:
    return changed("<BookgDt><Dt>2026-11-24", f"<BookgDt><Dt>{day}")


REFUSED = [
    ("empty", "", "is empty"),
    ("blank", " \n", "is empty"),
    ("cut off", SOUND[:-30], "ends in the middle"),
    ("entity bomb", defined(BOMB).replace("F-17", "&i;"), "brings definitions"),
    ("external entity", defined('x [<!ENTITY e SYSTEM "file:///etc/passwd">]'), "DOCTYPE"),
    ("external DTD", defined('x SYSTEM "http://example.org/x.dtd"'), "DOCTYPE"),
    ("unknown entity", changed("F-17", "&who;"), "is not XML"),
    ("tags that do not close", changed("</Ntry>", ""), "is not XML"),
    ("two documents", SOUND + "<a/>", "is not XML"),
    ("nested too deep", DEEP, "nested deeper"),
    ("another message", changed("camt.053.001.08", "camt.054.001.08"), "a message camt.054.001.08, not a"),
    ("a payment", changed("camt.053.001.08", "pain.002.001.10"), "a message pain.002.001.10"),
    ("an unknown version", changed("camt.053.001.08", "camt.053.001.99"), "from camt.053.001.02 to camt.053.001.12"),
    ("the first version", changed("camt.053.001.08", "camt.053.001.01"), "from camt.053.001.02"),
    ("other XML", "<html><body/></html>", "begins with “html”"),
    ("no namespace", re.sub(' xmlns="[^"]*"', "", SOUND), "begins with “Document”"),
    ("an unknown element", changed("<BkTxCd/>", "<BkTxCd/><Surprise/>"), "“Surprise” is not as camt.053.001.08 wants"),
    ("a missing element", changed("<MsgId>M-1</MsgId>", ""), "“CreDtTm” is not as"),
    ("the wrong order", changed("<MsgId>M-1</MsgId>", "<MsgPgntn/><MsgId>M-1</MsgId>"), "“MsgPgntn” is not as"),
    ("both of a choice", changed("<Cd>OPBD</Cd>", "<Cd>OPBD</Cd><Prtry>x</Prtry>"), "“Prtry” is not as"),
    ("a text too long", changed("M-1", "M" * 36), "“MsgId” is not as"),
    ("an unknown code", changed("CRDT", "CREDIT"), "“CREDIT” is not what “CdtDbtInd” may be"),
    ("a negative amount", changed('"USD">500.00', '"USD">-500.00'), "“-500.00” is not what “Amt” may be"),
    ("no number", changed('"USD">500.00', '"USD">NaN'), "“NaN” is not what “Amt” may be"),
    ("six decimals", changed('"USD">500.00', '"USD">500.000001'), "“500.000001” is not what “Amt” may be"),
    ("three decimals", changed('"USD">500.00', '"USD">500.001'), "500.001 has more decimals than USD has"),
    ("far too much", changed('"USD">500.00', '"USD">500000000000000000'), "no amount of money"),
    ("cents of a guaraní", changed("USD", "PYG"), "more decimals than PYG has"),
    ("an unknown currency", changed("USD", "XQQ"), "“XQQ” is no currency"),
    ("two currencies", changed('"USD">500.00', '"EUR">500.00'), "in EUR stands on an account in USD"),
    ("no such day", booked_on("2026-02-30"), "“2026-02-30” is not what “Dt” may be"),
    ("no such year", booked_on("1026-11-24"), "“1026-11-24” is no day"),
    ("a long year", booked_on("12026-11-24"), "“12026-11-24” is no day"),
    ("wrong check digits", changed(ACCOUNT, "GB34BUKB20201555555555"), "GB34BUKB20201555555555 are wrong"),
    ("a donor's wrong check digits", changed(DONOR_ACCOUNT, "DE88370400440532013000"), "DE88370400440532013000 are"),
    ("a wrong closing balance", Sample(closing="1379.51").text(), "come to 1,379.50 USD, but the file says 1,379.51"),
    ("a missing entry", re.sub("<Ntry>.*?</Ntry>", "", SOUND, count=1, flags=re.S), "come to 879.50 USD"),
    ("a missing entry of nothing", Sample(entries=(Entry("5.00"), Entry("5.00", "DBIT")), summary=
        "<TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries>").text(), "3 in its summary (TtlNtries/NbOfNtries)"),
    ("a wrong sum", changed("<Sum>620.50", "<Sum>620.51"), "620.51 in its summary (TtlNtries/Sum)"),
    ("a wrong sum of credits", changed("<Sum>500.00", "<Sum>500.01"), "(TtlCdtNtries/Sum)"),
    ("a wrong net", Sample(summary="<TtlNtries><TtlNetNtry><Amt>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry>"
        "</TtlNtries>").text(), "(TtlNtries/TtlNetNtryAmt)"),
    ("no balances", changed("<Cd>CLBD</Cd>", "<Cd>FWAV</Cd>"), "what the account held before and after"),
    ("a statement twice", Sample(statements=2).text(), "holds the statement 2026-11 twice"),
    ("wrong encoding", SOUND.replace("Canada", "Canadá").encode("latin-1"), "encoding that it states, UTF-8"),
    ("unknown encoding", changed('"UTF-8"', '"klingon"'), "encoding that it states, klingon"),
    ("an encoding of more bytes", changed('"UTF-8"', '"shift_jis"'), "not XML"),
    ("a wrong encoding", changed('"UTF-8"', '"UTF-16"'), "is not XML"),
    ("zeros", SOUND.replace("F-17", "F\x0017"), "is not XML"),
    ("no text at all", bytes(range(256)), "cannot be read"),
    ("an older form", ":20:STARTUMS\r\n:25:10020030/1234567\r\n:60F:C260101EUR1,00\r\n", "Line 1 of the file is none"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_not_sound_is_refused_in_a_sentence(content: bytes | str, said: str) -> None:
    assert said in refusal(content)


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "MOST_ENTRIES", 1)
    assert "more than 1 entries" in refusal(SOUND)
    assert "more than 1 entries" in refusal(sheet())
    monkeypatch.setattr(bounded_xml, "MOST_ELEMENTS", 10)
    assert "more than 10 elements" in refusal(SOUND)
    monkeypatch.setattr(reading, "LARGEST_FILE", 100)
    assert "larger than 100\xa0bytes" in refusal(SOUND)


def test_a_hint_at_another_schema_is_not_followed() -> None:
    hint = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x file:///etc/passwd" xmlns='
    assert len(entries(changed("xmlns=", hint))) == 2


def test_the_sum_that_came_with_a_file_is_checked() -> None:
    right = hashlib.sha256(SOUND.encode()).hexdigest()
    assert isinstance(reading.read(SOUND.encode(), sha256=f" {right.upper()}\n"), StatementFile)
    assert "SHA-256" in refusal(SOUND.replace("F-17", "F-16"), sha256=right)


WHOLE = Sample(2).file()
END = WHOLE.rindex(b">")


@given(st.integers(min_value=0, max_value=END))
@example(0)
@example(1)
@example(END)
@settings(max_examples=300, deadline=None)
def test_a_file_that_is_cut_anywhere_is_refused(at: int) -> None:
    with translation.override("en"):
        refusal(WHOLE[:at])


@given(st.integers(min_value=0, max_value=len(WHOLE) - 1), st.binary(max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_file_that_is_damaged_anywhere_is_read_or_refused(at: int, instead: bytes) -> None:
    with translation.override("en"):
        try:
            found = reading.read(WHOLE[:at] + instead + WHOLE[at + 1 :])
        except Unreadable:
            return
    assert [entry.amount for entry in found.statements[0].entries] == [Decimal("500.00"), Decimal("120.50")]
