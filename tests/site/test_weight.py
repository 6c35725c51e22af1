"""Slow lines: a first visit carries less than 100 kB, compressed, and no scripts."""

from __future__ import annotations

import gzip
import re

import pytest
from django.contrib.staticfiles import finders

from tests import flows

LIMIT = 100_000


def weight(client, address):
    """Bytes of a page and of everything it asks for, compressed as they travel."""
    page = client.get(address, headers={"accept-encoding": "identity"}).content
    text = page.decode()
    assert "<script" not in text
    total = len(gzip.compress(page))
    for asked in set(re.findall(r'(?:href|src)="/static/([^"]+)"', text)):
        with open(finders.find(asked), "rb") as file:
            total += len(gzip.compress(file.read()))
    return total


@pytest.mark.django_db
def test_a_first_visit_is_light(client):
    walk = flows.Walk(flows.people())
    walk.closed()
    assert weight(client, "/") < LIMIT
    client.force_login(walk.people["officer"])
    for address in ("/", "/cases/", walk.case.get_absolute_url(), "/directory/"):
        assert weight(client, address) < LIMIT, address


@pytest.mark.django_db
def test_the_heaviest_form_is_light(client):
    walk = flows.Walk(flows.people())
    walk.matching()
    client.force_login(walk.people["case_officer"])
    assert weight(client, f"/act/case/{walk.case.pk}/matching/") < LIMIT
