"""Who may have a hand in money, who waits for it, and how the Fund serves them: in the order of the line."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import translation

from notifications.models import Letter
from ricomi.directory.authority import authority
from ricomi.directory.models import Role
from ricomi.fund import books, ledger
from ricomi.fund.chart import Movement
from ricomi.fund.ledger import Hands
from ricomi.fund.models import Payment, Posting
from tests import flows
from tests.flows import newcomer
from tests.workflows.ways import ACCOUNT_OF, BRING, overdue, two_approve_much
from workflows import gate, policy, waiting
from workflows.models import Entry
from workflows.rehearsal import ACCOUNT

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def bring(walk, flow, step):
    if step == "reservation":
        walk.pay_in()
    subject = BRING[flow][step](walk)
    subject.refresh_from_db()
    return subject


def test_the_second_of_two_who_approve_is_not_the_first(walk):
    newcomer(walk, "approver_2", (Role.FUND_APPROVER, "fund"))
    way = bring(walk, "disbursement", "first_release")
    walk.act("approver", "first_release", "approve", way)
    with pytest.raises(gate.NotAllowed):
        walk.act("approver", "release", "release", way)
    walk.act("approver_2", "release", "release", way)
    released = Posting.objects.get(kind=Movement.DISBURSEMENT)
    hands = (released.made_by, released.approved_by, released.also_approved_by)
    assert hands == tuple(walk.people[who] for who in ("manager", "approver_2", "approver"))


OF_NO_PARTY = [
    ("cooperation", "reservation", "full"), ("cooperation", "reservation_approval", "approve"),
    ("disbursement", "proposal", "propose"), ("disbursement", "first_release", "approve"),
    ("disbursement", "release", "release"),
]  # fmt: skip


@pytest.mark.parametrize("code", ["py", "cl"])
@pytest.mark.parametrize(("flow", "step", "outcome"), OF_NO_PARTY, ids=["-".join(row[:2]) for row in OF_NO_PARTY])
def test_whoever_belongs_to_a_party_has_no_hand_in_what_the_fund_gives_it(flow, step, outcome, code, walk):
    """Whatever they are there: an expert of the state that asks gives it no money, nor one of that which helps."""
    person = newcomer(walk, "both", (Role.FUND_MANAGER, "fund"), (Role.FUND_APPROVER, "fund"), (Role.EXPERT, code))
    subject = bring(walk, flow, step)
    with pytest.raises(gate.NotAllowed):
        walk.act("both", step, outcome, subject)
    task = next(one for one in policy.waiting_tasks(policy.run_of(subject)) if one.flow_task.name == step)
    assert not policy.worklist(authority(person)).filter(pk=task.pk).exists()
    assert not Letter.objects.filter(key=f"task:{task.pk}", recipient=person).exists()


def approved(walk, amount=None):
    """A case of which the reservation is approved, be the money there or not."""
    walk.endorsed()
    if amount:
        walk.act("manager", "reservation", "part", amount=Decimal(amount))
    else:
        walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    return walk


def test_what_the_fund_lacks_is_waited_for_in_line_and_the_state_is_told(walk):
    walk.pay_in("5999.99")
    before = list(Letter.objects.values_list("pk", flat=True))
    approved(walk)
    assert walk.case.stage == "waiting"
    assert walk.case.waiting_since is not None
    assert books.left(walk.case.reference) == 0
    assert books.available("USD") == Decimal("5999.99")
    told = Letter.objects.exclude(pk__in=before).filter(name="funds_awaited").values_list("recipient__email", flat=True)
    assert set(told) == {"officer@ricomi.example", "focal@ricomi.example"}
    assert Entry.objects.latest("pk").facts["waits"] == "6000.00 USD"


def test_the_network_alone_serves_who_waits(walk):
    approved(walk)
    walk.pay_in("6000.00")
    for person in walk.people.values():
        with pytest.raises(gate.NotAllowed):
            gate.act(person, walk.case, "contributions", "serve")
    assert waiting.serve("USD") == 1
    walk.case.refresh_from_db()
    assert (walk.case.stage, walk.case.waiting_since) == ("funding", None)
    # Still in the names of those who proposed and approved it.
    reserved = Posting.objects.get(kind=Movement.RESERVATION)
    assert (reserved.made_by, reserved.approved_by) == (walk.people["manager"], walk.people["approver"])
    served = Entry.objects.get(outcome="serve")
    assert (served.person, served.channel) == (None, "clock")
    assert Letter.objects.filter(name="funds_reserved", recipient=walk.people["focal"]).count() == 1


def test_whoever_began_to_wait_first_is_served_first_and_what_fits_them_is_left_to_them(walk):
    first, second = approved(walk), approved(flows.Walk(walk.people))
    walk.pay_in("5000.00")
    assert waiting.serve("USD") == 0
    # A third asks for little: it is there, and kept for the two who wait.
    third = flows.Walk(walk.people, "1000.00").endorsed()
    third.act("manager", "reservation", "full")
    third.act("approver", "reservation_approval", "approve")
    assert third.case.stage == "waiting"
    assert waiting.serve("USD") == 0
    walk.pay_in("1000.00")
    assert waiting.serve("USD") == 1
    stages = []
    for one in (first, second, third):
        one.case.refresh_from_db()
        stages.append(one.case.stage)
    assert stages == ["funding", "waiting", "waiting"]
    walk.pay_in("7000.00")
    assert waiting.serve("USD") == 2


def test_nobody_proposes_a_part_of_what_those_before_them_wait_for(walk):
    approved(walk)
    walk.pay_in("5000.00")
    other = flows.Walk(walk.people).endorsed()
    with translation.override("en"), pytest.raises(gate.Blocked, match="The Fund has"):
        other.act("manager", "reservation", "part", amount=Decimal("1.00"))


def test_money_in_another_currency_serves_nobody(walk):
    approved(walk)
    flows.pay_in(walk.people, "6000.00", currency="EUR")
    assert waiting.serve("EUR") == 0
    walk.case.refresh_from_db()
    assert walk.case.stage == "waiting"


@pytest.mark.parametrize("outcome", ["resume", "refuse"])
def test_whoever_takes_a_case_up_takes_it_out_of_the_line(walk, outcome):
    approved(walk)
    walk.act("manager", "contributions", outcome, reason="Asked anew")
    assert walk.case.waiting_since is None
    assert waiting.line() == []
    walk.pay_in()
    assert waiting.serve("USD") == 0


def test_a_case_that_ends_leaves_the_line(walk):
    approved(walk)
    walk.act("focal", "withdrawal", "withdraw", reason="Priorities changed")
    assert walk.case.waiting_since is None


def two(walk):
    return Hands(walk.people["manager_2"], walk.people["approver"])


def test_accounts_are_not_closed_while_the_bank_has_something_to_pay(walk):
    case = bring(walk, "cooperation", "settlement")
    with transaction.atomic():
        ledger.disburse(case.reference, Decimal("10.00"), "USD", hands=two(walk))
    with translation.override("en"), pytest.raises(gate.Blocked, match="has not confirmed yet that it paid"):
        walk.act("manager", "settlement", "settle")


def test_a_case_that_was_stopped_is_wound_up_once_the_bank_paid(walk):
    bring(walk, "cooperation", "winding_up")
    trip = walk.case.trips.get()
    walk.act("manager", "recovery", "recover", trip)
    walk.act("approver", "recovery_approval", "confirm", trip)
    with translation.override("en"), pytest.raises(gate.Blocked, match="has not confirmed yet that it paid"):
        walk.act("manager", "winding_up", "finish")
    walk.paid()
    walk.act("manager", "winding_up", "finish")
    assert walk.case.stage == "cancelled"


RELEASES = [
    ("trip", "advance_release", "release", "1000.00"), ("disbursement", "release", "release", "500.00"),
]  # fmt: skip


@pytest.mark.parametrize(("flow", "step", "outcome", "amount"), RELEASES, ids=[row[1] for row in RELEASES])
def test_what_is_released_is_ordered_from_the_bank(flow, step, outcome, amount, walk):
    subject = bring(walk, flow, step)
    walk.act("approver", step, outcome, subject)
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency, payment.stage) == (Decimal(amount), "USD", "released")
    assert payment.case_reference == walk.case.reference
    assert books.to_be_paid(walk.case.reference) == Decimal(amount)
    walk.paid()
    payment.refresh_from_db()
    assert payment.stage == "paid"
    assert books.to_be_paid(walk.case.reference) == 0


def test_what_a_trip_cost_beyond_its_advance_is_ordered_from_the_bank(walk):
    walk.exchange()
    trip = walk.advanced()
    walk.act("expert", "travel", "travelled", trip)
    walk.act("expert", "trip_report", "report", trip, **walk.report(trip))
    walk.act("expert", "expenses", "claim", trip, **walk.claim("1250.00"))
    walk.act("manager", "settlement", "propose", trip)
    walk.act("approver", "settlement_approval", "approve", trip)
    trip.refresh_from_db()
    assert trip.stage == "settled"
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [250, 1000]


def test_what_the_bank_refused_is_ordered_anew(walk):
    payment = bring(walk, "payment", "confirmation")
    walk.act("manager", "confirmation", "failed", payment, reason="No such account")
    payment.refresh_from_db()
    assert (payment.stage, books.to_be_paid(walk.case.reference)) == ("released", 500)
    walk.paid()
    assert books.to_be_paid(walk.case.reference) == 0


def test_what_the_state_did_not_spend_of_a_tranche_comes_back_and_may_be_used_again(walk):
    way = bring(walk, "disbursement", "release")
    walk.act("approver", "release", "release", way)
    account = {"spent": Decimal("420.00"), "account": "Rooms"}
    with translation.override("en"), pytest.raises(gate.Blocked, match="once the Fund has confirmed"):
        walk.act("officer", "accounting", "account", way, **account)
    walk.paid()
    left = books.committed(walk.case.reference)
    walk.accounted(way, account["spent"])
    assert (way.stage, books.of_case(walk.case.reference).spent) == ("released", 420)
    assert books.committed(walk.case.reference) == left + 80
    came = Posting.objects.get(kind=Movement.RECOVERY)
    assert (came.released_id, came.amount, came.bank_reference) == (way.posting, 80, f"R-{way.subject_key}")


def test_where_a_state_never_accounts_the_fund_does_and_gives_up_what_is_lost_by_two(walk):
    way = bring(walk, "disbursement", "accounting")
    walk.act("focal", "withdrawal", "withdraw", reason="Elections")
    in_its_stead = ("manager", "in_its_stead", "account", way)
    with translation.override("en"), pytest.raises(gate.Blocked, match="has until"):
        walk.act(*in_its_stead, **ACCOUNT_OF, reason="No answer")
    overdue(way)
    walk.act(*in_its_stead, **ACCOUNT_OF, reason="No answer in a year")
    walk.act("approver", "approval_in_its_stead", "approve", way)
    walk.act("manager", "returning", "give_up", way, reason="The account is closed")
    walk.act("approver", "giving_up", "approve", way)
    way.refresh_from_db()
    assert (way.stage, way.unspent) == ("released", 100)
    assert books.of_case(walk.case.reference).spent == 500
    walk.act("manager", "winding_up", "finish")
    assert (walk.case.stage, books.available("USD")) == ("withdrawn", 9500)


def test_the_fund_does_not_account_over_an_account_of_the_state(walk):
    way = bring(walk, "disbursement", "checking")
    overdue(way)
    with translation.override("en"), pytest.raises(gate.Blocked, match="Accept it or return it"):
        walk.act("manager", "in_its_stead", "account", way, **ACCOUNT_OF, reason="No answer")


def test_a_case_that_is_withdrawn_waits_until_a_paid_tranche_is_accounted_for(walk):
    way = bring(walk, "disbursement", "accounting")
    walk.act("focal", "withdrawal", "withdraw", reason="Elections")
    assert walk.case.stage == "winding_up"
    with pytest.raises(gate.Blocked):
        walk.act("manager", "winding_up", "finish")
    walk.accounted(way, Decimal(0))
    walk.act("manager", "winding_up", "finish")
    assert (walk.case.stage, books.available("USD")) == ("withdrawn", 10000)


@pytest.mark.parametrize("step", ["first_advance_release", "first_settlement_approval"])
def test_much_for_a_trip_is_approved_by_two(step, walk):
    """The Fund has set that two approve whatever leaves it (`ways.two_approve_much`)."""
    newcomer(walk, "approver_2", (Role.FUND_APPROVER, "fund"))
    trip, following = bring(walk, "trip", step), step.removeprefix("first_")
    walk.act("approver", step, "approve", trip)
    outcome = {"advance_release": "release", "settlement_approval": "approve"}[following]
    with pytest.raises(gate.NotAllowed):
        walk.act("approver", following, outcome, trip)
    walk.act("approver_2", following, outcome, trip)
    moved = Posting.objects.latest("pk")
    hands = (moved.made_by, moved.approved_by, moved.also_approved_by)
    assert hands == tuple(walk.people[who] for who in ("manager", "approver_2", "approver"))


def test_a_limit_that_was_lowered_meanwhile_is_said_and_a_stale_first_approval_does_not_count(walk):
    newcomer(walk, "approver_2", (Role.FUND_APPROVER, "fund"))
    way = bring(walk, "disbursement", "release")
    two_approve_much()
    with translation.override("en"), pytest.raises(gate.Blocked, match="now wants two people"):
        walk.act("approver", "release", "release", way)
    walk.act("approver", "release", "send_back", way, reason="Two must approve")
    walk.act("manager", "proposal", "propose", way)
    walk.act("approver", "first_release", "approve", way)
    walk.act("approver_2", "release", "release", way)


def test_whoever_belongs_to_a_party_pays_nothing_of_its_case(walk):
    newcomer(walk, "both", (Role.FUND_MANAGER, "fund"), (Role.EXPERT, "cl"))
    payment = bring(walk, "payment", "details")
    with pytest.raises(gate.NotAllowed):
        walk.act("both", "details", "set", payment, payee="x", **ACCOUNT)
