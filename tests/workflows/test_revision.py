"""A revision of the budget: by whose word it comes into force, what holds it back, what it moves."""

from decimal import Decimal

import pytest
from django.db import transaction

from cases.budget_forms import RevisionForm
from cases.counterpart import Counterpart, kept
from cases.models import Decision
from ricomi.fund import books, ledger
from ricomi.fund.chart import Movement
from ricomi.fund.models import Posting
from tests import flows
from tests.workflows.ways import BRING
from workflows import gate, policy

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]


EXPERTS = Counterpart("offering", "kind", "Two experts", Decimal(500))


@pytest.fixture
def walk():
    walk = flows.Walk(flows.people())
    BRING["cooperation"]["revise_budget"](walk)
    walk.case.refresh_from_db()
    return walk


def where(subject):
    subject.refresh_from_db()
    return {task.flow_task.name for task in policy.waiting_tasks(policy.run_of(subject))} or {subject.stage}


def agree(walk, revision):
    walk.act("partner_focal", "agreeing", "agree", revision)
    return where(revision)


def endorse(walk, revision):
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        walk.act(who, "endorsement", "endorse", revision)


def budget(walk):
    return {line.number: line.amount for line in walk.case.lines.all()}


def test_a_tenth_may_move_by_agreement_of_both_sides_and_a_cent_more_goes_to_the_ceam(walk):
    assert agree(walk, walk.revised("600.01")) == {"endorsement"}
    walk.act("focal", "dropping", "drop", walk.case.revisions.get(), reason="Too much")
    assert agree(walk, walk.revised("600.00")) == {"in_force"}
    assert budget(walk) == {"1": 6000, "1.1": 2000, "1.2": 3400, "1.3": 600}
    assert (walk.case.stated_total, walk.case.amount_proposed) == (6000, 6000)


def test_a_party_that_gives_less_than_before_needs_the_ceam(walk):
    type(walk.case).objects.filter(pk=walk.case.pk).update(parts=kept([EXPERTS]))
    walk.case.refresh_from_db()
    assert agree(walk, walk.revised("100.00", counterparts=[])) == {"endorsement"}


def test_one_side_alone_revises_nothing(walk):
    revision = walk.revised()
    before = budget(walk)
    for who in ("focal", "officer", "partner", "case_officer", "manager"):
        with pytest.raises(gate.NotAllowed):
            walk.act(who, "agreeing", "agree", revision)
    assert budget(walk) == before
    with pytest.raises(gate.Blocked, match="already under way"):
        walk.revised("100.00")
    with pytest.raises(gate.Blocked, match="still under way"):
        walk.act("partner", "exchange", "complete")


def test_what_more_is_asked_is_endorsed_reserved_by_two_and_committed(walk):
    revision = walk.revised("600.00", more="500.00")
    assert agree(walk, revision) == {"endorsement"}
    endorse(walk, revision)
    decision = Decision.objects.latest("pk")
    assert (decision.outcome, decision.about) == ("endorse", "Revision of the budget to 6,500.00 USD")
    assert not decision.reconsidered
    assert where(revision) == {"reservation"}
    walk.act("manager", "reservation", "propose", revision)
    walk.act("approver", "reservation_approval", "approve", revision)
    assert where(revision) == {"in_force"}
    assert books.committed(walk.case.reference) == 6500
    assert (walk.case.stated_total, walk.case.amount_asked, walk.case.amount_proposed) == (6500, 6500, 6500)


def test_what_more_is_asked_and_not_there_is_not_reserved(walk):
    revision = walk.revised(more="4000.01")
    agree(walk, revision)
    endorse(walk, revision)
    with pytest.raises(gate.Blocked, match="The Fund has"):
        walk.act("manager", "reservation", "propose", revision)
    walk.act("manager", "reservation", "refuse", revision, reason="The Fund lacks it")
    assert where(revision) == {"rejected"}
    assert books.committed(walk.case.reference) == 6000


