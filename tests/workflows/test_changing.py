"""A flow changes while things wait on it, as docs/changing-a-flow.md says: the test runs the page's own examples."""

from __future__ import annotations

import datetime
import re
import sys
import types
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from viewflow.workflow import fields

from cases import exchange as record
from cases.models import TripStage
from notifications.models import Letter
from ricomi import l10n
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role
from tests import flows
from workflows import engine, gate, policy
from workflows.models import Entry, Run

pytestmark = pytest.mark.django_db
PAGE = Path(settings.BASE_DIR) / "docs" / "changing-a-flow.md"
WORDS = {name: getattr(engine, name) for name in ("Flow", "Opening", "Step", "End", "Renamed", "Removed", "this")}


@pytest.fixture
def write():
    """Put a version of the page's flow in the place of a module, as a new release would."""

    def version(number, code=None):
        code = code or re.search(rf"```python version-{number}\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
        module = types.ModuleType("workflows.keeping")
        sys.modules["workflows.keeping"] = module
        module.__dict__.update(WORDS, Role=Role, TripStage=TripStage, record=record)
        exec(compile(code, str(PAGE), "exec"), module.__dict__)
        for cached in (fields.import_flow_by_ref, fields.import_task_by_ref, fields.get_task_ref, fields.get_flow_ref):
            cached.cache_clear()
        return module.KeepingFlow

    yield version
    engine.FLOWS.pop("keeping", None)
    sys.modules.pop("workflows.keeping", None)
    for cached in (fields.import_flow_by_ref, fields.import_task_by_ref):
        cached.cache_clear()


@pytest.fixture
def walk():
    found = flows.Walk(flows.people(), amount=None)
    found.exchange()
    return found


def begin(walk, flow, passed_by=()):
    """One subject on the flow, its first steps taken by these people."""
    begins = l10n.today() + datetime.timedelta(days=7 * walk.case.trips.count())
    data = {
        "case": walk.case, "traveller": walk.people["expert"], "purpose": "Visit", "legs": walk.legs(begins),
        "for_body": Body.objects.get(code="cl").pk,
    }  # fmt: skip
    trip = gate.begin(flow, walk.people["partner"], data)
    for step, who in zip(("look", "second_look"), passed_by, strict=False):
        gate.act(walk.people[who], trip, step, "pass_on")
    return trip


def waits_at(trip):
    return [task.flow_task.name for task in policy.waiting_tasks(policy.run_of(trip))]


def unknown_steps():
    return [fault.msg for fault in run_checks(databases=["default"]) if fault.id == "workflows.E002"]


def migrate(*options):
    out = StringIO()
    call_command("migrate_flows", *options, stdout=out)
    return next(line for line in out.getvalue().splitlines() if line.startswith("keeping:"))


def test_what_waits_goes_on_where_the_page_says(write, walk):
    first = write(1)
    renamed, removed = begin(walk, first), begin(walk, first, ["partner"])
    ahead = begin(walk, first, ["partner_focal", "partner"])
    assert not unknown_steps()

    write(2)
    faults = unknown_steps()
    assert len(faults) == 2
    assert any("1 running task(s) wait in workflows/keeping.KeepingFlow.look," in fault for fault in faults)
    assert any("KeepingFlow.second_look" in fault for fault in faults)
    assert migrate("--dry-run") == "keeping: 3 to bring to version 2"
    assert len(unknown_steps()) == 2

    before = set(Letter.objects.values_list("pk", flat=True))
    assert migrate() == "keeping: 3 brought to version 2"
    assert not unknown_steps()
    assert waits_at(renamed) == ["reading"]
    assert waits_at(removed) == ["numbering"]
    assert waits_at(ahead) == ["filing"]
    told = {letter.recipient.name for letter in Letter.objects.exclude(pk__in=before)}
    assert told == {"Case Officer", "Head"}
    assert set(Run.objects.filter(flow_class=engine.FLOWS["keeping"]).values_list("version", flat=True)) == {2}

    assert migrate() == "keeping: 0 brought to version 2"

    people = walk.people
    gate.act(people["partner"], renamed, "reading", "pass_on")
    gate.act(people["case_officer"], removed, "numbering", "number")
    gate.act(people["partner_focal"], removed, "filing", "file")
    removed.refresh_from_db()
    assert removed.stage == TripStage.SETTLED


def test_the_worklist_follows_whose_the_step_is_now(write, walk):
    removed = begin(walk, write(1), ["partner"])
    write(2)
    migrate()
    run = policy.run_of(removed)
    assert policy.worklist(authority(walk.people["case_officer"])).filter(process=run).count() == 1
    assert not policy.worklist(authority(walk.people["partner"])).filter(process=run).exists()


def test_four_eyes_hold_across_a_new_name(write, walk):
    ahead = begin(walk, write(1), ["partner_focal", "partner"])
    write(2)
    migrate()
    with pytest.raises(gate.NotAllowed):
        gate.act(walk.people["partner_focal"], ahead, "filing", "file")


def test_two_new_names_in_two_versions_are_taken_at_once(write, walk):
    first = write(1)
    waiting = begin(walk, first)
    code = re.search(r"```python version-2\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
    code = code.replace("version = 2", "version = 3").replace(
        'Renamed(since=2, old="look", new="reading"),',
        'Renamed(since=2, old="look", new="middle"), Renamed(since=3, old="middle", new="reading"),',
    )
    write(2, code)
    migrate()
    assert waits_at(waiting) == ["reading"]
    assert policy.run_of(waiting).version == 3


def test_what_rested_rests_on(write, walk):
    removed = begin(walk, write(1), ["partner"])
    gate.act(walk.people["case_officer"], walk.case, "suspension", "suspend", {"reason": "Wait"})
    write(2)
    migrate()
    run = policy.run_of(removed)
    assert not policy.worklist(authority(walk.people["case_officer"])).filter(process=run).exists()
    with pytest.raises(gate.Blocked):
        gate.act(walk.people["case_officer"], removed, "numbering", "number")
    gate.act(walk.people["case_officer"], walk.case, "resumption", "resume")
    gate.act(walk.people["case_officer"], removed, "numbering", "number")


def test_the_timeline_says_what_happened_and_still_holds(write, walk, client):
    renamed = begin(walk, write(1), ["partner"])
    write(2)
    migrate()
    entry = Entry.objects.filter(subject=renamed.subject_key).latest("number")
    assert (entry.outcome, entry.channel, entry.version) == ("carried_over", "command", 2)
    assert entry.facts["from_version"] == 1
    assert entry.hash == entry.digest()
    with pytest.raises(gate.AlreadyTaken) as refused:
        gate.act(walk.people["partner"], renamed, "reading", "pass_on")
    assert refused.value.entry.step == "look"
    client.force_login(walk.people["officer"])
    page = client.get(f"{walk.case.get_absolute_url()}timeline/", headers={"accept-language": "en"}).content.decode()
    assert "Goes on as the flow is now" in page
    assert "Read it" in page
