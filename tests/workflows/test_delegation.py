"""Acting for another: what the gate, the worklist and the page allow, what the timeline and the letters say."""

import datetime

import pytest

from notifications.models import Letter
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Delegation, Membership, Role, State
from tests import flows
from workflows import gate, policy
from workflows.models import Entry
from workflows.templatetags.workflows import step_url
from workflows.verification import verify

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
DAY = datetime.timedelta(days=1)


def give(people, giver, taker, code, role):
    return members.delegate(
        people[giver], people[taker], Body.objects.get(code=code), role, by=people[giver], reason="On leave",
        until=l10n.today() + 10 * DAY,
    )  # fmt: skip


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def is_open(walk, client, who, step, subject=None):
    """Whether a step is open to somebody: the same by the gate's rule, the worklist and the page."""
    subject = subject or walk.case
    subject.refresh_from_db()
    rights, run = authority(walk.people[who]), policy.run_of(subject)
    node = run.flow_class.step(step)
    task = next(one for one in policy.waiting_tasks(run) if one.flow_task == node)
    by_gate = policy.may_take(rights, run, node, task)
    listed = policy.worklist(rights).filter(pk=task.pk).exists()
    client.force_login(walk.people[who])
    page = client.get(step_url(subject, step)).status_code == 200
    written = walk.people[who] in policy.candidates(run, task)
    assert by_gate == listed == page == written, (by_gate, listed, page, written)
    return by_gate


