"""What the calendar does by itself: reminders, lateness, the answer that silence gives; each once, on working days."""

from __future__ import annotations

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from notifications.models import Letter
from ricomi.directory.models import Body
from tests import flows
from tests.clock import clock, seat
from workflows import gate, policy
from workflows.engine import FLOWS, Step
from workflows.models import Entry, Task
from workflows.tasks import ring_alarms
from workflows.templatetags.workflows import step_url

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
ALARMS = ("task_reminder", "task_overdue", "task_escalated")
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def walk(clock):
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


def test_every_step_of_people_has_a_deadline_and_something_comes_of_its_end():
    """The draft of a flow is to say, for each step, until when it has time and who is told or what happens then."""
    for flow in FLOWS.values():
        for step in flow.steps():
            if isinstance(step, Step):
                assert step.limit, f"{flow.flow_name()}.{step.name} has no deadline"
                assert step.limit.days or step.limit.as_set, step.name
                assert step.limit.tell or step.limit.then, f"{flow.flow_name()}.{step.name} tells nobody"


# Begun on Monday 2 March 2026. Counted by hand: Paraguay and Chile keep Good Friday (3 April), Paraguay Maundy Thursday
# as well, 1, 14 and 15 May; Washington 16 April and 25 May. Summer time begins there on 8 March.
DEADLINES = [
    ("draft", "draft", seat(6, 3, 17)),
    ("submitted", "receipt", seat(3, 9, 17)),
    ("matching", "matching", seat(4, 13, 17)),
    ("agreement", "plan", seat(4, 15, 17)),
    ("endorsement", "endorsement", seat(3, 23, 17)),
]


@pytest.mark.parametrize(("stage", "step", "due"), DEADLINES, ids=[row[1] for row in DEADLINES])
def test_a_deadline_counts_the_working_days_of_whoever_acts(stage, step, due, walk):
    getattr(walk, stage)()
    assert waiting(walk.case, step).due == due


REMINDED = [
    ("draft", "draft", seat(5, 19, 9), {"officer", "focal"}),
    ("submitted", "receipt", seat(3, 5, 9), {"case_officer", "head"}),
    ("endorsement", "endorsement", seat(3, 16, 9), {"reviewer_br", "reviewer_ca", "chair"}),
    ("agreement", "plan", seat(3, 30, 9), {"focal"}),
    ("reporting", "report", seat(3, 23, 9), {"officer", "focal"}),
]


@pytest.mark.parametrize(("stage", "step", "moment", "people"), REMINDED, ids=[row[1] for row in REMINDED])
def test_a_reminder_goes_once_to_those_whose_step_it_is(stage, step, moment, people, walk, clock):
    getattr(walk, stage)()
    clock.pass_to(moment - MINUTE)
    assert ring() == 0
    assert letters() == []
    clock.pass_to(moment)
    assert ring() == 1
    assert letters() == [("task_reminder", name) for name in sorted(people)]
    assert ring() == 0
    clock.pass_by(hours=3)
    assert ring() == 0
    assert len(letters()) == len(people)


def test_an_invited_state_is_reminded_of_its_own_invitation_alone(walk, clock):
    walk.invited()
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    clock.pass_to(seat(3, 9, 9))
    assert ring() == 1
    assert letters() == [("task_reminder", "partner_focal")]


def test_a_traveller_alone_is_reminded_of_their_report(walk, clock):
    walk.exchange()
    trip = walk.advanced()
    clock.pass_by(days=10)
    walk.act("expert", "travel", "travelled", trip)
    task = waiting(trip, "trip_report")
    clock.pass_to(task.due - datetime.timedelta(days=1))
    ring()
    about_trip = Letter.objects.filter(key__startswith=f"task:{task.pk}:")
    assert [letter.recipient.email for letter in about_trip] == ["expert@ricomi.example"]


def test_who_does_not_confirm_that_they_travelled_is_asked_on_the_day_of_return(walk, clock):
    walk.exchange()
    trip = walk.advanced()
    task = waiting(trip, "travel")
    assert task.due.date() >= trip.ends_on
    clock.pass_to(task.due)
    ring()
    assert ("task_overdue", "expert") in letters()
    assert ("task_escalated", "head") in letters()


def test_a_reviewer_who_has_spoken_is_not_reminded(walk, clock):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    clock.pass_to(seat(3, 16, 9))
    assert ring() == 1
    assert letters() == [("task_reminder", "chair"), ("task_reminder", "reviewer_ca")]


