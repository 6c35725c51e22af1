"""The rules of the flows, one by one: said once more in tables, and held against what gate and pages do."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import translation

from cases.budget_forms import LINE
from cases.partners import Chosen
from notifications.models import Letter
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role, State, User
from ricomi.fund import books, ledger
from ricomi.fund.ledger import Hands, Purpose
from ricomi.fund.models import Rule
from tests import flows
from tests.flows import also
from tests.workflows import drafts, several, ways
from tests.workflows.ways import BRING
from workflows import gate, policy
from workflows.engine import FLOWS
from workflows.models import Task
from workflows.rehearsal import ACCOUNT
from workflows.templatetags.workflows import step_url

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]

PY, CL, UY = {"officer", "focal"}, {"partner", "partner_focal", "expert"}, {"other", "other_focal"}
SECRETARIAT = {"case_officer", "head"}
CEAM = {"chair", "reviewer_br", "reviewer_ca", "reviewer_py"}
FUND = {"manager", "manager_2", "approver"}
MANAGERS = {"manager", "manager_2"}
PARTIES = PY | CL | SECRETARIAT | CEAM | FUND | {"auditor"}
NONE: dict[str, set[str]] = {}


def to(people, name="task_waiting"):
    return {name: people}


WHY = {"reason": "Because"}
# Who takes a step in which way, who then gets which letter, and what waits or remains.
ROWS = [
    ("cooperation", "draft", "officer", "pass_on", "request", to({"focal"}), "submission"),
    ("cooperation", "submission", "focal", "submit", {}, to(SECRETARIAT) | to({"officer"}, "request_submitted"),
     "receipt"),
    ("cooperation", "submission", "focal", "rework", WHY, to(PY), "draft"),
    ("cooperation", "receipt", "case_officer", "acknowledge", {}, to(SECRETARIAT) | to(PY, "request_received"),
     "screening"),
    ("cooperation", "screening", "case_officer", "admit", {}, to(SECRETARIAT), "matching"),
    ("cooperation", "screening", "case_officer", "ask", WHY, to(PY) | to(PY, "information_requested"), "information"),
    ("cooperation", "screening", "case_officer", "inadmissible", WHY, to(PY, "request_inadmissible"), "inadmissible"),
    ("cooperation", "information", "officer", "answer", "request", to(SECRETARIAT), "screening"),
    ("cooperation", "matching", "case_officer", "invite", "invite", to({"partner_focal"}, "invitation_received"),
     "answer"),
    ("cooperation", "matching", "case_officer", "open_call", {},
     to({"partner_focal", "other_focal"}, "invitation_received") | to(SECRETARIAT, "step_without_people"), "answer"),
    ("cooperation", "matching", "case_officer", "no_partner", WHY, to(PY, "no_partner_found"), "no_partner"),
    ("cooperation", "answer", "partner_focal", "accept", {"terms": "Two experts"},
     to(SECRETARIAT, "invitation_answered"), "answer"),
    ("cooperation", "answer", "partner_focal", "counter", {"terms": "One expert"},
     to(SECRETARIAT, "invitation_answered"), "answer"),
    ("cooperation", "answer", "partner_focal", "decline", WHY, to(SECRETARIAT, "invitation_answered"), "answer"),
    ("cooperation", "choice", "focal", "choose", "choose", to({"focal"}) | to(CL, "partner_chosen"), "plan"),
    ("cooperation", "choice", "focal", "choose", "choose and ask",
     to({"third"}, "support_asked") | to(CL, "partner_chosen"), "support"),
    ("cooperation", "support", "third", "accept", {}, to({"focal"}) | to(PY, "support_answered"), "plan"),
    ("cooperation", "support", "third", "decline", WHY, to({"focal"}) | to(PY, "support_answered"), "plan"),
    ("cooperation", "choice", "focal", "none", WHY, to(SECRETARIAT) | to(CL, "partner_not_chosen"), "matching"),
    ("cooperation", "plan", "focal", "propose", "plan", to({"partner_focal"}) | to(CL, "plan_proposed"),
     "plan_answer"),
    ("cooperation", "plan", "focal", "look_anew", WHY, to(SECRETARIAT) | to(CL, "partners_let_go"), "matching"),
    ("cooperation", "plan_answer", "partner_focal", "agree", {},
     to(CEAM - {"reviewer_py"}, "endorsement_requested") | to(PY, "plan_agreed"), "endorsement"),
    ("cooperation", "plan_answer", "partner_focal", "ask_changes", WHY,
     to({"focal"}) | to(PY, "plan_changes_asked"), "plan"),
    # Of the only partner, which leads: nobody is left.
    ("cooperation", "plan_answer", "partner_focal", "leave", WHY,
     to(SECRETARIAT) | to(PY, "partner_left"), "matching"),
    ("cooperation", "parting", "focal", "part", "parting", to({"focal"}) | to(UY, "partner_let_go"), "plan"),
    ("cooperation", "endorsement", "chair", "endorse", {},
     to(MANAGERS, "funding_requested") | to(PY | CL, "endorsement_decided"), "reservation"),
    ("cooperation", "endorsement", "chair", "endorse_with_conditions", "conditions",
     to(MANAGERS, "funding_requested") | to(PY | CL, "endorsed_with_conditions") | to({"focal"}, "condition_set"),
     "reservation"),
    ("cooperation", "endorsement", "chair", "defer", WHY, to({"chair"}) | to(PY, "endorsement_deferred"), "taking_up"),
    ("cooperation", "endorsement", "chair", "return", WHY, to({"focal"}) | to(PY | CL, "questions_asked"), "plan"),
    ("cooperation", "endorsement", "chair", "reject", WHY, to({"focal"}) | to(PY | CL, "request_rejected"),
     "reconsideration"),
    # All abstain: nobody objects. All declare a conflict: there is no quorum.
    ("cooperation", "endorsement", "chair", "abstain", {},
     to(MANAGERS, "funding_requested") | to(PY | CL, "endorsement_decided"), "reservation"),
    ("cooperation", "endorsement", "chair", "recuse", WHY, to({"chair"}) | to(PY, "endorsement_deferred"), "taking_up"),
    ("cooperation", "closing", "chair", "close", {}, to({"chair"}) | to(PY, "endorsement_deferred"), "taking_up"),
    ("cooperation", "taking_up", "chair", "table", {}, to(CEAM - {"reviewer_py"}, "endorsement_requested"),
     "endorsement"),
    ("cooperation", "reconsideration", "focal", "ask", WHY,
     to(CEAM - {"reviewer_py"}, "endorsement_requested") | to(CL, "reconsideration_asked"), "endorsement"),
    ("cooperation", "reconsideration", "focal", "accept", {}, NONE, "rejected"),
    ("cooperation", "reservation", "manager", "full", {}, to({"approver"}, "reservation_proposed"),
     "reservation_approval"),
    ("cooperation", "reservation", "manager", "part", {"amount": Decimal("100.00")},
     to({"approver"}, "reservation_proposed"), "reservation_approval"),
    ("cooperation", "reservation", "manager", "refuse", WHY, to({"approver"}), "refusal"),
    ("cooperation", "reservation_approval", "approver", "approve", {}, to({"focal"}, "funds_reserved"), "agreement"),
    ("cooperation", "reservation_approval", "approver", "send_back", WHY, to(MANAGERS, "funding_requested"),
     "reservation"),
    ("cooperation", "agreement", "focal", "accept", {}, to({"partner", "partner_focal"}, "exchange_started"),
     "exchange"),
    ("cooperation", "agreement", "focal", "decline", WHY, to(MANAGERS, "funding_requested"), "reservation"),
    ("cooperation", "refusal", "approver", "confirm", WHY, to(PY | CL, "funding_refused"), "refused"),
    ("cooperation", "refusal", "approver", "send_back", WHY, to(MANAGERS, "funding_requested"), "reservation"),
    ("cooperation", "contributions", "manager", "resume", {}, to(MANAGERS, "funding_requested"), "reservation"),
    ("cooperation", "contributions", "manager", "refuse", WHY, to({"approver"}), "refusal"),
    ("cooperation", "exchange", "partner", "plan_trip", "trip", NONE, "exchange"),
    ("cooperation", "exchange", "partner", "complete", {}, to(PY, "report_due"), "report"),
    ("cooperation", "ask_disbursement", "officer", "ask", {"purpose": "Workshop", "amount": Decimal("10.00")},
     NONE, "exchange"),
    ("cooperation", "report", "officer", "send", {"report": "Done", "results": "Good", "lessons": ""},
     to({"partner_focal"}, "report_submitted"), "confirmation"),
    ("cooperation", "confirmation", "partner_focal", "confirm", {}, to(SECRETARIAT) | to(PY, "report_confirmed"),
     "review"),
    ("cooperation", "confirmation", "partner_focal", "return", WHY,
     to(PY, "report_due") | to(PY, "report_returned"), "report"),
    ("cooperation", "review", "case_officer", "accept", {}, to(MANAGERS), "settlement"),
    ("cooperation", "review", "case_officer", "return", WHY, to(PY, "report_due") | to(PY, "report_returned"),
     "report"),
    ("cooperation", "settlement", "manager", "settle", {}, to({"approver"}), "settlement_approval"),
    ("cooperation", "settlement_approval", "approver", "approve", {}, NONE, "closed"),
    ("cooperation", "settlement_approval", "approver", "send_back", WHY, to(MANAGERS), "settlement"),
    ("cooperation", "withdrawal", "focal", "withdraw", WHY, to(PARTIES - {"focal"}, "case_withdrawn"), "withdrawn"),
    ("cooperation", "cancellation", "chair", "cancel", WHY, to(PARTIES - {"chair"}, "case_cancelled"), "cancelled"),
    ("cooperation", "suspension", "case_officer", "suspend", WHY,
     to(SECRETARIAT) | to(PARTIES - {"case_officer"}, "case_suspended"), "resumption"),
    ("cooperation", "resumption", "case_officer", "resume", {}, to(
        PY | CEAM | {"head", "auditor"}, "case_resumed"), "matching"),
    ("cooperation", "comment", "officer", "add", {"text": "Good", "audience": "parties"},
     to(PARTIES - {"officer", "auditor"}, "comment_made"), "exchange"),
    ("trip", "authorisation", "case_officer", "authorise", {},
     to(MANAGERS, "advance_requested") | to(CL, "trip_authorised"), "advance"),
    ("trip", "authorisation", "case_officer", "return", WHY,
     to({"partner", "partner_focal"}) | to(CL, "trip_returned"), "correction"),
    ("trip", "correction", "partner", "send", "trip", to(SECRETARIAT, "trip_planned"), "authorisation"),
    ("trip", "advance", "manager", "propose", {"advance": Decimal("100.00")}, to({"approver"}), "advance_release"),
    ("trip", "advance", "manager", "without", {}, to({"expert"}), "travel"),
    ("trip", "advance_release", "approver", "release", {}, to({"expert"} | MANAGERS) | to(CL, "advance_released"),
     "travel"),
    ("trip", "advance_release", "approver", "send_back", WHY, to(MANAGERS, "advance_requested"), "advance"),
    ("trip", "first_advance_release", "approver", "approve", {}, to(SECRETARIAT, "step_without_people"),
     "advance_release"),
    ("trip", "first_advance_release", "approver", "send_back", WHY, to(MANAGERS, "advance_requested"), "advance"),
    ("trip", "first_settlement_approval", "approver", "approve", {}, to(SECRETARIAT, "step_without_people"),
     "settlement_approval"),
    ("trip", "first_settlement_approval", "approver", "send_back", WHY, to(MANAGERS, "expenses_submitted"),
     "settlement"),
    ("trip", "travel", "expert", "travelled", {}, to({"expert"}), "trip_report"),
    ("trip", "trip_report", "expert", "report", "trip report", to({"expert"}), "expenses"),
    ("trip", "expenses", "expert", "claim", "claim", to(MANAGERS, "expenses_submitted"), "settlement"),
    ("trip", "settlement", "manager", "propose", {}, to({"approver"}), "settlement_approval"),
    ("trip", "settlement", "manager", "return", WHY, to({"expert"}), "expenses"),
    ("trip", "settlement_approval", "approver", "approve", {}, to(MANAGERS, "advance_to_recover") | to(
        CL, "trip_settled"), "recovery"),
    ("trip", "settlement_approval", "approver", "send_back", WHY, to(MANAGERS, "expenses_submitted"), "settlement"),
    ("trip", "cancellation", "partner", "cancel", WHY, to(PARTIES - {"partner"}, "trip_cancelled"), "cancelled"),
    ("trip", "recovery", "manager", "recover", {}, to({"approver"}), "recovery_approval"),
    ("trip", "recovery_approval", "approver", "confirm", {}, to(CL, "advance_recovered"), "cancelled"),
    ("trip", "recovery_approval", "approver", "send_back", WHY, to(MANAGERS, "advance_to_recover"), "recovery"),
    ("disbursement", "proposal", "manager", "propose", {}, to({"approver"}), "release"),
    ("disbursement", "proposal", "manager", "refuse", WHY, to(PY, "disbursement_refused"), "refused"),
    ("disbursement", "first_release", "approver", "approve", {}, to(SECRETARIAT, "step_without_people"), "release"),
    ("disbursement", "first_release", "approver", "send_back", WHY, to(MANAGERS, "disbursement_requested"),
     "proposal"),
    ("disbursement", "reporting", "officer", "report", {"report": "Half is done"}, NONE, "release"),
    ("payment", "details", "manager", "set", "details", to({"approver"}), "sending"),
    ("payment", "sending", "approver", "send", {}, to(MANAGERS), "confirmation"),
    ("payment", "sending", "approver", "send_back", WHY, to(MANAGERS), "details"),
    ("payment", "confirmation", "manager", "confirm", "paid", NONE, "paid"),
    ("payment", "confirmation", "manager", "failed", WHY, to(MANAGERS), "details"),
    ("disbursement", "release", "approver", "release", {},
     to(MANAGERS) | to(PY, "disbursement_released") | to(PY, "account_due"), "accounting"),
    ("disbursement", "accounting", "officer", "account", {"spent": Decimal("400.00"), "account": "Rooms"},
     to(MANAGERS), "checking"),
    ("disbursement", "checking", "manager", "accept", {}, to(MANAGERS) | to(PY, "account_accepted"), "returning"),
    ("disbursement", "checking", "manager", "return", WHY, to(PY, "account_due"), "accounting"),
    ("disbursement", "returning", "manager", "record", {"bank_reference": "R-1"}, to({"approver"}),
     "returning_approval"),
    ("disbursement", "returning_approval", "approver", "confirm", {}, to(PY, "unspent_returned"), "released"),
    ("disbursement", "returning_approval", "approver", "send_back", WHY, to(MANAGERS), "returning"),
    ("disbursement", "in_its_stead", "manager", "account", ways.ACCOUNT_OF | WHY, to({"approver"}),
     "approval_in_its_stead"),
    ("disbursement", "approval_in_its_stead", "approver", "approve", {},
     to(MANAGERS) | to(PY, "account_accepted"), "returning"),
    ("disbursement", "approval_in_its_stead", "approver", "send_back", WHY, to(PY, "account_due"), "accounting"),
    ("disbursement", "returning", "manager", "give_up", WHY, to({"approver"}), "giving_up"),
    ("disbursement", "giving_up", "approver", "approve", {}, to(PY, "unspent_given_up"), "released"),
    ("disbursement", "giving_up", "approver", "send_back", WHY, to(MANAGERS), "returning"),
    ("terms", "first_approval", "approver", "approve", {}, to(SECRETARIAT, "step_without_people"), "approval"),
    ("terms", "first_approval", "approver", "refuse", WHY, to(MANAGERS, "proposal_refused"), "refused"),
    ("terms", "approval", "approver", "approve", {}, to(MANAGERS | {"auditor"}, "terms_in_force"), "in_force"),
    ("terms", "approval", "approver", "refuse", WHY, to(MANAGERS, "proposal_refused"), "refused"),
    ("disbursement", "release", "approver", "send_back", WHY, to(MANAGERS, "disbursement_requested"), "proposal"),
    ("disbursement", "dropping", "officer", "drop", WHY, NONE, "refused"),
    ("cooperation", "revise_budget", "focal", "propose", "revision", to({"partner_focal"}), "exchange"),
    ("revision", "agreeing", "partner_focal", "agree", {}, to(PARTIES - {"partner_focal"}, "budget_revised"),
     "in_force"),
    ("revision", "agreeing", "partner_focal", "ask_changes", WHY, to({"focal"}), "correction"),
    ("revision", "correction", "focal", "send", "revision", to({"partner_focal"}), "agreeing"),
    ("revision", "endorsement", "chair", "endorse", {}, to(MANAGERS), "reservation"),
    ("revision", "endorsement", "chair", "return", WHY, to({"focal"}), "correction"),
    ("revision", "endorsement", "chair", "defer", WHY, to({"chair"}), "taking_up"),
    ("revision", "endorsement", "chair", "reject", WHY, to(PY | CL, "revision_rejected"), "rejected"),
    ("revision", "endorsement", "chair", "abstain", {}, to(MANAGERS), "reservation"),
    ("revision", "endorsement", "chair", "recuse", WHY, to({"chair"}), "taking_up"),
    ("revision", "closing", "chair", "close", {}, to({"chair"}), "taking_up"),
    ("revision", "taking_up", "chair", "table", {}, to(CEAM - {"reviewer_py"}), "endorsement"),
    ("revision", "reservation", "manager", "propose", {}, to({"approver"}), "reservation_approval"),
    ("revision", "reservation", "manager", "refuse", WHY, to(PY | CL, "revision_rejected"), "rejected"),
    ("revision", "reservation_approval", "approver", "approve", {}, to(PARTIES - {"approver"}, "budget_revised"),
     "in_force"),
    ("revision", "reservation_approval", "approver", "send_back", WHY, to(MANAGERS), "reservation"),
    ("revision", "dropping", "focal", "drop", WHY, NONE, "dropped"),
    ("condition", "meeting", "focal", "report", {"account": "Sent"}, to(SECRETARIAT, "condition_reported"),
     "acceptance"),
    ("condition", "acceptance", "case_officer", "accept", {}, to(PY, "condition_met"), "met"),
    ("condition", "acceptance", "case_officer", "return", WHY, to({"focal"}, "condition_set") | to(
        PY, "condition_returned"), "meeting"),
    ("condition", "waiving", "chair", "waive", WHY, to(PY, "condition_waived"), "waived"),
    ("contribution", "receipt", "manager", "report", "receipt", to({"approver"}), "confirmation"),
    ("contribution", "receipt", "manager", "write_off", WHY, to({"approver"}), "writing_off"),
    ("contribution", "confirmation", "approver", "confirm", {}, to({"donor"}, "contribution_received"), "received"),
    ("contribution", "writing_off", "approver", "approve", {}, to({"donor"}, "pledge_written_off"), "written_off"),
    ("contribution", "writing_off", "approver", "send_back", WHY, to(MANAGERS), "receipt"),
    ("contribution", "confirmation", "approver", "send_back", WHY, to(MANAGERS), "receipt"),
    ("contribution", "refunding", "manager", "propose", ways.REFUND, to({"approver"}), "received"),
    ("contribution", "exchanging", "manager", "propose", ways.BOUGHT, to({"approver"}), "received"),
    ("refund", "first_approval", "approver", "approve", {}, to(SECRETARIAT, "step_without_people"), "approval"),
    ("refund", "first_approval", "approver", "refuse", WHY, to(MANAGERS, "proposal_refused"), "refused"),
    ("refund", "approval", "approver", "approve", {}, to(MANAGERS) | to({"donor"}, "refund_approved"), "approved"),
    ("refund", "approval", "approver", "refuse", WHY, to(MANAGERS, "proposal_refused"), "refused"),
    ("conversion", "approval", "approver", "approve", {}, NONE, "approved"),
    ("conversion", "approval", "approver", "refuse", WHY, to(MANAGERS, "proposal_refused"), "refused"),
    ("cataloguing", "writing", "officer", "send", drafts.content(), to(SECRETARIAT, "entry_submitted"), "review"),
    ("cataloguing", "review", "case_officer", "publish", {}, to(PY, "entry_published"), "published"),
    ("cataloguing", "review", "case_officer", "return", WHY, to(PY, "entry_returned"), "writing"),
    ("cataloguing", "taking_back", "officer", "take_back", {}, NONE, "writing"),
    ("cataloguing", "dropping", "officer", "drop", {}, NONE, "dropped"),
    ("cataloguing", "change", "officer", "save", drafts.content(), NONE, "changing"),
    ("cataloguing", "change", "officer", "send", drafts.content(), to(SECRETARIAT, "entry_submitted"), "review"),
    ("cataloguing", "changing", "officer", "send", drafts.content(), to(SECRETARIAT, "entry_submitted"), "review"),
    ("cataloguing", "changing", "officer", "give_up", {}, NONE, "published"),
    ("cataloguing", "withdrawing", "officer", "withdraw", WHY, to(SECRETARIAT, "entry_withdrawn"), "withdrawn"),
    ("cataloguing", "taking_down", "head", "take_down", WHY, to(PY | {"case_officer"}, "entry_withdrawn"), "withdrawn"),
]  # fmt: skip
# What ends or undoes so much that the page asks once more.
DANGEROUS = {
    ("cooperation", "screening", "inadmissible"), ("cooperation", "matching", "no_partner"),
    ("cooperation", "endorsement", "reject"), ("cooperation", "endorsement", "recuse"),
    ("cooperation", "closing", "close"), ("cooperation", "reconsideration", "accept"),
    ("cooperation", "plan", "look_anew"), ("cooperation", "plan_answer", "leave"),
    ("cooperation", "parting", "part"),
    ("condition", "waiving", "waive"),
    ("cooperation", "refusal", "confirm"),
    ("cooperation", "withdrawal", "withdraw"), ("cooperation", "cancellation", "cancel"),
    ("trip", "cancellation", "cancel"), ("disbursement", "proposal", "refuse"),
    ("disbursement", "returning", "give_up"), ("disbursement", "giving_up", "approve"),
    ("revision", "endorsement", "reject"), ("revision", "endorsement", "recuse"), ("revision", "closing", "close"),
    ("revision", "reservation", "refuse"), ("revision", "dropping", "drop"),
    ("disbursement", "dropping", "drop"), ("contribution", "receipt", "write_off"),
    ("contribution", "writing_off", "approve"),
    ("session", "sitting", "consent"), ("session", "sitting", "close"), ("session", "deciding", "decide"),
    ("session", "approval", "approve"), ("session", "cancelling", "cancel"),
    ("cataloguing", "dropping", "drop"), ("cataloguing", "changing", "give_up"),
    ("cataloguing", "withdrawing", "withdraw"), ("cataloguing", "taking_down", "take_down"),
}  # fmt: skip
# Without a letter, without a next step: what leaves the subject where it is, or has tests of its own.
ELSEWHERE = {
    ("cooperation", "draft", "save"), ("cooperation", "information", "save"), ("cooperation", "plan", "save"),
    ("cooperation", "report", "save"), ("cooperation", "answer", "silent"), ("cooperation", "winding_up", "finish"),
    ("cooperation", "support", "silent"), ("cooperation", "plan_answer", "silent"),
    ("cooperation", "endorsement", "close"), ("cooperation", "reconsideration", "lapse"),
    ("revision", "endorsement", "close"),
    *{("session", step.name, outcome.name) for step in FLOWS["session"].steps() if step.kind == "human"
      for outcome in step.outcomes},
    ("cooperation", "contributions", "serve"), ("contribution", "receipt", "overdue"),
    ("cooperation", "more_time", "ask"), ("extension", "dropping", "drop"),
    *{("extension", f"granting{to}", outcome) for to in ("", "_to_the_secretariat")
      for outcome in ("grant", "refuse", "lapse")},
    ("trip", "another_traveller", "name"), ("trip", "traveller_by_secretariat", "name"),
    ("cooperation", "filing", "add"), ("cooperation", "sharing", "grant"), ("cooperation", "sharing", "revoke"),
    ("cataloguing", "writing", "save"), ("cataloguing", "changing", "save"),
}  # fmt: skip


def data_for(kind, walk):
    """What a row means by the name of its data."""
    trip = {
        "traveller": walk.people["expert"], "purpose": "Visit", "legs": walk.legs(l10n.today(), days=0),
    }  # fmt: skip
    return {
        "request": lambda: flows.request_data(),
        "plan": lambda: flows.request_data(plan="Two visits"),
        "invite": lambda: {"bodies": list(Body.objects.filter(code="cl"))},
        "choose": lambda: {"chosen": [leading(walk)]},
        "choose and ask": lambda: {"chosen": [leading(walk)], "third": several.ask_france()},
        "parting": lambda: WHY | {"partner": walk.case.parties.get(pk=walk.party("uy"))},
        "revision": lambda: revision(walk),
        "trip": lambda: trip,
        "trip report": lambda: walk.report(walk.case.trips.latest("pk")),
        "claim": lambda: walk.claim("60.00"),
        "conditions": ways.conditions,
        "receipt": lambda: {"received_on": l10n.today(), "bank_reference": "B-1"},
        "details": lambda: {"payee": "Hotel", **ACCOUNT},
        "paid": lambda: {"paid_on": l10n.today(), "bank_reference": "B-2"},
    }[kind]()


def leading(walk):
    """Chile's offer, chosen as that of the leading partner."""
    return Chosen(walk.case.invitations.get(body__code="cl"), leads=True)


