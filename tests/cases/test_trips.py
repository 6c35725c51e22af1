"""Trips: planned leg by leg, authorised at the rates of their day, advanced in part, claimed line by line, settled."""

from __future__ import annotations

import datetime
from decimal import Decimal
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, transaction
from django.test import Client
from django.utils import translation

from cases.models import ClaimLine, Document, Leg, Trip
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from ricomi.fund import books
from tests import flows
from tests.cases.tables import import_table
from tests.clock import clock
from workflows import gate, money
from workflows.templatetags.workflows import step_url

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
ENGLISH = {"accept-language": "en"}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _documents(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def walk():
    found = flows.Walk(flows.people())
    found.exchange()
    return found


def by(walk, who):
    client = Client(headers=ENGLISH)
    client.force_login(walk.people[who])
    return client


def days(count):
    return l10n.today() + datetime.timedelta(days=count)


def planned(walk, begins=0, **more):
    legs = {"TOTAL_FORMS": 12, "INITIAL_FORMS": 0}
    there = {"from_place": "Santiago", "from_country": "CL", "to_place": "Asunción", "to_country": "Paraguay"}
    for number, (leg, on) in enumerate(
        ((there, begins), ({"to_place": "Santiago", "to_country": "Chili"}, begins + 2))
    ):
        legs |= {f"{number}-{name}": value for name, value in leg.items()}
        legs |= {f"{number}-departs": days(on).isoformat(), f"{number}-arrives": days(on).isoformat()}
        legs |= {f"{number}-fare": "450.00", f"{number}-mode": "air"}
    sent = {f"legs-{name}": value for name, value in legs.items()}
    return sent | {
        "outcome": "plan_trip", "purpose": "First visit", "traveller": walk.people["expert"].pk, "visa": "30",
    } | more  # fmt: skip


def plan(walk, **more):
    return by(walk, "partner").post(step_url(walk.case, "exchange"), planned(walk, **more))


def test_a_trip_is_planned_at_the_rates_of_the_table(walk):
    import_table(walk.people["manager"])
    assert plan(walk).status_code == 302
    trip = walk.case.trips.get()
    assert (trip.origin, trip.destination, trip.starts_on, trip.ends_on) == ("Santiago", "Asunción", days(0), days(2))
    assert [(one.day, one.amount) for one in trip.days] == [(days(0), 190), (days(1), 190), (days(2), 114)]
    assert trip.estimate == 900 + 30 + 190 + 190 + 114
    assert [(leg.from_country, leg.to_country) for leg in trip.legs.all()] == [("CL", "PY"), ("PY", "CL")]
    assert trip.most_advance == Decimal("1139.20")


def test_an_authorised_trip_keeps_its_rates_whatever_is_imported(walk):
    import_table(walk.people["manager"])
    plan(walk)
    trip = walk.case.trips.get()
    walk.act("case_officer", "authorisation", "authorise", trip)
    import_table(walk.people["manager"], "PY,Asunción,250,USD,,")
    trip.refresh_from_db()
    assert trip.estimate == 1424
    page = unescape(by(walk, "partner").get(trip.get_absolute_url()).content.decode())
    assert "190.00 USD" in page
    assert "250.00 USD" not in page
    assert "Circular 4/2026" in page


def test_rates_that_moved_before_the_authorisation_are_reckoned_anew(walk):
    import_table(walk.people["manager"])
    plan(walk)
    trip = walk.case.trips.get()
    import_table(walk.people["manager"], "PY,Asunción,200,USD,,")
    with translation.override("en"), pytest.raises(gate.Blocked, match="The rates have changed"):
        walk.act("case_officer", "authorisation", "authorise", trip)
    walk.act("case_officer", "authorisation", "return", trip, reason="New rates")
    page = by(walk, "partner").get(step_url(trip, "correction")).content.decode()
    assert 'value="Asunción"' in page
    assert by(walk, "partner").post(step_url(trip, "correction"), planned(walk, outcome="send")).status_code == 302
    walk.act("case_officer", "authorisation", "authorise", trip)
    trip.refresh_from_db()
    assert (trip.estimate, trip.legs.count()) == (930 + 520, 2)


def test_without_a_rate_the_trip_is_not_planned_unless_one_is_written(walk):
    answer = plan(walk)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "No rate in USD is in force for Asunción, Paraguay" in page
    assert "First visit" in page
    assert not Trip.objects.exists()
    assert plan(walk, **{"legs-0-rate": "80", "legs-0-rate_source": "A letter of the ministry"}).status_code == 302
    assert [one.source for one in walk.case.trips.get().days] == ["A letter of the ministry"] * 3


def test_a_traveller_is_not_in_two_places(walk):
    walk.trip()
    answer = plan(walk, **{"legs-0-rate": "80", "legs-0-rate_source": "x"})
    assert answer.status_code == 422
    assert "has another trip from" in answer.content.decode()
    assert walk.case.trips.count() == 1
    data = {"traveller": walk.people["expert"], "purpose": "x", "legs": walk.legs(l10n.today())}
    with translation.override("en"), pytest.raises(gate.Blocked, match="has another trip"):
        walk.act("partner", "exchange", "plan_trip", **data)
    walk.act("partner", "cancellation", "cancel", walk.case.trips.get(), reason="Ill")
    assert plan(walk, **{"legs-0-rate": "80", "legs-0-rate_source": "x"}).status_code == 302


def test_nobody_is_named_who_travels_elsewhere_on_these_days(walk):
    second = walk.people["second"] = User.objects.create_user("second@ricomi.example", "Second")
    members.appoint(second, Body.objects.get(code="cl"), Role.EXPERT, by=None, since=datetime.date(2020, 1, 1))
    first = walk.trip()
    walk.trip(traveller=second, legs=walk.legs(l10n.today()))
    with translation.override("en"), pytest.raises(gate.Blocked, match="has another trip"):
        walk.act("partner_focal", "another_traveller", "name", first, traveller=second, reason="Left")


WRONG_LEGS = {
    "a leg that begins elsewhere": {"legs-1-from_place": "Lima", "legs-1-from_country": "PE"},
    "a leg before the last one ended": {"legs-0-arrives": days(3).isoformat()},
    "an arrival before the departure": {"legs-0-arrives": days(-1).isoformat()},
    "a leg that leads nowhere": {"legs-0-to_place": "SANTIAGO", "legs-0-to_country": "CL"},
    "another currency": {"legs-0-fare": "EUR 450"}, "a negative fare": {"legs-0-fare": "-450"},
    "too many decimals": {"legs-0-fare": "450.001"}, "no number": {"legs-0-fare": "NaN"},
    "a huge fare": {"legs-0-fare": "1e400"}, "a rate of zero": {"legs-0-rate": "0", "legs-0-rate_source": "x"},
    "a rate without its source": {"legs-0-rate": "80"}, "no country": {"legs-0-to_country": "Atlantis"},
    "more than a year": {"legs-1-departs": days(400).isoformat(), "legs-1-arrives": days(400).isoformat()},
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_LEGS)
def test_legs_that_are_wrong_move_nothing_and_stay_in_the_form(walk, name):
    import_table(walk.people["manager"])
    before = walk.case.revision
    answer = plan(walk, **WRONG_LEGS[name])
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert "field-wrong" in page
    for typed in WRONG_LEGS[name].values():
        assert f'value="{typed}"' in page
    walk.case.refresh_from_db()
    assert (walk.case.revision, Trip.objects.count(), Leg.objects.count()) == (before, 0, 0)


def test_an_amount_may_bear_the_cases_own_currency(walk):
    import_table(walk.people["manager"])
    assert plan(walk, **{"legs-0-fare": "450.00 usd"}).status_code == 302


def test_a_currency_without_cents_takes_none():
    from cases.trip_forms import CaseAmount

    field = CaseAmount()
    field.currency = "PYG"
    assert field.clean("450000") == 450000
    with pytest.raises(Exception, match="PYG"):
        field.clean("450000.5")


def test_the_advance_is_a_share_that_the_form_names(walk):
    trip = walk.trip()
    walk.act("case_officer", "authorisation", "authorise", trip)
    manager = by(walk, "manager")
    page = unescape(manager.get(step_url(trip, "advance")).content.decode())
    assert 'value="1136.00"' in page
    assert "At most 80% of the trip's estimate: 1,136.00 USD." in page
    for wrong in ("1136.01", "-1", "NaN", "1e400", "10.001", "10 EUR", "", "a"):
        answer = manager.post(step_url(trip, "advance"), {"outcome": "propose", "advance": wrong})
        assert answer.status_code == 422, wrong
    assert manager.post(step_url(trip, "advance"), {"outcome": "propose", "advance": "1136 USD"}).status_code == 302
    trip.refresh_from_db()
    assert (trip.advance, books.outstanding_advance(trip.reference)) == (1136, 0)


def travelled(walk, trip=None):
    trip = trip or walk.advanced()
    walk.act("expert", "travel", "travelled", trip)
    walk.act("expert", "trip_report", "report", trip, **walk.report(trip))
    trip.refresh_from_db()
    return trip


REPORT = {"outcome": "report", "report": "Visited", "lessons": "Learnt", "met": "Both heads"}


def test_the_report_says_when_the_traveller_was_away_and_what_was_learnt(walk):
    trip = walk.advanced()
    expert = by(walk, "expert")
    walk.act("expert", "travel", "travelled", trip)
    today = l10n.today().isoformat()
    for wrong in (
        {"left_on": days(-1).isoformat(), "returned_on": today}, {"left_on": today, "returned_on": days(1).isoformat()},
        {"left_on": today, "returned_on": ""}, {"left_on": today, "returned_on": today, "lessons": ""},
    ):  # fmt: skip
        assert expert.post(step_url(trip, "trip_report"), REPORT | wrong).status_code == 422, wrong
    sent = REPORT | {"left_on": today, "returned_on": today}
    assert expert.post(step_url(trip, "trip_report"), sent).status_code == 302
    page = by(walk, "officer").get(trip.get_absolute_url()).content.decode()
    assert all(said in page for said in ("Visited", "Learnt", "Both heads"))


def claim(*lines, **more):
    sent = {"outcome": "claim", "claim-TOTAL_FORMS": len(lines), "claim-INITIAL_FORMS": 0, **more}
    for number, line in enumerate(lines):
        one = {"day": l10n.today().isoformat(), "what": f"Line {number}"} | line
        sent |= {f"claim-{number}-{name}": value for name, value in one.items()}
    return sent


def pdf(content=PDF, name="receipt.pdf"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


FARE = {"kind": "fare", "amount": "900.00"}
DSA = {"kind": "subsistence", "amount": "120.00"}


def test_a_claim_is_shown_beside_the_estimate_and_settled(walk):
    trip = travelled(walk)
    expert = by(walk, "expert")
    answer = expert.post(step_url(trip, "expenses"), claim({**FARE, "file": pdf()}, DSA))
    assert answer.status_code == 302
    trip.refresh_from_db()
    assert (trip.spent, trip.claim.count()) == (1020, 2)
    receipt = trip.claim.get(kind="fare").receipt
    assert (receipt.case, receipt.name) == (walk.case, "receipt.pdf")
    page = unescape(by(walk, "manager").get(step_url(trip, "settlement")).content.decode())
    assert "To pay to Expert: 20.00 USD." in page
    assert "-400.00 USD" in page  # subsistence: 120 of the estimated 520
    walk.act("manager", "settlement", "propose", trip)
    walk.act("approver", "settlement_approval", "approve", trip)
    assert (books.outstanding_advance(trip.reference), books.left(walk.case.reference)) == (0, 6000 - 1020)


def test_what_is_left_of_the_advance_is_said_to_be_recovered(walk):
    trip = travelled(walk)
    with translation.override("en"):
        walk.act("expert", "expenses", "claim", trip, **walk.claim("400.00"))
        trip.refresh_from_db()
        assert money.balance(trip) == "To recover from Expert: 600.00 USD."
        assert "To recover from Expert" in by(walk, "approver").get(trip.get_absolute_url()).content.decode()


def wrong_claims():
    program = pdf(b"MZ" + bytes(200))
    return {
        "a program as a receipt": [{**FARE, "file": program}],
        "a page as a receipt": [{**FARE, "file": pdf(b"<!doctype html><script>", "r.png")}],
        "no receipt": [FARE], "no kind": [{**FARE, "kind": "", "file": pdf()}],
        "an unknown kind": [{**FARE, "kind": "gift", "file": pdf()}],
        "too many decimals": [{**FARE, "amount": "9.001", "file": pdf()}],
        "another currency": [{**FARE, "amount": "900 EUR", "file": pdf()}],
        "a negative amount": [{**FARE, "amount": "-9", "file": pdf()}],
        "nothing": [{**FARE, "amount": "0", "file": pdf()}], "no number": [{**FARE, "amount": "NaN", "file": pdf()}],
        "a number that raises": [{**FARE, "amount": "sNaN", "file": pdf()}],
        "a huge amount": [{**FARE, "amount": "1e400", "file": pdf()}],
        "a day to come": [{**FARE, "day": "2099-01-01", "file": pdf()}], "no day": [{**FARE, "day": "", "file": pdf()}],
        "more subsistence than the days travelled": [{**DSA, "amount": "120.01"}],
        "in two lines": [{**DSA, "amount": "60.00"}, {**DSA, "amount": "60.01"}],
        "far more than the estimate": [{**FARE, "amount": "1562.01", "file": pdf()}],
        "a forged key": [{**FARE, "pk": "1"}], "a huge key": [{**FARE, "pk": "9" * 30}],
        "a null byte": [{**FARE, "what": "a\0", "file": pdf()}],
    }  # fmt: skip


@pytest.mark.parametrize("name", wrong_claims())
def test_a_claim_that_is_wrong_moves_nothing_and_stays_in_the_form(walk, name):
    trip = travelled(walk)
    counted = Document.objects.count()
    lines = wrong_claims()[name]
    sent = claim(*lines, {**DSA, "amount": "12.34"} if lines[0]["kind"] != "subsistence" else {}, over_reason="")
    answer = by(walk, "expert").post(step_url(trip, "expenses"), sent)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert "Line 0" in page or name == "a null byte"
    assert lines[0]["kind"] == "subsistence" or "12.34" in page
    trip.refresh_from_db()
    assert (trip.stage, trip.spent, ClaimLine.objects.count()) == ("reported", None, 0)
    assert Document.objects.count() == counted
    assert books.outstanding_advance(trip.reference) == 1000


def test_more_than_the_estimate_needs_a_reason(walk):
    trip = travelled(walk)
    lines = [{**FARE, "amount": "1562.01", "file": pdf()}]
    expert = by(walk, "expert")
    assert expert.post(step_url(trip, "expenses"), claim(*lines)).status_code == 422
    lines[0]["file"] = pdf()
    sent = claim(*lines, over_reason="The flight was cancelled.")
    assert expert.post(step_url(trip, "expenses"), sent).status_code == 302
    assert "The flight was cancelled." in by(walk, "manager").get(trip.get_absolute_url()).content.decode()


def test_a_returned_claim_keeps_its_receipts(walk):
    trip = travelled(walk)
    expert = by(walk, "expert")
    expert.post(step_url(trip, "expenses"), claim({**FARE, "file": pdf()}, DSA))
    receipt = trip.claim.get(kind="fare").receipt
    walk.act("manager", "settlement", "return", trip, reason="Which class?")
    page = unescape(expert.get(step_url(trip, "expenses")).content.decode())
    assert "Handed in before: receipt.pdf" in page
    first = trip.claim.get(kind="fare")
    sent = claim({**FARE, "amount": "850.00", "pk": first.pk}, {"what": "", "day": ""}, **{"claim-INITIAL_FORMS": 2})
    assert expert.post(step_url(trip, "expenses"), sent).status_code == 302
    again = trip.claim.get()
    assert (again.amount, again.receipt) == (850, receipt)


def test_nobody_elses_receipt_serves(walk):
    first = walk.settled()
    other = travelled(walk)
    theirs = first.claim.get(kind="fare")
    sent = claim({**FARE, "pk": theirs.pk}, **{"claim-INITIAL_FORMS": 1})
    assert by(walk, "expert").post(step_url(other, "expenses"), sent).status_code == 422


def test_a_late_account_holds_back_the_next_advance(walk, clock):
    late = walk.advanced(l10n.today())
    walk.act("expert", "travel", "travelled", late)
    walk.act("expert", "trip_report", "report", late, **walk.report(late))
    following = walk.trip(l10n.today() + datetime.timedelta(days=60))
    walk.act("case_officer", "authorisation", "authorise", following)
    walk.act("manager", "advance", "propose", following, advance=Decimal("100.00"))
    clock.pass_by(days=40)
    with translation.override("en"):
        for who, step, outcome, data in (
            ("approver", "advance_release", "release", {}), ("manager", "advance", "propose", {"advance": Decimal(1)}),
        ):  # fmt: skip
            with pytest.raises(gate.Blocked, match=rf"Expert gets no new advance .*{walk.case.reference}.*Asunción"):
                walk.act(who, step, outcome, following, **data)
            if step == "advance_release":
                walk.act("approver", "advance_release", "send_back", following, reason="Late")
    walk.act("expert", "expenses", "claim", late, **walk.claim())
    walk.act("manager", "advance", "propose", following, advance=Decimal("100.00"))
    walk.act("approver", "advance_release", "release", following)


def test_who_never_says_that_they_travelled_is_late_as_well(walk, clock):
    walk.advanced(l10n.today())
    following = walk.trip(l10n.today() + datetime.timedelta(days=60))
    walk.act("case_officer", "authorisation", "authorise", following)
    clock.pass_by(days=10)
    with pytest.raises(gate.Blocked):
        walk.act("manager", "advance", "propose", following, advance=Decimal("100.00"))
    walk.act("manager", "advance", "without", following)


def test_anothers_lateness_holds_nobody_back(walk, clock):
    walk.advanced(l10n.today())
    second = walk.people["second"] = User.objects.create_user("second@ricomi.example", "Second")
    members.appoint(second, Body.objects.get(code="cl"), Role.EXPERT, by=None, since=datetime.date(2020, 1, 1))
    following = walk.trip(legs=walk.legs(l10n.today()), traveller=second)
    walk.act("case_officer", "authorisation", "authorise", following)
    clock.pass_by(days=40)
    walk.act("manager", "advance", "propose", following, advance=Decimal("100.00"))


def test_a_cancelled_trip_gives_the_advance_back(walk):
    trip = walk.advanced()
    walk.act("partner", "cancellation", "cancel", trip, reason="Ill")
    walk.act("manager", "recovery", "recover", trip)
    walk.act("approver", "recovery_approval", "confirm", trip)
    trip.refresh_from_db()
    assert trip.stage == "cancelled"
    assert (books.outstanding_advance(trip.reference), books.left(walk.case.reference)) == (0, 6000)


@pytest.mark.both_servers
def test_the_database_refuses_amounts_that_are_none(walk):
    trip = walk.trip()
    for table, column, key in (("cases_trip", "estimate", trip.pk), ("cases_leg", "fare", trip.legs.first().pk)):
        for amount in ("-1", "NaN"):
            with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [amount, key])


def test_the_trips_page_is_for_who_sees_the_case(walk):
    trip = walk.trip()
    other = flows.Walk(walk.people)
    other.exchange()
    assert by(walk, "other").get(trip.get_absolute_url()).status_code == 404
    elsewhere = trip.get_absolute_url().replace(walk.case.reference, other.case.reference)
    assert by(walk, "partner").get(elsewhere).status_code == 404
    page = unescape(by(walk, "partner").get(trip.get_absolute_url()).content.decode())
    assert "Each night away is paid at 100%" in page
    assert "The day of return is paid at 60%" in page
