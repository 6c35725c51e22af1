"""A request of Paraguay that looks for a partner, offers of other states, and what states did before."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.models import Case, Invitation, Part
from ricomi import l10n
from ricomi.catalogue import cards
from ricomi.catalogue.models import StandingOffer, Term
from ricomi.directory.models import Body, User, VotingRule
from tests import flows

LONG_AGO = datetime.date(2000, 1, 1)
# The themes of `flows.request_data`.
ASKED = ("gcm-1", "gcm-2")


@pytest.fixture(autouse=True)
def _english(english: None) -> None:
    """All tests of the matching read English."""


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return flows.people()


@pytest.fixture
def walk(people: dict[str, User]) -> flows.Walk:
    return flows.Walk(people)


@pytest.fixture
def case(walk: flows.Walk) -> Case:
    """A request that waits for the secretariat to find a partner."""
    walk.matching()
    assert set(walk.case.themes.values_list("pk", flat=True)) == set(ASKED)
    return walk.case


@pytest.fixture
def offer(people: dict[str, User]) -> Callable[..., StandingOffer]:
    """A standing offer of a delegation, by its code, which fits the request in all unless told otherwise."""

    def make(code: str, themes: tuple[str, ...] = ASKED, **fields: Any) -> StandingOffer:
        values: dict[str, Any] = {
            "title": f"Offer of {code}", "text": "We show how.", "language": "en", "languages": ["es", "en"],
            "modality": "expert", "since": LONG_AGO, "created_by": people["partner"], "changed_by": people["partner"],
        }  # fmt: skip
        made = StandingOffer.objects.create(body=Body.objects.get(code=code), **values | fields)
        made.themes.set(themes)
        cards.write(offers=[made.pk])
        return made

    return make


@pytest.fixture
def past(people: dict[str, User]) -> Callable[..., Case]:
    """Another case, as it stands now: rows of the record, for what is counted is what was."""

    def make(offering: str | None = "uy", requesting: str = "ar", themes: tuple[str, ...] = (), **fields: Any) -> Case:
        number = Case.objects.count()
        values: dict[str, Any] = {
            "reference": f"1999-{number:04}", "title": "Another", "language": "es", "stage": "closed",
            "rule": VotingRule.objects.latest("pk"), "stated_total": Decimal("90000.00"), "endorsement_round": 1,
        }  # fmt: skip
        body = Body.objects.get(code=offering) if offering else None
        made = Case(requesting=Body.objects.get(code=requesting), offering=body, **values | fields)
        with connection.cursor() as cursor:
            # It did not pass the gate here, so the database would ask for the entry of its stage.
            cursor.execute("SET LOCAL session_replication_role = replica")
            made.save()
            cursor.execute("SET LOCAL session_replication_role = origin")
        made.themes.set(Term.objects.filter(pk__in=themes))
        if body:
            made.join(Part.OFFERING, body)
        return made

    return make


@pytest.fixture
def invited() -> Callable[..., Invitation]:
    """A state was invited to a case, a month ago unless told otherwise."""

    def make(case: Case, code: str, answer: str = "accepted", days: int = 30, **fields: Any) -> Invitation:
        at = timezone.now() - datetime.timedelta(days=days)
        body = Body.objects.get(code=code)
        return Invitation.objects.create(case=case, body=body, answer=answer, sent_at=at, answered_at=at, **fields)

    return make


@pytest.fixture
def browser() -> Callable[[User], Client]:
    """A browser in which a person is signed in, in English."""

    def make(person: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(person)
        return client

    return make


def tomorrow() -> datetime.date:
    return l10n.today() + datetime.timedelta(days=1)