def revision(walk):
    """What the form of a revision holds that moves little: the budget as it stands, with another reason."""
    lines = [{name: getattr(line, name) for name in LINE} for line in walk.case.lines.all()]
    return {"reason_given": "Rooms", "lines": lines, "total": walk.case.stated_total, "amount": Decimal("6000.00")}


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def bring(walk, flow, step):
    """The subject where a step waits; a decision of several lacks but one voice, money is there to be given."""
    if step in ("choice", "support"):
        flows.newcomer(walk, "third", (Role.FOCAL_POINT, "fr"))
    if (flow, step) in {("cooperation", "reservation")}:
        walk.pay_in()
    subject = BRING[flow][step](walk)
    subject.refresh_from_db()
    return subject


def take(walk, subject, step, who, outcome, data):
    return gate.act(walk.people[who], subject, step, outcome, data, item=several.item_of(walk, step))


def written(since):
    """Who got which letters, by the letters' names."""
    found = {}
    for name, email in Letter.objects.exclude(pk__in=since).values_list("name", "recipient__email"):
        found.setdefault(name, set()).add(email.partition("@")[0])
    return found


def where(subject):
    """The steps that wait on a subject, or the stage in which it remains."""
    subject.refresh_from_db()
    waiting = {task.flow_task.name for task in policy.waiting_tasks(policy.run_of(subject))}
    return waiting or {subject.stage}


