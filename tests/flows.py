"""People and cases for tests. A case is brought to where a test needs it by the flow's own steps, never by rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cases.models import Case
from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory import members
from ricomi.directory.models import Body, Role, State, User
from tests.kept import KEEPER
from workflows.rehearsal import Rehearsal, pay_in

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
    keys = KEEPER.call(("people", language, password), lambda: _appoint_all(language, password))
    found = User.objects.in_bulk(keys.values())
    return {name: found[key] for name, key in keys.items()}


def _appoint_all(language: str, password: str | None) -> dict[str, int]:
    found = {}
    for name, (body, role, state) in PEOPLE.items():
        person = User.objects.create_user(
            f"{name}@ricomi.example", name.replace("_", " ").title(), password, language=language
        )
        members.appoint(
            person, Body.objects.get(code=body), role, by=None,
            represents=State.objects.get(pk=state) if state else None, since=datetime.date(2020, 1, 1),
        )  # fmt: skip
        found[name] = person.pk
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


class Walk(Rehearsal):
    """A request of Paraguay to which Chile offers help. Its stages are walked once and kept for the next test."""

    def __init__(self, people: dict[str, User], amount: Any = "6000.00") -> None:
        super().__init__(people, request_data(amount))

    def once(self, name: str, bring: Callable[[Walk], Any]) -> Any:
        """What `bring` made of this walk, as a key that any test may read: walked the first time, then put back."""

        def make() -> tuple[int | None, Any]:
            made = bring(self)
            return self._case_pk, made

        who = tuple((part, person.pk) for part, person in self.people.items())
        states = (self.requesting, self.offering, self.declining)
        case, made = KEEPER.call((name, self._case_pk, who, states, repr(self.request), repr(self.texts)), make)
        if case is not None:
            self.case = Case.objects.get(pk=case)
        return made

    @property
    def _case_pk(self) -> int | None:
        return self.case.pk if hasattr(self, "case") else None


def _kept(name: str) -> Callable[..., Walk]:
    walked = getattr(Rehearsal, name)

    def bring(walk: Walk, *how: Any) -> Walk:
        walk.once(f"{name}{how}", lambda walk: walked(walk, *how) and None)
        return walk

    bring.__doc__ = walked.__doc__
    return bring


for _name in (
    "draft", "submitted", "admissibility", "matching", "invited", "answered", "agreement", "endorsement", "endorsed",
    "pay_in", "exchange", "reporting", "reviewed", "closed",
):  # fmt: skip
    setattr(Walk, _name, _kept(_name))


def also(person: User, role: Role, body: str = "fund") -> None:
    """A person holds another role, too; kept, so that what is walked after it is walked once."""
    KEEPER.call(("also", person.pk, role, body), lambda: _appoint(person, role, body))


def newcomer(walk: Walk, name: str, *roles: tuple[Role, str]) -> User:
    """Somebody new, of these roles in these bodies; kept, so that what is walked after it is walked once."""

    def come() -> int:
        person = User.objects.create_user(f"{name}@ricomi.example", name)
        for role, body in roles:
            _appoint(person, role, body)
        return person.pk

    walk.people[name] = User.objects.get(pk=KEEPER.call(("newcomer", name, roles), come))
    return walk.people[name]


def _appoint(person: User, role: Role, body: str) -> None:
    members.appoint(person, Body.objects.get(code=body), role, by=None, since=datetime.date(2020, 1, 1))


__all__ = ["PEOPLE", "Walk", "also", "newcomer", "pay_in", "people", "request_data"]
