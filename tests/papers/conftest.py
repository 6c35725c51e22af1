"""Papers with their files, and a visitor who verifies them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from ricomi.papers import tasks
from ricomi.papers.models import Paper
from tests.papers.samples import NUMBER, issue


@pytest.fixture
def issued(db: None) -> Callable[..., dict[str, Paper]]:
    """Issues a decision and makes its files."""

    def make(number: str = NUMBER, **fields: object) -> dict[str, Paper]:
        for paper in issue(number, **fields).values():
            tasks.render_paper(paper.pk)
        return {paper.language: paper for paper in Paper.objects.filter(number=number)}

    return make


@pytest.fixture
def visitor() -> Client:
    cache.clear()  # which counts attempts
    return Client(headers={"accept-language": "en"})