@pytest.mark.parametrize(
    ("flow", "step", "who", "outcome", "data", "letters", "then"),
    ROWS,
    ids=["-".join((row[0], row[1], row[3])) for row in ROWS],
)
def test_a_step_is_taken_and_those_concerned_are_written_to(flow, step, who, outcome, data, letters, then, walk):
    subject = bring(walk, flow, step)
    data = data_for(data, walk) if isinstance(data, str) else data
    if step == "endorsement":
        take(walk, subject, step, "reviewer_br", outcome, data)
        take(walk, subject, step, "reviewer_ca", outcome, data)
    before, stood = list(Letter.objects.values_list("pk", flat=True)), where(subject)
    if "reason" in data:
        with pytest.raises(gate.Blocked):
            take(walk, subject, step, who, outcome, data | {"reason": " "})
        assert where(subject) == stood
        assert written(before) == {}
    take(walk, subject, step, who, outcome, data)
    assert then in where(subject)
    sub_way = {"plan_trip": "trip_planned", "ask": "disbursement_requested"}.get(outcome, "")
    got = written(before)
    if step in ("exchange", "ask_disbursement"):
        got.pop(sub_way, None)
    assert got == letters


def test_every_outcome_of_every_step_has_its_row():
    known = {
        (flow, step.name, outcome.name)
        for flow, page in FLOWS.items()
        for step in page.steps()
        if step.kind == "human"
        for outcome in step.outcomes
    }
    assert {(flow, step, outcome) for flow, step, _who, outcome, *_rest in ROWS} | ELSEWHERE == known


