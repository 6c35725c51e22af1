"""What the calendar does by itself: reminders, lateness, the answer that silence gives; each once."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from notifications.models import Letter
from tests import flows
from workflows import gate, policy
from workflows.models import Entry, Task
from workflows.tasks import ring_alarms
from workflows.templatetags.workflows import step_url

pytestmark = pytest.mark.django_db
ALARMS = ("task_reminder", "task_overdue", "task_escalated")


class AnyDatetime(type):
    def __instancecheck__(cls, value):
        return isinstance(value, datetime.datetime)


@pytest.fixture
def clock(monkeypatch):
    """The time of day, which a test moves on with `pass_by`."""

    class Clock(datetime.datetime, metaclass=AnyDatetime):
        ahead = datetime.timedelta(0)

        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) + cls.ahead

        @classmethod
        def pass_by(cls, **time):
            cls.ahead += datetime.timedelta(**time)

    # Under Django's `now` and not in place of it, for some keep that very function as a default.
    monkeypatch.setattr(timezone, "datetime", Clock)
    return Clock


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def ring():
    """What the worker does each minute; how many alarms rang."""
    return ring_alarms(timestamp=0)


def waiting(subject, step, **more):
    return Task.objects.get(
        process__subject_key=subject.subject_key, flow_task=policy.run_of(subject).flow_class.step(step),
        status__in=policy.WAITING, **more,
    )  # fmt: skip


def letters(*names):
    """Who got which alarm letter, as sorted pairs."""
    found = Letter.objects.filter(name__in=names or ALARMS).values_list("name", "recipient__email")
    return sorted((name, email.partition("@")[0]) for name, email in found)


REMINDED = [
    ("draft", "draft", 50, {"officer", "focal"}),
    ("submitted", "receipt", 3, {"case_officer", "head"}),
    ("endorsement", "endorsement", 10, {"reviewer_br", "reviewer_ca", "chair"}),
    ("agreement", "plan", 20, {"focal"}),
    ("reporting", "report", 15, {"officer", "focal"}),
]


@pytest.mark.parametrize(("stage", "step", "days", "people"), REMINDED, ids=[row[1] for row in REMINDED])
def test_a_reminder_goes_once_to_those_whose_step_it_is(stage, step, days, people, walk, clock):
    getattr(walk, stage)()
    clock.pass_by(days=days, minutes=-1)
    assert ring() == 0
    assert letters() == []
    clock.pass_by(minutes=1)
    assert ring() == 1
    assert letters() == [("task_reminder", name) for name in sorted(people)]
    assert ring() == 0
    clock.pass_by(hours=3)
    assert ring() == 0
    assert len(letters()) == len(people)


def test_an_invited_state_is_reminded_of_its_own_invitation_alone(walk, clock):
    walk.invited()
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    clock.pass_by(days=5)
    assert ring() == 1
    assert letters() == [("task_reminder", "partner_focal")]


def test_a_traveller_alone_is_reminded_of_their_report(walk, clock):
    walk.exchange()
    trip = walk.advanced()
    walk.act("expert", "travel", "travelled", trip)
    clock.pass_by(days=10)
    ring()
    assert [name for _letter, name in letters("task_reminder") if name == "expert"] == ["expert"]
    about_trip = Letter.objects.filter(key__startswith=f"task:{waiting(trip, 'trip_report').pk}:")
    assert [letter.recipient.email for letter in about_trip] == ["expert@ricomi.example"]


def test_a_reviewer_who_has_spoken_is_not_reminded(walk, clock):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    clock.pass_by(days=10)
    assert ring() == 1
    assert letters() == [("task_reminder", "chair"), ("task_reminder", "reviewer_ca")]


def test_each_reminder_of_a_step_is_sent(walk, clock):
    walk.agreement()
    for days, count in ((20, 1), (7, 2), (3, 2)):
        clock.pass_by(days=days)
        assert ring() == 1
        assert len(letters("task_reminder")) == count
    assert letters("task_overdue") == [("task_overdue", "focal")]


def test_what_is_late_is_told_to_its_people_and_to_who_answers_for_them_and_stands_in_the_timeline(walk, clock):
    walk.submitted()
    clock.pass_by(days=3)
    ring()
    clock.pass_by(days=2)
    assert ring() == 1
    assert letters("task_overdue") == [("task_overdue", "case_officer"), ("task_overdue", "head")]
    assert letters("task_escalated") == [("task_escalated", "head")]
    late = Entry.objects.get(outcome="late")
    assert (late.step, late.channel, late.person, late.stage_from, late.stage_to) == (
        "receipt", "clock", None, "submitted", "submitted",
    )  # fmt: skip
    before = Entry.objects.get(chain=late.chain, number=late.number - 1)
    assert (late.previous_hash, late.hash) == (before.hash, late.digest())
    clock.pass_by(days=30)
    assert ring() == 0
    assert Entry.objects.filter(outcome="late").count() == 1
    walk.act("case_officer", "receipt", "acknowledge")
    assert walk.case.stage == "admissibility"


def test_what_nobody_else_answers_for_is_told_to_its_people_alone(walk, clock):
    walk.draft()
    clock.pass_by(days=60)
    assert ring() == 1
    assert letters() == [("task_overdue", "focal"), ("task_overdue", "officer")]
    assert not Entry.objects.filter(outcome="late").exists()


def test_after_a_week_in_which_nothing_ran_one_letter_is_sent_and_not_two(walk, clock):
    walk.submitted()
    clock.pass_by(days=12)
    assert ring() == 1
    assert letters("task_reminder") == []
    assert len(letters("task_overdue")) == 2
    assert ring() == 0


def test_of_reminders_that_were_missed_the_last_is_sent(walk, clock):
    walk.agreement()
    clock.pass_by(days=28)
    assert ring() == 1
    assert letters() == [("task_reminder", "focal")]
    clock.pass_by(days=2)
    assert ring() == 1
    assert letters("task_overdue") == [("task_overdue", "focal")]


def test_who_does_not_answer_in_time_is_silent_and_the_case_goes_on_with_who_did(walk, clock):
    walk.invited()
    walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Two experts")
    clock.pass_by(days=10)
    assert ring() == 1
    walk.case.refresh_from_db()
    silent = walk.case.invitations.get(body__code="uy")
    assert silent.answer == "silent"
    assert waiting(walk.case, "choice")
    entry = Entry.objects.get(outcome="silent")
    assert (entry.channel, entry.person, entry.facts["item"]) == ("clock", None, silent.pk)
    assert letters() == []
    walk.act("focal", "choice", "choose", invitation=walk.case.invitations.get(body__code="cl"))
    assert walk.case.stage == "agreement"


def test_when_nobody_answers_the_secretariat_looks_again(walk, clock):
    walk.invited()
    clock.pass_by(days=5)
    assert ring() == 2
    clock.pass_by(days=5)
    assert ring() == 2
    assert set(walk.case.invitations.values_list("answer", flat=True)) == {"silent"}
    assert waiting(walk.case, "matching")
    with pytest.raises(gate.AlreadyTaken):
        walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Too late")


@pytest.mark.parametrize("channel", ["page", "api", "command", "clock"])
def test_nobody_takes_what_only_the_calendar_may_take(channel, walk):
    walk.invited()
    with pytest.raises(gate.NotAllowed):
        gate.act(
            walk.people["partner_focal"], walk.case, "answer", "silent", item=walk.invitation("cl"), channel=channel
        )
    assert walk.case.invitations.get(body__code="cl").answer == "waiting"


def test_no_page_offers_or_takes_what_only_the_calendar_may_take(walk, client):
    walk.invited()
    client.force_login(walk.people["partner_focal"])
    url = step_url(walk.case, "answer", walk.invitation("cl"))
    page = client.get(url).content.decode()
    assert 'value="decline"' in page
    assert 'value="silent"' not in page
    assert client.post(url, {"outcome": "silent", "reason": "x", "confirmed": "1"}).status_code == 422
    assert walk.case.invitations.get(body__code="cl").answer == "waiting"


def test_nothing_rings_for_a_case_that_rests_and_its_deadlines_move_by_as_long_as_it_rested(walk, clock):
    walk.agreement()
    clock.pass_by(days=15)
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    before = waiting(walk.case, "plan")
    clock.pass_by(days=24)
    assert ring() == 0
    assert not gate.ring(before.pk)
    walk.act("case_officer", "resumption", "resume")
    after = waiting(walk.case, "plan")
    rested = datetime.timedelta(days=24)
    assert rested <= after.due - before.due < rested + datetime.timedelta(minutes=1)
    assert after.due - before.due == after.scheduled - before.scheduled
    assert after.paused_at is None
    assert ring() == 0
    clock.pass_by(days=5)
    assert ring() == 1
    assert letters() == [("task_reminder", "focal")]
    clock.pass_by(days=10)
    ring()
    assert letters("task_overdue") == [("task_overdue", "focal")]


def test_the_trips_of_a_case_rest_with_it(walk, clock):
    walk.exchange()
    trip = walk.trip()
    before = waiting(trip, "authorisation").due
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    clock.pass_by(days=20)
    assert ring() == 0
    walk.act("case_officer", "resumption", "resume")
    assert waiting(trip, "authorisation").due - before >= datetime.timedelta(days=20)


def test_that_a_case_is_suspended_for_too_long_is_told(walk, clock):
    walk.agreement()
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    clock.pass_by(days=30)
    assert ring() == 1
    assert letters("task_escalated") == [("task_escalated", "head")]


def test_what_was_done_or_has_ended_rings_no_more(walk, clock):
    walk.submitted()
    task = waiting(walk.case, "receipt")
    walk.act("focal", "withdrawal", "withdraw", reason="No longer needed")
    clock.pass_by(days=30)
    assert ring() == 0
    assert not gate.ring(task.pk)
    assert letters() == []


def test_every_minute_the_worker_rings_what_is_due():
    (periodic,) = (
        task
        for task in app.periodic_registry.periodic_tasks.values()
        if task.task.name == "workflows.tasks.ring_alarms"
    )
    assert periodic.cron == "* * * * *"


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("two_at_once")
def test_two_workers_at_the_same_instant_ring_each_alarm_once(clock):
    walk = flows.Walk(flows.people(), amount=None).invited()
    clock.pass_by(days=30)
    due = list(Task.objects.filter(scheduled__lte=timezone.now(), status="NEW").values_list("pk", flat=True))
    assert len(due) == 2
    start, rung = threading.Barrier(4, timeout=60), []

    def work():
        try:
            start.wait()
            rung.extend(gate.ring(pk) for pk in due)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(rung) == [False] * 6 + [True] * 2
    assert Entry.objects.filter(outcome="silent").count() == 2
    walk.case.refresh_from_db()
    assert waiting(walk.case, "matching")


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("two_at_once")
def test_an_answer_and_the_end_of_its_time_at_the_same_instant_are_one_answer(clock):
    walk = flows.Walk(flows.people(), amount=None).invited()
    item = walk.invitation("cl")
    clock.pass_by(days=10)
    pk = waiting(walk.case, "answer", item=item).pk
    start, done = threading.Barrier(2, timeout=60), {}

    def work(name, does):
        try:
            start.wait()
            done[name] = bool(does())
        except gate.AlreadyTaken:
            done[name] = False
        finally:
            connection.close()

    person, case = walk.people["partner_focal"], walk.case
    workers = [
        threading.Thread(target=work, args=("clock", lambda: gate.ring(pk))),
        threading.Thread(
            target=work, args=("person", lambda: gate.act(person, case, "answer", "accept", {"terms": "x"}, item=item))
        ),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done.values()) == [False, True]
    answer = walk.case.invitations.get(pk=item).answer
    assert answer == ("silent" if done["clock"] else "accepted")
    assert Entry.objects.filter(step="answer").count() == 1
