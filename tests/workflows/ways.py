"""For each step of each flow, how a walk comes to where it waits or may be taken."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.utils import timezone

from ricomi import l10n
from ricomi.directory.models import Body
from ricomi.fund.models import Payment, Rule
from tests import flows
from tests.workflows import drafts, several
from workflows import gate, policy
from workflows.engine import FLOWS
from workflows.models import Task
from workflows.rehearsal import ACCOUNT, Meeting


def to_reservation_approval(walk):
    walk.pay_in().endorsed()
    walk.act("manager", "reservation", "full")


def to_agreement(walk):
    walk.pay_in().endorsed()
    walk.act("manager", "reservation", "part", amount=Decimal("2000.00"))
    walk.act("approver", "reservation_approval", "approve")


def to_contributions(walk):
    walk.endorsed()
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")


def to_refusal(walk):
    walk.endorsed()
    walk.act("manager", "reservation", "refuse", reason="No")


def to_taking_up(walk):
    walk.endorsement().vote("defer", reason="Later")


def to_reconsideration(walk):
    walk.endorsement().vote("reject", reason="No")


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


def to_plan_answer(walk):
    walk.agreement()
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits")


STAGES = {
    "draft": flows.Walk.draft, "submission": to_submission, "receipt": flows.Walk.submitted,
    "screening": flows.Walk.admissibility, "information": to_information, "matching": flows.Walk.matching,
    "answer": flows.Walk.invited, "choice": flows.Walk.answered, "support": several.to_support, "plan": several.to_plan,
    "endorsement": flows.Walk.endorsement, "taking_up": to_taking_up, "reservation": flows.Walk.endorsed,
    "reservation_approval": to_reservation_approval, "agreement": to_agreement, "refusal": to_refusal,
    "contributions": to_contributions, "exchange": flows.Walk.exchange, "report": flows.Walk.reporting,
    "confirmation": to_confirmation, "review": to_review, "settlement": flows.Walk.reviewed,
    "settlement_approval": to_settlement_approval, "winding_up": to_winding_up, "resumption": to_resumption,
    "withdrawal": flows.Walk.exchange, "cancellation": flows.Walk.exchange, "suspension": flows.Walk.exchange,
    "comment": flows.Walk.exchange, "filing": flows.Walk.exchange, "sharing": flows.Walk.exchange,
    "closing": flows.Walk.endorsement, "reconsideration": to_reconsideration, "more_time": flows.Walk.agreement,
    "plan_answer": to_plan_answer, "parting": several.to_parting,
    "ask_disbursement": flows.Walk.exchange, "revise_budget": flows.Walk.exchange,
}  # fmt: skip


def two_approve_much():
    """From today on two people approve whatever leaves the Fund in US dollars."""
    Rule.objects.create(currency="USD", since=l10n.today(), second_above=Decimal(0))


def trip_at(step):
    def bring(walk):
        walk.exchange()
        if step.startswith("first_"):
            two_approve_much()
        trip = walk.trip()
        way = [
            ("case_officer", "authorisation", "authorise", {}),
            ("manager", "advance", "propose", {"advance": Decimal("1000.00")}),
            ("approver", "advance_release", "release", {}),
            ("expert", "travel", "travelled", {}),
            ("expert", "trip_report", "report", walk.report(trip)),
            ("expert", "expenses", "claim", walk.claim("900.00")),
            ("manager", "settlement", "propose", {}),
        ]
        if step == "first_advance_release":
            way = way[:2]
        if step == "first_settlement_approval":
            way[1:3] = [("manager", "advance", "without", {})]
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


MUCH = Decimal("25000.01")


def asks_for_much(walk):
    """A request of so much that two people must approve what is paid of it at once; the Fund has it."""
    total = Decimal("40000.00")
    lines = flows.request_data()["lines"]
    lines[0]["amount"], lines[2]["amount"] = total, total - lines[1]["amount"]
    walk.request = flows.request_data(total, stated_total=total, lines=lines)
    walk.pay_in("50000.00")


PAID_OUT = ("accounting", "checking", "returning", "returning_approval")
IN_ITS_STEAD = ("in_its_stead", "approval_in_its_stead", "giving_up")
ACCOUNT_OF = {"spent": Decimal("400.00"), "account": "Rooms"}


def disbursement_at(step):
    def bring(walk):
        if step == "first_release":
            asks_for_much(walk)
        walk.exchange()
        amount = MUCH if step == "first_release" else Decimal("500.00")
        walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=amount)
        way = walk.case.disbursements.get()
        if step != "proposal" and step != "dropping":
            walk.act("manager", "proposal", "propose", way, needs_report=step == "reporting")
        if step in PAID_OUT:
            account_up_to(walk, way, step)
        if step in IN_ITS_STEAD:
            account_up_to(walk, way, "accounting" if step != "giving_up" else "returning")
            overdue(way)
        if step == "approval_in_its_stead":
            walk.act("manager", "in_its_stead", "account", way, **ACCOUNT_OF, reason="No answer")
        if step == "giving_up":
            walk.act("manager", "returning", "give_up", way, reason="No answer")
        way.refresh_from_db()
        return way

    return bring


def overdue(way):
    """The time of every step that waits on it is over."""
    waiting = Task.objects.filter(process__subject_key=way.subject_key, due__isnull=False)
    waiting.update(due=timezone.now() - datetime.timedelta(hours=1))


def account_up_to(walk, way, step):
    walk.act("approver", "release", "release", way)
    walk.paid()
    taken = [
        ("officer", "accounting", "account", ACCOUNT_OF),
        ("manager", "checking", "accept", {}), ("manager", "returning", "record", {"bank_reference": "R-1"}),
    ]  # fmt: skip
    for who, at, outcome, data in taken[: PAID_OUT.index(step)]:
        walk.act(who, at, outcome, way, **data)


def payment_at(step):
    def bring(walk):
        way = disbursement_at("release")(walk)
        walk.act("approver", "release", "release", way)
        payment = Payment.objects.get()
        if step in ("sending", "confirmation"):
            walk.act("manager", "details", "set", payment, payee="Hotel", **ACCOUNT)
        if step == "confirmation":
            walk.act("approver", "sending", "send", payment)
        payment.refresh_from_db()
        return payment

    return bring


def conditions(blocks="disbursement", owner="requesting", text="A report each month"):
    """What a reviewer sends who endorses on one condition."""
    due = l10n.today() + datetime.timedelta(days=30)
    one = {"text": text, "owner": owner, "due_on": due.isoformat(), "blocks": blocks}
    return {"conditions": [one], "voice": {"conditions": [one]}}


def endorse_on_condition(walk, **how):
    walk.act("reviewer_br", "endorsement", "endorse_with_conditions", **conditions(**how))
    walk.act("reviewer_ca", "endorsement", "endorse")
    walk.act("chair", "endorsement", "endorse")
    return walk.case.conditions.get()


def condition_at(step):
    def bring(walk):
        condition = endorse_on_condition(walk.endorsement())
        if step == "acceptance":
            walk.act("focal", "meeting", "report", condition, account="Sent")
        return condition

    return bring


def extension_at(step):
    def bring(walk):
        to_the_secretariat = step == "granting_to_the_secretariat"
        if to_the_secretariat:
            walk.submitted()
        else:
            walk.agreement()
        task = policy.waiting_tasks(policy.run_of(walk.case))[0]
        who = "case_officer" if to_the_secretariat else "focal"
        walk.act(who, "more_time", "ask", task=task, days=5, reason="Elections")
        return walk.case.extensions.get()

    return bring


def contribution_at(step):
    def bring(walk):
        data = {"donor": Body.objects.get(code="es"), "amount": Decimal("100.00"), "currency": "USD"}
        fund = Body.objects.get(code="fund").pk
        found = gate.begin(FLOWS["contribution"], walk.people["manager"], {**data, "for_body": fund})
        if step in ("confirmation", "refunding", "exchanging"):
            received = {"received_on": l10n.today(), "bank_reference": "B-1"}
            gate.act(walk.people["manager"], found, "receipt", "report", received)
        if step in ("refunding", "exchanging"):
            gate.act(walk.people["approver"], found, "confirmation", "confirm")
        if step == "writing_off":
            gate.act(walk.people["manager"], found, "receipt", "write_off", {"reason": "Never came"})
        return found

    return bring


BOUGHT = {
    "amount": Decimal("50.00"), "currency": "USD", "into": Decimal("46.00"), "into_currency": "EUR",
    "bank_reference": "X-1", "reason": "A case in euros waits",
}  # fmt: skip


def of_contribution(kind, step, by, data):
    """A refund or an exchange of a contribution that came, where it waits for one of its steps."""

    def bring(walk):
        if step == "first_approval":
            two_approve_much()
        given = flows.pay_in(walk.people, "100.00")
        gate.act(walk.people["manager"], given, by, "propose", data)
        return getattr(given, kind).get()

    return bring


REFUND = {"amount": Decimal("40.00"), "reason": "No case needs it"}


def revision_at(step):
    """A revision that moves a tenth of the total, or asks the Fund for more, up to one of its steps."""

    def bring(walk):
        walk.exchange()
        beyond = step in ("endorsement", "closing", "taking_up", "reservation", "reservation_approval")
        revision = walk.revised(more="500.00" if beyond else "0.00")
        if step == "correction":
            walk.act("partner_focal", "agreeing", "ask_changes", revision, reason="Why?")
        if beyond:
            walk.act("partner_focal", "agreeing", "agree", revision)
        votes = {"taking_up": "defer", "reservation": "endorse", "reservation_approval": "endorse"}
        for who in ("reviewer_br", "reviewer_ca", "chair") if step in votes else ():
            walk.act(who, "endorsement", votes[step], revision, reason="Later")
        if step == "reservation_approval":
            walk.act("manager", "reservation", "propose", revision)
        revision.refresh_from_db()
        return revision

    return bring


def propose_terms(people, **what):
    """New terms of the Fund, proposed by its manager."""
    fund = Body.objects.get(code="fund").pk
    return gate.begin(FLOWS["terms"], people["manager"], {"reason": "As agreed", **what, "for_body": fund})


def open_account(people, currency="USD"):
    """The Fund has an account in a currency, at a bank that does not exist."""
    bank = {"holder": "RICOMI", "account": "GB72ZZZZ00000012345678", "bic": "ZZZZGB2L", "country": "GB"}
    gate.act(people["approver"], propose_terms(people, currency=currency, **bank), "approval", "approve")


SITTINGS = {
    "preparing": Meeting.planned, "convened": Meeting.convened, "sitting": Meeting.opened,
    "deciding": Meeting.opened, "taking_off": Meeting.convened, "drafting": Meeting.over,
    "approval": Meeting.to_approve, "revising": Meeting.convened, "cancelling": Meeting.convened,
}  # fmt: skip


def session_at(step):
    def bring(walk):
        walk.endorsement()
        meeting = Meeting(walk.people, [walk.case])
        SITTINGS[step](meeting)
        walk.case.refresh_from_db()
        return meeting.session

    return bring


WAYS = {
    "cooperation": {name: (lambda walk, to=to: (to(walk), walk.case)[1]) for name, to in STAGES.items()},
    "trip": {
        name: trip_at(name)
        for name in (
            "authorisation", "correction", "advance", "advance_release", "travel", "trip_report", "expenses",
            "settlement", "settlement_approval", "cancellation", "recovery", "recovery_approval",
            "another_traveller", "traveller_by_secretariat", "first_advance_release", "first_settlement_approval",
        )
    },
    "disbursement": {
        name: disbursement_at(name)
        for name in ("proposal", "first_release", "release", "reporting", "dropping", *PAID_OUT, *IN_ITS_STEAD)
    },
    "extension": {
        name: extension_at(name) for name in ("granting", "granting_to_the_secretariat", "dropping")
    },
    "condition": {name: condition_at(name) for name in ("meeting", "acceptance", "waiving")},
    "contribution": {
        name: contribution_at(name) for name in ("receipt", "confirmation", "writing_off", "refunding", "exchanging")
    },
    "refund": {
        name: of_contribution("refunds", name, "refunding", REFUND) for name in ("first_approval", "approval")
    },
    "conversion": {"approval": of_contribution("conversions", "approval", "exchanging", BOUGHT)},
    "revision": {
        name: revision_at(name) for name in (
            "agreeing", "correction", "endorsement", "closing", "taking_up", "reservation", "reservation_approval",
            "dropping",
        )
    },
    "payment": {name: payment_at(name) for name in ("details", "sending", "confirmation")},
    "terms": {
        "first_approval": lambda walk: propose_terms(walk.people, currency="USD", second_above=Decimal("30000.00")),
        "approval": lambda walk: propose_terms(walk.people, currency="USD", second_above=Decimal("100.00")),
    },
    "session": {name: session_at(name) for name in SITTINGS},
    "cataloguing": {name: (lambda walk, to=to: to(walk.people)) for name, to in drafts.AT.items()},
}  # fmt: skip


def once(flow, name, way):
    def bring(walk):
        key = walk.once(f"{flow}.{name}", lambda walk: way(walk).pk)
        return FLOWS[flow].subject_model().objects.get(pk=key)

    return bring


# For each flow, what brings a walk to where each of its steps waits or may be taken.
BRING = {flow: {name: once(flow, name, way) for name, way in ways.items()} for flow, ways in WAYS.items()}