def test_the_timeline_the_page_and_the_letter_say_for_whom(walk, client):
    walk.submitted()
    give(walk.people, "case_officer", "head", "secretariat", Role.CASE_OFFICER)
    give(walk.people, "partner_focal", "partner", "cl", Role.FOCAL_POINT)
    walk.invited()
    asked = Letter.objects.filter(name="invitation_received")
    assert {walk.people["partner"], walk.people["partner_focal"]} <= {one.recipient for one in asked}
    walk.act("partner", "answer", "accept", item=walk.invitation("cl"), terms="Two experts.")
    entry = Entry.objects.latest("pk")
    assert (entry.person, entry.on_behalf) == (walk.people["partner"], walk.people["partner_focal"])
    told = Letter.objects.filter(name="invitation_answered").first()
    assert "Partner, for Partner Focal (Chile)" in told.text
    client.force_login(walk.people["focal"])
    page = client.get(walk.case.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "Partner, for Partner Focal, Chile" in page
    # The head holds what case officers hold: what they do is their own.
    walk.act("head", "comment", "add", text="Seen", audience="parties")
    assert Entry.objects.latest("pk").on_behalf is None
    assert verify().faults == []


def test_what_is_said_of_whom_is_part_of_the_hash(walk):
    walk.invited()
    give(walk.people, "partner_focal", "partner", "cl", Role.FOCAL_POINT)
    walk.act("partner", "answer", "accept", item=walk.invitation("cl"), terms="Two experts.")
    entry = Entry.objects.latest("pk")
    entry.on_behalf = None
    assert entry.digest() != entry.hash
    entry.on_behalf = walk.people["expert"]
    assert entry.digest() != entry.hash


# Who does the first hand, who would do the second, and whether they may. G holds both roles, M is a manager, A an
# approver; `gives` says what is handed over before anything is done.
HANDS = {
    "the taker did the first, and would do the second for the giver": (["A>M:approver"], "M", "M", False),
    "the taker did the first for the giver, and would do the second": (["M>A:manager"], "A", "A", False),
    "the taker did the first for the giver, who would do the second": (["G>A:manager"], "A", "G", False),
    "the giver did the first, and the taker would do the second for them": (["G>N:approver"], "G", "N", False),
    "one taker did the first for the giver, another the second": (
        ["G>A:manager", "G>N:approver"], "A", "N", False,
    ),
    "the giver did the first, and the taker does the second by their own right": (["G>A:manager"], "G", "A", True),
    "the taker did the first for one, and a third does the second": (["M>A:manager"], "A", "G", True),
    "the taker does the second for one who did nothing": (["A>N:approver"], "M", "N", True),
    "the giver does the second after the taker's own first": (["A>M:approver"], "M", "A", True),
}  # fmt: skip
NAMES = {"M": "manager", "N": "manager_2", "A": "approver", "G": "both"}
ROLES = {"manager": Role.FUND_MANAGER, "approver": Role.FUND_APPROVER}


def prepare(walk, gives):
    fund = Body.objects.get(code="fund")
    both = walk.people["both"] = flows.User.objects.create_user("both@ricomi.example", "Both")
    for role in ROLES.values():
        members.appoint(both, fund, role, by=None, since=datetime.date(2020, 1, 1))
    for one in gives:
        if ">" in one:
            giver, taker, role = one[0], one[2], one[4:]
            give(walk.people, NAMES[giver], NAMES[taker], "fund", ROLES[role])


@pytest.mark.parametrize("case", HANDS)
def test_nobody_is_both_hands_whoever_they_act_for(walk, client, case):
    gives, first, second, wanted = HANDS[case]
    walk.pay_in()
    prepare(walk, gives)
    walk.endorsed()
    walk.act(NAMES[first], "reservation", "full")
    assert is_open(walk, client, NAMES[second], "reservation_approval") == wanted
    if not wanted:
        with pytest.raises(gate.NotAllowed):
            walk.act(NAMES[second], "reservation_approval", "approve")
        return
    walk.act(NAMES[second], "reservation_approval", "approve")
    entries = Entry.objects.filter(step__in=["reservation", "reservation_approval"]).order_by("pk")
    hands = [{one.person_id, one.on_behalf_id or one.person_id} for one in entries]
    assert not hands[0] & hands[1]


def test_what_was_given_after_the_first_hand_changes_nothing(walk, client):
    walk.pay_in()
    prepare(walk, [])
    walk.endorsed()
    walk.act("both", "reservation", "full")
    give(walk.people, "both", "manager", "fund", Role.FUND_APPROVER)
    assert not is_open(walk, client, "manager", "reservation_approval")
    assert is_open(walk, client, "approver", "reservation_approval")


def test_a_traveller_may_hand_over_the_report_and_then_neither_settles(walk, client):
    walk.exchange()
    trip = walk.advanced()
    second = walk.people["second"] = flows.User.objects.create_user("second@ricomi.example", "Second")
    members.appoint(second, Body.objects.get(code="cl"), Role.EXPERT, by=None, since=datetime.date(2020, 1, 1))
    members.appoint(second, Body.objects.get(code="fund"), Role.FUND_MANAGER, by=None, since=datetime.date(2020, 1, 1))
    assert not is_open(walk, client, "second", "travel", trip)
    give(walk.people, "expert", "second", "cl", Role.EXPERT)
    assert is_open(walk, client, "second", "travel", trip)
    walk.act("second", "travel", "travelled", trip)
    # The right is their own, but the step is the traveller's.
    assert Entry.objects.latest("pk").on_behalf == walk.people["expert"]
    walk.act("expert", "trip_report", "report", trip, **walk.report(trip))
    walk.act("second", "expenses", "claim", trip, **walk.claim())
    assert is_open(walk, client, "manager", "settlement", trip)
    assert not is_open(walk, client, "second", "settlement", trip)


# The case's parties are Paraguay and Chile.
@pytest.mark.parametrize(("state", "wanted"), [("MX", True), ("CL", False)])
def test_who_acts_for_a_reviewer_is_recused_with_them(walk, client, state, wanted, monkeypatch):
    walk.endorsement()
    ceam = Body.objects.get(code="ceam")
    for name, rank in (("chair", 1), ("reviewer_br", 2)):
        seat = Membership.objects.filter(person=walk.people[name], body=ceam)
        seat.update(represents=State.objects.get(pk=state), rank=rank)
    node = policy.run_of(walk.case).flow_class.step("endorsement")
    # As in a flow that asks the chair alone: there the taker holds the right by delegation only.
    monkeypatch.setattr(node, "who", type(node.who)(Role.CHAIR, "ceam", except_parties=True))
    task = policy.waiting_tasks(policy.run_of(walk.case))[0]
    task.owner_permission = node.who.right
    task.save()
    assert not is_open(walk, client, "reviewer_br", "endorsement")
    give(walk.people, "chair", "reviewer_br", "ceam", Role.CHAIR)
    assert is_open(walk, client, "reviewer_br", "endorsement") == wanted
    if wanted:
        walk.act("reviewer_br", "endorsement", "endorse")
        assert Entry.objects.latest("pk").on_behalf == walk.people["chair"]
        assert (task.voices.get().state, task.voices.get().rank) == ("MX", 1)


def test_an_alternate_who_acts_for_the_titular_speaks_in_their_place(walk):
    walk.endorsement()
    seat = Membership.objects.filter(person=walk.people["reviewer_br"], body__code="ceam")
    seat.update(represents=State.objects.get(pk="MX"), rank=2)
    task = policy.waiting_tasks(policy.run_of(walk.case))[0]
    walk.act("reviewer_br", "endorsement", "abstain")
    give(walk.people, "chair", "reviewer_br", "ceam", Role.CHAIR)
    walk.act("reviewer_br", "endorsement", "endorse")
    said = [(one.state, one.rank, one.choice) for one in task.voices.order_by("pk")]
    assert said == [("MX", 2, "abstain"), ("MX", 1, "endorse")]
    assert Entry.objects.latest("pk").on_behalf == walk.people["chair"]


def test_what_is_over_opens_nothing(walk, client):
    walk.exchange()
    trip = walk.advanced()
    second = walk.people["second"] = flows.User.objects.create_user("second@ricomi.example", "Second")
    members.appoint(second, Body.objects.get(code="cl"), Role.EXPERT, by=None, since=datetime.date(2020, 1, 1))
    made = give(walk.people, "expert", "second", "cl", Role.EXPERT)
    assert is_open(walk, client, "second", "travel", trip)
    members.revoke_delegation(made, by=second)
    assert not is_open(walk, client, "second", "travel", trip)
    give(walk.people, "expert", "second", "cl", Role.EXPERT)
    members.end(walk.people["expert"].memberships.get(), by=None)
    assert not Delegation.objects.in_force().exists()
    assert not is_open(walk, client, "second", "travel", trip)


def test_a_case_is_opened_for_another(walk):
    donor = flows.User.objects.create_user("d@ricomi.example", "D")
    members.appoint(donor, Body.objects.get(code="py"), Role.DONOR, by=None)
    walk.people["d"] = donor
    give(walk.people, "officer", "d", "py", Role.OFFICER)
    walk.people["officer"], officer = donor, walk.people["officer"]
    walk.draft()
    assert {(one.person, one.on_behalf) for one in Entry.objects.all()} == {(donor, officer)}
