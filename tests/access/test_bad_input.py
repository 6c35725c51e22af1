"""Rough input, sent by the very person whose step it is: a clear error, nothing saved, what was typed still there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases.models import Case
from ricomi import l10n
from ricomi.directory.models import Body
from tests import flows
from tests.access.test_sweep import OURS
from tests.workflows.ways import disbursement_at, payment_at
from workflows.rehearsal import Meeting
from workflows.templatetags.workflows import step_url

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
BIG = "a" * 100_000
ENGLISH = {"accept-language": "en"}


def counts() -> dict[str, int]:
    return {model._meta.label: model.objects.count() for model in apps.get_models() if model._meta.app_label in OURS}


def state_of(case: Case) -> tuple[Any, ...]:
    case.refresh_from_db()
    lines = list(case.lines.values_list("number", "concept", "amount"))
    return case.stage, case.revision, case.title, case.need, case.amount_asked, case.starts_on, lines


@pytest.fixture
def walk() -> flows.Walk:
    return flows.Walk(flows.people())


def sent_by(walk: flows.Walk, who: str) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(walk.people[who])
    return client


LINES = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-number": "1", "lines-0-concept": "Fares",
         "lines-0-amount": "2000"}  # fmt: skip
DRAFT = {
    "title": "A title", "language": "es", "need": "What was typed stays", "currency": "USD", "stated_total": "2000",
    "starts_on": "2027-01-01", "ends_on": "2027-02-01", "outcome": "save", **LINES,
}  # fmt: skip

WRONG_DRAFTS = {
    "a null byte": {"title": "A\0title"},
    "a null byte in a line": {"lines-0-concept": "Fa\0res"},
    "a null byte in a reason": {"reason": "a\0b", "outcome": "pass_on"},
    "too long a text": {"need": BIG},
    "too long a title": {"title": "a" * 301},
    "no title": {"title": ""},
    "minus one": {"stated_total": "-1"},
    "minus one in a line": {"lines-0-amount": "-1"},
    "no number": {"amount_asked": "NaN"},
    "a number that raises": {"amount_asked": "sNaN", "lines-0-amount": "sNaN"},
    "an infinite amount": {"amount_asked": "Infinity"},
    "a huge amount": {"amount_asked": "1e400"},
    "too many decimals": {"amount_asked": "1.001"},
    "too many digits": {"lines-0-unit_cost": "9" * 30},
    "an end before the beginning": {"ends_on": "2026-01-01"},
    "a day that is none": {"starts_on": "2027-02-30"},
    "the year 99999": {"starts_on": "99999-01-01"},
    "the year 1": {"starts_on": "0001-01-01"},
    "an unknown currency": {"currency": "ZZZ"},
    "a currency that is a null byte": {"currency": "U\0D"},
    "an unknown language": {"language": "xx"},
    "an unknown theme": {"themes": ["no-such-theme"]},
    "a theme that is a null byte": {"themes": ["gcm\0"]},
    "units without a number": {"lines-0-units": "many"},
    "a line's number that is none": {"lines-0-number": "1.a"},
    "a line without a number": {"lines-0-number": ""},
    "a forged count of lines": {"lines-TOTAL_FORMS": "999999"},
    "a count of lines that is text": {"lines-TOTAL_FORMS": "x"},
    "no count of lines": {"lines-TOTAL_FORMS": ""},
    "a forged outcome": {"outcome": "closed"},
    "an outcome of another step": {"outcome": "endorse"},
    "no outcome": {"outcome": ""},
    "a revision that is text": {"seen": "abc"},
    "a huge revision": {"seen": "9" * 40},
    "a negative revision": {"seen": "-4"},
}


@pytest.mark.parametrize("name", WRONG_DRAFTS)
def test_a_draft_that_is_wrong_is_refused_and_kept_on_the_page(walk: flows.Walk, name: str) -> None:
    walk.draft()
    before, counted = state_of(walk.case), counts()
    answer = sent_by(walk, "officer").post(step_url(walk.case, "draft"), DRAFT | WRONG_DRAFTS[name])
    assert answer.status_code == 422, name
    page = answer.content.decode()
    assert 'role="alert"' in page
    if "need" not in WRONG_DRAFTS[name]:
        assert "What was typed stays" in page
    assert (state_of(walk.case), counts()) == (before, counted)


def test_the_same_draft_without_the_fault_is_saved(walk: flows.Walk) -> None:
    walk.draft()
    assert sent_by(walk, "officer").post(step_url(walk.case, "draft"), DRAFT).status_code == 302
    walk.case.refresh_from_db()
    assert walk.case.need == "What was typed stays"


def test_a_number_that_raises_on_a_line_that_is_kept_is_refused(walk: flows.Walk) -> None:
    walk.draft()
    line = walk.case.lines.order_by("position").first()
    kept = {"lines-INITIAL_FORMS": "1", "lines-0-pk": line.pk, "lines-0-amount": "sNaN"}
    assert sent_by(walk, "officer").post(step_url(walk.case, "draft"), DRAFT | kept).status_code == 422


def test_ten_megabytes_of_text_are_refused(walk: flows.Walk) -> None:
    walk.draft()
    before, counted = state_of(walk.case), counts()
    answer = sent_by(walk, "officer").post(step_url(walk.case, "draft"), DRAFT | {"need": "a" * 10_000_000})
    assert answer.status_code == 400
    assert (state_of(walk.case), counts()) == (before, counted)


def test_an_old_form_is_told_what_changed_and_loses_nothing(walk: flows.Walk) -> None:
    walk.draft()
    old = walk.case.revision
    client = sent_by(walk, "officer")
    assert client.post(step_url(walk.case, "draft"), DRAFT | {"seen": old, "need": "First"}).status_code == 302
    answer = client.post(step_url(walk.case, "draft"), DRAFT | {"seen": old, "need": "Second, typed meanwhile"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "The case changed while you were writing" in page
    assert "Save the draft" in page
    assert "Second, typed meanwhile" in page
    walk.case.refresh_from_db()
    assert walk.case.need == "First"


def test_a_step_taken_twice_happens_once_and_says_by_whom(walk: flows.Walk) -> None:
    walk.submitted()
    client = sent_by(walk, "case_officer")
    address = step_url(walk.case, "receipt")
    assert client.post(address, {"outcome": "acknowledge"}).status_code == 302
    counted = counts()
    second = sent_by(walk, "head").post(address, {"outcome": "acknowledge"})
    assert second.status_code == 409
    assert "Case Officer" in second.content.decode()
    assert counts() == counted


FORGED = ["0", "-1", str(2**63), str(2**80), "abc", "\0", "", "1 OR 1=1", "9" * 400]


@pytest.mark.parametrize("value", FORGED)
def test_forged_keys_open_nothing(walk: flows.Walk, value: str) -> None:
    walk.answered()
    counted = counts()
    focal = sent_by(walk, "focal")
    answer = focal.post(step_url(walk.case, "choice"), {"outcome": "choose", "invitation": value})
    assert answer.status_code == 422
    opened = sent_by(walk, "officer").post(
        reverse("opening", args=["cooperation"]), {"title": "", "language": "es", "for_body": value}
    )
    assert opened.status_code == 422
    assert counts() == counted


def test_answers_of_two_states_do_not_make_each_other_old(walk: flows.Walk) -> None:
    walk.invited()
    seen = walk.case.revision
    for who, code in (("partner_focal", "cl"), ("other_focal", "uy")):
        address = step_url(walk.case, "answer", walk.invitation(code))
        data = {"outcome": "accept", "terms": "Two experts", "seen": seen}
        assert sent_by(walk, who).post(address, data).status_code == 302, who


def test_an_offer_of_another_case_cannot_be_chosen(walk: flows.Walk) -> None:
    walk.answered()
    other = flows.Walk(walk.people)
    other.answered()
    forged = other.case.invitations.get(body__code="cl").pk
    answer = sent_by(walk, "focal").post(step_url(walk.case, "choice"), {"outcome": "choose", "invitation": forged})
    assert answer.status_code == 422


def test_nobody_opens_a_request_for_another_state(walk: flows.Walk) -> None:
    chile = Body.objects.get(code="cl").pk
    data = {"title": "Mine", "language": "es", "for_body": chile}
    sent_by(walk, "officer").post(reverse("opening", args=["cooperation"]), data)
    assert not Case.objects.filter(requesting=chile).exists()


def test_an_answer_for_another_state_is_refused(walk: flows.Walk) -> None:
    walk.invited()
    counted = counts()
    address = step_url(walk.case, "answer", walk.invitation("uy"))
    answer = sent_by(walk, "partner_focal").post(address, {"outcome": "accept", "terms": "x"})
    assert answer.status_code in {403, 409}
    assert counts() == counted


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


FILES: dict[str, Callable[[], tuple[str, bytes]]] = {
    "a program called .pdf": lambda: ("plan.pdf", b"\x7fELF" + bytes(200)),
    "a page called .png": lambda: ("map.png", b"<!doctype html><script>alert(1)</script>"),
    "an archive called .docx": lambda: ("plan.docx", zipped(readme=b"x")),
    "a document with macros": lambda: ("plan.docx", zipped(**{"word/document.xml": b"x", "word/vbaProject.bin": b"x"})),
    "a broken archive": lambda: ("plan.docx", b"PK\x03\x04" + bytes(50)),
    "a program that says so": lambda: ("run.exe", b"MZ" + bytes(100)),
    "a page": lambda: ("page.html", b"<!doctype html>"),
    "a drawing with scripts": lambda: ("map.svg", b"<svg onload='alert(1)'/>"),
    "nothing": lambda: ("empty.pdf", b""),
    "text that is none": lambda: ("notes.txt", b"\xff\xfe\x00\x00\x80"),
    "too much": lambda: ("big.txt", b"a" * (10 * 1024 * 1024 + 1)),
    "no ending": lambda: ("plan", b"%PDF-1.4"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_what_it_says_is_refused(walk: flows.Walk, name: str) -> None:
    walk.draft()
    counted = counts()
    title, content = FILES[name]()
    upload = SimpleUploadedFile(title, content, content_type="application/pdf")
    data = {"outcome": "add", "audience": "parties", "file": upload}
    answer = sent_by(walk, "officer").post(step_url(walk.case, "filing"), data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert counts() == counted


TRIP = {
    "purpose": "Visit", "outcome": "plan_trip", "legs-TOTAL_FORMS": "12", "legs-INITIAL_FORMS": "0",
    "legs-0-from_place": "Santiago", "legs-0-from_country": "CL", "legs-0-to_place": "Asunción",
    "legs-0-to_country": "Paraguay", "legs-0-departs": "2027-01-01", "legs-0-arrives": "2027-01-01",
    "legs-0-fare": "500", "legs-0-rate": "200", "legs-0-rate_source": "Circular 4/2026",
    "legs-1-to_place": "Santiago", "legs-1-to_country": "CL", "legs-1-departs": "2027-01-03",
    "legs-1-arrives": "2027-01-03", "legs-1-fare": "400",
}  # fmt: skip
WRONG_TRIPS = [
    {"legs-1-arrives": "2026-12-01"}, {"legs-0-fare": "-1"}, {"legs-0-rate": "NaN"}, {"legs-0-fare": "1e400"},
    {"legs-0-departs": "2027-13-01"}, {"legs-1-arrives": "2099-01-03"}, {"traveller": "0"}, {"traveller": str(2**70)},
    {"purpose": "a\0"}, {"legs-0-from_place": "a" * 101}, {"legs-0-fare": "500 EUR"}, {"legs-0-fare": "1.001"},
    {"legs-0-rate": "0"}, {"legs-0-rate_source": ""}, {"legs-0-rate": "", "legs-0-rate_source": ""}, {"visa": "-1"},
    {"legs-0-to_country": "ZZ"}, {"legs-1-from_place": "Lima"}, {"legs-1-departs": "2026-12-31"}, {"visa": "sNaN"},
    {"legs-1-fare": ""}, {"legs-0-from_place": ""}, {"legs-0-to_place": "santiago", "legs-0-to_country": "Chile"},
    {"legs-TOTAL_FORMS": "999999"}, {"legs-TOTAL_FORMS": "x"}, {"legs-TOTAL_FORMS": "0"}, {"legs-0-mode": "rocket"},
    {"legs-0-fare": "9" * 30}, {"visa": "12 345 678 901 234 567"}, {"legs-0-departs": "0001-01-01"},
]  # fmt: skip


def test_rough_trips_and_disbursements_move_nothing(walk: flows.Walk) -> None:
    walk.exchange()
    counted = counts()
    partner, officer = sent_by(walk, "partner"), sent_by(walk, "officer")
    for wrong in WRONG_TRIPS:
        data = TRIP | {"traveller": str(walk.people["expert"].pk)} | wrong
        assert partner.post(step_url(walk.case, "exchange"), data).status_code == 422, wrong
    own = TRIP | {"traveller": str(walk.people["officer"].pk)}
    assert partner.post(step_url(walk.case, "exchange"), own).status_code == 422
    for amount in ("-1", "0", "NaN", "1e400", "6000.01", "999999999999999999", "a", "1.001", "\0"):
        data = {"outcome": "ask", "purpose": "Workshop", "amount": amount}
        assert officer.post(step_url(walk.case, "ask_disbursement"), data).status_code == 422, amount
    assert counts() == counted


def test_rough_words_about_a_case_are_refused(walk: flows.Walk) -> None:
    walk.draft()
    counted = counts()
    officer, focal = sent_by(walk, "officer"), sent_by(walk, "focal")
    for data in (
        {"text": "a\0", "audience": "parties"}, {"text": "", "audience": "parties"}, {"text": BIG, "audience": "own"},
        {"text": "a", "audience": "everybody"},
    ):  # fmt: skip
        assert officer.post(step_url(walk.case, "comment"), data | {"outcome": "add"}).status_code == 422, data
    for data in (
        {"person": "nobody@ricomi.example", "until": "2099-01-01"}, {"person": "a\0@b", "until": "2099-01-01"},
        {"person": "other@ricomi.example", "until": "2020-01-01"}, {"person": "other@ricomi.example", "until": ""},
        {"person": "other@ricomi.example", "until": "99999-01-01"},
    ):  # fmt: skip
        assert focal.post(step_url(walk.case, "sharing"), data | {"outcome": "grant"}).status_code == 422, data
    withdrawn = focal.post(step_url(walk.case, "withdrawal"), {"outcome": "withdraw", "reason": "a\0"})
    assert withdrawn.status_code == 422
    assert counts() == counted


PLEDGE = {"amount": "100", "currency": "USD"}


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "-1"}, {"amount": "0"}, {"amount": "NaN"}, {"amount": "1e400"}, {"amount": "1.001"},
     {"currency": "ZZZ"}, {"currency": "U\0"}, {"donor": "0"}, {"donor": str(2**70)}, {"donor": "a"},
     {"due_on": "99999-01-01"}, {"due_on": "2020-01-01"}, {"note": "a\0"}, {"note": "a" * 2001},
     {"currency": "JPY", "amount": "1.5"}, {"likelihood": "sure"}, {"theme": "none"}, {"theme": "a\0"},
     {"population": "none"}, {"country": "ZZ"}, {"country": "P\0"}, {"only_case": "a" * 41}, {"only_case": "a\0"},
     {"amount_1": "99"}, {"amount_1": "NaN"}, {"amount_1": "-1"}, {"amount_1": "60", "amount_2": "39.99"},
     {"due_on_1": "2099-01-01"}, {"amount_1": "100", "due_on_1": "2020-01-01"}, {"amount_1": "100", "due_on_1": "x"},
     {"currency": "JPY", "amount": "100", "amount_1": "99.5", "amount_2": "0.5"}],
)  # fmt: skip
def test_a_rough_pledge_is_refused(walk: flows.Walk, wrong: dict[str, str]) -> None:
    counted = counts()
    data = PLEDGE | {"donor": str(Body.objects.get(code="es").pk)} | wrong
    answer = sent_by(walk, "manager").post(reverse("opening", args=["contribution"]), data)
    assert answer.status_code == 422, wrong
    assert counts() == counted


def test_a_rough_receipt_is_refused(walk: flows.Walk) -> None:
    spain = Body.objects.get(code="es").pk
    manager = sent_by(walk, "manager")
    manager.post(reverse("opening", args=["contribution"]), PLEDGE | {"donor": spain})
    contribution = apps.get_model("fund.Contribution").objects.get()
    counted = counts()
    for wrong in ({"received_on": "2099-01-01"}, {"received_on": "x"}, {"bank_reference": ""},
                  {"bank_reference": "a\0"}, {"bank_reference": "a" * 141}, {"amount": "NaN"}, {"amount": "-1"},
                  {"amount": "1e30"}, {"amount": "1.001"}, {"amount": "100.01"}, {"amount": "0"}, {"currency": "XX"},
                  {"currency": "EUR"}, {"currency": "EUR", "rate": "0", "rate_source": "x"},
                  {"currency": "EUR", "rate": "NaN", "rate_source": "x"}, {"currency": "PYG", "rate": "1"},
                  ):  # fmt: skip
        data = {"outcome": "report", "received_on": "2026-01-01", "bank_reference": "B-1", "amount": "100.00",
                "currency": "USD"} | wrong  # fmt: skip
        assert manager.post(step_url(contribution, "receipt"), data).status_code == 422, wrong
    assert counts() == counted


INVITED = {"email": "new@ricomi.example", "name": "New", "role": "expert", "language": "es"}


@pytest.mark.parametrize(
    "wrong",
    [{"email": "x"}, {"email": "a\0@b.example"}, {"email": "a" * 300 + "@b.example"}, {"name": "a\0"}, {"name": ""},
     {"role": "chair"}, {"role": "x"}, {"language": "xx"}],
)  # fmt: skip
def test_a_rough_invitation_is_refused(walk: flows.Walk, wrong: dict[str, str]) -> None:
    counted = counts()
    answer = sent_by(walk, "partner_focal").post(reverse("directory:body", args=["cl"]), INVITED | wrong)
    assert answer.status_code == 422, wrong
    assert counts() == counted


QUERIES = [
    "year=99999999999999999999", "year=abc", "stage=%00", "stage=nowhere", "page=abc", "page=-1", "page=99999999999999",
    "theme=x", "theme=%00", "text=%00", "text=" + "a" * 5000, "state=ZZ", "population=%F0%9F%98%80", "way=sideways",
    "text=%27%20OR%201%3D1--", "text=%25%5C_", "stage=draft&stage=draft&stage=%0a",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_rough_search_is_answered(walk: flows.Walk, query: str) -> None:
    officer = sent_by(walk, "officer")
    for name in ("cases:list", "cases:list_csv", "catalogue:search", "catalogue:offers", "catalogue:feed", "worklist",
                 "notifications:letters", "home"):  # fmt: skip
        assert officer.get(f"{reverse(name)}?{query}").status_code == 200, name


@pytest.mark.parametrize(
    "address",
    ["/cases/%00/", "/cases/2026-0001%00/", "/act/case/99999999999999999999/draft/", "/act/moon/1/draft/",
     "/act/case/0/draft/", "/cases/2026-0001/documents/99999999999999999999/", "/open/moon/", "/flows/moon/",
     "/directory/states/zz/", "/directory/bodies/moon/", "/letters/00000000-0000-0000-0000-000000000000/",
     "/fund/contributions/x/", "/catalogue/99999999999999999999/", "/standing-offers/99999999999999999999/"],
)  # fmt: skip
def test_a_forged_address_is_not_found(walk: flows.Walk, address: str) -> None:
    assert sent_by(walk, "officer").get(address).status_code == 404


def test_a_saved_filter_cannot_lead_elsewhere(walk: flows.Walk) -> None:
    officer = sent_by(walk, "officer")
    for data in ({"name": "a\0", "query": "x"}, {"name": "a" * 500, "query": "x"}, {"name": "", "query": "x"},
                 {"name": "x", "query": "a" * 100_000}, {"name": "x", "query": "\0"}):  # fmt: skip
        answer = officer.post(reverse("cases:save_filter"), data)
        assert answer.status_code in {302, 400, 422}, data
        assert answer.get("Location", "/").startswith("/")


@pytest.mark.parametrize(
    "wrong",
    [{"begins_at": "x"}, {"begins_at": "0001-01-01T00:00"}, {"begins_at": "99999-01-01T00:00"},
     {"begins_at": "2020-01-01"}, {"begins_at": "2\0"}, {"place": ""}, {"place": "a\0"}, {"place": "a" * 301}],
)  # fmt: skip
def test_a_rough_session_is_refused_and_kept_on_the_page(walk: flows.Walk, wrong: dict[str, str]) -> None:
    counted = counts()
    data = {"begins_at": "2099-05-04T10:00", "place": "Hall 9"} | wrong
    answer = sent_by(walk, "case_officer").post(reverse("opening", args=["session"]), data)
    assert answer.status_code == 422, wrong
    assert "place" in wrong or "Hall 9" in answer.content.decode()
    assert counts() == counted


def test_rough_agendas_and_attendance_move_nothing(walk: flows.Walk) -> None:
    walk.endorsement()
    meeting = Meeting(walk.people, []).planned()
    counted, key = counts(), walk.case.pk
    data = {"begins_at": "2099-05-04T10:00", "place": "Hall 9", "outcome": "save", f"case-{key}-on": "on"}
    for wrong in ({f"case-{key}-position": "x"}, {f"case-{key}-position": "-1"}, {f"case-{key}-position": "9" * 30},
                  {"case-999999-on": "on"}, {"case-" + "9" * 18 + "-on": "on"}):  # fmt: skip
        answer = sent_by(walk, "case_officer").post(step_url(meeting.session, "preparing"), data | wrong)
        assert answer.status_code == 422, wrong
    assert counts() == counted
    meeting.cases = [walk.case]
    meeting.act("case_officer", "preparing", "convene", **meeting.agenda)
    counted = counts()
    for states in (["XX"], ["\0"], ["MX", "B"], []):
        answer = sent_by(walk, "chair").post(
            step_url(meeting.session, "convened"), {"outcome": "open", "attending": states}
        )
        assert answer.status_code == 422, states
    for value in FORGED:
        sent = {"outcome": "take_off", "reason": "x", "item": value}
        assert sent_by(walk, "reviewer_br").post(step_url(meeting.session, "taking_off"), sent).status_code == 422, (
            value
        )
    assert counts() == counted


def test_a_rough_payment_is_refused(walk: flows.Walk) -> None:
    payment = payment_at("details")(walk)
    counted = counts()
    manager = sent_by(walk, "manager")
    details = {"outcome": "set", "payee": "Hotel", "account": "000123456789", "bic": "", "country": "PY"}
    for wrong in (
        {"payee": ""}, {"payee": "a" * 71}, {"payee": "a\0"}, {"account": ""}, {"account": "1" * 35},
        {"account": "1\0"}, {"bic": "A" * 12}, {"bic": "A\0"}, {"country": ""}, {"country": "ZZ"}, {"country": "P\0"},
    ):  # fmt: skip
        assert manager.post(step_url(payment, "details"), details | wrong).status_code == 422, wrong
    assert counts() == counted
    manager.post(step_url(payment, "details"), details)
    walk.act("approver", "sending", "send", payment)
    counted = counts()
    paid = {"outcome": "confirm", "paid_on": l10n.today().isoformat(), "bank_reference": "B-2"}
    for wrong in (
        {"paid_on": ""}, {"paid_on": "x"}, {"paid_on": "2099-01-01"}, {"paid_on": "99999-01-01"},
        {"bank_reference": ""}, {"bank_reference": "a\0"}, {"bank_reference": "a" * 141},
    ):  # fmt: skip
        assert manager.post(step_url(payment, "confirmation"), paid | wrong).status_code == 422, wrong
    assert counts() == counted


def test_a_rough_disbursement_is_refused(walk: flows.Walk) -> None:
    way = disbursement_at("proposal")(walk)
    counted = counts()
    officer, manager = sent_by(walk, "officer"), sent_by(walk, "manager")
    asked = {"outcome": "ask", "purpose": "Workshop", "amount": "10.00", "payee": "Hotel"}
    for wrong in (
        {"purpose": ""}, {"purpose": "a\0"}, {"purpose": "a" * 301}, {"amount": "NaN"}, {"amount": "0"},
        {"amount": "-1"}, {"amount": "1e30"}, {"amount": "1.001"}, {"amount": "6000.01"}, {"line": "9.9"},
        {"line": "\0"}, {"payee": ""}, {"payee": "a" * 141}, {"payee": "a\0"}, {"not_before": "x"},
        {"not_before": "99999-01-01"},
    ):  # fmt: skip
        assert officer.post(step_url(walk.case, "ask_disbursement"), asked | wrong).status_code == 422, wrong
    for wrong in ({"not_before": "x"}, {"not_before": "99999-01-01"}, {"not_before": "2\0"}):
        assert manager.post(step_url(way, "proposal"), {"outcome": "propose"} | wrong).status_code == 422, wrong
    assert counts() == counted
    walk.act("manager", "proposal", "propose", way, needs_report=True)
    counted = counts()
    for wrong in ({"report": ""}, {"report": "a\0"}, {"report": BIG}):
        sent = {"outcome": "report"} | wrong
        assert officer.post(step_url(way, "reporting"), sent).status_code == 422, wrong
    assert counts() == counted