def test_what_is_needed_no_more_returns_to_the_fund(walk):
    revision = walk.revised("0.00", more="-1000.00", lines=lowered(walk))
    assert agree(walk, revision) == {"in_force"}
    assert (books.committed(walk.case.reference), books.available("USD")) == (5000, 5000)
    returned = Posting.objects.latest("pk")
    assert (returned.kind, returned.amount) == (Movement.RETURN_TO_FUND, 1000)
    assert budget(walk) == {"1": 5000, "1.1": 2000, "1.2": 3000}


def lowered(walk):
    lines = [vars(line) for line in walk.case.lines.all()]
    lines[0]["amount"], lines[2]["amount"] = Decimal("5000.00"), Decimal("3000.00")
    return lines


def test_a_line_is_not_lowered_below_what_is_spent_or_asked_for_on_it(walk):
    walk.act("officer", "ask_disbursement", "ask", purpose="Rooms", line="1.2", amount=Decimal("3600.00"))
    with pytest.raises(gate.Blocked, match=r"on line 1\.2"):
        walk.revised("400.01")
    assert agree(walk, walk.revised("400.00")) == {"in_force"}


def ask_on_the_last_line(walk):
    walk.act("officer", "ask_disbursement", "ask", purpose="Rooms", line="1.2", amount=Decimal("3600.00"))


def test_nobody_agrees_to_what_has_no_room_for_what_was_asked_for_since(walk):
    revision = walk.revised("600.00")
    ask_on_the_last_line(walk)
    with pytest.raises(gate.Blocked, match="Plan at least"):
        agree(walk, revision)


def test_what_was_asked_for_while_the_ceam_decided_sends_a_revision_back(walk):
    revision = walk.revised("600.01")
    agree(walk, revision)
    ask_on_the_last_line(walk)
    before = budget(walk)
    endorse(walk, revision)
    assert where(revision) == {"correction"}
    assert budget(walk) == before


def test_nothing_is_reserved_for_a_revision_that_has_no_room(walk):
    revision = walk.revised("600.00", more="500.00")
    agree(walk, revision)
    endorse(walk, revision)
    walk.act("manager", "reservation", "propose", revision)
    ask_on_the_last_line(walk)
    with pytest.raises(gate.Blocked, match="Plan at least"):
        walk.act("approver", "reservation_approval", "approve", revision)
    assert books.committed(walk.case.reference) == 6000


def test_the_money_of_trips_that_are_planned_stays_with_the_case(walk):
    trip = walk.trip()
    with pytest.raises(gate.Blocked, match="Leave at least"):
        walk.revised("0.00", amount=Decimal(0))
    least = trip.estimate
    assert agree(walk, walk.revised("0.00", amount=least)) == {"in_force"}
    assert books.committed(walk.case.reference) == least


def test_small_revisions_are_measured_together(walk):
    assert agree(walk, walk.revised("300.00")) == {"in_force"}
    assert agree(walk, walk.revised("0.00", lines=moved_on(walk, "300.00"))) == {"in_force"}
    assert agree(walk, walk.revised("0.00", lines=moved_on(walk, "0.01"))) == {"endorsement"}


def moved_on(walk, amount):
    """The lines as they stand, with so much more on the last one and so much less on the one before it."""
    lines = [vars(line) for line in walk.case.lines.all()]
    lines[-1]["amount"] += Decimal(amount)
    lines[-2]["amount"] -= Decimal(amount)
    return lines


def test_a_line_that_is_to_pay_for_something_else_is_a_new_line(walk):
    lines = [vars(line) for line in walk.case.lines.all()]
    lines[2]["concept"] = "A vehicle"
    revision = walk.revised("0.00", lines=lines)
    assert [(one.was, one.concept) for one in revision.changes()] == [("Workshop", "A vehicle")]
    assert agree(walk, revision) == {"endorsement"}


