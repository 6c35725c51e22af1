"""Systems and people for their tests, and files handed in without a worker."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from ricomi.directory.models import User
from ricomi.systems import importing
from ricomi.systems.models import Edition, System
from tests import flows

Hand = Callable[..., Edition]


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return flows.people()


@pytest.fixture
def hand_in(people: dict[str, User]) -> Hand:
    """Hand in a file of a system and have it read; with `take`, have it taken in."""

    def hand(code: str, content: bytes, *, take: bool = True, by: str | None = "case_officer") -> Edition:
        person = people[by] if by else None
        system = System.objects.get(pk=code)
        edition = importing.arrive(system, io.BytesIO(content), source="file", by=person, defer=False)
        importing.read(edition)
        if take and edition.state == Edition.State.WAITING:
            importing.decide(edition, take=True, by=people["case_officer"], defer=False)
            importing.finish(edition)
        return edition

    return hand
