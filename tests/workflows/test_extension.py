"""More time for a step: asked for by whose step it is, granted by another body, once, and told."""

from __future__ import annotations

import pytest

from cases.models import Extension
from notifications.models import Letter
from tests import flows
from tests.clock import clock, seat
from tests.workflows.test_clock import letters, ring, waiting
from workflows import gate
from workflows.models import Entry

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]


@pytest.fixture
def walk(clock):
    return flows.Walk(flows.people())


def ask(walk, who, step, subject=None, days=5, **more):
    task = waiting(subject or walk.case, step, **more)
    walk.act(who, "more_time", "ask", task=task, days=days, reason="Elections")
    return walk.case.extensions.latest("pk")


def told(name):
    return sorted(Letter.objects.filter(name=name).values_list("recipient__email", flat=True))


def test_a_state_asks_and_the_head_of_the_secretariat_grants(walk, clock):
    walk.agreement()
    clock.pass_to(seat(3, 30, 9))
    ring()
    extension = ask(walk, "focal", "plan")
    assert waiting(walk.case, "plan").due == seat(4, 15, 17), "asking moves nothing"
    assert told("extension_asked") == ["head@ricomi.example"]
    walk.act("head", "granting", "grant", extension)
    # Five working days after 15 April: the 16th is a holiday in Washington.
    assert waiting(walk.case, "plan").due == seat(4, 23, 17)
    assert "focal@ricomi.example" in told("extension_granted")
    entry = Entry.objects.filter(subject=extension.subject_key).latest("number")
    assert (entry.outcome, entry.facts["of_step"], entry.facts["due"][:10]) == ("grant", "plan", "2026-04-23")
    # The new time has its own reminders: ten days before it lies behind, three days before it lies ahead.
    before = len(letters("task_reminder"))
    clock.pass_to(seat(4, 20, 9))
    ring()
    assert len(letters("task_reminder")) == before + 1


def test_what_is_refused_leaves_the_deadline_and_may_be_asked_again(walk):
    walk.agreement()
    extension = ask(walk, "focal", "plan")
    with pytest.raises(gate.Blocked):
        walk.act("head", "granting", "refuse", extension)
    walk.act("head", "granting", "refuse", extension, reason="The plan is due")
    assert waiting(walk.case, "plan").due == seat(4, 15, 17)
    assert "focal@ricomi.example" in told("extension_refused")
    assert ask(walk, "focal", "plan", days=3).stage == "asked"


def test_more_time_is_given_once_a_step(walk):
    walk.agreement()
    walk.act("head", "granting", "grant", ask(walk, "focal", "plan"))
    with pytest.raises(gate.Blocked, match="once"):
        ask(walk, "focal", "plan")


def test_the_secretariat_does_not_grant_time_to_itself(walk):
    walk.submitted()
    extension = ask(walk, "case_officer", "receipt")
    for who in ("head", "case_officer"):
        with pytest.raises(gate.Refused):
            walk.act(who, "granting", "grant", extension)
    walk.act("chair", "granting_to_the_secretariat", "grant", extension)
    assert waiting(walk.case, "receipt").due == seat(3, 16, 17)


@pytest.mark.parametrize("who", ["officer", "focal", "partner_focal", "case_officer", "manager", "chair"])
def test_nobody_else_grants_it(who, walk):
    walk.agreement()
    extension = ask(walk, "focal", "plan")
    with pytest.raises(gate.NotAllowed):
        walk.act(who, "granting", "grant", extension)


@pytest.mark.parametrize("who", ["partner_focal", "case_officer", "chair", "officer"])
def test_only_they_ask_for_whom_the_step_waits(who, walk):
    walk.agreement()
    with pytest.raises(gate.Refused):
        ask(walk, who, "plan")
    assert not Extension.objects.exists()


def test_a_vote_lasts_as_its_rule_says_and_no_longer(walk):
    walk.endorsement()
    with pytest.raises(gate.NotAllowed):
        ask(walk, "reviewer_br", "endorsement")


def test_what_nobody_decides_in_time_lapses_and_the_deadline_stays(walk, clock):
    walk.agreement()
    extension = ask(walk, "focal", "plan")
    clock.pass_to(seat(3, 5, 17))
    ring()
    extension.refresh_from_db()
    assert extension.stage == "lapsed"
    assert waiting(walk.case, "plan").due == seat(4, 15, 17)


def test_a_step_that_was_taken_meanwhile_gets_no_more_time(walk):
    walk.agreement()
    extension = ask(walk, "focal", "plan")
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits")
    with pytest.raises(gate.Blocked):
        walk.act("head", "granting", "grant", extension)
    walk.act("head", "granting", "refuse", extension, reason="No longer needed")


def test_a_step_of_a_trip_is_extended_from_its_case(walk):
    walk.exchange()
    trip = walk.trip()
    before = waiting(trip, "authorisation").due
    walk.act("chair", "granting_to_the_secretariat", "grant", ask(walk, "case_officer", "authorisation", trip))
    assert waiting(trip, "authorisation").due > before


def test_that_an_invited_state_asks_betrays_no_invitation(walk):
    walk.invited()
    ask(walk, "partner_focal", "answer", item=walk.invitation("cl"))
    for entry in Entry.objects.filter(facts__has_any_keys=["extension", "of_step"]):
        assert entry.audience, entry
        assert not entry.is_readable_by(gate.authority(walk.people["other_focal"]))
        assert not entry.is_readable_by(gate.authority(walk.people["chair"]))
        assert entry.is_readable_by(gate.authority(walk.people["auditor"]))


def test_a_request_for_time_ends_with_a_case_that_is_withdrawn(walk):
    walk.agreement()
    extension = ask(walk, "focal", "plan")
    walk.act("focal", "withdrawal", "withdraw", reason="The need has passed")
    extension.refresh_from_db()
    assert extension.stage == "refused"


def test_the_page_offers_it_to_those_alone_for_whom_a_step_waits(walk, client):
    walk.agreement()
    url = f"{walk.case.get_absolute_url()}"
    client.force_login(walk.people["focal"])
    client.cookies["django_language"] = "en"
    assert "Ask for more time" in client.get(url).content.decode()
    client.force_login(walk.people["partner_focal"])
    assert "Ask for more time" not in client.get(url).content.decode()