def test_sections_without_items_are_lines(walk):
    lines = [vars(line) for line in walk.case.lines.all()][:2]
    for number, line in enumerate(lines, 1):
        line |= {"number": str(number), "unit_cost": None, "units": [], "amount": Decimal("3000.00")}
    assert agree(walk, walk.revised("0.00", lines=lines, total=Decimal("6000.00"))) == {"endorsement"}


def test_what_is_no_amount_of_the_currency_is_refused_before_anybody_agrees(walk):
    with pytest.raises(gate.Blocked, match="at most 2 decimals"):
        walk.revised("0.00", amount=Decimal("5999.999"))


def test_no_more_returns_than_is_left(walk):
    with transaction.atomic():
        ledger.return_part(walk.case.reference, Decimal("5500.00"), "USD", by=None)
    with pytest.raises(gate.Blocked, match="Leave at least"):
        walk.revised("0.00", more="-1000.00", lines=lowered(walk))


def test_a_case_without_money_of_the_fund_asks_for_none_by_a_revision(walk):
    walk = flows.Walk(walk.people, None).exchange()
    with pytest.raises(gate.Blocked, match="pays nothing of this case"):
        walk.revised("0.00", amount=Decimal("1.00"))


TYPED = {
    "reason_given": "Rooms cost less", "amount": "6000", "total": "6000", "outcome": "propose",
    "lines-TOTAL_FORMS": "3", "lines-INITIAL_FORMS": "0", "counterparts-TOTAL_FORMS": "2",
    "counterparts-INITIAL_FORMS": "0", "counterparts-0-side": "offering", "counterparts-0-how": "kind",
    "lines-0-number": "1", "lines-0-concept": "All", "lines-0-amount": "6000",
    "lines-1-number": "1.1", "lines-1-concept": "Fares", "lines-1-amount": "2000",
    "lines-2-number": "1.2", "lines-2-concept": "Workshop", "lines-2-amount": "4000",
}  # fmt: skip
FAULTS = {
    "sums that are off": ({"lines-2-amount": "3999"}, "__all__", "its items sum to"),
    "no reason": ({"reason_given": ""}, "reason_given", "required"),
    "a total that is off": ({"total": "7000"}, "__all__", "No sum gives the stated total"),
    "more from the Fund than the total": ({"amount": "6000.01"}, "__all__", "More is asked from the Fund"),
    "nothing said of the Fund": ({"amount": ""}, "amount", "0 for nothing"),
    "sources that do not make up the total": (
        {"counterparts-0-what": "Rooms", "counterparts-0-amount": "100"},
        "__all__",
        "financing plan",
    ),
    "a part without its worth": ({"counterparts-0-what": "Rooms"}, "__all__", "has errors"),
    "not a number": ({"amount": "NaN"}, "amount", "number"),
    "less than nothing": ({"amount": "-1"}, "amount", "greater than or equal"),
}


def send(walk, client, typed):
    client.force_login(walk.people["focal"])
    return client.post(f"/act/case/{walk.case.pk}/revise_budget/", typed, headers={"accept-language": "en"})


def test_a_revision_is_proposed_on_the_page(walk, client):
    assert send(walk, client, TYPED).status_code == 302
    assert walk.case.revisions.get().reason == "Rooms cost less"


@pytest.mark.parametrize("name", FAULTS)
def test_a_revision_that_does_not_add_up_is_refused_and_what_was_typed_stays(name, walk, client):
    changed, field, words = FAULTS[name]
    answer = send(walk, client, TYPED | changed)
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert "Workshop" in answer.content.decode()
    assert not walk.case.revisions.exists()


def test_the_form_shows_the_budget_as_it_stands(walk):
    type(walk.case).objects.filter(pk=walk.case.pk).update(parts=kept([EXPERTS]))
    walk.case.refresh_from_db()
    form = RevisionForm(subject=walk.case)
    assert [row.initial["number"] for row in form.lines if row.initial] == ["1", "1.1", "1.2"]
    assert [row.initial["what"] for row in form.counterparts if row.initial] == ["Two experts"]
    assert form.initial["total"] == 6000