@pytest.mark.parametrize(
    ("flow", "step", "outcome"), sorted(DANGEROUS), ids=["-".join(one) for one in sorted(DANGEROUS)]
)
def test_what_cannot_be_undone_is_asked_once_more(flow, step, outcome, walk, client):
    subject = bring(walk, flow, step)
    rows = (row[2] for row in ROWS if (row[0], row[1], row[3]) == (flow, step, outcome))
    who = next(rows, "case_officer" if step == "cancelling" else "chair")
    stood = where(subject)
    client.force_login(walk.people[who])
    url = step_url(subject, step, several.item_of(walk, step))
    typed = {"outcome": outcome, "reason": "Because", "seen": subject.revision}
    if step == "parting":
        typed["partner"] = walk.party("uy")
    if flow == "session":
        typed |= {"item": subject.items.get().pk, "attending": ["BR", "CA", "MX"]}
    answer = client.post(url, typed)
    assert answer.status_code == 200
    assert 'name="confirmed"' in answer.content.decode()
    assert where(subject) == stood
    answer = client.post(url, typed | {"confirmed": "1"})
    assert answer.status_code == 302
    if FLOWS[flow].step(step).outcome(outcome).stays and flow == "session":
        assert type(subject).objects.get(pk=subject.pk).revision > typed["seen"]
    elif step != "endorsement":
        assert where(subject) != stood


