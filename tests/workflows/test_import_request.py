"""`manage.py import_request FILE`: what is printed, what is kept, and what is refused."""

from __future__ import annotations

import copy
import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from cases.models import Case, Stage
from tests import flows
from workflows import gate

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
FOUNDING = Path(settings.BASE_DIR) / "ricomi" / "demo_data" / "founding-proposal.json"


@pytest.fixture
def form():
    return json.loads(FOUNDING.read_text())


@pytest.fixture
def take_in(tmp_path):
    def run(form, *options):
        path = tmp_path / "form.json"
        path.write_text(form if isinstance(form, str) else json.dumps(form))
        out = StringIO()
        call_command("import_request", str(path), *options, stdout=out)
        return out.getvalue()

    return run


def test_the_founding_proposal_is_kept_as_a_draft_with_what_is_off(form, take_in):
    said = take_in(form)
    for figures in (("Section 3", "10,250.00", "11,252.00"), ("130,000.00", "items", "131,000.00"),
                    ("130,000.00", "sections", "129,998.00")):  # fmt: skip
        assert any(all(one in line for one in figures) for line in said.splitlines()), figures
    case = Case.objects.get()
    assert (case.stage, case.requesting.code, case.opened_by) == (Stage.DRAFT, "py", None)
    assert "Draft 2026-" in said
    assert case.lines.get(number="3").amount == 10250


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "La sección 3 indica 10.250,00 USD"), ("pt", "A secção 3 indica 10.250,00 USD"), ("fr", "La section 3")],
)
def test_it_speaks_the_readers_language(form, take_in, language, words):
    assert words in take_in(form, "--language", language)


def test_the_same_form_opens_no_second_draft_while_the_first_is_open(form, take_in):
    take_in(form)
    assert "already kept" in take_in(form)
    assert Case.objects.count() == 1


def test_it_opens_another_once_the_first_has_ended(form, take_in):
    people = flows.people()
    take_in(form)
    gate.act(people["focal"], Case.objects.get(), "withdrawal", "withdraw", {"reason": "To be written anew"})
    take_in(form)
    assert sorted(Case.objects.values_list("stage", flat=True)) == ["draft", "withdrawn"]


def test_what_is_off_keeps_it_from_being_submitted(form, take_in, client):
    people = flows.people()
    take_in(form)
    case = Case.objects.get()
    request = flows.request_data() | {"lines": [
        {"pk": line.pk, "number": line.number, "concept": line.concept, "unit_cost": line.unit_cost,
         "units": line.units, "amount": line.amount} for line in case.lines.all()
    ], "stated_total": case.stated_total, "amount_asked": case.stated_total}  # fmt: skip
    gate.act(people["officer"], case, "draft", "pass_on", request)
    with pytest.raises(gate.Blocked, match=r"10\.250,00"):
        gate.act(people["focal"], case, "submission", "submit")
    client.force_login(people["focal"])
    page = client.get(case.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    for figure in ("10,250.00", "11,252.00", "131,000.00", "129,998.00"):
        assert figure in page


def product_off(form):
    form["budget"][0]["items"][1]["stated"] = "36001"


def section_missing(form):
    del form["budget"][1]


def lines_equal(form):
    form["budget"][1]["items"].append(copy.deepcopy(form["budget"][1]["items"][0]))


def total_of_nothing(form):
    form["stated_total"] = "777"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (product_off, ["Line 1.2 states 36,001.00 USD", "gives 36,000.00 USD"]),
        (section_missing, ["2", "missing"]),
        (lines_equal, ["Lines 2.1 and 2.1 are equal"]),
        (total_of_nothing, ["777.00 USD", "131,000.00 USD"]),
    ],
)
def test_it_finds_what_is_wrong_in_another_form(form, take_in, spoil, words):
    spoil(form)
    lines = take_in(form).splitlines()
    assert any(all(word in line for word in words) for line in lines), lines


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ('{"title": "x"}', "requesting_state"),
        ('{"a": 1, "a": 2}', "a"),
        ("{" * 2000, "JSON"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_whole(take_in, text, fault):
    with pytest.raises(CommandError, match=fault):
        take_in(text)
    assert not Case.objects.exists()


def test_a_state_that_withdrew_begins_nothing_new(form, take_in):
    form["requesting_state"] = "NI"
    with pytest.raises(CommandError):
        take_in(form)
    assert not Case.objects.exists()


def test_a_file_that_is_not_there_is_one_line(capsys):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_request", "/no/such/file.json")
