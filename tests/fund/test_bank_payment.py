"""What the bank is told to pay is told in ISO 20022 pain.001, and nothing that a bank would send back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from xsdata.formats.dataclass.parsers import XmlParser

from ricomi.fund.bank import payment, schema
from ricomi.fund.bank.faults import NotPayable, Unreadable
from ricomi.fund.bank.identifiers import bic_is_sound, iban_is_sound, latin, reference_is_sound
from ricomi.fund.bank.payment import Party, Payment, payment_file

pytestmark = pytest.mark.usefixtures("english")

CREATED = datetime.datetime(2026, 11, 24, 15, 0, tzinfo=datetime.UTC)
DAY = datetime.date(2026, 11, 25)
FUND = Party("RICOMI – Fondo de Contribuciones", "US", "0012345678", "BOFAUS3N")
TRAVELLER = Party("María José Ñandú Gonçalves", "PY", "GB33 BUKB 2020 1555 5555 55", "bukbgb22xxx")
TRIP = Payment("2026-0001/trip-1", Decimal("1250.5"), "USD", TRAVELLER, "Viático «Asunción» & gastos; 2026-0001/trip-1")
OTHERS = (
    replace(TRIP, end_to_end_id="2026-0001/trip-2", amount=Decimal("0.10")),
    replace(TRIP, end_to_end_id="2026-0003/trip-1", amount=Decimal(700000), currency="PYG"),
)


def written(payments: Sequence[Payment] = (TRIP, *OTHERS), debtor: Party = FUND, message_id: str = "P-1") -> bytes:
    return payment_file(payments, debtor, CREATED, message_id, DAY)


def found(content: bytes, path: str) -> list[str]:
    root = etree.fromstring(content)
    return [element.text or "" for element in root.iterfind("/".join(f"{{*}}{name}" for name in path.split("/")))]


def test_the_file_is_as_the_schema_and_the_library_that_keeps_it_want_it() -> None:
    content = written()
    schema.check(etree.fromstring(content), "pain.001.001.09")
    document = XmlParser().from_bytes(content)
    assert type(document).__module__.endswith("pain_001_001_09")


def test_the_same_payments_are_the_same_bytes() -> None:
    assert written() == written()
    assert written() != written(message_id="P-2")


def test_counts_and_sums_are_stated_in_all_and_for_each_currency() -> None:
    content = written()
    assert found(content, "CstmrCdtTrfInitn/GrpHdr/NbOfTxs") == ["3"]
    assert found(content, "CstmrCdtTrfInitn/GrpHdr/CtrlSum") == ["701250.60"]
    block = "CstmrCdtTrfInitn/PmtInf"
    assert found(content, f"{block}/PmtInfId") == ["P-1-PYG", "P-1-USD"]
    assert found(content, f"{block}/NbOfTxs") == ["1", "2"]
    assert found(content, f"{block}/CtrlSum") == ["700000", "1250.60"]
    assert found(content, f"{block}/CdtTrfTxInf/Amt/InstdAmt") == ["700000", "1250.50", "0.10"]
    assert found(content, f"{block}/ReqdExctnDt/Dt") == ["2026-11-25", "2026-11-25"]
    assert found(content, "CstmrCdtTrfInitn/GrpHdr/CreDtTm") == ["2026-11-24T15:00:00+00:00"]


def test_names_and_remittances_are_in_letters_that_all_banks_carry() -> None:
    content = written([TRIP])
    one = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf"
    assert content.isascii()
    assert found(content, f"{one}/Cdtr/Nm") == ["Maria Jose Nandu Goncalves"]
    assert found(content, f"{one}/RmtInf/Ustrd") == ["Viatico 'Asuncion' + gastos, 2026-0001/trip-1"]
    assert found(content, "CstmrCdtTrfInitn/PmtInf/Dbtr/Nm") == ["RICOMI - Fondo de Contribuciones"]


def test_accounts_are_named_as_what_they_are() -> None:
    content = written([TRIP])
    block = "CstmrCdtTrfInitn/PmtInf"
    assert found(content, f"{block}/DbtrAcct/Id/Othr/Id") == ["0012345678"]
    assert found(content, f"{block}/CdtTrfTxInf/CdtrAcct/Id/IBAN") == ["GB33BUKB20201555555555"]
    assert found(content, f"{block}/CdtTrfTxInf/CdtrAgt/FinInstnId/BICFI") == ["BUKBGB22XXX"]
    unknown = written([replace(TRIP, creditor=replace(TRAVELLER, bic=""), remittance="")], replace(FUND, bic=""))
    assert found(unknown, f"{block}/DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert found(unknown, f"{block}/CdtTrfTxInf/CdtrAgt/FinInstnId/BICFI") == []
    assert found(unknown, f"{block}/CdtTrfTxInf/RmtInf/Ustrd") == []


def to(**changes: str) -> list[Payment]:
    return [replace(TRIP, creditor=replace(TRAVELLER, **changes))]


NOT_PAYABLE: list[tuple[str, list[Payment], str]] = [
    ("nothing", [], "nothing to pay"),
    ("zero", [replace(TRIP, amount=Decimal(0))], "cannot be paid in USD: 0"),
    ("negative", [replace(TRIP, amount=Decimal(-1))], "cannot be paid in USD: -1"),
    ("not a number", [replace(TRIP, amount=Decimal("NaN"))], "cannot be paid in USD: NaN"),
    ("infinite", [replace(TRIP, amount=Decimal("Infinity"))], "cannot be paid"),
    ("far too much", [replace(TRIP, amount=Decimal("1e30"))], "cannot be paid"),
    ("three decimals", [replace(TRIP, amount=Decimal("1.001"))], "cannot be paid in USD: 1.001"),
    ("cents of a guaraní", [replace(TRIP, amount=Decimal("1.5"), currency="PYG")], "cannot be paid in PYG: 1.5"),
    ("no currency", [replace(TRIP, currency="XQQ")], "“XQQ” is no currency"),
    ("one reference twice", [TRIP, TRIP], "stands on two payments"),
    ("a long reference", [replace(TRIP, end_to_end_id="x" * 36)], "no reference that banks carry"),
    ("no reference", [replace(TRIP, end_to_end_id="")], "no reference"),
    ("an accent in a reference", [replace(TRIP, end_to_end_id="viático")], "“viático” is no reference"),
    ("slashes", [replace(TRIP, end_to_end_id="2026//1")], "no reference"),
    ("no name", to(name=" "), "has no letters"),
    ("another alphabet", to(name="世界"), "Write it in Latin letters"),
    ("no country", to(country="XX"), "no country of ISO 3166-1"),
    ("a mistyped IBAN", to(account="GB34BUKB20201555555555"), "are wrong"),
    ("no account", to(account=""), "is no account number"),
    ("a wrong BIC", to(bic="BUKB"), "no BIC of 8 or 11"),
]


@pytest.mark.parametrize(("payments", "said"), [c[1:] for c in NOT_PAYABLE], ids=[c[0] for c in NOT_PAYABLE])
def test_what_a_bank_would_send_back_is_not_written(payments: list[Payment], said: str) -> None:
    with pytest.raises(NotPayable) as caught:
        written(payments)
    assert said in caught.value.messages[0]


def test_the_instruction_itself_is_checked() -> None:
    with pytest.raises(NotPayable, match="is no reference"):
        written(message_id="P" * 32)
    with pytest.raises(NotPayable, match="is over"):
        payment_file([TRIP], FUND, CREATED, "P-1", datetime.date(2026, 11, 23))
    with pytest.raises(ValueError, match="from UTC"):
        payment_file([TRIP], FUND, CREATED.replace(tzinfo=None), "P-1", DAY)


def test_nothing_leaves_that_the_schema_does_not_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payment, "NAME_CHARACTERS", 300)
    with pytest.raises(Unreadable, match="“Nm” is not as"):
        written(to(name="x" * 200))


@settings(max_examples=40, deadline=None)
@given(name=st.text(max_size=200), words=st.text(max_size=300), amount=st.decimals(1, 10**9, places=2))
def test_whatever_is_written_a_file_comes_out_or_a_sentence(name: str, words: str, amount: Decimal) -> None:
    party = replace(TRAVELLER, name=name)
    try:
        content = written([replace(TRIP, creditor=party, remittance=words, amount=amount)])
    except NotPayable:
        assert not latin(name, 70)
    else:
        assert content.isascii()


IBANS = {
    "GB33BUKB20201555555555": True,
    "gb33 bukb 2020 1555 5555 55": True,
    "DE89370400440532013000": True,
    "CR05015202001026284066": True,
    "BR1800360305000010009795493C1": True,
    "DO28BAGR00000001212453611324": True,
    "XK051212012345678906": True,
    "GB33BUKB20201555555556": False,
    "GB34BUKB20201555555555": False,
    "ZZ89370400440532013000": False,
    "DE8937": False,
    "": False,
    "ÑÑ89370400440532013000": False,
    "DE٨٩370400440532013000": False,
}


@pytest.mark.parametrize(("text", "sound"), IBANS.items())
def test_the_check_digits_of_an_iban(text: str, sound: bool) -> None:
    assert iban_is_sound(text) is sound


@given(st.integers(0, 21), st.sampled_from("0123456789"))
def test_one_wrong_digit_in_an_iban_is_noticed(at: int, digit: str) -> None:
    whole = "DE89370400440532013000"
    if at > 1 and whole[at] != digit:
        assert not iban_is_sound(whole[:at] + digit + whole[at + 1 :])


@pytest.mark.parametrize(
    ("text", "sound"),
    [("BOFAUS3N", True), ("bukbgb22xxx", True), ("BOFAUS3", False), ("BOFAZZ3N", False), ("BOFAUS3NXX", False)],
)
def test_the_form_of_a_bic(text: str, sound: bool) -> None:
    assert bic_is_sound(text) is sound


@pytest.mark.parametrize(
    ("text", "sound"),
    [("2026-0001/trip-1", True), ("a/b/c", True), ("/a", False), ("a/", False), ("a//b", False), ("a\n", False)],
)
def test_references_that_banks_hand_on(text: str, sound: bool) -> None:
    assert reference_is_sound(text) is sound


def test_texts_are_put_into_one_line_of_the_shared_letters() -> None:
    assert latin("Ærøskøbing – “Straße”\n№ 7", 140) == "AEroskobing - 'Strasse' No 7"
    assert latin("a b c", 2) == "a"
