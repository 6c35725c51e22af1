"""Cases that together take every outcome of every step of a cooperation, and come to every end, in few walks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from cases.models import Case, Disbursement, Revision, Session
from ricomi import l10n
from ricomi.directory.models import Body, User
from ricomi.fund import ledger
from ricomi.fund.ledger import Hands, Purpose
from ricomi.fund.models import Contribution, Payment
from tests.flows import Walk
from tests.workflows.several import several
from tests.workflows.ways import BOUGHT, MUCH, asks_for_much, conditions, overdue
from workflows import gate, waiting
from workflows.engine import FLOWS
from workflows.rehearsal import ACCOUNT, Meeting

REPORT = {"report": "Done", "results": "Good", "lessons": ""}
WHY = {"reason": "For a reason."}


def every_ending(people: dict[str, User]) -> list[Case]:
    """All of them, ended."""
    made = [
        long, parted, without_money, inadmissible, no_partner, rejected_twice, accepted, lapsed, refused, cancelled,
        never_sent, several,
    ]  # fmt: skip
    return [one(Walk(people)).case for one in made]


def rests(walk: Walk) -> None:
    walk.act("case_officer", "suspension", "suspend", **WHY)
    walk.act("case_officer", "resumption", "resume")


def vote(walk: Walk, choice: str, **data: Any) -> None:
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        if walk.case.stage == "endorsement":
            walk.act(who, "endorsement", choice, **data)


def long(walk: Walk) -> Walk:
    """Every detour there is before, in the end, it closes."""
    walk.draft()
    walk.act("officer", "draft", "pass_on", **walk.request)
    walk.act("focal", "submission", "rework", **WHY)
    walk.act("officer", "draft", "pass_on", **walk.request)
    walk.act("focal", "submission", "submit")
    walk.act("case_officer", "receipt", "acknowledge")
    walk.act("case_officer", "screening", "ask", **WHY)
    walk.act("officer", "information", "save", **walk.request)
    walk.act("officer", "information", "answer", **walk.request)
    walk.act("case_officer", "screening", "admit")
    looks_for_partners(walk)
    agrees(walk)
    waits_for_money(walk)
    walk.settled()
    walk.paid()
    walk.act("partner", "exchange", "complete")
    reports(walk)
    walk.act("manager", "settlement", "settle")
    walk.act("approver", "settlement_approval", "send_back", **WHY)
    walk.act("manager", "settlement", "settle")
    walk.act("approver", "settlement_approval", "approve")
    return walk


def looks_for_partners(walk: Walk) -> None:
    walk.act("case_officer", "matching", "open_call")
    walk.act("partner_focal", "answer", "counter", item=walk.invitation("cl"), terms="In spring.")
    rests(walk)
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), **WHY)
    for silent in walk.case.invitations.exclude(body__code__in=("cl", "uy")):
        gate.act(None, walk.case, "answer", "silent", item=silent.pk, channel="clock")
    walk.case.refresh_from_db()
    walk.act("focal", "choice", "none", **WHY)
    walk.act("case_officer", "matching", "invite", bodies=list(Body.objects.filter(code__in=("cl", "uy"))))
    walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Two experts.")
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), **WHY)
    walk.choose("cl")


def agrees(walk: Walk) -> None:
    walk.act("focal", "plan", "save", **walk.request, plan="A visit")
    walk.act("focal", "plan", "propose", **walk.request, plan="A visit")
    walk.act("partner_focal", "plan_answer", "ask_changes", item=walk.party("cl"), **WHY)
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits")
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    vote(walk, "return", **WHY)
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits and a workshop")
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    vote(walk, "defer", **WHY)
    walk.act("chair", "taking_up", "table")
    walk.act("reviewer_ca", "endorsement", "recuse", **WHY)
    walk.act("chair", "endorsement", "abstain")
    rests(walk)
    walk.act("reviewer_br", "endorsement", "endorse_with_conditions", **conditions(blocks="reservation"))


def waits_for_money(walk: Walk) -> None:
    walk.pay_in("10000.00")
    meets_the_condition(walk)
    walk.act("manager", "reservation", "part", amount=Decimal("2000.00"))
    walk.act("approver", "reservation_approval", "send_back", **WHY)
    walk.act("manager", "reservation", "part", amount=Decimal("2000.00"))
    walk.act("approver", "reservation_approval", "approve")
    walk.act("focal", "agreement", "decline", **WHY)
    with transaction.atomic():
        hands = Hands(walk.people["manager_2"], walk.people["approver"])
        ledger.reserve(Purpose("2026-9999"), Decimal("9000.00"), "USD", hands=hands)
    for again in ("resume", "refuse"):
        walk.act("manager", "reservation", "full")
        walk.act("approver", "reservation_approval", "approve")
        walk.act("manager", "contributions", again, **WHY)
    walk.act("approver", "refusal", "send_back", **WHY)
    walk.act("manager", "reservation", "refuse", **WHY)
    walk.act("approver", "refusal", "send_back", **WHY)
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    walk.pay_in("10000.00")
    waiting.serve("USD")
    walk.case.refresh_from_db()
    walk.act("focal", "agreement", "accept")


def meets_the_condition(walk: Walk) -> None:
    condition = walk.case.conditions.get()
    walk.act("focal", "meeting", "report", condition, account="Sent")
    walk.act("case_officer", "acceptance", "return", condition, **WHY)
    walk.act("focal", "meeting", "report", condition, account="Sent again")
    walk.act("case_officer", "acceptance", "accept", condition)


def reports(walk: Walk) -> None:
    walk.act("officer", "report", "save", **REPORT)
    walk.act("officer", "report", "send", **REPORT)
    walk.act("partner_focal", "confirmation", "return", **WHY)
    walk.act("officer", "report", "send", **REPORT)
    walk.act("partner_focal", "confirmation", "confirm")
    walk.act("case_officer", "review", "return", **WHY)
    walk.act("officer", "report", "send", **REPORT)
    walk.act("partner_focal", "confirmation", "confirm")
    walk.act("case_officer", "review", "accept")


def parted(walk: Walk) -> Walk:
    """Goes on with a part of the money, and is withdrawn while an advance is out and a payment is asked for."""
    walk.endorsement()
    vote(walk, "endorse")
    walk.pay_in()
    walk.act("manager", "reservation", "part", amount=Decimal("2000.00"))
    walk.act("approver", "reservation_approval", "approve")
    walk.act("focal", "agreement", "accept")
    trip = walk.advanced()
    for purpose in ("Rooms", "Interpreters"):
        walk.act("officer", "ask_disbursement", "ask", purpose=purpose, amount=Decimal("100.00"))
    paid = walk.case.disbursements.earliest("pk")
    walk.act("manager", "proposal", "propose", paid)
    walk.act("approver", "release", "release", paid)
    walk.act("focal", "withdrawal", "withdraw", **WHY)
    walk.act("manager", "recovery", "recover", trip)
    walk.act("approver", "recovery_approval", "confirm", trip)
    walk.paid()
    overdue(paid)
    walk.act("manager", "in_its_stead", "account", paid, spent=Decimal(0), account="Nothing", **WHY)
    walk.act("approver", "approval_in_its_stead", "approve", paid)
    walk.act("manager", "returning", "give_up", paid, **WHY)
    walk.act("approver", "giving_up", "approve", paid)
    walk.act("manager", "winding_up", "finish")
    return walk


def without_money(walk: Walk) -> Walk:
    walk.request["amount_asked"] = None
    walk.closed()
    return walk


def inadmissible(walk: Walk) -> Walk:
    walk.admissibility()
    walk.act("case_officer", "screening", "inadmissible", **WHY)
    return walk


def no_partner(walk: Walk) -> Walk:
    walk.matching()
    walk.act("case_officer", "matching", "no_partner", **WHY)
    return walk


def rejected(walk: Walk) -> Walk:
    walk.endorsement()
    vote(walk, "reject", **WHY)
    return walk


def rejected_twice(walk: Walk) -> Walk:
    rejected(walk)
    walk.act("focal", "reconsideration", "ask", **WHY)
    vote(walk, "reject", **WHY)
    return walk


def accepted(walk: Walk) -> Walk:
    rejected(walk)
    walk.act("focal", "reconsideration", "accept")
    return walk


def lapsed(walk: Walk) -> Walk:
    rejected(walk)
    gate.act(None, walk.case, "reconsideration", "lapse", channel="clock")
    return walk


def refused(walk: Walk) -> Walk:
    """Endorsed by silence until the deadline, then refused the money."""
    walk.endorsement()
    gate.act(None, walk.case, "endorsement", "close", channel="clock")
    walk.case.refresh_from_db()
    walk.act("manager", "reservation", "refuse", **WHY)
    walk.act("approver", "refusal", "confirm", **WHY)
    return walk


def cancelled(walk: Walk) -> Walk:
    """Cancelled while it is suspended."""
    walk.admissibility()
    walk.act("case_officer", "suspension", "suspend", **WHY)
    walk.act("chair", "cancellation", "cancel", **WHY)
    return walk


def never_sent(walk: Walk) -> Walk:
    walk.draft()
    walk.act("focal", "withdrawal", "withdraw", **WHY)
    return walk


def every_session(people: dict[str, User]) -> list[Session]:
    """Sessions that take every outcome that moves one, and come to both ends."""
    cases = [Walk(people, amount=None).endorsement().case for _number in range(2)]
    held = Meeting(people, cases, discussed=cases[1:]).convened()
    held.act("reviewer_br", "taking_off", "take_off", item=held.item(cases[0]), **WHY)
    held.act("case_officer", "revising", "revise", **WHY)
    held.act("case_officer", "preparing", "convene", **held.agenda)
    held.act("case_officer", "revising", "revise", **WHY)
    held.act("case_officer", "cancelling", "cancel", **WHY)
    held = Meeting(people, cases, discussed=cases[1:]).opened()
    held.act("chair", "sitting", "attendance", attending=["MX"])
    held.act("chair", "sitting", "consent", attending=held.attending)
    held.act("chair", "deciding", "decide", item=held.item(cases[1]))
    held.act("chair", "sitting", "close")
    held.act("case_officer", "drafting", "save", remarks="Draft")
    held.act("case_officer", "drafting", "hand_in", remarks="Done")
    held.act("chair", "approval", "return", **WHY)
    held.act("case_officer", "drafting", "hand_in", remarks="Done")
    held.act("chair", "approval", "approve")
    dropped = Meeting(people, []).planned()
    dropped.act("case_officer", "cancelling", "cancel", **WHY)
    return list(Session.objects.all())


def all_money(people: dict[str, User]) -> None:
    """Contributions, disbursements and payments that together take every outcome, and come to every end."""
    every_contribution(people)
    walk = Walk(people)
    asks_for_much(walk)
    walk.exchange()
    revised(walk)
    released_by_two(walk)
    dropped(walk)
    payment = Payment.objects.latest("pk")
    for outcome in ("send_back", "send"):
        walk.act("manager", "details", "set", payment, payee=payment.payee, **ACCOUNT)
        walk.act("approver", "sending", outcome, payment, **WHY)
    walk.act("manager", "confirmation", "failed", payment, **WHY)
    walk.paid()
    accounted_twice(walk, walk.case.disbursements.get(posting=payment.posting_id))


def every_contribution(people: dict[str, User]) -> None:
    """One comes in two sums, the second sent back once; of another nothing comes, and it is written off in the end."""
    fund, manager, approver = Body.objects.get(code="fund").pk, people["manager"], people["approver"]
    data = {"donor": Body.objects.get(code="es"), "amount": Decimal(100), "currency": "USD", "for_body": fund}
    given, lost = (gate.begin(FLOWS["contribution"], manager, data) for _number in range(2))
    for number, outcome in enumerate(("confirm", "send_back", "confirm")):
        received = {"received_on": l10n.today(), "bank_reference": f"S-{number}", "amount": Decimal(50)}
        gate.act(manager, given, "receipt", "report", received)
        gate.act(approver, given, "confirmation", outcome, WHY)
    refunded_and_exchanged(people, given)
    gate.act(None, lost, "receipt", "overdue", channel="clock")
    for outcome in ("send_back", "approve"):
        gate.act(manager, lost, "receipt", "write_off", WHY)
        gate.act(approver, lost, "writing_off", outcome, WHY)


def refunded_and_exchanged(people: dict[str, User], given: Contribution) -> None:
    """A refund and an exchange of what came, each refused once by each who may, then approved."""
    manager = people["manager"]
    for outcome in ("refuse", "approve"):
        gate.act(manager, given, "refunding", "propose", {"amount": Decimal(10), "reason": "Not needed"})
        gate.act(people["approver"], given.refunds.latest("pk"), "approval", outcome, WHY)
        gate.act(manager, given, "exchanging", "propose", BOUGHT | {"amount": Decimal(20)})
        gate.act(people["approver"], given.conversions.latest("pk"), "approval", outcome, WHY)


def released_by_two(walk: Walk) -> None:
    """Sent back by each of the two who approve, and reported on, before it is released."""
    walk.act("officer", "ask_disbursement", "ask", purpose="Platform", amount=MUCH)
    way = walk.case.disbursements.latest("pk")
    walk.act("manager", "proposal", "propose", way, needs_report=True)
    walk.act("approver", "first_release", "send_back", way, **WHY)
    for outcome in ("send_back", "release"):
        walk.act("manager", "proposal", "propose", way, needs_report=True)
        walk.act("approver", "first_release", "approve", way)
        if outcome == "release":
            walk.act("officer", "reporting", "report", way, report="Half is done")
        walk.act("approver_2", "release", outcome, way, **WHY)


def revised(walk: Walk) -> None:
    """Every detour of a revision of the budget until it is in force, one rejected by each who may, one dropped."""
    revision = walk.revised(more="500.00")
    again = {"reason_given": "Rooms", "total": revision.total, "amount": revision.amount}
    again["lines"] = [vars(line) for line in revision.budget_lines()]
    walk.act("partner_focal", "agreeing", "ask_changes", revision, **WHY)
    walk.act("focal", "correction", "send", revision, **again)
    walk.act("partner_focal", "agreeing", "agree", revision)
    vote_on(walk, revision, "return")
    walk.act("focal", "correction", "send", revision, **again)
    walk.act("partner_focal", "agreeing", "agree", revision)
    vote_on(walk, revision, "defer")
    walk.act("chair", "taking_up", "table", revision)
    walk.act("reviewer_br", "endorsement", "recuse", revision, **WHY)
    walk.act("reviewer_ca", "endorsement", "abstain", revision)
    walk.act("chair", "endorsement", "endorse", revision)
    for outcome in ("send_back", "approve"):
        walk.act("manager", "reservation", "propose", revision)
        walk.act("approver", "reservation_approval", outcome, revision, **WHY)
    for outcome in ("reject", "endorse"):
        refused = walk.revised("100.00", more="500.00")
        walk.act("partner_focal", "agreeing", "agree", refused)
        vote_on(walk, refused, outcome)
    walk.act("manager", "reservation", "refuse", refused, **WHY)
    dropped = walk.revised("100.00")
    walk.act("focal", "dropping", "drop", dropped, **WHY)


def vote_on(walk: Walk, revision: Revision, choice: str) -> None:
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        walk.act(who, "endorsement", choice, revision, **WHY)


def accounted_twice(walk: Walk, way: Disbursement) -> None:
    """The account is returned once, and so is what the Fund's manager says came back."""
    account = {"spent": way.amount, "account": "Rooms"}
    walk.act("officer", "accounting", "account", way, **account)
    walk.act("manager", "checking", "return", way, **WHY)
    overdue(way)
    walk.act("manager", "in_its_stead", "account", way, **account, **WHY)
    walk.act("approver", "approval_in_its_stead", "send_back", way, **WHY)
    walk.act("officer", "accounting", "account", way, **account | {"spent": way.amount - 1})
    walk.act("manager", "checking", "accept", way)
    walk.act("manager", "returning", "give_up", way, **WHY)
    walk.act("approver", "giving_up", "send_back", way, **WHY)
    for outcome in ("send_back", "confirm"):
        walk.act("manager", "returning", "record", way, bank_reference="R-1")
        walk.act("approver", "returning_approval", outcome, way, **WHY)


def dropped(walk: Walk) -> None:
    """One is refused by the Fund, another dropped by the state."""
    for purpose in ("Rooms", "Interpreters"):
        walk.act("officer", "ask_disbursement", "ask", purpose=purpose, amount=Decimal("100.00"))
    refused, dropped = walk.case.disbursements.order_by("-pk")[:2]
    walk.act("manager", "proposal", "refuse", refused, **WHY)
    walk.act("officer", "dropping", "drop", dropped, **WHY)
