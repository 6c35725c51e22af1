"""The case's way, as the policy states it."""

import datetime
from decimal import Decimal

import pytest

from ricomi import l10n
from ricomi.catalogue.models import Entry as CatalogueEntry
from ricomi.fund import books
from tests import flows
from workflows import gate, waiting
from workflows.cooperation import CooperationFlow
from workflows.models import Entry, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def test_a_case_with_money_reaches_closure_and_its_result_is_published(walk):
    walk.closed()
    assert walk.case.stage == "closed"
    assert books.of_case(walk.case.reference).reserved == 0
    assert books.of_case(walk.case.reference).spent == 950
    assert CatalogueEntry.objects.get(origin=walk.case.reference).text == "Two offices register."


def test_a_case_without_money_never_meets_the_fund():
    walk = flows.Walk(flows.people(), amount=None).closed()
    assert walk.case.stage == "closed"
    assert not walk.case.parties.filter(part="fund").exists()


def test_returned_for_information_and_answered(walk):
    walk.admissibility()
    walk.act("case_officer", "screening", "ask", reason="Which offices?")
    assert walk.case.stage == "returned"
    walk.act("officer", "information", "answer", **flows.request_data(need="Advice for two offices."))
    assert walk.case.stage == "admissibility"


def test_inadmissible(walk):
    walk.admissibility()
    walk.act("case_officer", "screening", "inadmissible", reason="Not about migration.")
    assert walk.case.stage == "inadmissible"


def test_no_partner_found(walk):
    walk.invited()
    walk.act("partner_focal", "answer", "decline", item=walk.invitation("cl"), reason="No")
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    assert walk.case.stage == "matching"
    walk.act("case_officer", "matching", "no_partner", reason="Nobody can.")
    assert walk.case.stage == "no_partner"


def test_an_open_call_asks_every_state_but_the_one_that_requests(walk):
    walk.matching()
    walk.act("case_officer", "matching", "open_call")
    codes = set(walk.case.invitations.values_list("body__code", flat=True))
    assert not {"py", "cu", "ni"} & codes
    assert len(codes) == 31


def test_deferred_and_taken_up_again(walk):
    walk.endorsement().vote("defer", reason="Later")
    assert walk.case.stage == "deferred"
    day = l10n.today() + datetime.timedelta(days=20)
    walk.act("chair", "taking_up", "table", meeting_on=day)
    assert (walk.case.stage, walk.case.meeting_on) == ("endorsement", day)


def test_a_reviewer_changes_their_mind_until_the_decision(walk):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "reject", reason="No")
    walk.act("reviewer_br", "endorsement", "endorse")
    assert walk.case.stage == "endorsement"
    walk.act("reviewer_ca", "endorsement", "endorse")
    walk.act("chair", "endorsement", "endorse")
    assert walk.case.stage == "funding"
    task = Task.objects.get(process__subject_key=walk.case.subject_key, flow_task=CooperationFlow.endorsement)
    assert [voice.choice for voice in task.voices.filter(state="BR")] == ["reject", "endorse"], "every word is kept"


def test_a_party_to_the_case_cannot_endorse_it(walk):
    walk.endorsement()
    with pytest.raises(gate.NotAllowed):
        walk.act("reviewer_py", "endorsement", "endorse")


def test_partial_funding_declined_waits_and_is_resumed(walk):
    walk.pay_in("3000.00").endorsed()
    walk.act("manager", "reservation", "part", amount=Decimal("2000.00"))
    walk.act("approver", "reservation_approval", "approve")
    walk.act("focal", "agreement", "decline", reason="Too little")
    assert books.available("USD") == 3000
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    assert walk.case.stage == "waiting"
    walk.pay_in("5000.00")
    waiting.serve("USD")
    walk.case.refresh_from_db()
    assert (walk.case.stage, books.left(walk.case.reference)) == ("funding", 6000)
    walk.act("focal", "agreement", "accept")
    assert (walk.case.stage, books.committed(walk.case.reference)) == ("exchange", 6000)


def test_funding_refused(walk):
    walk.endorsed()
    walk.act("manager", "reservation", "refuse", reason="Outside the Fund's purpose")
    walk.act("approver", "refusal", "confirm", reason="Agreed")
    assert walk.case.stage == "refused"


@pytest.mark.parametrize("stage", ["draft", "submitted", "matching", "invited", "agreement", "endorsement", "exchange"])
def test_the_requesting_state_withdraws_from_any_open_step(walk, stage):
    getattr(walk, stage)()
    walk.act("focal", "withdrawal", "withdraw", reason="Priorities changed")
    assert walk.case.stage == "withdrawn"
    assert books.left(walk.case.reference) == 0


def test_cancelled_with_an_advance_recovered(walk):
    walk.exchange()
    trip = walk.advanced()
    walk.act("chair", "cancellation", "cancel", reason="Force majeure")
    trip.refresh_from_db()
    assert (walk.case.stage, trip.stage) == ("winding_up", "recovering")
    with pytest.raises(gate.Blocked):
        walk.act("manager", "winding_up", "finish")
    walk.act("manager", "recovery", "recover", trip)
    walk.act("approver", "recovery_approval", "confirm", trip)
    with pytest.raises(gate.Blocked):
        walk.act("manager", "winding_up", "finish")
    walk.paid()
    walk.act("manager", "winding_up", "finish")
    assert walk.case.stage == "cancelled"
    assert books.available("USD") == 10000


def test_suspended_and_resumed_where_it_was(walk):
    walk.exchange()
    trip = walk.trip()
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    assert walk.case.stage == "suspended"
    with pytest.raises(gate.Refused):
        walk.act("partner", "exchange", "complete")
    with pytest.raises(gate.Blocked):
        walk.act("case_officer", "authorisation", "authorise", trip)
    walk.act("case_officer", "resumption", "resume")
    assert walk.case.stage == "exchange"
    walk.act("case_officer", "authorisation", "authorise", trip)


def test_a_disbursement_is_released_by_two_people(walk):
    walk.exchange()
    walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=Decimal("4000.00"))
    way = walk.case.disbursements.get()
    walk.act("manager", "proposal", "propose", way)
    with pytest.raises(gate.NotAllowed):
        walk.act("manager", "release", "release", way)
    walk.act("approver", "release", "release", way)
    way.refresh_from_db()
    assert way.stage == "out"
    assert books.of_case(walk.case.reference).spent == 4000


def test_the_timeline_is_one_unbroken_chain(walk):
    walk.closed()
    entries = list(Entry.objects.filter(chain=walk.case.subject_key).order_by("number"))
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    previous = ""
    for entry in entries:
        assert entry.previous_hash == previous
        assert entry.hash == entry.digest()
        previous = entry.hash