def test_nothing_else_is_asked_once_more():
    found = {
        (flow, step.name, outcome.name)
        for flow, page in FLOWS.items()
        for step in page.steps()
        for outcome in getattr(step, "outcomes", [])
        if outcome.danger
    }
    assert found == DANGEROUS


def test_what_begins_is_told_to_those_who_go_on_with_it(walk):
    walk.exchange()
    before = list(Letter.objects.values_list("pk", flat=True))
    walk.trip()
    assert written(before) == {"trip_planned": SECRETARIAT}
    before = list(Letter.objects.values_list("pk", flat=True))
    walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=Decimal("10.00"))
    assert written(before) == {"disbursement_requested": MANAGERS}
    before = list(Letter.objects.values_list("pk", flat=True))
    flows.pay_in(walk.people, "5.00")
    assert written(before) == {
        "contribution_recorded": {"donor"}, "task_waiting": MANAGERS | {"approver"}, "contribution_received": {"donor"},
    }  # fmt: skip


def test_a_comment_for_ones_own_body_is_told_to_that_body_alone(walk):
    walk.exchange()
    before = list(Letter.objects.values_list("pk", flat=True))
    walk.act("partner", "comment", "add", text="Between us", audience="own")
    assert written(before) == {"comment_made": CL - {"partner"}}


FOUR_EYES = [
    ("cooperation", "reservation_approval", "approve", {}),
    ("cooperation", "refusal", "confirm", WHY),
    ("cooperation", "settlement_approval", "approve", {}),
    ("trip", "advance_release", "release", {}),
    ("trip", "settlement_approval", "approve", {}),
    ("trip", "recovery_approval", "confirm", {}),
    ("disbursement", "first_release", "approve", {}),
    ("disbursement", "release", "release", {}),
    ("disbursement", "returning_approval", "confirm", {}),
    ("disbursement", "approval_in_its_stead", "approve", {}),
    ("disbursement", "giving_up", "approve", {}),
    ("trip", "first_advance_release", "approve", {}),
    ("trip", "first_settlement_approval", "approve", {}),
    ("contribution", "confirmation", "confirm", {}),
    ("contribution", "writing_off", "approve", {}),
    ("payment", "sending", "send", {}),
    ("revision", "reservation_approval", "approve", {}),
    ("terms", "first_approval", "approve", {}),
    ("terms", "approval", "approve", {}),
    ("refund", "first_approval", "approve", {}),
    ("refund", "approval", "approve", {}),
    ("conversion", "approval", "approve", {}),
]


