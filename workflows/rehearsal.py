"""A case taken along its way by the flow's own steps: for the demo network and for tests, never by inserted rows."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.budget_forms import LINE
from cases.models import AgendaItem, Case, Disbursement, Kind, Part, Revision, Session, Trip, TripStage
from cases.partners import Asked, Chosen
from cases.trip_forms import Planned
from ricomi import l10n, uploads
from ricomi.directory.models import Body, User
from ricomi.fund.models import Payment
from workflows import gate, policy
from workflows.engine import FLOWS

TEXTS = {
    "plan": "Two visits and a workshop.",
    "terms": "Two experts for a week each.",
    "declined": "No staff is free this year.",
    "purpose": "First visit",
    "origin": "Santiago",
    "destination": "Asunción",
    "trip_report": "Two offices were visited.",
    "trip_lessons": "Much was learnt.",
    "trip_met": "The heads of both offices.",
    "account": "Hall, interpreters and printing.",
    "changed": "Rooms cost less than planned.",
    "report": "All that was planned was done.",
    "results": "Two offices register.",
    "lessons": "Start small.",
}

# Where money goes in a rehearsal: an account of a bank that does not exist.
ACCOUNT = {"account": "000123456789", "bic": "", "country": "CL"}


class Rehearsal:
    """One case and its people; each method takes the steps up to a stage.

    `people` are known by their part: officer and focal of the requesting state, partner, partner_focal and expert
    of the offering one, other_focal of a state that declines, case_officer, chair, reviewer_br, manager, approver.
    `request` is what the form of the request holds; the states are given by ISO code.
    """

    def __init__(
        self, people: Mapping[str, User], request: Mapping[str, Any], *, requesting: str = "py", offering: str = "cl",
        declining: str = "uy",
    ) -> None:  # fmt: skip
        self.people, self.request = people, dict(request)
        self.requesting, self.offering, self.declining = requesting, offering, declining
        self.texts = dict(TEXTS)
        self.daily_rate: Decimal | None = Decimal("200.00")
        self.line = ""
        self.case: Case

    @property
    def amount(self) -> Any:
        return self.request["amount_asked"]

    def act(self, who: str, step: str, outcome: str, subject: Any = None, **data: Any) -> gate.Receipt:
        item = data.pop("item", None)
        receipt = gate.act(self.people[who], subject or self.case, step, outcome, data, item=item)
        self.case.refresh_from_db()
        return receipt

    def draft(self) -> Rehearsal:
        body = Body.objects.get(code=self.requesting).pk
        data = {"title": self.request["title"], "language": self.request["language"], "for_body": body}
        self.case = gate.begin(FLOWS["cooperation"], self.people["officer"], data)
        self.act("officer", "draft", "save", **self.request)
        return self

    def submitted(self) -> Rehearsal:
        self.draft()
        self.act("officer", "draft", "pass_on", **self.request)
        self.act("focal", "submission", "submit")
        return self

    def admissibility(self) -> Rehearsal:
        self.submitted()
        self.act("case_officer", "receipt", "acknowledge")
        return self

    def matching(self) -> Rehearsal:
        self.admissibility()
        self.act("case_officer", "screening", "admit")
        return self

    def invited(self) -> Rehearsal:
        self.matching()
        self.act(
            "case_officer",
            "matching",
            "invite",
            bodies=list(Body.objects.filter(code__in=(self.offering, self.declining))),
        )
        return self

    def invitation(self, code: str) -> int:
        return self.case.invitations.filter(body__code=code).latest("pk").pk

    def answered(self) -> Rehearsal:
        self.invited()
        self.act("partner_focal", "answer", "accept", item=self.invitation(self.offering), terms=self.texts["terms"])
        self.act(
            "other_focal", "answer", "decline", item=self.invitation(self.declining), reason=self.texts["declined"]
        )
        return self

    def agreement(self) -> Rehearsal:
        self.answered()
        self.choose(self.offering)
        return self

    def choose(self, *codes: str, third: Asked | None = None, **support: str) -> gate.Receipt:
        """The requesting state chooses these states, the first to lead; `support` says by code how a third helps."""
        offers = {code: self.case.invitations.get(pk=self.invitation(code)) for code in (*codes, *support)}
        chosen = [
            Chosen(
                offer, Part.THIRD if code in support else Part.OFFERING, leads=code == codes[0], does=offer.terms,
                support=support.get(code, ""),
            )
            for code, offer in offers.items()
        ]  # fmt: skip
        return self.act("focal", "choice", "choose", chosen=chosen, third=third)

    def party(self, code: str) -> int:
        """The key of the part that a state has among those who help."""
        return next(one.pk for one in self.case.partners() if one.body.code == code)

    def endorsement(self) -> Rehearsal:
        self.agreement()
        self.act("focal", "plan", "propose", **self.request, plan=self.texts["plan"])
        self.act("partner_focal", "plan_answer", "agree", item=self.party(self.offering))
        return self

    def endorsed(self) -> Rehearsal:
        self.endorsement()
        return self.vote("endorse")

    def vote(self, choice: str, **data: Any) -> Rehearsal:
        """Every delegation that has a voice in the case says the same."""
        run = policy.run_of(self.case)
        for person in policy.candidates(run, policy.waiting_tasks(run)[0]):
            gate.act(person, self.case, "endorsement", choice, data)
        self.case.refresh_from_db()
        return self

    def pay_in(self, amount: str = "10000.00") -> Rehearsal:
        """The Fund receives a contribution, through its own flow."""
        pay_in(self.people, amount)
        return self

    def exchange(self) -> Rehearsal:
        if self.amount:
            self.pay_in()
        self.endorsed()
        if self.amount:
            self.act("manager", "reservation", "full")
            self.act("approver", "reservation_approval", "approve")
            self.act("focal", "agreement", "accept")
        return self

    def paid(self) -> Rehearsal:
        """The bank pays whatever was released for the case."""
        for payment in Payment.objects.to_pay(self.case.reference).order_by("pk"):
            self.act("manager", "details", "set", payment, payee=payment.payee, **ACCOUNT)
            self.act("approver", "sending", "send", payment)
            paid = {"paid_on": l10n.today(), "bank_reference": f"B-{payment.reference}"}
            self.act("manager", "confirmation", "confirm", payment, **paid)
        return self

    def accounted(self, way: Disbursement, spent: Decimal | None = None) -> Disbursement:
        """The state accounts for a disbursement that the bank paid; what it did not spend comes back."""
        spent = way.amount if spent is None else spent
        self.act("officer", "accounting", "account", way, spent=spent, account=self.texts["account"])
        self.act("manager", "checking", "accept", way)
        if spent < way.amount:
            self.act("manager", "returning", "record", way, bank_reference=f"R-{way.subject_key}")
            self.act("approver", "returning_approval", "confirm", way)
        way.refresh_from_db()
        return way

    def revised(self, moved: str = "600.00", more: str = "0.00", **data: Any) -> Revision:
        """Propose that an amount moves to a new item from the last one, and that the new one gets so much more."""
        lines: list[dict[str, Any]] = [
            {name: getattr(line, name) for name in LINE} for line in self.case.lines.all()
        ]  # fmt: skip
        lines[-1]["amount"] -= Decimal(moved)
        number = f"1.{len(lines)}"
        new = Decimal(moved) + Decimal(more)
        lines.append(
            {"number": number, "concept": self.texts["purpose"], "unit_cost": None, "units": [], "amount": new}
        )
        lines[0]["amount"] += Decimal(more)
        data = {
            "reason_given": self.texts["changed"], "lines": lines, "total": lines[0]["amount"],
            "amount": (self.case.amount_proposed or Decimal(0)) + Decimal(more),
        } | data  # fmt: skip
        self.act("focal", "revise_budget", "propose", **data)
        return self.case.revisions.latest("pk")

    def legs(self, begins: datetime.date, days: int = 2) -> list[Planned]:
        """Out and, so many days later, back; at the rates of the table where the rehearsal names none."""
        home = self.texts["origin"], self.offering.upper()
        there = self.texts["destination"], self.requesting.upper()
        ends = begins + datetime.timedelta(days=days)
        source = "Circular 4/2026" if self.daily_rate else ""
        return [
            Planned(*home, *there, begins, begins, "air", Decimal("500.00"), self.daily_rate, source),
            Planned(*there, *home, ends, ends, "air", Decimal("400.00")),
        ]

    def trip(self, begins: datetime.date | None = None, **more: Any) -> Trip:
        """Plan a trip of the expert on the first days on which they are free, from today or another day on."""
        legs = self.legs(begins or l10n.today())
        expert = self.people["expert"]
        while (taken := Trip.objects.clashing(expert.pk, legs[0].departs, legs[-1].arrives)).exists():
            legs = self.legs(max(one.ends_on for one in taken) + datetime.timedelta(days=1))
        data = {"traveller": expert, "purpose": self.texts["purpose"], "line": self.line, "legs": legs} | more
        self.act("partner", "exchange", "plan_trip", **data)
        return self.case.trips.latest("pk")

    def advanced(self, begins: datetime.date | None = None) -> Trip:
        trip = self.trip(begins)
        self.act("case_officer", "authorisation", "authorise", trip)
        self.act("manager", "advance", "propose", trip, advance=Decimal("1000.00"))
        self.act("approver", "advance_release", "release", trip)
        trip.refresh_from_db()
        return trip

    def report(self, trip: Trip, returned_on: datetime.date | None = None) -> dict[str, Any]:
        """What the traveller hands in who came back on a day, today unless told."""
        return {
            "left_on": trip.starts_on, "returned_on": returned_on or l10n.today(), "report": self.texts["trip_report"],
            "lessons": self.texts["trip_lessons"], "met": self.texts["trip_met"],
        }  # fmt: skip

    def claim(self, spent: str = "950.00") -> dict[str, Any]:
        """A claim of 50 for subsistence and, with its receipt, the rest for the fare."""
        receipt = uploads.check(SimpleUploadedFile("receipt.txt", f"{self.case.reference}: {spent}\n".encode()))
        day, rest = l10n.today(), Decimal(spent) - 50
        return {"lines": [
            {"kind": Kind.FARE, "day": day, "amount": rest, "what": "", "file": receipt},
            {"kind": Kind.SUBSISTENCE, "day": day, "amount": Decimal("50.00"), "what": ""},
        ]}  # fmt: skip

    def settled(self) -> Trip:
        """A trip that was cut short: the traveller came back on the day of departure."""
        trip = self.advanced()
        self.act("expert", "travel", "travelled", trip)
        self.act("expert", "trip_report", "report", trip, **self.report(trip))
        self.act("expert", "expenses", "claim", trip, **self.claim())
        self.act("manager", "settlement", "propose", trip)
        self.act("approver", "settlement_approval", "approve", trip)
        trip.refresh_from_db()
        if trip.stage == TripStage.RECOVERING:
            self.act("manager", "recovery", "recover", trip, bank_reference=f"R-{trip.subject_key}")
            self.act("approver", "recovery_approval", "confirm", trip)
            trip.refresh_from_db()
        return trip

    def reporting(self) -> Rehearsal:
        self.exchange()
        if self.amount:
            self.settled()
            self.paid()
        self.act("partner", "exchange", "complete")
        return self

    def reviewed(self) -> Rehearsal:
        self.reporting()
        report = {name: self.texts[name] for name in ("report", "results", "lessons")}
        self.act("officer", "report", "send", **report)
        self.act("partner_focal", "confirmation", "confirm")
        self.act("case_officer", "review", "accept")
        return self

    def closed(self) -> Rehearsal:
        self.reviewed()
        if self.amount:
            self.act("manager", "settlement", "settle")
            self.act("approver", "settlement_approval", "approve")
        return self


def pay_in(
    people: Mapping[str, User], amount: str, currency: str = "USD", donor: str = "es", reference: str = ""
) -> Any:
    """A donor's contribution: pledged, reported, confirmed."""
    data = {"donor": Body.objects.get(code=donor), "amount": Decimal(amount), "currency": currency}
    fund = Body.objects.get(code="fund").pk
    contribution = gate.begin(FLOWS["contribution"], people["manager"], {**data, "for_body": fund})
    gate.act(
        people["manager"], contribution, "receipt", "report",
        {"received_on": l10n.today(), "bank_reference": reference or f"B-{contribution.pk}"},
    )  # fmt: skip
    gate.act(people["approver"], contribution, "confirmation", "confirm")
    return contribution


