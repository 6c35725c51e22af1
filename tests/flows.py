"""People and cases for tests. A case is brought to where a test needs it by the flow's own steps, never by rows."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from cases.models import Case, Trip
from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory import members
from ricomi.directory.models import Body, Role, State, User
from workflows import gate
from workflows.engine import FLOWS

PEOPLE = {
    "officer": ("py", Role.OFFICER, None),
    "focal": ("py", Role.FOCAL_POINT, None),
    "partner": ("cl", Role.OFFICER, None),
    "partner_focal": ("cl", Role.FOCAL_POINT, None),
    "expert": ("cl", Role.EXPERT, None),
    "other": ("uy", Role.OFFICER, None),
    "other_focal": ("uy", Role.FOCAL_POINT, None),
    "case_officer": ("secretariat", Role.CASE_OFFICER, None),
    "head": ("secretariat", Role.HEAD, None),
    "chair": ("ceam", Role.CHAIR, "MX"),
    "reviewer_br": ("ceam", Role.REVIEWER, "BR"),
    "reviewer_ca": ("ceam", Role.REVIEWER, "CA"),
    "reviewer_py": ("ceam", Role.REVIEWER, "PY"),
    "manager": ("fund", Role.FUND_MANAGER, None),
    "manager_2": ("fund", Role.FUND_MANAGER, None),
    "approver": ("fund", Role.FUND_APPROVER, None),
    "auditor": ("oversight", Role.AUDITOR, None),
    "donor": ("es", Role.DONOR, None),
}


def people(language: str = "en", password: str | None = None) -> dict[str, User]:
    """One person for each role that a case needs, by the name under which tests know them."""
    found = {}
    for name, (body, role, state) in PEOPLE.items():
        person = User.objects.create_user(
            f"{name}@ricomi.example", name.replace("_", " ").title(), password, language=language
        )
        members.appoint(
            person, Body.objects.get(code=body), role, by=None,
            represents=State.objects.get(pk=state) if state else None, since=datetime.date(2020, 1, 1),
        )  # fmt: skip
        found[name] = person
    return found


def request_data(amount: Any = "6000.00", **more: Any) -> dict[str, Any]:
    """A request that can be submitted: three lines that add up to what is stated."""
    total = Decimal("6000.00")
    lines = [
        {"number": "1", "concept": "Exchange of experts", "unit_cost": None, "units": [], "amount": total},
        {"number": "1.1", "concept": "Fares", "unit_cost": Decimal("1000.00"), "units": [["trips", "2"]],
         "amount": Decimal("2000.00")},
        {"number": "1.2", "concept": "Workshop", "unit_cost": None, "units": [], "amount": Decimal("4000.00")},
    ]  # fmt: skip
    return {
        "title": "Register of seasonal workers",
        "language": "es",
        "need": "Advice on how to register seasonal workers.",
        "objectives": "A register that works.",
        "expected_results": "Two offices register workers.",
        "starts_on": l10n.today(),
        "ends_on": l10n.today() + datetime.timedelta(days=200),
        "currency": "USD",
        "amount_asked": Decimal(amount) if amount else None,
        "stated_total": total,
        "themes": list(Term.objects.filter(kind="theme")[:2]),
        "populations": list(Term.objects.filter(kind="population")[:1]),
        "lines": lines,
    } | more


class Walk:
    """One case and its people; each method takes the steps up to a stage."""

    def __init__(self, people: dict[str, User], amount: Any = "6000.00") -> None:
        self.people, self.amount = people, amount
        self.case: Case

    def act(self, who: str, step: str, outcome: str, subject: Any = None, **data: Any) -> gate.Receipt:
        item = data.pop("item", None)
        receipt = gate.act(self.people[who], subject or self.case, step, outcome, data, item=item)
        self.case.refresh_from_db()
        return receipt

    def draft(self) -> Walk:
        body = Body.objects.get(code="py").pk
        data = {"title": "A draft", "language": "es", "for_body": body}
        self.case = gate.begin(FLOWS["cooperation"], self.people["officer"], data)
        self.act("officer", "draft", "save", **request_data(self.amount))
        return self

    def submitted(self) -> Walk:
        self.draft()
        self.act("officer", "draft", "pass_on", **request_data(self.amount))
        self.act("focal", "submission", "submit")
        return self

    def admissibility(self) -> Walk:
        self.submitted()
        self.act("case_officer", "receipt", "acknowledge")
        return self

    def matching(self) -> Walk:
        self.admissibility()
        self.act("case_officer", "screening", "admit")
        return self

    def invited(self) -> Walk:
        self.matching()
        self.act("case_officer", "matching", "invite", bodies=list(Body.objects.filter(code__in=("cl", "uy"))))
        return self

    def invitation(self, code: str) -> int:
        return self.case.invitations.filter(body__code=code).latest("pk").pk

    def answered(self) -> Walk:
        self.invited()
        self.act("partner_focal", "answer", "accept", item=self.invitation("cl"), terms="Two experts")
        self.act("other_focal", "answer", "decline", item=self.invitation("uy"), reason="No staff now")
        return self

    def agreement(self) -> Walk:
        self.answered()
        self.act("focal", "choice", "choose", invitation=self.case.invitations.get(body__code="cl"))
        return self

    def endorsement(self) -> Walk:
        self.agreement()
        self.act("focal", "plan", "propose", **request_data(self.amount, plan="Two visits and a workshop."))
        self.act("partner_focal", "plan_answer", "agree")
        return self

    def endorsed(self) -> Walk:
        self.endorsement()
        self.act("reviewer_br", "endorsement", "endorse")
        self.act("chair", "endorsement", "endorse")
        return self

    def pay_in(self, amount: str = "10000.00") -> Walk:
        """The Fund receives a contribution, through its own flow."""
        pay_in(self.people, amount)
        return self

    def exchange(self) -> Walk:
        if self.amount:
            self.pay_in()
        self.endorsed()
        if self.amount:
            self.act("manager", "reservation", "full")
            self.act("approver", "reservation_approval", "approve")
        return self

    def trip(self, **more: Any) -> Trip:
        """Plan a trip of the expert that can begin today."""
        data = {
            "traveller": self.people["expert"], "purpose": "First visit", "origin": "Santiago",
            "destination": "Asunción", "starts_on": l10n.today(), "ends_on": l10n.today() + datetime.timedelta(days=2),
            "fare": Decimal("900.00"), "daily_rate": Decimal("200.00"),
        } | more  # fmt: skip
        self.act("partner", "exchange", "plan_trip", **data)
        return self.case.trips.latest("pk")

    def advanced(self) -> Trip:
        trip = self.trip()
        self.act("case_officer", "authorisation", "authorise", trip)
        self.act("manager", "advance", "propose", trip, advance=Decimal("1000.00"))
        self.act("approver", "advance_release", "release", trip)
        trip.refresh_from_db()
        return trip

    def settled(self) -> Trip:
        trip = self.advanced()
        self.act("expert", "travel", "travelled", trip)
        self.act("expert", "trip_report", "report", trip, report="Much was learnt.")
        self.act("expert", "expenses", "claim", trip, spent=Decimal("950.00"))
        self.act("manager", "settlement", "propose", trip)
        self.act("approver", "settlement_approval", "approve", trip)
        trip.refresh_from_db()
        return trip

    def reporting(self) -> Walk:
        self.exchange()
        if self.amount:
            self.settled()
        self.act("partner", "exchange", "complete")
        return self

    def reviewed(self) -> Walk:
        self.reporting()
        self.act("officer", "report", "send", report="All done.", results="Two offices register.", lessons="Start small.")
        self.act("partner_focal", "confirmation", "confirm")
        self.act("case_officer", "review", "accept")
        return self

    def closed(self) -> Walk:
        self.reviewed()
        if self.amount:
            self.act("manager", "settlement", "settle")
            self.act("approver", "settlement_approval", "approve")
        return self


def pay_in(people: dict[str, User], amount: str, currency: str = "USD") -> Any:
    """A donor's contribution: pledged, reported, confirmed."""
    data = {"donor": Body.objects.get(code="es"), "amount": Decimal(amount), "currency": currency}
    fund = Body.objects.get(code="fund").pk
    contribution = gate.begin(FLOWS["contribution"], people["manager"], {**data, "for_body": fund})
    gate.act(
        people["manager"], contribution, "receipt", "report",
        {"received_on": l10n.today(), "bank_reference": f"B-{contribution.pk}"},
    )  # fmt: skip
    gate.act(people["approver"], contribution, "confirmation", "confirm")
    return contribution
