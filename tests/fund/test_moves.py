"""Money that came goes back to its donor, or into another currency: by whom, and what the books then say."""

from decimal import Decimal

import pytest

from ricomi.directory.models import Role
from ricomi.fund import books
from ricomi.fund.models import Payment, Posting
from tests import flows
from tests.flows import newcomer
from tests.workflows.ways import BRING, REFUND
from workflows import gate
from workflows.rehearsal import ACCOUNT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def test_a_refund_is_owed_once_two_agree_and_leaves_the_bank_when_it_was_paid(walk):
    refund = BRING["refund"]["approval"](walk)
    gate.act(walk.people["approver"], refund, "approval", "approve")
    row = books.position()["USD"]
    assert (row["refunds"], row["available"], row["bank"]) == (40, 60, 100)
    payment = Payment.objects.get()
    assert (payment.amount, payment.case_reference, payment.payee) == (40, "", refund.contribution.donor.name)
    manager = walk.people["manager"]
    gate.act(manager, payment, "details", "set", {"payee": payment.payee, **ACCOUNT})
    gate.act(walk.people["approver"], payment, "sending", "send")
    gate.act(manager, payment, "confirmation", "confirm", {"paid_on": refund.contribution.pledged_on,
                                                           "bank_reference": "B-9"})  # fmt: skip
    row = books.position()["USD"]
    assert (row["refunds"], row["available"], row["bank"]) == (0, 60, 60)
    assert not list(books.flaws())


def test_much_goes_back_only_by_three(walk):
    newcomer(walk, "approver_2", (Role.FUND_APPROVER, "fund"))
    refund = BRING["refund"]["first_approval"](walk)
    gate.act(walk.people["approver"], refund, "first_approval", "approve")
    with pytest.raises(gate.NotAllowed):
        gate.act(walk.people["approver"], refund, "approval", "approve")
    gate.act(walk.people["approver_2"], refund, "approval", "approve")
    posting = Posting.objects.get(kind="refund")
    hands = (posting.made_by, posting.approved_by, posting.also_approved_by)
    assert hands == tuple(walk.people[who] for who in ("manager", "approver_2", "approver"))


def test_nobody_of_the_donor_has_a_hand_in_what_comes_back_to_it(walk):
    newcomer(walk, "both", (Role.FUND_APPROVER, "fund"), (Role.DONOR, "es"))
    refund = BRING["refund"]["approval"](walk)
    with pytest.raises(gate.NotAllowed):
        gate.act(walk.people["both"], refund, "approval", "approve")


def test_what_a_case_in_line_waits_for_is_neither_refunded_nor_exchanged(walk):
    refund = BRING["refund"]["approval"](walk)
    waiting = flows.Walk(walk.people).endorsed()
    waiting.act("manager", "reservation", "full")
    waiting.act("approver", "reservation_approval", "approve")
    with pytest.raises(gate.Blocked, match="waits in line for this money"):
        gate.act(walk.people["approver"], refund, "approval", "approve")


def test_whoever_belongs_to_the_donor_pays_it_nothing_back(walk):
    newcomer(walk, "both", (Role.FUND_MANAGER, "fund"), (Role.DONOR, "es"))
    refund = BRING["refund"]["approval"](walk)
    with pytest.raises(gate.NotAllowed):
        gate.act(walk.people["both"], refund.contribution, "refunding", "propose", REFUND)
    gate.act(walk.people["approver"], refund, "approval", "approve")
    with pytest.raises(gate.NotAllowed):
        gate.act(walk.people["both"], Payment.objects.get(), "details", "set", {"payee": "x", **ACCOUNT})


def test_an_exchange_moves_the_contribution_into_the_other_currency(walk):
    exchanged = BRING["conversion"]["approval"](walk)
    assert books.available("EUR") == 0
    gate.act(walk.people["approver"], exchanged, "approval", "approve")
    assert (books.available("USD"), books.available("EUR")) == (50, 46)
    position = books.position()
    assert (position["USD"]["bank"], position["EUR"]["bank"]) == (50, 46)
    assert (position["USD"]["exchange"], position["EUR"]["exchange"]) == (50, Decimal(-46))


def test_the_contribution_shows_what_was_done_with_it(walk, client):
    BRING["refund"]["approval"](walk)
    refund = BRING["refund"]["approval"](walk)
    client.force_login(walk.people["donor"])
    page = client.get(refund.contribution.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "Refund of 40.00 USD to the donor" in page
    assert "/act/refund/" not in page
    client.force_login(walk.people["approver"])
    page = client.get(refund.contribution.get_absolute_url()).content.decode()
    assert f"/act/refund/{refund.pk}/approval/" in page
