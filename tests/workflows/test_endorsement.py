"""The vote of the CEAM, through the gate: one voice a delegation, the rule that a case keeps, conditions, decisions."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from cases.looking import look
from cases.models import Decision
from notifications.models import Letter
from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Membership, Role, State, User, VotingRule
from tests import flows
from tests.workflows.ways import conditions, endorse_on_condition
from workflows import gate, policy
from workflows.models import Entry, Task

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def ceam():
    return Body.objects.get(code="ceam")


def rule(**how):
    return VotingRule.objects.create(body=ceam(), **how)


def seat(state, rank=1, name="somebody"):
    person = User.objects.create_user(f"{name}_{state.lower()}@ricomi.example", name)
    members.appoint(person, ceam(), Role.REVIEWER, by=None, represents=State.objects.get(pk=state))
    Membership.objects.filter(person=person).update(rank=rank)
    return person


def ballot(case):
    return Task.objects.get(process__subject_key=case.subject_key, status="NEW", flow_task_type="HUMAN")


def let_the_deadline_pass(case):
    task = ballot(case)
    past = task.due - datetime.timedelta(days=60)
    Task.objects.filter(pk=task.pk).update(
        created=task.created - datetime.timedelta(days=60), due=past, scheduled=past
    )  # fmt: skip
    assert gate.ring(task.pk)
    case.refresh_from_db()


def test_silence_until_the_deadline_is_consent(walk):
    walk.endorsement()
    let_the_deadline_pass(walk.case)
    made = walk.case.decisions.get()
    assert (walk.case.stage, made.outcome, made.closing) == ("funding", "endorse", "deadline")
    assert made.record["silent"] == ["BR", "CA", "MX"]
    assert made.record["recused"] == {"PY": "party"}
    entry = Entry.objects.filter(step="endorsement").latest("pk")
    assert (entry.person, entry.channel, entry.outcome) == (None, "clock", "endorse")


def test_one_objection_before_the_deadline_takes_the_case_to_a_meeting(walk):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "reject", reason="Twice the same")
    assert walk.case.stage == "endorsement"
    let_the_deadline_pass(walk.case)
    assert walk.case.stage == "deferred"


def test_silence_is_no_consent_under_a_majority(walk):
    rule(method="majority", quorum_numerator=1, quorum_denominator=2)
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    let_the_deadline_pass(walk.case)
    made = walk.case.decisions.get()
    assert (made.outcome, made.needed, made.present) == ("defer", 2, 1)


def test_a_running_case_keeps_its_rule_when_the_body_changes_it(walk):
    rule(method="majority", quorum_numerator=0)
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    rule(method="unanimity", quorum_numerator=1, quorum_denominator=1)
    walk.act("reviewer_ca", "endorsement", "reject", reason="No")
    walk.act("chair", "endorsement", "endorse")
    assert walk.case.stage == "funding", "the majority under which it was opened"
    assert walk.case.decisions.get().rule.method == "majority"
    later = flows.Walk(walk.people).endorsement()
    later.act("reviewer_br", "endorsement", "endorse")
    later.act("reviewer_ca", "endorsement", "reject", reason="No")
    later.act("chair", "endorsement", "endorse")
    assert later.case.decisions.get().outcome == "defer", (
        "the quorum of all, which the recused state keeps from being met"
    )


def test_a_rule_is_never_changed_but_followed_by_another():
    kept = rule(method="majority")
    with pytest.raises(DatabaseError), transaction.atomic():
        VotingRule.objects.filter(pk=kept.pk).update(method="unanimity")


def test_a_delegation_has_one_voice_and_its_titulars_word_stands(walk):
    walk.endorsement()
    alternate = seat("BR", rank=2)
    gate.act(alternate, walk.case, "endorsement", "reject", {"reason": "No"})
    assert policy.worklist(authority(walk.people["reviewer_br"])).exists(), "the titular may still speak"
    walk.act("reviewer_br", "endorsement", "endorse")
    assert not policy.worklist(authority(alternate)).exists()
    gate.act(alternate, walk.case, "endorsement", "reject", {"reason": "No!"})
    walk.act("reviewer_ca", "endorsement", "endorse")
    walk.act("chair", "endorsement", "endorse")
    made = walk.case.decisions.get()
    assert (made.outcome, made.present) == ("endorse", 3)
    assert [word["choice"] for word in made.record["words"]] == ["endorse"] * 3


def test_who_declares_a_conflict_has_no_voice_any_more(walk):
    walk.endorsement()
    walk.act("reviewer_ca", "endorsement", "recuse", reason="We trained them")
    assert not policy.worklist(authority(walk.people["reviewer_ca"])).exists()
    with pytest.raises(gate.NotAllowed):
        walk.act("reviewer_ca", "endorsement", "endorse")
    walk.act("reviewer_br", "endorsement", "endorse")
    walk.act("chair", "endorsement", "endorse")
    made = walk.case.decisions.get()
    assert made.record["recused"] == {"CA": "declared", "PY": "party"}
    assert made.present == 2


def test_the_chair_breaks_a_tie_where_the_rule_says_so(walk):
    rule(method="majority", casting_vote=True)
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "abstain")
    walk.act("reviewer_ca", "endorsement", "reject", reason="No")
    walk.act("chair", "endorsement", "endorse")
    assert walk.case.decisions.get().outcome == "endorse"


def test_the_chair_closes_a_vote_and_only_they_do(walk):
    walk.endorsement()
    for who in ("reviewer_br", "reviewer_ca"):
        walk.act(who, "endorsement", "endorse")
        with pytest.raises(gate.NotAllowed):
            walk.act(who, "closing", "close")
    walk.act("chair", "closing", "close")
    made = walk.case.decisions.get()
    assert (made.outcome, made.closing, made.record["silent"]) == ("endorse", "chair", ["MX"])


def test_nobody_else_reads_of_a_voice_before_the_decision_and_of_a_secret_one_nobody(walk):
    rule(method="majority", open_voting=False)
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "reject", reason="Between us")
    entry = Entry.objects.filter(step="endorsement").latest("pk")
    assert (entry.outcome, entry.reason) == ("spoke", "")
    for who, reads in {"officer": False, "partner": False, "manager": False, "chair": True, "case_officer": True,
                       "auditor": True}.items():  # fmt: skip
        assert entry.is_readable_by(authority(walk.people[who])) == reads, who
    walk.act("reviewer_ca", "endorsement", "reject", reason="Nor we")
    walk.act("chair", "endorsement", "endorse")
    record = walk.case.decisions.get().record
    assert record["words"] == []
    assert record["count"] == {"reject": 2, "endorse": 1}


def test_an_open_vote_shows_each_signed_word_on_the_page_and_a_secret_one_none(walk, client):
    rule(method="majority", open_voting=False)
    secret = flows.Walk(walk.people).endorsement()
    rule(method="majority")
    walk.endorsement()
    client.force_login(walk.people["chair"])
    for case, shown in ((secret.case, False), (walk.case, True)):
        gate.act(walk.people["reviewer_br"], case, "endorsement", "reject", {"reason": "Too dear by half"})
        page = client.get(f"/act/case/{case.pk}/endorsement/").content.decode()
        assert ("Too dear by half" in page) == shown


def test_what_changed_since_a_reviewer_last_looked(walk):
    walk.endorsement()
    who = walk.people["chair"].pk
    assert look(walk.case, who) == ([], None)
    walk.vote("return", reason="Why so much?")
    walk.act("focal", "plan", "propose", **walk.request | {"need": "Less"}, plan="One visit")
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    for _time in range(2):
        changes, when = look(walk.case, who)
        assert [(one.then, one.now) for one in changes] == [
            (walk.request["need"], "Less"),
            (walk.texts["plan"], "One visit"),
        ]
        assert when is not None


@pytest.mark.parametrize(
    ("blocks", "who", "step", "outcome"),
    [
        ("reservation", "approver", "reservation_approval", "approve"),
        ("closure", "case_officer", "review", "accept"),
    ],
)
def test_a_condition_holds_back_what_it_names_until_it_is_met(blocks, who, step, outcome, walk):
    walk.pay_in().endorsement()
    condition = endorse_on_condition(walk, blocks=blocks)
    walk.act("manager", "reservation", "full")
    if step == "review":
        walk.act("approver", "reservation_approval", "approve")
        walk.act("focal", "agreement", "accept")
        walk.act("partner", "exchange", "complete")
        walk.act("officer", "report", "send", report="Done", results="Good", lessons="")
        walk.act("partner_focal", "confirmation", "confirm")
    with pytest.raises(gate.Blocked, match="A report each month"):
        walk.act(who, step, outcome)
    walk.act("focal", "meeting", "report", condition, account="Sent")
    with pytest.raises(gate.Blocked):
        walk.act(who, step, outcome)
    walk.act("case_officer", "acceptance", "accept", condition)
    walk.act(who, step, outcome)


@pytest.mark.parametrize("blocks", ["advance", "disbursement"])
def test_a_condition_holds_back_the_release_of_money(blocks, walk):
    walk.pay_in().endorsement()
    condition = endorse_on_condition(walk, blocks=blocks, owner="offering")
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    walk.act("focal", "agreement", "accept")
    if blocks == "advance":
        way, step = walk.trip(), "advance_release"
        walk.act("case_officer", "authorisation", "authorise", way)
        walk.act("manager", "advance", "propose", way, advance=Decimal(100))
    else:
        walk.act("officer", "ask_disbursement", "ask", purpose="Rooms", amount=Decimal(100))
        way, step = walk.case.disbursements.get(), "release"
        walk.act("manager", "proposal", "propose", way)
    with pytest.raises(gate.Blocked, match="A report each month"):
        walk.act("approver", step, "release", way)
    with pytest.raises(gate.NotAllowed):
        walk.act("focal", "meeting", "report", condition, account="Not ours to meet")
    walk.act("chair", "waiving", "waive", condition, reason="No longer needed")
    walk.act("approver", step, "release", way)


def test_conditions_of_all_in_favour_are_set_each_with_its_own_way(walk):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse_with_conditions", **conditions(text="First"))
    walk.act("reviewer_ca", "endorsement", "endorse_with_conditions", **conditions(text="Second", owner="offering"))
    walk.act("chair", "endorsement", "endorse")
    assert [one.text for one in walk.case.conditions.all()] == ["First", "Second"]
    told = Letter.objects.filter(name="condition_set").values_list("recipient__email", flat=True)
    assert set(told) == {"focal@ricomi.example", "partner_focal@ricomi.example"}
    assert "First\n\nSecond" in walk.case.decisions.get().record["reason"]


def test_an_endorsement_with_conditions_sets_at_least_one(walk):
    walk.endorsement()
    with pytest.raises(gate.Blocked):
        walk.act("reviewer_br", "endorsement", "endorse_with_conditions", conditions=[])


def test_open_conditions_end_with_a_case_that_is_withdrawn(walk):
    condition = endorse_on_condition(walk.endorsement())
    walk.act("focal", "withdrawal", "withdraw", reason="Priorities changed")
    condition.refresh_from_db()
    assert (walk.case.stage, condition.stage) == ("withdrawn", "waived")


def test_open_conditions_end_with_a_case_whose_funding_is_refused(walk):
    condition = endorse_on_condition(walk.endorsement())
    walk.act("manager", "reservation", "refuse", reason="No money")
    walk.act("approver", "refusal", "confirm", reason="No money")
    condition.refresh_from_db()
    assert (walk.case.stage, condition.stage) == ("refused", "waived")
    assert not Task.objects.filter(process__root_key=walk.case.subject_key, status="NEW").exists()


def test_reconsideration_is_asked_once(walk):
    walk.endorsement().vote("reject", reason="No")
    assert walk.case.stage == "not_endorsed"
    walk.act("focal", "reconsideration", "ask", reason="New facts")
    assert walk.case.stage == "endorsement"
    walk.vote("reject", reason="Still no")
    assert walk.case.stage == "rejected"
    assert [one.reconsidered for one in walk.case.decisions.all()] == [False, True]


def test_reconsideration_not_asked_in_time_lapses(walk):
    walk.endorsement().vote("reject", reason="No")
    let_the_deadline_pass(walk.case)
    assert walk.case.stage == "rejected"


def test_with_everybody_recused_the_deadline_defers_the_case(walk):
    rule(method="consensus", quorum_numerator=1, quorum_denominator=10)
    walk.endorsement()
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        walk.act(who, "endorsement", "recuse", reason="We all helped")
    assert walk.case.stage == "deferred"


def test_decisions_are_numbered_in_a_row_and_never_changed(walk):
    walk.endorsed()
    flows.Walk(walk.people).endorsed()
    first, second = Decision.objects.order_by("pk")
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=first.pk).update(outcome="reject")


def test_the_decisions_page_says_how_it_came_about(walk, client):
    walk.endorsement()
    walk.act("reviewer_ca", "endorsement", "recuse", reason="We trained them")
    walk.act("reviewer_br", "endorsement", "endorse_with_conditions", **conditions())
    walk.act("chair", "endorsement", "endorse")
    made = walk.case.decisions.get()
    client.force_login(walk.people["officer"])
    page = client.get(made.get_absolute_url()).content.decode()
    for said in (made.number, "Reviewer Br", "A report each month", "Canadá", "Paraguay"):
        assert said in page, said
