"""A year of a thousand cases, with three worker processes at once: each alarm once, none early, none for who rests.

The clock moves from opening to closing of every day, a minute before each and to the minute itself. What is to ring,
and when, is worked out anew from what each step states: working days are counted by numpy.
"""

from __future__ import annotations

import bisect
import collections
import contextlib
import datetime
import functools
import itertools
import os
import subprocess
import sys
from dataclasses import dataclass, field
from urllib.parse import quote

import holidays
import numpy
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from cases.models import Case, Invitation
from notifications.models import Letter
from ricomi.directory.models import Body
from tests import flows, many
from tests.clock import SEAT, clock, seat
from workflows import gate
from workflows.models import HUMAN, Entry, Task

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_server]

CASES, WORKERS, DAYS = 1000, 3, 365
APART = 6  # days from one copy's beginning to the next
BEGIN = seat(3, 2)
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)
# In this week nothing runs: no worker rings.
OUT = (seat(8, 10, 0), seat(8, 17, 0))
OFFICIAL = ("public", "government")
OFF = {
    None: holidays.country_holidays("US", subdiv="DC", years=range(2025, 2029), categories=OFFICIAL),
    "PY": holidays.country_holidays("PY", years=range(2025, 2029), categories=OFFICIAL),
    "CL": holidays.country_holidays("CL", years=range(2025, 2029)),
    "UY": holidays.country_holidays("UY", years=range(2025, 2029)),
}
CALENDARS = {
    state: numpy.busdaycalendar(holidays=[numpy.datetime64(day) for day in {*OFF[None], *dates}])
    for state, dates in OFF.items()
}


def day_of(moment):
    return numpy.datetime64(moment.astimezone(SEAT).date())


def at(day, hour):
    return datetime.datetime.combine(day.item(), datetime.time(hour), SEAT).astimezone(datetime.UTC)


def moved(day, count, calendar):
    """The day that lies so many working days after another, or before it."""
    return numpy.busday_offset(day, count, roll="backward" if count > 0 else "forward", busdaycal=calendar)


def left(since, due, calendar):
    """The working days from the day after a moment up to the day on which something is due."""
    return int(numpy.busday_count(day_of(since) + 1, day_of(due) + 1, busdaycal=calendar))


def deadline(since, count, calendar):
    return at(moved(day_of(since), count, calendar), 17)


def alarms(limit, due, calendar):
    """When each alarm of a task that is due at a moment rings, in order."""
    last = day_of(due)
    found = [(at(moved(last, -days, calendar), 9), f"before:{days}") for days in limit.remind]
    found += [(at(last, 9), "today"), (due, "due")]
    if not limit.then:
        found += [(at(moved(last, days, calendar), 9), f"after:{days}") for days in limit.late]
    return sorted(found)


@dataclass
class Watch:
    """The moments at which the workers look, the times at which tasks rested, and what is expected of it."""

    moments: list[datetime.datetime] = field(default_factory=list)
    rests: dict[int, list[tuple]] = field(default_factory=lambda: collections.defaultdict(list))

    def next(self, moment):
        place = bisect.bisect_left(self.moments, moment)
        return self.moments[place] if place < len(self.moments) else None

    def spans(self, task):
        """From when to when a task ran, with the moment at which it was due then."""
        rests = self.rests[task.pk]
        begin = task.created
        for paused, resumed, due in rests:
            yield begin, paused, due
            if resumed is None:
                return
            begin = resumed
        if rests:
            calendar = calendar_of(task)
            paused, resumed, due = rests[-1]
            again = deadline(resumed, max(1, left(paused, due, calendar)), calendar) if due > paused else due
            assert task.due == again, (task.pk, task.due, again)
        yield begin, None, task.due

    def rung(self, task):
        """What rings for a task: for each moment the alarms that are due then for the first time."""
        limit, calendar = task.flow_task.limit, calendar_of(task)
        found = collections.defaultdict(list)
        spans = list(self.spans(task))
        heard = {name for moment, name in alarms(limit, spans[0][2], calendar) if moment <= task.created}
        for begin, end, due in spans:
            for moment, name in alarms(limit, due, calendar):
                when = self.next(max(moment, begin))
                over = end or task.finished
                if name not in heard and when and (over is None or when < over or when == task.finished):
                    found[when].append(name)
                    heard.add(name)
        return dict(found)


