"""How long subjects wait at each step: medians, 90th percentiles and counts, worked out by hand."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ricomi.directory.models import Body
from tests import flows
from tests.clock import clock
from workflows import picture
from workflows.engine import FLOWS, Step
from workflows.times import COLUMNS, Wait, waits

__all__ = ["clock"]
pytestmark = pytest.mark.django_db
COOPERATION = FLOWS["cooperation"]
# The walks themselves take some seconds, which are days to no one.
about = lambda days: pytest.approx(days, abs=0.01)  # noqa: E731


def at(step, *by, **only):
    return [row for row in waits(COOPERATION, by, **only) if row.step.name == step]


def test_the_median_and_what_nine_in_ten_take(clock):
    """Acknowledged after 1, 2, 3, 4 and 10 days: the median is 3, and 0.9 × 4 = 3.6 lies six tenths from 4 to 10."""
    people = flows.people()
    walks = [flows.Walk(people).submitted() for _number in range(6)]
    for walk, days in zip(walks, (1, 1, 1, 1, 6), strict=False):
        clock.pass_by(days=days)
        walk.act("case_officer", "receipt", "acknowledge")
    (receipt,) = at("receipt")
    assert (receipt.done, receipt.median, receipt.p90) == (5, about(3), about(7.6))
    # The sixth has waited for ten days where five are given; the five wait for their screening, which has twenty.
    assert (receipt.open, receipt.overdue, receipt.resting) == (1, 1, 0)
    (screening,) = at("screening")
    assert (screening.done, screening.median, screening.p90) == (0, None, None)
    assert (screening.open, screening.overdue) == (5, 0)
    assert at("matching") == []


def test_the_time_of_a_rest_does_not_count(clock):
    """Two days before it was suspended, one after it went on: three, not twenty-four; twice."""
    walk = flows.Walk(flows.people()).submitted()
    clock.pass_by(days=1)
    for days in (14, 7):
        walk.act("case_officer", "suspension", "suspend", reason="Wait")
        clock.pass_by(days=days)
        assert (at("receipt")[0].open, at("receipt")[0].overdue, at("receipt")[0].resting) == (0, 0, 1)
        walk.act("case_officer", "resumption", "resume")
        clock.pass_by(days=1)
    assert (at("receipt")[0].open, at("receipt")[0].overdue, at("receipt")[0].resting) == (1, 0, 0)
    walk.act("case_officer", "receipt", "acknowledge")
    assert (at("receipt")[0].done, at("receipt")[0].median) == (1, about(3))
    assert (at("resumption")[0].done, at("resumption")[0].median) == (2, about(10.5))


def test_each_body_and_each_year_has_its_own(clock):
    walk = flows.Walk(flows.people()).invited()
    clock.pass_by(days=2)
    walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Two experts.")
    first = timezone.now().year
    clock.pass_by(days=366)
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No staff.")
    second = timezone.now().year
    assert [(row.body, row.done, row.median) for row in at("answer", "body")] == [
        ("cl", 1, about(2)), ("uy", 1, about(368)),
    ]  # fmt: skip
    assert [(row.year, row.median) for row in at("answer", "year")] == [(first, about(2)), (second, about(368))]
    assert [(row.body, row.year) for row in at("answer", "body", "year")] == [("cl", first), ("uy", second)]
    assert [row.median for row in at("answer")] == [about(185)]
    assert [row.median for row in at("answer", body="uy")] == [about(368)]
    assert [row.median for row in at("answer", year=first)] == [about(2)]
    assert at("answer", body="ar") == []
    # What waits now is of this year, whenever it began.
    assert [row.open for row in at("choice", year=second)] == [1]


def test_what_was_ended_was_not_taken(clock):
    walk = flows.Walk(flows.people()).submitted()
    clock.pass_by(days=3)
    walk.act("focal", "withdrawal", "withdraw", reason="The need has passed.")
    (receipt,) = at("receipt")
    assert (receipt.done, receipt.median, receipt.open) == (0, None, 0)


def browser(people, who):
    client = Client(headers={"accept-language": "en"})
    client.force_login(people[who])
    return client


def test_the_page_says_in_words_what_the_drawing_says_in_shades(clock):
    people = flows.people()
    head = browser(people, "head")
    empty = head.get("/flows/cooperation/times/").content.decode()
    assert "Nothing has gone this way yet." in empty
    assert "<svg" not in empty
    walk = flows.Walk(people).submitted()
    clock.pass_by(days=4)
    walk.act("case_officer", "receipt", "acknowledge")
    clock.pass_by(days=31)
    head = browser(people, "head")  # who was signed out meanwhile
    page = head.get("/flows/cooperation/times/").content.decode()
    drawn, beside = page.split("</svg>")
    assert drawn.count("<circle") == len([step for step in COOPERATION.steps() if isinstance(step, Step)])
    assert drawn.count('class="heat-5"') == 1
    assert "median 4.0 d · 90 % 4.0 d" in drawn
    assert "not yet taken · late 1" in drawn
    row = beside.split("Acknowledge the request")[1].split("</tr>")[0]
    assert ">4.0<" in row
    assert "Complete the request" in beside
    alone = head.get("/flows/cooperation/times/?body=secretariat").content.decode().split("</svg>")[1]
    assert "Acknowledge the request" in alone
    assert "Complete the request" not in alone
    assert "No step fits these filters." in head.get("/flows/cooperation/times/?body=ar").content.decode()


@pytest.mark.parametrize("query", ["body=nowhere", "year=never", "year=99999999999", "body=%00"])
def test_a_filter_that_makes_no_sense_is_left_out(query):
    people = flows.people()
    flows.Walk(people).draft()
    answer = browser(people, "auditor").get(f"/flows/cooperation/times/?{query}")
    assert answer.status_code == 200
    assert "Complete the request" in answer.content.decode()


def test_the_data_are_the_page_by_body_and_by_year(clock):
    people = flows.people()
    walk = flows.Walk(people).submitted()
    clock.pass_by(hours=60)
    walk.act("case_officer", "receipt", "acknowledge")
    client = browser(people, "manager")
    rows = client.get("/flows/cooperation/times.json").json()["rows"]
    year = timezone.now().year
    found = [(row["body"], row["year"], row["taken"]) for row in rows if row["step"] == "receipt"]
    assert found == [(None, None, 1), ("secretariat", None, 1), (None, year, 1), ("secretariat", year, 1)]
    assert [row["median_days"] for row in rows if row["step"] == "receipt"] == [about(2.5)] * 4
    sheet = client.get("/flows/cooperation/times.csv").content.decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(sheet)))
    assert tuple(read[0]) == COLUMNS
    assert read == [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]


def test_a_step_is_as_dark_as_it_is_long():
    steps = [step for step in COOPERATION.steps() if isinstance(step, Step)]
    medians = [None, 0.0, 1.9, 2.0, 5.0, 10.0]
    waits_ = {
        step.name: Wait(step, None, None, 1, median, median, 0, 0, 0)
        for step, median in zip(steps, medians, strict=False)
    }
    assert [field.shade for field in picture.fields(COOPERATION, waits_)][:7] == [0, 1, 1, 2, 3, 5, 0]
    only = {steps[0].name: Wait(steps[0], None, None, 1, 0.0, 0.0, 0, 0, 0)}
    assert picture.fields(COOPERATION, only)[0].shade == 1


def test_no_page_asks_more_because_there_is_more():
    people = flows.people()
    head = browser(people, "head")
    counts = []
    for _round in range(2):
        for _number in range(2):
            flows.Walk(people).submitted()
        counts.append([])
        for address in ("times/", "times.csv", "times.json"):
            with CaptureQueriesContext(connection) as asked:
                assert head.get(f"/flows/cooperation/{address}").status_code == 200
            counts[-1].append(len(asked))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


def test_no_cell_of_the_sheet_is_a_formula():
    people = flows.people()
    flows.Walk(people).invited()
    Body.objects.filter(code="cl").update(code="=cl")
    sheet = browser(people, "chair").get("/flows/cooperation/times.csv").content.decode("utf-8-sig")
    assert {row["body"] for row in csv.DictReader(io.StringIO(sheet)) if row["step"] == "answer"} == {"", "'=cl", "uy"}