def test_there_are_reminders_before_on_the_last_day_and_after_it(walk, clock):
    walk.agreement()
    for moment, reminded, overdue in (
        (seat(3, 30, 9), 1, 0), (seat(4, 10, 9), 2, 0), (seat(4, 15, 9), 3, 0), (seat(4, 15, 17), 3, 1),
        (seat(4, 23, 9), 3, 2),
    ):  # fmt: skip
        clock.pass_to(moment - MINUTE)
        assert ring() == 0
        clock.pass_to(moment)
        assert ring() == 1
        assert letters("task_reminder") == [("task_reminder", "focal")] * reminded
        assert letters("task_overdue") == [("task_overdue", "focal")] * overdue
    assert letters("task_escalated") == [("task_escalated", "head")]
    clock.pass_by(days=200)
    assert ring() == 0


def test_what_is_late_is_told_to_its_people_and_to_who_answers_for_them_and_stands_in_the_timeline(walk, clock):
    walk.submitted()
    clock.pass_to(seat(3, 5, 9))
    ring()
    clock.pass_to(seat(3, 9, 17))
    assert ring() == 1
    # The head is one of those whose step it is, and gets one letter, not two.
    assert letters("task_overdue", "task_escalated") == [("task_escalated", "head"), ("task_overdue", "case_officer")]
    late = Entry.objects.get(outcome="late")
    assert (late.step, late.channel, late.person, late.stage_from, late.stage_to) == (
        "receipt", "clock", None, "submitted", "submitted",
    )  # fmt: skip
    before = Entry.objects.get(chain=late.chain, number=late.number - 1)
    assert (late.previous_hash, late.hash) == (before.hash, late.digest())
    clock.pass_by(days=60)
    ring()
    assert Entry.objects.filter(outcome="late").count() == 1
    walk.act("case_officer", "receipt", "acknowledge")
    assert walk.case.stage == "admissibility"


def test_a_late_draft_is_told_at_home_alone(walk, clock):
    walk.draft()
    clock.pass_to(seat(6, 3, 17))
    assert ring() == 1
    assert letters() == [("task_escalated", "focal"), ("task_overdue", "officer")]


def test_after_a_week_in_which_nothing_ran_one_letter_is_sent_and_not_four(walk, clock):
    walk.submitted()
    clock.pass_by(days=30)
    assert ring() == 1
    assert letters() == [("task_escalated", "head"), ("task_overdue", "case_officer")]
    assert ring() == 0


def test_of_reminders_that_were_missed_the_last_is_sent(walk, clock):
    walk.agreement()
    clock.pass_to(seat(4, 14))
    assert ring() == 1
    assert letters() == [("task_reminder", "focal")]
    clock.pass_to(seat(4, 15, 17))
    assert ring() == 1
    assert letters("task_overdue") == [("task_overdue", "focal")]


def test_who_does_not_answer_in_time_is_silent_and_the_case_goes_on_with_who_did(walk, clock):
    walk.invited()
    walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Two experts")
    clock.pass_to(seat(3, 16, 17))
    assert ring() == 1
    walk.case.refresh_from_db()
    silent = walk.case.invitations.get(body__code="uy")
    assert silent.answer == "silent"
    assert waiting(walk.case, "choice")
    entry = Entry.objects.get(outcome="silent")
    assert (entry.channel, entry.person, entry.facts["item"]) == ("clock", None, silent.pk)
    assert letters() == []
    walk.choose("cl")
    assert walk.case.stage == "agreement"


def test_when_nobody_answers_the_secretariat_looks_again(walk, clock):
    walk.invited()
    clock.pass_to(seat(3, 9, 9))
    assert ring() == 2
    clock.pass_to(seat(3, 16, 17))
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


