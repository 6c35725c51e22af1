"""The samples cover every state and are taken in as what they are: samples."""

from __future__ import annotations

import pytest

from ricomi.catalogue.models import Entry
from ricomi.systems import network, samples
from ricomi.systems.models import Edition, Figure, Programme, Record

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


def test_the_samples_cover_each_of_the_states(people):
    editions = samples.take_in(people["case_officer"])
    assert [(one.state, one.sample, one.reason) for one in editions] == [(Edition.State.TAKEN_IN, True, "")] * 4
    members = set(network.members())
    assert len(members) == 35
    figures = Figure.objects.filter(series="stock")
    assert {(one.country, one.year) for one in figures} == {
        (state, year) for state in members for year in range(2018, 2024)
    }
    laws = [one.said() for one in Record.objects.filter(system="milex")]
    assert {law["country"] for law in laws} == members
    assert len(laws) >= 80
    programmes = Programme.objects.all()
    assert members <= {one.origin for one in programmes} | {one.destination for one in programmes}
    assert len(programmes) >= 50
    issues = [one.said()["issue"] for one in Record.objects.filter(system="bulletin")]
    assert {issue: issues.count(issue) for issue in issues} == {str(number): 6 for number in range(1, 7)}
    kinds = dict.fromkeys(["law", "programme", "publication", "series"], True)
    assert {one.kind: one.sample for one in Entry.objects.exclude(source="")} == kinds
    assert not samples.take_in(people["case_officer"])
