"""What the case list's search finds."""

import pytest
from django.http import QueryDict

from cases.filters import Filters
from cases.models import Case
from tests import flows

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    asked = QueryDict(mutable=True)
    asked["text"] = text
    return [case.title for case in Filters(asked).apply(Case.objects.all())]


def test_accents_and_capitals_are_forgiven_and_every_word_counts():
    walk = flows.Walk(flows.people())
    walk.request = flows.request_data(title="Régimen de trabajadores", need="Saber quién llega y quién se va.")
    case = walk.draft().case
    for text in ("regimen", "TRABAJADORES régimen", "quien llega", case.reference, f"llega {case.reference} regimen"):
        assert found(text) == ["Régimen de trabajadores"], text
    for text in ("regimen de pescadores", "200%", "_"):
        assert found(text) == [], text


def test_what_is_written_later_is_found():
    walk = flows.Walk(flows.people())
    case = walk.draft().case
    walk.act("officer", "draft", "save", **flows.request_data(title="Pesca artesanal"))
    assert found("ártesanal") == ["Pesca artesanal"]
    assert found(case.reference) == ["Pesca artesanal"]
    assert found("register of") == []