@pytest.mark.parametrize(("flow", "step", "outcome", "data"), FOUR_EYES, ids=["-".join(row[:2]) for row in FOUR_EYES])
def test_nobody_approves_what_they_themselves_proposed(flow, step, outcome, data, walk):
    also(walk.people["manager"], Role.FUND_APPROVER)
    also(walk.people["manager_2"], Role.FUND_APPROVER)
    subject = bring(walk, flow, step)
    with pytest.raises(gate.NotAllowed):
        take(walk, subject, step, "manager", outcome, data)
    task = next(one for one in policy.waiting_tasks(policy.run_of(subject)) if one.flow_task.name == step)
    assert not policy.worklist(authority(walk.people["manager"])).filter(pk=task.pk).exists()
    told = set(Letter.objects.filter(key=f"task:{task.pk}").values_list("recipient__email", flat=True))
    assert told == {"approver@ricomi.example", "manager_2@ricomi.example"}
    take(walk, subject, step, "manager_2", outcome, data)


def test_whoever_waited_for_contributions_does_not_confirm_the_refusal_either(walk):
    also(walk.people["manager"], Role.FUND_APPROVER)
    also(walk.people["manager_2"], Role.FUND_APPROVER)
    walk.endorsed()
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    walk.act("manager_2", "contributions", "refuse", reason="Never")
    for who in ("manager", "manager_2"):
        with pytest.raises(gate.NotAllowed):
            walk.act(who, "refusal", "confirm", reason="No")
    walk.act("approver", "refusal", "confirm", reason="No")
    assert walk.case.stage == "refused"


OF_THE_FUND = [
    "advance", "first_advance_release", "advance_release", "settlement", "first_settlement_approval",
    "settlement_approval", "recovery", "recovery_approval",
]  # fmt: skip


@pytest.mark.parametrize("step", OF_THE_FUND)
def test_a_traveller_has_no_hand_in_the_money_of_their_own_trip(step, walk):
    also(walk.people["expert"], Role.FUND_MANAGER)
    also(walk.people["expert"], Role.FUND_APPROVER)
    trip = bring(walk, "trip", step)
    outcome = policy.run_of(trip).flow_class.step(step).outcomes[0].name
    with pytest.raises(gate.NotAllowed):
        take(walk, trip, step, "expert", outcome, {"advance": Decimal("10.00")})
    task = Task.objects.get(process__subject_key=trip.subject_key, status="NEW")
    assert not policy.worklist(authority(walk.people["expert"])).filter(pk=task.pk).exists()
    assert not Letter.objects.filter(key=f"task:{task.pk}", recipient=walk.people["expert"]).exists()


@pytest.mark.parametrize("step", ["travel", "trip_report", "expenses"])
def test_only_the_traveller_tells_of_the_trip(step, walk):
    trip = bring(walk, "trip", step)
    other = User.objects.create_user("expert_2@ricomi.example", "Second Expert")
    members.appoint(other, Body.objects.get(code="cl"), Role.EXPERT, by=None)
    data = walk.report(trip) | walk.claim("60.00")
    outcome = policy.run_of(trip).flow_class.step(step).outcomes[0].name
    with pytest.raises(gate.NotAllowed):
        gate.act(other, trip, step, outcome, data)
    task = Task.objects.get(process__subject_key=trip.subject_key, status="NEW")
    assert not policy.worklist(authority(other)).filter(pk=task.pk).exists()
    assert not Letter.objects.filter(key=f"task:{task.pk}", recipient=other).exists()
    take(walk, trip, step, "expert", outcome, data)


@pytest.mark.parametrize("state", ["PY", "CL"])
def test_who_speaks_for_a_party_neither_decides_nor_is_counted_nor_written_to(state, walk):
    person = User.objects.create_user("recused@ricomi.example", "Recused")
    members.appoint(
        person, Body.objects.get(code="ceam"), Role.REVIEWER, by=None, represents=State.objects.get(pk=state)
    )
    walk.endorsement()
    with pytest.raises(gate.NotAllowed):
        gate.act(person, walk.case, "endorsement", "endorse")
    assert not Letter.objects.filter(name="endorsement_requested", recipient=person).exists()
    assert not policy.worklist(authority(person)).exists()
    assert not walk.vote("endorse").case.decisions.get().record["silent"]
    assert walk.case.stage == "funding"


def spend_the_reserve(walk, keep="0.00"):
    """Another payment takes what was reserved for the case, but for `keep`."""
    left = books.left(walk.case.reference) - Decimal(keep)
    walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=left)
    way = walk.case.disbursements.latest("pk")
    walk.act("manager_2", "proposal", "propose", way)
    walk.act("approver", "release", "release", way)


def return_the_reserve(walk):
    """What was committed to the case goes back to the Fund."""
    with transaction.atomic():
        ledger.return_reserve(walk.case.reference, by=walk.people["manager_2"])


def keep_nothing():
    """All that the Fund has is reserved for a case."""
    with transaction.atomic():
        hands = Hands(*(User.objects.get(email=f"{who}@ricomi.example") for who in ("manager_2", "approver")))
        ledger.reserve(Purpose("2026-9999"), books.available("USD"), "USD", hands=hands)


def lend(walk):
    """An advance is out that no trip of the case knows."""
    with transaction.atomic():
        ledger.pay_advance(
            walk.case.reference, "lost", walk.people["expert"].pk, Decimal("10.00"), "USD",
            hands=Hands(walk.people["manager_2"], walk.people["approver"]),
        )  # fmt: skip


def empty_the_fund(walk):
    with transaction.atomic():
        hands = Hands(walk.people["manager_2"], walk.people["approver"])
        ledger.reserve(Purpose("2026-9999"), books.available("USD") - Decimal("1.00"), "USD", hands=hands)


def change(subject, **fields):
    type(subject).objects.filter(pk=subject.pk).update(**fields)


def rewrite(draft, **fields):
    """A draft says something else than what was sent."""
    change(draft, content=draft.content | fields)


def forget(walk, **fields):
    """The record loses what a guard asks for, as if it had been written so."""
    type(walk.case).objects.filter(pk=walk.case.pk).update(**fields)


def body(code):
    return Body.objects.get(code=code)


