"""Every (role, relation to the case, step) of the policy as it is printed: the door is open exactly where it says."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role, State, User
from tests import flows
from workflows import gate, policy
from workflows.templatetags.workflows import step_url

pytestmark = pytest.mark.django_db

# Which roles a role contains, said here once more on purpose: the test must not ask what it tests.
HOLDS = {
    "officer": {"officer"}, "focal_point": {"focal_point", "officer"}, "expert": {"expert"}, "donor": {"donor"},
    "case_officer": {"case_officer"}, "head": {"head", "case_officer"}, "reviewer": {"reviewer"},
    "chair": {"chair", "reviewer"}, "fund_manager": {"fund_manager"}, "fund_approver": {"fund_approver"},
    "auditor": {"auditor"},
}  # fmt: skip
MORE_PEOPLE = {
    "reviewer_cl": ("ceam", Role.REVIEWER, "CL"),
    "stranger_officer": ("ar", Role.OFFICER, None),
    "stranger_focal": ("ar", Role.FOCAL_POINT, None),
    "stranger_expert": ("ar", Role.EXPERT, None),
    "partner_expert_2": ("cl", Role.EXPERT, None),
    "approver_2": ("fund", Role.FUND_APPROVER, None),
}
ALL = flows.PEOPLE | MORE_PEOPLE


def described():
    out = StringIO()
    call_command("policy", "--format", "json", stdout=out)
    return json.loads(out.getvalue())["flows"]


def relations(name, step, walk):
    """The parts that a person's body has in the case, by the names the policy uses."""
    body = ALL[name][0]
    party = {p.body.code for p in walk.case.parties.select_related("body").filter(until__isnull=True)}
    found = {body} if body in {"secretariat", "ceam", "fund"} else set()
    if body == "py":
        found.add("requesting")
    if walk.case.offering and body == walk.case.offering.code:
        found.add("offering")
    if step == "answer" and body == "cl":
        found.add("invited")
    if body in party:
        found |= {"party"} | ({"participant"} if body != "oversight" else set())
    return found


def open_door(name, step, walk, subject, did):
    """Whether the printed policy opens this step to this person."""
    _body, role, state = ALL[name]
    if role == Role.DONOR or step["body"] not in relations(name, step["name"], walk):
        return False
    if step["role"] != "any" and step["role"] not in HOLDS[role.value]:
        return False
    if step["except_parties"] and state in {"PY", "CL"}:
        return False
    if any(name in did.get(other, ()) for other in step["not_who_did"] or ()):
        return False
    if step["person"] and name != "expert":
        return False
    return not (step["except_person"] and name == "expert")


def to_reservation_approval(walk):
    walk.pay_in().endorsed()
    walk.act("manager", "reservation", "full")


def to_part_answer(walk):
    walk.pay_in().endorsed()
    walk.act("manager", "reservation", "part", amount=Decimal("2000.00"))
    walk.act("approver", "reservation_approval", "approve")


def to_contributions(walk):
    walk.endorsed()
    walk.act("manager", "reservation", "wait", reason="Later")


def to_refusal(walk):
    walk.endorsed()
    walk.act("manager", "reservation", "refuse", reason="No")


def to_taking_up(walk):
    walk.endorsement()
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        if walk.case.stage == "endorsement":
            walk.act(who, "endorsement", "defer", reason="Later")


def to_confirmation(walk):
    walk.reporting()
    walk.act("officer", "report", "send", report="Done", results="Good", lessons="")


def to_review(walk):
    to_confirmation(walk)
    walk.act("partner_focal", "confirmation", "confirm")


def to_settlement_approval(walk):
    walk.reviewed()
    walk.act("manager", "settlement", "settle")


def to_winding_up(walk):
    walk.exchange()
    walk.advanced()
    walk.act("chair", "cancellation", "cancel", reason="Stop")


def to_resumption(walk):
    walk.matching()
    walk.act("case_officer", "suspension", "suspend", reason="Wait")


def to_submission(walk):
    walk.draft()
    walk.act("officer", "draft", "pass_on", **walk.request)


def to_information(walk):
    walk.admissibility()
    walk.act("case_officer", "screening", "ask", reason="Which?")


STAGES = {
    "draft": flows.Walk.draft, "submission": to_submission, "receipt": flows.Walk.submitted,
    "screening": flows.Walk.admissibility, "information": to_information, "matching": flows.Walk.matching,
    "answer": flows.Walk.invited, "choice": flows.Walk.answered, "plan": flows.Walk.agreement,
    "endorsement": flows.Walk.endorsement, "taking_up": to_taking_up, "reservation": flows.Walk.endorsed,
    "reservation_approval": to_reservation_approval, "part_answer": to_part_answer, "refusal": to_refusal,
    "contributions": to_contributions, "exchange": flows.Walk.exchange, "report": flows.Walk.reporting,
    "confirmation": to_confirmation, "review": to_review, "settlement": flows.Walk.reviewed,
    "settlement_approval": to_settlement_approval, "winding_up": to_winding_up, "resumption": to_resumption,
    "withdrawal": flows.Walk.exchange, "cancellation": flows.Walk.exchange, "suspension": flows.Walk.exchange,
    "comment": flows.Walk.exchange, "filing": flows.Walk.exchange, "sharing": flows.Walk.exchange,
    "ask_disbursement": flows.Walk.exchange,
}  # fmt: skip


