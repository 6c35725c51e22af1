"""States with their delegations and officers, offers and results, as the catalogue's tests need them."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from guardian.shortcuts import assign_perm

from ricomi.catalogue import listing
from ricomi.catalogue.models import Entry, StandingOffer
from ricomi.directory.authority import act_as, group_name
from ricomi.directory.models import WIDER, Body, Membership, Participation, Role, State, User

LONG_AGO = datetime.date(2000, 1, 1)


@pytest.fixture(autouse=True)
def _english(english: None) -> None:
    """All tests of the catalogue read English."""


@pytest.fixture
def delegation(db: None) -> Callable[..., Body]:
    """The delegation of a state, taking part since long ago unless told otherwise."""

    def make(code: str, until: datetime.date | None = None) -> Body:
        state, _new = State.objects.get_or_create(code=code, defaults={"kind": State.Kind.MEMBER})
        Participation.objects.filter(state=state).delete()
        Participation.objects.create(
            state=state, status=Participation.Status.MEMBER, since=LONG_AGO, until=until, source="test"
        )
        body, _new = Body.objects.get_or_create(
            state=state, kind=Body.Kind.DELEGATION, defaults={"code": f"delegation-{code.lower()}"}
        )
        return body

    return make


@pytest.fixture
def member(db: None) -> Callable[..., User]:
    """A person with a role in a body."""

    def make(body: Body, role: Role = Role.OFFICER, email: str = "") -> User:
        email = email or f"{role.value}.{body.code}@example.org"
        person = User.objects.create_user(email, f"{role.label} {body.code}", language="en")
        Membership.objects.create(person=person, body=body, role=role, since=LONG_AGO)
        group, _new = Group.objects.get_or_create(name=group_name(body.code, role))
        person.groups.add(group)
        for held in (role, *WIDER.get(role, ())):
            assign_perm(f"directory.{act_as(held)}", group, body)
        return person

    return make


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which a person is signed in, in English."""

    def make(person: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(person)
        return client

    return make


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def offer(db: None) -> Callable[..., StandingOffer]:
    """A standing offer of a delegation."""

    def make(
        body: Body,
        person: User,
        title: str = "Consular registers",
        themes: tuple[str, ...] = ("gcm-14",),
        **fields: object,
    ) -> StandingOffer:
        values: dict[str, object] = {
            "text": "We show how.",
            "languages": ["es", "en"],
            "language": "en",
            "since": LONG_AGO,
        }
        made = StandingOffer.objects.create(
            body=body, title=title, created_by=person, changed_by=person, **values | fields
        )
        made.themes.set(themes)
        return made

    return make


@pytest.fixture
def result(delegation: Callable[..., Body]) -> Callable[..., Entry]:
    """The published result of a case."""

    def make(origin: str = "RICOMI-1", requesting: str = "PY", offering: str = "UY", **fields: object) -> Entry:
        values: dict[str, object] = {
            "kind": "initiative",
            "title": "Registers",
            "summary": "Two states shared registers.",
            "text": "All went well.",
            "language": "en",
            "terms": {"gcm-14", "women"},
            "until": datetime.date(2025, 3, 1),
        }
        for code in (requesting, offering):
            delegation(code)
        states = frozenset({("requesting", requesting), ("offering", offering)})
        return listing.publish(listing.Content(origin=origin, states=states, **values | fields))  # type: ignore[arg-type]

    return make