def test_a_donor_is_written_to_when_the_day_of_an_instalment_has_passed_and_of_the_next_on_its_own(walk, clock):
    """Thirty of a hundred are due on 20 March, the rest on 20 April; of the first, twenty come on the 25th."""
    parts = [(Decimal(30), seat(3, 20).date()), (Decimal(70), seat(4, 20).date())]
    data = {
        "donor": Body.objects.get(code="es"), "amount": Decimal(100), "currency": "USD", "instalments": parts,
        "for_body": Body.objects.get(code="fund").pk,
    }  # fmt: skip
    given = gate.begin(FLOWS["contribution"], walk.people["manager"], data)
    clock.pass_to(seat(3, 20, 17) - MINUTE)
    ring()
    assert letters("pledge_overdue") == []
    clock.pass_to(seat(3, 20, 17))
    assert ring() == 1
    assert letters("pledge_overdue") == [("pledge_overdue", "donor")]
    assert letters("task_overdue", "task_escalated") == []
    assert Entry.objects.get(outcome="overdue").channel == "clock"
    clock.pass_to(seat(3, 25))
    assert ring() == 0
    # What lacks of the first is given a day more.
    for amount, due in (("20.00", seat(3, 26, 17)), ("10.00", seat(4, 20, 17))):
        received = {"received_on": timezone.now().date(), "bank_reference": amount, "amount": Decimal(amount)}
        gate.act(walk.people["manager"], given, "receipt", "report", received)
        gate.act(walk.people["approver"], given, "confirmation", "confirm")
        assert waiting(given, "receipt").due == due
    ring()
    assert letters("pledge_overdue") == [("pledge_overdue", "donor")]
    clock.pass_to(seat(4, 20, 17))
    ring()
    assert letters("pledge_overdue") == [("pledge_overdue", "donor")] * 2


def test_nothing_rings_for_a_case_that_rests_and_it_goes_on_with_the_days_that_it_had(walk, clock):
    walk.agreement()
    clock.pass_to(seat(3, 31))
    ring()
    assert letters() == [("task_reminder", "focal")]
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    before = waiting(walk.case, "plan")
    clock.pass_to(seat(5, 20))
    assert ring() == 1, "that it rests for too long is told, nothing else"
    assert letters("task_reminder") == [("task_reminder", "focal")]
    assert not gate.ring(before.pk)
    walk.act("case_officer", "resumption", "resume")
    after = waiting(walk.case, "plan")
    # On 31 March nine days were left, to 15 April; from 20 May, with Memorial Day on the 25th, they end on 3 June.
    assert (before.due, after.due) == (seat(4, 15, 17), seat(6, 3, 17))
    assert after.paused_at is None
    assert ring() == 0, "a reminder that was given is not given again"
    clock.pass_to(seat(5, 29, 9))
    assert ring() == 1
    clock.pass_to(seat(6, 3, 17))
    ring()
    assert ("task_overdue", "focal") in letters("task_overdue")


def test_the_trips_of_a_case_rest_with_it(walk, clock):
    walk.exchange()
    trip = walk.trip()
    before = waiting(trip, "authorisation").due
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    clock.pass_by(days=21)
    ring()
    assert letters("task_overdue", "task_escalated") == []
    walk.act("case_officer", "resumption", "resume")
    assert waiting(trip, "authorisation").due - before == datetime.timedelta(days=21)


def test_that_a_case_is_suspended_for_too_long_is_told(walk, clock):
    walk.agreement()
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    clock.pass_to(seat(4, 13, 17))
    assert ring() == 1
    assert letters("task_escalated") == [("task_escalated", "head")]


def test_while_the_other_side_is_asked_the_clock_stands_and_then_goes_on(walk, clock):
    """Twenty days from 2 March end on the 30th. Asked on the 16th, ten are left, which from 6 April end on the 21st."""
    walk.admissibility()
    assert waiting(walk.case, "screening").due == seat(3, 30, 17)
    clock.pass_to(seat(3, 16))
    walk.act("case_officer", "screening", "ask", reason="Which offices?")
    clock.pass_to(seat(4, 6))
    walk.act("officer", "information", "answer", **walk.request)
    assert waiting(walk.case, "screening").due == seat(4, 21, 17)


def test_what_comes_back_on_its_last_day_has_a_day_left(walk, clock):
    walk.admissibility()
    clock.pass_to(seat(3, 30))
    walk.act("case_officer", "screening", "ask", reason="Which offices?")
    walk.act("officer", "information", "answer", **walk.request)
    assert waiting(walk.case, "screening").due == seat(3, 31, 17)


def test_what_was_done_or_has_ended_rings_no_more(walk, clock):
    walk.submitted()
    task = waiting(walk.case, "receipt")
    walk.act("focal", "withdrawal", "withdraw", reason="No longer needed")
    clock.pass_by(days=90)
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


@pytest.mark.both_servers
@pytest.mark.django_db(transaction=True)
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


@pytest.mark.both_servers
@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_end_of_its_time_at_the_same_instant_are_one_answer(clock):
    walk = flows.Walk(flows.people(), amount=None).invited()
    item = walk.invitation("cl")
    clock.pass_to(seat(3, 16, 17))
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