# Where a guard holds a step: what is done before, who then tries what with which data.
GUARDS = {
    "nothing to submit": ("cooperation", "submission", lambda w, s: forget(w, need=""), "focal", "submit", {}),
    "a budget that does not add up": (
        "cooperation", "submission", lambda w, s: w.case.lines.filter(number="1.2").update(amount=1), "focal", "submit",
        {},
    ),
    "more asked than the budget": (
        "cooperation", "submission", lambda w, s: forget(w, amount_asked=7000), "focal", "submit", {},
    ),
    "an answer that leaves it empty": ("cooperation", "information", None, "officer", "answer", {"need": ""}),
    "nobody invited": ("cooperation", "matching", None, "case_officer", "invite", {"bodies": []}),
    "the requesting state invited": (
        "cooperation", "matching", None, "case_officer", "invite", lambda: {"bodies": [body("py")]},
    ),
    "a state that left invited": (
        "cooperation", "matching", None, "case_officer", "invite", lambda: {"bodies": [body("cl"), body("ni")]},
    ),
    "a counter-offer of nothing": ("cooperation", "answer", None, "partner_focal", "counter", {"terms": ""}),
    "a plan without words": (
        "cooperation", "plan", None, "focal", "propose", lambda: flows.request_data(plan=""),
    ),
    "agreement to no plan": (
        "cooperation", "plan_answer", lambda w, s: forget(w, plan=""), "partner_focal", "agree", {},
    ),
    "agreement to sums that are off": (
        "cooperation", "plan_answer", lambda w, s: w.case.lines.filter(number="1.2").update(amount=1), "partner_focal",
        "agree", {},
    ),
    "a part of no amount": ("cooperation", "reservation", None, "manager", "part", {"amount": None}),
    "a part that is all": ("cooperation", "reservation", None, "manager", "part", {"amount": Decimal("6000.00")}),
    "a part beyond what there is": (
        "cooperation", "reservation", lambda w, s: empty_the_fund(w), "manager", "part", {"amount": Decimal("2.00")},
    ),
    "declining what is all that was asked": (
        "cooperation", "agreement", lambda w, s: forget(w, amount_asked=2000), "focal", "decline", WHY,
    ),
    "an exchange with a trip under way": (
        "cooperation", "exchange", lambda w, s: w.trip(), "partner", "complete", {},
    ),
    "a disbursement beyond the reserve": (
        "cooperation", "ask_disbursement", None, "officer", "ask", {"purpose": "x", "amount": Decimal("6000.01")},
    ),
    "a disbursement of nothing reserved": (
        "cooperation", "ask_disbursement", lambda w, s: spend_the_reserve(w), "officer", "ask",
        {"purpose": "x", "amount": Decimal("0.01")},
    ),
    "a report without words": (
        "cooperation", "report", None, "officer", "send", {"report": "", "results": "Good", "lessons": ""},
    ),
    "a report without results": (
        "cooperation", "report", None, "officer", "send", {"report": "Done", "results": "", "lessons": ""},
    ),
    "accounts with an advance out": (
        "cooperation", "settlement", lambda w, s: lend(w), "manager", "settle", {},
    ),
    "winding up with an advance out": ("cooperation", "winding_up", None, "manager", "finish", {}),
    "leave without an end": (
        "cooperation", "sharing", None, "focal", "grant", lambda: {"person": User.objects.all()[0], "until": None},
    ),
    "an advance beyond the estimate": (
        "trip", "advance", None, "manager", "propose", {"advance": Decimal("1136.01")},
    ),
    "an advance beyond the reserve": (
        "trip", "advance", lambda w, s: spend_the_reserve(w, "50.00"), "manager", "propose",
        {"advance": Decimal("50.01")},
    ),
    "an advance whose money is gone": (
        "trip", "advance_release", lambda w, s: spend_the_reserve(w), "approver", "release", {},
    ),
    "a trip that is to come": (
        "trip", "travel",
        lambda w, s: type(s).objects.filter(pk=s.pk).update(starts_on=l10n.today() + datetime.timedelta(days=1)),
        "expert", "travelled", {},
    ),
    "expenses beyond the reserve": (
        "trip", "settlement",
        lambda w, s: (spend_the_reserve(w, "10.00"), type(s).objects.filter(pk=s.pk).update(spent=Decimal("1010.01"))),
        "manager", "propose", {},
    ),
    "expenses whose money is gone": (
        "trip", "settlement_approval",
        lambda w, s: (spend_the_reserve(w, "10.00"), type(s).objects.filter(pk=s.pk).update(spent=Decimal("1010.01"))),
        "approver", "approve", {},
    ),
    "a release beyond the reserve": (
        "disbursement", "proposal", lambda w, s: spend_the_reserve(w), "manager", "propose", {},
    ),
    "a release before its day": (
        "disbursement", "release", lambda w, s: change(s, not_before=l10n.today() + datetime.timedelta(days=1)),
        "approver", "release", {},
    ),
    "a release before its report": (
        "disbursement", "release", lambda w, s: change(s, needs_report=True), "approver", "release", {},
    ),
    "the first of two approvals of money that is gone": (
        "disbursement", "first_release", lambda w, s: spend_the_reserve(w, "20000.00"), "approver", "approve", {},
    ),
    "an account of more than was released": (
        "disbursement", "accounting", None, "officer", "account", {"spent": Decimal("500.01"), "account": "Rooms"},
    ),
    "an account of less than nothing": (
        "disbursement", "accounting", None, "officer", "account", {"spent": Decimal("-0.01"), "account": "Rooms"},
    ),
    "an account in the state's stead of more than was released": (
        "disbursement", "in_its_stead", None, "manager", "account",
        WHY | {"spent": Decimal("500.01"), "account": "Rooms"},
    ),
    "an account without words": (
        "disbursement", "accounting", None, "officer", "account", {"spent": Decimal("1.00"), "account": ""},
    ),
    "a high advance whose money is gone": (
        "trip", "first_advance_release", lambda w, s: return_the_reserve(w), "approver", "approve", {},
    ),
    "a high claim whose money is gone": (
        "trip", "first_settlement_approval", lambda w, s: return_the_reserve(w), "approver", "approve", {},
    ),
    "a report that nobody wants": (
        "disbursement", "reporting", lambda w, s: change(s, needs_report=False), "officer", "report", {"report": "x"},
    ),
    "a report on a disbursement without words": (
        "disbursement", "reporting", None, "officer", "report", {"report": ""},
    ),
    "a payment of no day": ("payment", "confirmation", None, "manager", "confirm", {"bank_reference": "B-2"}),
    "a payment of no reference": (
        "payment", "confirmation", None, "manager", "confirm", lambda: {"paid_on": l10n.today(), "bank_reference": ""},
    ),
    "a second rule on one day": (
        "terms", "approval", lambda w, s: Rule.objects.create(currency="USD", since=l10n.today(), second_above=1),
        "approver", "approve", {},
    ),
    "a receipt that is recorded already": (
        "contribution", "receipt", lambda w, s: flows.pay_in(w.people, "5.00", reference="B-1"), "manager", "report",
        lambda: {"received_on": l10n.today(), "bank_reference": "B-1"},
    ),
    "a receipt in another currency without a rate": (
        "contribution", "receipt", None, "manager", "report",
        lambda: {"received_on": l10n.today(), "bank_reference": "B-3", "currency": "EUR", "amount": Decimal(90)},
    ),
    "a return that the books know": (
        "disbursement", "returning", lambda w, s: flows.pay_in(w.people, "5.00", reference="Z-1"), "manager", "record",
        {"bank_reference": "Z-1"},
    ),
    "a recovery that the books know": (
        "trip", "recovery", lambda w, s: flows.pay_in(w.people, "5.00", reference="Z-1"), "manager", "recover",
        {"bank_reference": "Z-1"},
    ),
    "an exchange that the books know": (
        "contribution", "exchanging", None, "manager", "propose", ways.BOUGHT | {"bank_reference": "B-1"},
    ),
    "a refund of more than is there": (
        "contribution", "refunding", None, "manager", "propose", {"amount": Decimal("100.01"), "reason": "x"},
    ),
    "a refund of no amount": (
        "contribution", "refunding", None, "manager", "propose", {"amount": Decimal("0.001"), "reason": "x"},
    ),
    "a refund of what a case has": ("refund", "approval", lambda w, s: keep_nothing(), "approver", "approve", {}),
    "the first of two approvals of such a refund": (
        "refund", "first_approval", lambda w, s: keep_nothing(), "approver", "approve", {},
    ),
    "an exchange of what a case has": (
        "conversion", "approval", lambda w, s: keep_nothing(), "approver", "approve", {},
    ),
    "an exchange into the same currency": (
        "contribution", "exchanging", None, "manager", "propose", ways.BOUGHT | {"into_currency": "USD"},
    ),
    "an exchange of what is not there": (
        "contribution", "exchanging", None, "manager", "propose",
        ways.BOUGHT | {"currency": "EUR", "into_currency": "USD"},
    ),
    "a release whose money is gone": (
        "disbursement", "release", lambda w, s: spend_the_reserve(w), "approver", "release", {},
    ),
    "an entry without a summary": (
        "cataloguing", "writing", None, "officer", "send", drafts.content(summary=""),
    ),
    "an entry without a theme": (
        "cataloguing", "writing", None, "officer", "send", drafts.content(terms=["women"]),
    ),
    "a change without a state": ("cataloguing", "changing", None, "officer", "send", drafts.content(states=[])),
    "a change without a summary": ("cataloguing", "change", None, "officer", "send", drafts.content(summary="")),
    "an entry of a term that is gone": (
        "cataloguing", "review", lambda w, s: rewrite(s, terms=["gcm-14", "gone"]), "case_officer", "publish", {},
    ),
}  # fmt: skip