def calendar_of(task):
    return CALENDARS[state_of(task.body_id)]


@functools.cache
def state_of(body):
    return Body.objects.values_list("state_id", flat=True).get(pk=body)


def open_tasks(**which):
    return Task.objects.filter(flow_task_type=HUMAN, finished=None, **which)


@contextlib.contextmanager
def workers():
    """Processes that ring, each on its own connection; for a moment, what each of them rang."""
    how = connection.get_connection_params()
    where = "{user}:{password}@{host}:{port}/{dbname}".format(
        **{name: quote(str(how.get(name) or ""), safe="") for name in ("user", "password", "host", "port", "dbname")}
    )
    environment = {**os.environ, "DATABASE_URL": f"postgres://{where}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "tests.faults.year"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(subprocess.Popen(command, env=environment, **pipes)) for _n in range(WORKERS)]

        def ring(moment):
            for one in running:
                one.stdin.write(f"{moment.isoformat()}\n")
            said = [one.stdout.readline() for one in running]
            assert all(said), "a worker ended"
            return [int(line) for line in said]

        yield ring
        for one in running:
            one.stdin.close()


def a_thousand():
    """Twenty cases, half of which wait, each somewhere else, and copies of them that begin throughout ten months."""
    people = flows.people()

    def walk(amount="6000.00"):
        return flows.Walk(people, amount)

    def suspended(walk):
        walk.act("case_officer", "suspension", "suspend", reason="Elections")

    walk().draft()
    walk().submitted()
    walk().admissibility()
    asked = walk().invited()
    asked.act("partner_focal", "answer", "accept", item=asked.invitation("cl"), terms="Two experts")
    walk().invited()
    walk().agreement()
    walk(None).endorsement()
    doubted = walk().endorsement()
    doubted.act("reviewer_br", "endorsement", "abstain", reason="No view")
    suspended(walk().agreement())
    suspended(walk(None).endorsement())
    for _number in range(10):
        walk().matching().act("focal", "withdrawal", "withdraw", reason="The need has passed.")
    many.Many(None, hours=f"-24 * {APART} * n").grow_to(CASES)
    spread()
    return people


def spread():
    """Have each task due as many working days after its beginning as the one of which it is a copy."""
    tasks = list(open_tasks(due__isnull=False))
    for task in tasks:
        calendar = calendar_of(task)
        assert not (task.created - BEGIN) % (APART * DAY)
        days = left(BEGIN, task.due - (task.created - BEGIN), calendar)
        task.due = deadline(task.created, days, calendar)
        task.scheduled = next(moment for moment, _name in alarms(task.flow_task.limit, task.due, calendar))
        task.rung = []
    with transaction.atomic():
        Task.objects.bulk_update(tasks, ["due", "scheduled", "rung"], batch_size=500)


class Secretariat:
    """Lays some cases to rest on the first day of each month, and lets most of them go on a month later."""

    def __init__(self, watch, person):
        self.watch, self.person, self.resting, self.turn = watch, person, [], itertools.count()
        for task in Task.objects.filter(paused_at__isnull=False):
            watch.rests[task.pk].append((task.paused_at, None, task.due))

    def work(self, now):
        for case in self.resting:
            if next(self.turn) % 4:
                self.resume(case, now)
        waiting = open_tasks(paused_at=None, created__lt=now, due__gt=now + 2 * DAY)
        keys = waiting.values_list("process__subject_key", flat=True)
        due = [int(key.partition(":")[2]) for key in keys.order_by("due") if key.startswith("case:")]
        stages = ("admissibility", "agreement", "endorsement")
        self.resting = list(Case.objects.filter(pk__in=due, stage__in=stages).order_by("-pk")[:6])
        for case in self.resting:
            before = list(open_tasks(process__root_key=case.subject_key))
            gate.act(self.person, case, "suspension", "suspend", {"reason": "Elections"})
            for task in before:
                self.watch.rests[task.pk].append((now, None, task.due))

    def resume(self, case, now):
        gate.act(self.person, case, "resumption", "resume")
        for task in open_tasks(process__root_key=case.subject_key):
            if rests := self.watch.rests[task.pk]:
                paused, _never, due = rests.pop()
                rests.append((paused, now, due))


def test_through_a_year_each_alarm_rings_once_and_on_time(clock):
    people = a_thousand()
    watch = Watch()
    secretariat = Secretariat(watch, people["case_officer"])
    before, jobs = Letter.objects.count(), ProcrastinateJob.objects.count()
    shares = [0] * WORKERS
    with workers() as ring:
        for number in range(1, DAYS + 1):
            day = numpy.datetime64("2026-03-02") + number
            opens, closes = at(day, 9), at(day, 17)
            if OUT[0] <= opens < OUT[1]:
                continue
            for moment in (opens - MINUTE, opens, closes - MINUTE, closes):
                clock.pass_to(moment)
                watch.moments.append(moment)
                shares = [share + rang for share, rang in zip(shares, ring(moment), strict=True)]
                if moment == opens and day.item().day == 1:
                    clock.pass_by(hours=3)
                    secretariat.work(clock.stands)

    told, taken = expected(watch)
    letters = Letter.objects.filter(queued_at__gt=BEGIN, key__regex=r"^task:\d+:[a-z]")
    found = collections.defaultdict(set)
    for key, name, queued in letters.values_list("key", "name", "queued_at"):
        _task, pk, alarm = key.rpartition(":")[0].split(":", 2)
        found[int(pk), alarm].add((name, queued))
    assert dict(found) == told
    by_clock = Entry.objects.filter(channel="clock").exclude(outcome="late")
    acts = collections.Counter(by_clock.values_list("subject", "step", "outcome", "facts__item", "at"))
    assert acts == taken
    late = Entry.objects.filter(outcome="late").values_list("subject", "step", "facts__item", "at")
    assert len(late) == len(set(late)) == len([name for _task, name in told if name == "due"])
    assert sum(shares) == len(told) + sum(taken.values()), "each of them rang once, in one of the workers"
    assert min(shares) > sum(shares) / 10, shares
    assert Letter.objects.count() - before == ProcrastinateJob.objects.filter(
        task_name="notifications.send_letter").count() - jobs  # fmt: skip
    assert Invitation.objects.filter(answer="silent").count() == 150
    assert Entry.objects.filter(step="endorsement", outcome="endorse", channel="clock").count() > 80


def expected(watch):
    """The letters by task and alarm, and the acts of the clock, that the year was to bring."""
    told, taken = {}, collections.Counter()
    for task in Task.objects.filter(flow_task_type=HUMAN, due__isnull=False).select_related("process"):
        limit = task.flow_task.limit
        for when, names in watch.rung(task).items():
            assert not any(paused <= when < (resumed or when + DAY) for paused, resumed, _due in watch.rests[task.pk])
            if "due" in names and limit.then:
                then = {"close": "endorse"}.get(limit.then, limit.then)
                taken[task.process.subject_key, task.flow_task.name, then, task.item, when] += 1
                continue
            alarm = "due" if "due" in names else names[-1]
            overdue = alarm == "due" or alarm.startswith("after")
            letters = {("task_overdue" if overdue else "task_reminder", when)}
            if alarm == "due" and limit.tell:
                letters.add(("task_escalated", when))
            told[task.pk, alarm] = letters
    return told, taken
