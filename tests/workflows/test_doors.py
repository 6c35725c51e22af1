"""Every (role, relation to the case, step) of the policy as it is printed: the door is open exactly where it says."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from functools import cache
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role, State, User
from tests import flows
from tests.kept import KEEPER
from tests.workflows import drafts
from tests.workflows.several import item_of
from tests.workflows.ways import BRING
from workflows import gate, policy
from workflows.engine import FLOWS
from workflows.models import Entry
from workflows.templatetags.workflows import step_url

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]

# Which roles a role contains, said here once more on purpose: the test must not ask what it tests.
HOLDS = {
    "officer": {"officer"}, "focal_point": {"focal_point", "officer"}, "expert": {"expert"}, "donor": {"donor"},
    "case_officer": {"case_officer"}, "head": {"head", "case_officer"}, "reviewer": {"reviewer"},
    "chair": {"chair", "reviewer"}, "fund_manager": {"fund_manager"}, "fund_approver": {"fund_approver"},
    "auditor": {"auditor"},
}  # fmt: skip
# The mission of a permanent observer has no officers, so neither has its focal point what they may do.
OF_OBSERVERS = HOLDS | {"focal_point": {"focal_point"}}
MORE_PEOPLE = {
    "reviewer_cl": ("ceam", Role.REVIEWER, "CL"),
    "stranger_officer": ("ar", Role.OFFICER, None),
    "stranger_focal": ("ar", Role.FOCAL_POINT, None),
    "stranger_expert": ("ar", Role.EXPERT, None),
    "partner_expert_2": ("cl", Role.EXPERT, None),
    "approver_2": ("fund", Role.FUND_APPROVER, None),
    "donor_fr": ("fr", Role.DONOR, None),
    "third": ("fr", Role.FOCAL_POINT, None),
}
# Without people of two roles no four-eyes rule would ever decide who may pass.
SECOND_ROLES = [
    ("manager", "fund", Role.FUND_APPROVER), ("expert", "fund", Role.FUND_MANAGER),
    ("expert", "fund", Role.FUND_APPROVER),
]  # fmt: skip
ALL = {name: [one] for name, one in (flows.PEOPLE | MORE_PEOPLE).items()}
for _name, _body, _role in SECOND_ROLES:
    ALL[_name].append((_body, _role, None))
READ_ENTRIES = {"py", "secretariat", "oversight"}
READ_SESSIONS = {"secretariat", "ceam", "oversight"}
READ_PAYMENTS = {"fund", "oversight"}
READ_THE_FUND = {"fund", "secretariat", "ceam", "oversight"}


@cache
def described():
    out = StringIO()
    call_command("policy", "--format", "json", stdout=out)
    return json.loads(out.getvalue())["flows"]


def parties(walk):
    return {p.body.code for p in walk.case.parties.select_related("body").filter(until__isnull=True)}


def relations(body, step, walk):
    """The parts that a body has in the case or contribution, by the names the policy uses."""
    found = {body} if body in {"secretariat", "ceam", "fund"} else set()
    if not hasattr(walk, "case"):
        return found | {"es": {"donor"}, "py": {"delegation"}}.get(body, set())
    if body == "py":
        found |= {"requesting", "owner", "asking"}
    if walk.case.offering and body == walk.case.offering.code:
        found |= {"offering", "leading", "partner", "sending"}
    if step == "answer" and body == "cl":
        found.add("invited")
    if step == "support" and body == "fr":
        found.add("asked")
    if body in parties(walk):
        found |= {"party"} | ({"participant"} if body != "oversight" else set())
    return found


def open_door(name, step, walk, did):
    """Whether the printed policy opens this step to this person."""
    if any(name in did.get(other, ()) for other in step["not_who_did"] or ()):
        return False
    if step["person"] and name != "expert":
        return False
    if step["except_person"] and name == "expert":
        return False
    # Where it may be asked for here, the work plan waits for Paraguay's focal point.
    if step["if_waited_for"] and name != "focal":
        return False
    of_a_party = any(body in {"py", "cl"} for body, _role, _state in ALL[name])
    if step["no_member_of_parties"] and hasattr(walk, "case") and of_a_party:
        return False
    return any(opens_to(step, walk, *one) for one in ALL[name])


def opens_to(step, walk, body, role, state):
    if role == Role.DONOR or step["body"] not in relations(body, step["name"], walk):
        return False
    if step["role"] != "any" and step["role"] not in held(role, body):
        return False
    return not (step["except_parties"] and state in {"PY", "CL"})


def held(role, body):
    return (OF_OBSERVERS if body in ("es", "fr") else HOLDS)[role.value]


def sees(name, walk, flow):
    """Whether a body of the person's reads the record: a case, what Spain gives, terms, a session, Paraguay's entry."""
    if flow == "cataloguing":
        return any(body in READ_ENTRIES and role != Role.DONOR for body, role, _state in ALL[name])
    if flow == "terms":
        return any(body in READ_PAYMENTS for body, _role, _state in ALL[name])
    if flow == "session":
        return any(body in READ_SESSIONS for body, _role, _state in ALL[name])
    if not hasattr(walk, "case"):
        return any(body in READ_THE_FUND or (body, role) == ("es", Role.DONOR) for body, role, _state in ALL[name])
    return any(body in parties(walk) and role != Role.DONOR for body, role, _state in ALL[name])


def people():
    found = flows.people()
    more = KEEPER.call(("more people",), lambda: add_people(found))
    return found | {name: User.objects.get(pk=key) for name, key in more.items()}


def add_people(found):
    more = {}
    for name, (body, role, state) in MORE_PEOPLE.items():
        person = User.objects.create_user(f"{name}@ricomi.example", name)
        appoint(person, body, role, state)
        more[name] = person.pk
    for name, body, role in SECOND_ROLES:
        appoint(found[name], body, role)
    return more


def appoint(person, body, role, state=None):
    members.appoint(
        person, Body.objects.get(code=body), role, by=None, since=datetime.date(2020, 1, 1),
        represents=State.objects.get(pk=state) if state else None,
    )  # fmt: skip


@pytest.mark.parametrize(("flow", "name"), [(flow, name) for flow, steps in BRING.items() for name in steps])
def test_the_doors_of_every_step(flow, name, client):
    everybody = people()
    walk = flows.Walk(everybody)
    subject = BRING[flow][name](walk)
    subject.refresh_from_db()
    step = next(one for one in described()[flow]["steps"] if one["name"] == name)
    item = item_of(walk, name)
    run, did = policy.run_of(subject), who_did(subject, everybody)
    outcome = policy.human_outcomes(run.flow_class.step(name))[0].name
    opened = []
    for who, person in everybody.items():
        wanted = open_door(who, step, walk, did)
        assert passes(person, subject, name, outcome, item) == wanted, who
        client.force_login(person)
        status = client.get(step_url(subject, name, item)).status_code
        if sees(who, walk, flow):
            assert (status == 200) == wanted, (who, status)
        else:
            assert status == 404, (who, status)
        waiting = policy.worklist(authority(person)).filter(process=run, flow_task=run.flow_class.step(name))
        listed = (waiting.filter(item=item) if item else waiting).exists()
        if step["during"] is None:
            assert listed == wanted, (who, "worklist")
        opened += [who] if wanted else []
    assert opened
    client.logout()
    assert client.get(step_url(subject, name, item)).status_code == 302
    root = User.objects.create_superuser("root@ricomi.example", "Root")
    assert not passes(root, subject, name, outcome, item)
    left = everybody[opened[0]]
    left.is_active = False
    left.save()
    assert not passes(left, subject, name, outcome, item)


def who_did(subject, everybody):
    """The names of those who took each step of the subject."""
    names = {person.pk: name for name, person in everybody.items()}
    did = {}
    for entry in Entry.objects.filter(subject=subject.subject_key, person__isnull=False):
        did.setdefault(entry.step, set()).add(names[entry.person_id])
    return did


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


def test_every_flow_of_the_policy_is_walked():
    human = {
        flow: {step["name"] for step in told["steps"] if step["kind"] == "human"} for flow, told in described().items()
    }
    assert {flow: set(steps) for flow, steps in BRING.items()} == human


def begins(person, flow, body):
    """Whether the gate lets a person open a subject of a flow for a body; it is taken back."""
    data = {
        "for_body": Body.objects.get(code=body).pk, "title": "Register", "language": "es",
        "donor": Body.objects.get(code="es"), "amount": Decimal("100.00"), "currency": "USD",
        "begins_at": timezone.now(), "place": "Hall 3", "second_above": Decimal("100.00"), "reason": "x",
        **drafts.content(),
    }  # fmt: skip
    try:
        with transaction.atomic():
            gate.begin(FLOWS[flow], person, data)
            transaction.set_rollback(True)
    except gate.NotAllowed:
        return False
    return True


@pytest.mark.parametrize("flow", ["cooperation", "contribution", "terms", "session", "cataloguing"])
def test_who_may_open_a_flow_and_for_which_body(flow, client):
    everybody = people()
    (opening,) = (step for step in described()[flow]["steps"] if step["kind"] == "start")
    opened = set()
    for name, person in everybody.items():
        own = {body for body, role, _state in ALL[name] if opening["role"] in held(role, body)}
        for body in ("py", "cl", "es", "fund", "ceam", "secretariat"):
            assert begins(person, flow, body) == (body in own), (name, body)
        client.force_login(person)
        assert client.get(f"/open/{flow}/").status_code == (200 if own else 404), name
        shown = f'href="/open/{flow}/"' in client.get("/").content.decode()
        assert shown == bool(own), name
        opened |= {name} if own else set()
    of_states = {
        "officer", "focal", "partner", "partner_focal", "other", "other_focal", "stranger_officer", "stranger_focal",
    }  # fmt: skip
    assert opened == {
        "cooperation": of_states,
        "cataloguing": of_states,
        "contribution": {"manager", "manager_2", "expert"},
        "terms": {"manager", "manager_2", "expert"},
        "session": {"case_officer", "head"},
    }[flow]  # fmt: skip
    for nobody in (None, AnonymousUser(), User.objects.create_superuser("root@ricomi.example", "Root")):
        assert not begins(nobody, flow, "py")
        assert not begins(nobody, flow, "fund")
    client.logout()
    assert client.get(f"/open/{flow}/").status_code == 302


@pytest.mark.parametrize(("flow", "who"), [("trip", "partner"), ("disbursement", "officer"), ("payment", "approver")])
def test_what_begins_within_a_case_cannot_be_opened_beside_it(flow, who, client):
    everybody = people()
    walk = flows.Walk(everybody).exchange()
    body = Body.objects.get(code=flows.PEOPLE[who][0]).pk
    data = {"for_body": body, "case": walk.case, "purpose": "Workshop", "amount": Decimal("10.00")}
    with pytest.raises(gate.NotAllowed):
        gate.begin(FLOWS[flow], everybody[who], data)
    for person in everybody.values():
        client.force_login(person)
        assert client.get(f"/open/{flow}/").status_code == 404


def test_only_a_request_may_be_opened_by_a_command():
    assert [name for name, flow in FLOWS.items() if flow.start().by_command] == ["cooperation"]
    data = {"donor": Body.objects.get(code="es"), "amount": Decimal("1.00"), "currency": "USD"}
    with pytest.raises(gate.NotAllowed):
        gate.begin(FLOWS["contribution"], None, data, channel="command")