# The ledger would refuse these as well; the guard says it before anything is written, and in the case's own terms.
SAYS = {
    "a part beyond what there is": "The Fund has",
    "the first of two approvals of money that is gone": "is still committed to this case",
    "a release before its day": "at the earliest",
    "a release before its report": "has not been handed in",
    "a disbursement beyond the reserve": "is still committed to this case",
    "an advance beyond the reserve": "is still committed to this case",
    "an advance whose money is gone": "is still committed to this case",
    "expenses beyond the reserve": "is still committed to this case",
    "a high advance whose money is gone": "is still committed to this case",
    "a high claim whose money is gone": "is still committed to this case",
    "expenses whose money is gone": "is still committed to this case",
    "a release beyond the reserve": "is still committed to this case",
    "a refund of more than is there": "is available",
    "a refund of what a case has": "is available",
    "the first of two approvals of such a refund": "is available",
    "an exchange of what a case has": "is available",
    "a return that the books know": "in the books already",
    "a recovery that the books know": "in the books already",
    "an exchange that the books know": "in the books already",
    "an entry without a summary": "Write a summary",
    "a change without a summary": "Write a summary",
    "an entry without a theme": "one theme",
    "a change without a state": "one state",
    "an entry of a term that is gone": "no longer known",
    "a release whose money is gone": "is still committed to this case",
}


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_holds_the_step_and_says_why(name, walk):
    flow, step, before, who, outcome, data = GUARDS[name]
    subject = bring(walk, flow, step)
    if before:
        before(walk, subject)
        subject.refresh_from_db()
    data = data() if callable(data) else data
    stood = where(subject)
    with translation.override("en"), pytest.raises(gate.Blocked, match=SAYS.get(name, "...")):
        take(walk, subject, step, who, outcome, data)
    assert where(subject) == stood


def test_a_state_that_does_not_take_part_opens_nothing(walk):
    person = User.objects.create_user("ni@ricomi.example", "Nicaragua")
    members.appoint(person, body("ni"), Role.OFFICER, by=None)
    with translation.override("en"), pytest.raises(gate.Blocked, match="does not take part"):
        gate.begin(FLOWS["cooperation"], person, {"for_body": body("ni").pk, "title": "x", "language": "es"})


def test_a_step_of_which_one_task_is_left_need_not_be_told_which(walk):
    walk.invited()
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    walk.act("partner_focal", "answer", "accept", terms="Two experts")
    assert walk.case.invitations.get(body__code="cl").answer == "accepted"


def test_what_belongs_to_a_suspended_case_rests_with_it():
    walk = flows.Walk(flows.people())
    walk.exchange()
    trip = walk.trip()
    walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=Decimal("500.00"))
    way = walk.case.disbursements.get()
    walk.act("case_officer", "suspension", "suspend", reason="Wait")
    for who, step, outcome, subject in (
        ("partner", "cancellation", "cancel", trip),
        ("officer", "dropping", "drop", way),
        ("case_officer", "authorisation", "authorise", trip),
        ("manager", "proposal", "propose", way),
    ):
        with pytest.raises(gate.Blocked, match="suspendid"):
            walk.act(who, step, outcome, subject, reason="Now")
    walk.act("officer", "comment", "add", text="We wait.", audience="parties")
    walk.act("case_officer", "resumption", "resume")
    walk.act("partner", "cancellation", "cancel", trip, reason="Now")


def test_a_suspended_case_with_a_trip_may_be_withdrawn():
    walk = flows.Walk(flows.people())
    walk.exchange()
    trip = walk.trip()
    walk.act("case_officer", "suspension", "suspend", reason="Wait")
    walk.act("focal", "withdrawal", "withdraw", reason="Priorities changed")
    trip.refresh_from_db()
    assert (walk.case.stage, trip.stage) == ("withdrawn", "cancelled")
