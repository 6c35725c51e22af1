"""Each way in which a flow can fail to hold is found, and its place is named."""

from __future__ import annotations

import pytest

from cases.models import TripStage
from ricomi import l10n
from ricomi.directory.models import Role
from workflows import checks, engine
from workflows.engine import End, Flow, Opening, Step, this


def opening(to):
    return Opening(None, "Begin").by(Role.OFFICER, of="offering").may("begin", "Begin").leads_to(to)


def step(title="Wait"):
    return Step(None, title).at(TripStage.PLANNED).by(Role.OFFICER, of="offering")


def done():
    return End("Done", TripStage.SETTLED)


@pytest.fixture
def faults():
    """The faults of a flow that is made of these steps."""

    def found(**steps):
        flow = type("FaultyFlow", (Flow,), {"title": "Faulty", "subject": "cases.Trip", **steps})
        return checks.faults(flow)

    yield found
    engine.FLOWS.pop("faulty", None)


def test_a_flow_that_holds_has_no_fault(faults):
    assert faults(opening=opening(this.wait), wait=step().may("go", "Go", this.done), done=done()) == []


def test_the_flows_of_the_network_hold():
    assert checks.flows_hold(None) == []


FAULTS = {
    "no way out": ({"wait": step()}, "wait: never leaves"),
    "an outcome that leads nowhere": (
        {"wait": step().may("go", "Go", this.done).may("stop", "Stop")},
        "wait: outcome stop leads nowhere and does not stay",
    ),
    "never reached": (
        {"wait": step().may("go", "Go", this.done), "aside": step().may("go", "Go", this.done)},
        "aside: is never reached",
    ),
    "nobody's": (
        {"wait": Step(None, "Wait").at(TripStage.PLANNED).may("go", "Go", this.done)},
        "wait: says nothing of who takes it",
    ),
    "of no body": (
        {"wait": Step(None, "Wait").at(TripStage.PLANNED).by(Role.HEAD, of="moon").may("go", "Go", this.done)},
        "wait: “moon” is no body of cases.Trip",
    ),
    "no stage": (
        {"wait": Step(None, "Wait").by(Role.OFFICER, of="offering").may("go", "Go", this.done)},
        "wait: says nothing of the stage",
    ),
    "four eyes over nothing": (
        {"wait": Step(None, "Wait").at(TripStage.PLANNED)
         .by(Role.OFFICER, of="offering", not_who_did=["asking"]).may("go", "Go", this.done)},
        "wait: not_who_did names asking",
    ),
    "late for nothing": (
        {"wait": step().within(5, then="silent").may("go", "Go", this.done)},
        "wait: when late takes silent, which it does not have",
    ),
    "no title": ({"wait": step("").may("go", "Go", this.done)}, "wait: a title is empty in es"),
    "no label": ({"wait": step().may("go", "", this.done)}, "wait: a title is empty in fr"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_its_place_named(faults, name):
    steps, told = FAULTS[name]
    assert told in faults(opening=opening(this.wait), **steps, done=done())


def test_a_target_of_another_flow_is_found(faults):
    elsewhere = engine.FLOWS["trip"].step("authorisation")
    found = faults(opening=opening(this.wait), wait=step().may("go", "Go", elsewhere), done=done())
    assert any("wait: leads to" in fault and "which the flow does not have" in fault for fault in found)


def test_two_openings_are_found(faults):
    found = faults(opening=opening(this.done), second=opening(this.done), done=done())
    assert found == ["has 2 openings; a flow has one"]


@pytest.mark.parametrize(("where", "name"), [("task", "no_such_letter"), ("outcome", "no_such_letter")])
def test_a_letter_that_does_not_exist_is_found(faults, where, name):
    wait = step().may("go", "Go", this.done, letters=[(name, "offering")] if where == "outcome" else [])
    if where == "task":
        wait = wait.letter(name)
    found = faults(opening=opening(this.wait), wait=wait, done=done())
    assert any(fault.startswith("letter ") and name in fault for fault in found)


def test_a_letter_that_lacks_a_language_is_found(faults, tmp_path, settings):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "new_letter.txt").write_text("{% translate 'A text that nobody has translated.' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    wait = step().may("go", "Go", this.done).letter("new_letter")
    found = faults(opening=opening(this.wait), wait=wait, done=done())
    languages = {code for code, _name in l10n.LANGUAGES if any("new_letter" in f and code in f for f in found)}
    assert languages >= {"es", "pt", "fr"}