class Meeting:
    """One session of the CEAM and its people; each method takes the steps up to a stage.

    `people` are known by their part: case_officer, chair and whoever reviews. `discussed` are those of the cases that
    do not stand on the consent list, `attending` codes of states.
    """

    def __init__(
        self, people: Mapping[str, User], cases: Sequence[Case], *, discussed: Collection[Case] = (),
        attending: Sequence[str] = ("MX", "BR", "CA"), begins_at: datetime.datetime | None = None,
        place: str = "Washington, hall 3",
    ) -> None:  # fmt: skip
        self.people, self.cases, self.discussed = people, list(cases), set(discussed)
        self.attending, self.place = list(attending), place
        self.begins_at = begins_at or timezone.now() + datetime.timedelta(hours=1)
        self.remarks = "The next session is in spring."
        self.session: Session

    def act(self, who: str, step: str, outcome: str, **data: Any) -> gate.Receipt:
        receipt = gate.act(self.people[who], self.session, step, outcome, data)
        self.session.refresh_from_db()
        return receipt

    @property
    def agenda(self) -> dict[str, Any]:
        """What the form of the agenda holds."""
        rows = [{"case": case.pk, "consent": case not in self.discussed} for case in self.cases]
        return {"begins_at": self.begins_at, "place": self.place, "agenda": rows}

    def planned(self) -> Meeting:
        body = Body.objects.get(code="secretariat").pk
        data = {"begins_at": self.begins_at, "place": self.place, "for_body": body}
        self.session = gate.begin(FLOWS["session"], self.people["case_officer"], data)
        self.act("case_officer", "preparing", "save", **self.agenda)
        return self

    def convened(self) -> Meeting:
        self.planned()
        self.act("case_officer", "preparing", "convene", **self.agenda)
        return self

    def opened(self) -> Meeting:
        self.convened()
        self.act("chair", "convened", "open", attending=self.attending)
        return self

    def item(self, case: Case) -> AgendaItem:
        return self.session.items.get(case=case)

    def by_consent(self) -> Meeting:
        self.opened()
        self.act("chair", "sitting", "consent", attending=self.attending)
        return self

    def over(self) -> Meeting:
        self.by_consent()
        self.act("chair", "sitting", "close")
        return self

    def to_approve(self) -> Meeting:
        self.over()
        self.act("case_officer", "drafting", "hand_in", remarks=self.remarks)
        return self

    def issued(self) -> Meeting:
        self.to_approve()
        self.act("chair", "approval", "approve")
        return self