def to_plan_answer(walk):
    walk.agreement()
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits")


STAGES["plan_answer"] = to_plan_answer


def trip_at(step):
    def bring(walk):
        walk.exchange()
        trip = walk.trip()
        way = [
            ("case_officer", "authorisation", "authorise", {}),
            ("manager", "advance", "propose", {"advance": Decimal("1000.00")}),
            ("approver", "advance_release", "release", {}),
            ("expert", "travel", "travelled", {}),
            ("expert", "trip_report", "report", {"report": "Learnt"}),
            ("expert", "expenses", "claim", {"spent": Decimal("900.00")}),
            ("manager", "settlement", "propose", {}),
        ]
        if step == "correction":
            way = [("case_officer", "authorisation", "return", {"reason": "Dates"})]
        if step in ("recovery", "recovery_approval"):
            way = [*way[:3], ("partner", "cancellation", "cancel", {"reason": "Ill"})]
            way += [("manager", "recovery", "recover", {})] if step == "recovery_approval" else []
        for who, at, outcome, data in way:
            if at == step or step == "cancellation":
                break
            walk.act(who, at, outcome, trip, **data)
        trip.refresh_from_db()
        return trip

    return bring


def disbursement_at(step):
    def bring(walk):
        walk.exchange()
        walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=Decimal("500.00"))
        way = walk.case.disbursements.get()
        if step == "release":
            walk.act("manager", "proposal", "propose", way)
        return way

    return bring


def people():
    found = flows.people()
    for name, (body, role, state) in MORE_PEOPLE.items():
        found[name] = User.objects.create_user(f"{name}@ricomi.example", name)
        members.appoint(
            found[name], Body.objects.get(code=body), role, by=None, since=datetime.date(2020, 1, 1),
            represents=State.objects.get(pk=state) if state else None,
        )  # fmt: skip
    return found


def steps(flow):
    return [step["name"] for step in described()[flow]["steps"] if step["kind"] == "human"]


def walk_doors(flow, step_name, bring, client):
    everybody = people()
    walk = flows.Walk(everybody)
    subject = bring(walk) if flow != "cooperation" else (bring(walk), walk.case)[1]
    subject.refresh_from_db()
    did = {}
    from workflows.models import Entry

    names = {person.pk: name for name, person in everybody.items()}
    for entry in Entry.objects.filter(subject=subject.subject_key, person__isnull=False):
        did.setdefault(entry.step, set()).add(names[entry.person_id])
    step = next(one for one in described()[flow]["steps"] if one["name"] == step_name)
    item = walk.invitation("cl") if step_name == "answer" else None
    run = policy.run_of(subject)
    outcome = policy.human_outcomes(run.flow_class.step(step_name))[0].name
    opened = set()
    for name, person in everybody.items():
        wanted = open_door(name, step, walk, subject, did)
        got = passes(person, subject, step_name, outcome, item)
        assert got == wanted, (flow, step_name, name)
        client.force_login(person)
        status = client.get(step_url(subject, step_name, item)).status_code
        assert (status == 200) == wanted, (flow, step_name, name, status)
        waiting = policy.worklist(authority(person)).filter(process=run, flow_task=run.flow_class.step(step_name))
        listed = (waiting.filter(item=item) if item else waiting).exists()
        if step["during"] is None:
            assert listed == wanted, (flow, step_name, name, "worklist")
        opened |= {name} if wanted else set()
    client.logout()
    assert client.get(step_url(subject, step_name, item)).status_code == 302
    root = User.objects.create_superuser("root@ricomi.example", "Root")
    assert not passes(root, subject, step_name, outcome, item)
    left = everybody[next(iter(opened))]
    left.is_active = False
    left.save()
    assert not passes(left, subject, step_name, outcome, item)


def passes(person, subject, step, outcome, item):
    """Whether the gate lets a person through; whatever they would have done is taken back."""
    try:
        with transaction.atomic():
            gate.act(person, subject, step, outcome, {"reason": "x", "audience": "parties"}, item=item)
            transaction.set_rollback(True)
    except gate.NotAllowed:
        return False
    except (gate.Refused, KeyError):
        return True
    return True


@pytest.mark.parametrize("step", steps("cooperation"))
def test_doors_of_a_cooperation(step, client):
    walk_doors("cooperation", step, STAGES[step], client)


@pytest.mark.parametrize("step", steps("trip"))
def test_doors_of_a_trip(step, client):
    walk_doors("trip", step, trip_at(step), client)


@pytest.mark.parametrize("step", steps("disbursement"))
def test_doors_of_a_disbursement(step, client):
    walk_doors("disbursement", step, disbursement_at(step), client)


def test_every_flow_of_the_policy_is_walked():
    assert set(described()) == {"cooperation", "trip", "disbursement", "contribution"}
    assert set(STAGES) == set(steps("cooperation"))
