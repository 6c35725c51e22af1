"""The one gate: every act, from a page, a command or the clock, passes `act` or `begin`.

In one transaction it locks the root's row, checks the person against the policy, checks the guard, writes,
lets the flow go on, logs to the timeline and queues the letters. All of it happens, or none.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.status import PROCESS, STATUS

from notifications import letters
from ricomi.directory.authority import Authority, Hand, act_as, authority, people_with
from ricomi.directory.calendar import calendar_of, day_at_the_seat
from ricomi.directory.models import User
from workflows import changing, policy, unattended
from workflows.engine import AFTER, DUE, SPOKE, Act, Anytime, Ballot, End, Flow, Opening, Outcome, schedule
from workflows.models import HUMAN, OPEN, Entry, Run, Task, Voice

SUSPENDED = _("The case is suspended; nothing can be done until it is resumed.")


class Refused(Exception):
    """An act that the gate did not let pass. `message` is in the reader's language."""

    def __init__(self, message: Any) -> None:
        super().__init__(str(message))
        self.message = message


class NotAllowed(Refused):
    """The policy does not give this step to this person."""


class AlreadyTaken(Refused):
    """The step was taken before; `entry` says by whom, when and how, if the timeline still knows."""

    def __init__(self, entry: Entry | None) -> None:
        self.entry = entry
        super().__init__(_("This step has already been taken."))


class Stale(Refused):
    """The record changed after the form was shown; `entries` say how."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        super().__init__(_("The case changed while you were writing."))


class Blocked(Refused):
    """A guard holds the step; the message says what is missing."""


@dataclass
class Receipt:
    """What an act brought about."""

    entry: Entry
    subject: Any
    letters: int
    decided: bool = True


def locked(subject: Any) -> Any:
    """The subject, read again under the lock of its root's row, by which acts on one case wait for each other."""
    roots = type(subject.root).objects.select_for_update(of=("self",)).select_related(*subject.root.WITH)
    root = roots.get(pk=subject.root.pk)
    if subject.subject_key == root.subject_key:
        return root
    fresh = type(subject).objects.get(pk=subject.pk)
    fresh.case = root
    return fresh


def begin(
    flow: type[Flow], person: Any, data: Mapping[str, Any], *, channel: str = "page", under: Act | None = None
) -> Any:
    """Open a subject of a flow and let it go to its first step. Returns the subject.

    `under` is the act of another flow in whose transaction and lock this one begins.

    Raises NotAllowed when the policy does not let the person (or, for None, a command) open one; Blocked by a guard.
    """
    opening: Opening = flow.start()
    outcome = opening.outcomes[0]
    with transaction.atomic():
        rights = authority(person)
        run = Run(flow_class=flow, version=flow.version)
        body = data.get("for_body") if under is None else under.body_id
        _check_opening(flow, rights, person, body, channel, under)
        giver = None if under or body is None or opening.who is None else rights.through.get((opening.who.right, body))
        act_ = Act(person, body, opening.name, outcome.name, data, run, on_behalf=_bearer(giver, under))
        if outcome.guard and (why := outcome.guard(None, data)):
            raise Blocked(why)
        subject = flow.subject_model()()
        _perform(outcome, subject, act_)
        run.subject_key, run.root_key, run.subject, run.act = (
            subject.subject_key, subject.root.subject_key, subject, act_,
        )  # fmt: skip
        activation = opening.activation_class.create(opening, None, None)
        activation.process = activation.task.process = run
        activation.task.owner = person
        activation.execute()
        _conclude(run, act_, outcome, channel, stage_from="")
        return subject


def _check_opening(
    flow: type[Flow], rights: Authority, person: Any, body: int | None, channel: str, under: Act | None
) -> None:
    if under is not None:
        return
    opening = flow.start()
    if person is None and channel == "command" and opening.by_command:
        return
    opens = flow.opened_by_people and body is not None
    if not opens or not rights.may(opening.who.right, body):  # type: ignore[union-attr, arg-type]
        raise NotAllowed(_("Your role does not let you open this."))


def act(
    person: Any, subject: Any, step: str, outcome: str, data: Mapping[str, Any] | None = None, *,
    item: int | None = None, seen: int | None = None, channel: str = "page", under: Act | None = None,
) -> Receipt:  # fmt: skip
    """Take one step of the subject's flow. The only function that moves a subject.

    `item` names the task where a step has several; `seen` is the revision the person's form showed.
    `under` is the act of another flow, already through the gate, that brings this one about.

    Raises NotAllowed, AlreadyTaken, Stale or Blocked; then nothing has changed.
    """
    data = data or {}
    with transaction.atomic():
        subject = locked(subject)
        run = policy.run_of(subject)
        node = run.flow_class.step(step)
        chosen = node.outcome(outcome)
        task = None if isinstance(node, Anytime) else _task(run, node, item)
        item = task.item if task is not None else item
        rights = authority(person)
        used = _check_person(rights, run, node, task, chosen, person, channel, under)
        _check_open(run, node, task, subject, item, under)
        if seen is not None and _is_old(run, node, item, seen):
            raise Stale(_since(run, seen))
        body, hand = used or (policy.acting_body(rights, subject, node, item) if person else None, None)
        if hand is not None and body is not None:
            rights = rights.acting(hand, body)
        act_ = Act(
            person, body, step, outcome, data, run, item=item, reason=str(data.get("reason", "")).strip(),
            on_behalf=_bearer(hand.giver_id if hand else None, under),
        )  # fmt: skip
        if chosen.reason and not act_.reason:
            raise Blocked(_("Give the reason."))
        if chosen.guard and (why := chosen.guard(subject, data)):
            raise Blocked(why)
        run.subject, run.act = subject, act_
        stage_from = subject.stage
        if node.closes is not None:
            close = next(one.name for one in node.closes.outcomes if one.by_clock)
            return act(person, subject, node.closes.name, close, data, channel=channel, under=act_)
        if isinstance(node, Ballot):
            assert task is not None
            decided = _close(node, task, act_) if chosen.by_clock else _speak(node, task, act_, rights)
            if decided is None:
                act_.audience = [body for part in node.among for body in subject.bodies(part)]
                if node.secret(subject):
                    act_.outcome, act_.reason = SPOKE, ""
                return _conclude(run, act_, chosen, channel, stage_from, silent=True)
            chosen = node.outcome(decided)
            act_.outcome = decided
        _perform(chosen, subject, act_)
        if chosen.guard_after and (why := chosen.guard_after(subject, data)):
            raise Blocked(why)
        if not chosen.stays:
            _move(run, node, task, act_)
        return _conclude(run, act_, chosen, channel, stage_from)


def _is_old(run: Run, node: Any, item: int | None, seen: int) -> bool:
    """Whether a form shows the subject as it is no longer.

    What several do side by side, each for themselves, does not make the others' forms old; what came before does.
    """
    if isinstance(node, Ballot):
        return False
    if item is None:
        return bool(seen != run.subject.revision)
    names = run.flow_class.names_of(node.name)
    begun = Entry.objects.filter(subject=run.subject_key, steps_to__overlap=names).order_by("-number").first()
    return begun is not None and seen < begun.facts["revision"]


def _perform(chosen: Outcome, subject: Any, act_: Act) -> None:
    """Let the outcome write. Raises Blocked for what the record or the ledger refuses."""
    if chosen.does is None:
        return
    try:
        chosen.does(subject, act_)
    except ValidationError as refused:
        raise Blocked(" ".join(refused.messages)) from refused


def _task(run: Run, node: Any, item: int | None) -> Task | None:
    tasks = run.task_set.filter(flow_task=node, status__in=policy.WAITING)
    if item is not None:
        tasks = tasks.filter(item=item)
    task = tasks.first()
    if task is not None:
        task.process = run
    return task


def _bearer(giver: int | None, under: Act | None) -> User | None:
    """The person on whose authority is acted, if not on one's own: here, or where the act began that brings this on."""
    return User.objects.get(pk=giver) if giver else under.on_behalf if under else None


def _check_person(
    rights: Authority, run: Run, node: Any, task: Task | None, chosen: Outcome, person: Any, channel: str,
    under: Act | None,
) -> tuple[int, Hand] | None:  # fmt: skip
    """The body for which, and the hand in which, the person takes the step; None where the policy is not asked."""
    if under is not None:
        return None
    if chosen.by_clock:
        if channel != "clock" or person is not None:
            raise NotAllowed(_("Only the calendar takes this step."))
        return None
    used = policy.hand_of(rights, run, node, task) if person is not None else None
    if used is None:
        raise NotAllowed(_("This step is not yours to take."))
    return used


def _check_open(run: Run, node: Any, task: Task | None, subject: Any, item: int | None, under: Act | None) -> None:
    if isinstance(node, Anytime):
        if subject.stage not in node.stages:
            raise (
                AlreadyTaken(_last(run))
                if subject.has_ended
                else Blocked(_("This cannot be done while the case is in this stage."))
            )
        if under is None and run.subject_key != run.root_key and _rests(run):
            raise Blocked(SUSPENDED)
        return
    if task is None:
        raise AlreadyTaken(_last(run, node.name, item))
    if task.paused_at is not None:
        raise Blocked(SUSPENDED)


def _rests(run: Run) -> bool:
    """Whether the way under whose lock this one goes was suspended."""
    return Run.objects.filter(subject_key=run.root_key, paused_at__isnull=False).exists()


def _last(run: Run, step: str = "", item: int | None = None) -> Entry | None:
    entries = Entry.objects.filter(chain=run.root_key).select_related("person", "on_behalf", "body").order_by("-number")
    if step:
        own = entries.filter(subject=run.subject_key, step__in=run.flow_class.names_of(step))
        if item is not None:
            own = own.filter(facts__item=item)
        return own.first() or entries.first()
    return entries.first()


def _since(run: Run, seen: int) -> list[Entry]:
    entries = Entry.objects.filter(subject=run.subject_key, facts__revision__gt=seen)
    return list(entries.select_related("person", "on_behalf", "body").order_by("number"))


def _speak(node: Ballot, task: Task, act_: Act, rights: Authority) -> str | None:
    """Record the voice of a delegation and count: the outcome's name once there is one."""
    subject = act_.run.subject
    state, rank = rights.voice_in(act_.body_id or 0, subject.party_states())
    Voice.objects.create(
        task=task, person=act_.person, state=state, rank=rank, choice=act_.outcome, remark=act_.reason,
        data=act_.data.get("voice", {}), at=act_.at, on_behalf=act_.on_behalf,
    )  # fmt: skip
    return node.count(subject, task, "open")


def _close(node: Ballot, task: Task, act_: Act) -> str | None:
    """Close the vote as it stands: at its deadline, or by whoever presides over a sitting."""
    closing = "deadline" if act_.person is None else act_.data.get("closing", "chair")
    act_.facts["closing"] = closing
    return node.count(act_.run.subject, task, closing, act_.data.get("attending", ()))


def _move(run: Run, node: Any, task: Task | None, act_: Act) -> None:
    """Close what the act closes and let the flow go on from there."""
    if task is None:
        previous = list(run.task_set.filter(status__in=OPEN))
        if run.finished:
            _take_up_again(run)
        if node.pauses:
            _pause(run, act_)
        else:
            for open_task in previous:
                open_task.process = run
                open_task.flow_task.activation_class(open_task).cancel()
        task = Task.objects.create(process=run, flow_task=node, status=STATUS.NEW)
        task.previous.set(previous)
    task.data = {**task.data, "outcome": act_.outcome}
    if node.outcome(act_.outcome).stops_clock and task.due:
        day, last = day_at_the_seat(act_.at), day_at_the_seat(task.due)
        task.data["left"] = calendar_of(task.body_id).between(day, last)
    activation = node.activation_class(task)
    activation.process = run
    activation.assign(act_.person)
    activation.start(None)
    activation.execute()


def _take_up_again(run: Run) -> None:
    """A way that had ended goes on: what led there may be done at that end, too."""
    run.finished, run.status = None, PROCESS.NEW
    run.save(update_fields=["finished", "status"])


def _pause(run: Run, act_: Act) -> None:
    run.paused_at = act_.at
    run.save(update_fields=["paused_at"])
    resting = Task.objects.filter(process__root_key=run.root_key, status__in=policy.WAITING, flow_task_type=HUMAN)
    resting.update(paused_at=act_.at)


def _stage(run: Run, subject: Any) -> str:
    """The stage that the way has reached: of the newest step that waits, or of the end."""
    created = getattr(run, "created_tasks", [])
    waiting = created[-1] if created else run.task_set.filter(
        status__in=policy.WAITING, flow_task_type=HUMAN
    ).order_by("-pk").first()  # fmt: skip
    if waiting is not None and waiting.flow_task.stage:
        return str(waiting.flow_task.stage)
    if run.finished:
        ends = [node.name for node in run.flow_class.steps() if isinstance(node, End)]
        for task in run.task_set.filter(status=STATUS.DONE).order_by("-pk")[:3]:
            if task.flow_task.name in ends:
                return str(task.flow_task.stage)
    return str(subject.stage)


def _conclude(run: Run, act_: Act, chosen: Outcome, channel: str, stage_from: str, *, silent: bool = False) -> Receipt:
    """Log the act, write the stage, queue the letters."""
    subject = run.subject
    created = getattr(run, "created_tasks", [])
    stage = stage_from if silent else _stage(run, subject)
    moved = not silent and not (chosen.stays and not act_.facts.get("changed"))
    if moved:
        subject.revision += 1
    entry = _log(run, act_, channel, stage_from, stage, created)
    if moved:
        subject.enter(stage, act_.at)
    count = 0 if silent else _write_letters(run, act_, chosen, entry, created)
    run.created_tasks = []
    return Receipt(entry, subject, count, decided=not silent)


def _log(run: Run, act_: Act, channel: str, stage_from: str, stage_to: str, created: list[Task]) -> Entry:
    last = Entry.objects.filter(chain=run.root_key).order_by("-number").only("number", "hash").first()
    facts = {key: value for key, value in act_.facts.items() if key != "changed"}
    facts["revision"] = run.subject.revision
    if act_.item is not None:
        facts["item"] = act_.item
    entry = Entry(
        chain=run.root_key, number=(last.number if last else 0) + 1, at=act_.at, person=act_.person,
        body_id=act_.body_id, channel=channel, flow=run.flow_class.flow_name(), version=run.version,
        subject=run.subject_key, step=act_.step, outcome=act_.outcome,
        steps_to=sorted({task.flow_task.name for task in created}), stage_from=stage_from, stage_to=stage_to,
        reason=act_.reason, facts=facts, audience=sorted(act_.audience), on_behalf=act_.on_behalf,
        previous_hash=last.hash if last else "",
    )  # fmt: skip
    entry.hash = entry.digest()
    entry.save(force_insert=True)
    return entry


def _write_letters(run: Run, act_: Act, chosen: Outcome, entry: Entry, created: list[Task]) -> int:
    """Queue the outcome's letters and those that new tasks bring to their people."""
    subject, written = run.subject, 0
    done = {
        "title": run.flow_class.step(act_.step).title,
        "outcome": chosen.label,
        # Asked again in each reader's language.
        "by": lambda: entry.signed_by,
        "body": entry.body.name if entry.body else "",
        "reason": act_.reason,
    }
    common = {"case": subject.letter_facts(), "act": done}
    key, url = f"entry:{entry.chain}:{entry.number}", subject.get_absolute_url()
    actor = act_.person.pk if act_.person else None
    for name, whom in (*chosen.letters, *getattr(run, "told", ())):
        people = [person for person in policy.told(subject, whom, act_.item, act_.audience) if person.pk != actor]
        written += len(letters.queue(name, people, key=key, url=url, context=common, about=subject.root.reference))
    for task in created:
        step = task.flow_task
        people = policy.candidates(run, task)
        if not people:
            written += unattended.write_of_new(task)
        if not step.task_letter:
            continue
        context = common | {"task": {"title": step.title, "due": task.due}}
        link = f"{subject.root.get_absolute_url()}#task-{task.pk}"
        queued = letters.queue(
            step.task_letter, people, key=f"task:{task.pk}", url=link, context=context, about=subject.root.reference
        )
        written += len(queued)
    if bodies := getattr(run, "bodies_anew", None):
        unattended.write_of_gaps(run, bodies=bodies)
    return written


CARRIED_OVER = Outcome("carried_over", _("Goes on as the flow is now"))


def carry_over(run_pk: int) -> Entry | None:
    """Bring a way that is not at its end to the version of its flow that the code states; None when it is there.

    Under the root's lock, logged, with letters to those who have something new to do. See docs/changing-a-flow.md.
    """
    with transaction.atomic():
        run = Run.objects.get(pk=run_pk)
        subject = locked(run.subject)
        run = Run.objects.select_for_update(of=("self",)).get(pk=run_pk)
        if run.finished or run.version >= run.flow_class.version:
            return None
        run.subject, stage_from = subject, subject.stage
        facts = {"from_version": run.version, "to_version": run.flow_class.version}
        act_ = Act(None, None, run.flow_class.start().name, CARRIED_OVER.name, {}, run, facts=facts)
        run.act = act_
        changing.apply(run)
        return _conclude(run, act_, CARRIED_OVER, "command", stage_from).entry


def ring(task_pk: int) -> bool:
    """Ring the alarm of a task if one is due: remind, tell who supervises, or take the clock's outcome.

    Safe from any number of workers: the alarm is looked at again under the lock. Returns whether it rang.
    """
    with transaction.atomic():
        now = timezone.now()
        if not _claim(task_pk, now):
            return False
        subject = locked(Run.objects.get(task=task_pk).subject)
        task = Task.objects.select_for_update(of=("self",)).select_related("process").get(pk=task_pk)
        if task.status not in policy.WAITING or task.paused_at or not task.scheduled or task.scheduled > now:
            return False
        run, step, limit = task.process, task.flow_task, task.flow_task.limit
        run.subject = subject
        calendar = calendar_of(task.body_id)
        rung = [name for moment, name in limit.alarms(task.due, calendar) if moment <= now and name not in task.rung]
        task.rung = [*task.rung, *rung]
        schedule(task, limit, calendar)
        task.save(update_fields=["rung", "scheduled"])
        if DUE in rung and limit.then:
            act(None, subject, step.name, limit.then, item=task.item, channel="clock")
        elif rung:
            # Of alarms that were missed while nothing ran, the one that says most is written.
            _write_alarm(run, task, DUE if DUE in rung else rung[-1])
        return bool(rung)


def _claim(task_pk: int, now: datetime.datetime) -> bool:
    """Whether an alarm is due and no other worker rings it now: nobody need wait for the case's lock to learn that."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('alarm', id)) FROM workflows_task"
            " WHERE id = %s AND scheduled <= %s",
            [task_pk, now],
        )
        return cursor.fetchone() == (True,)


def _write_alarm(run: Run, task: Task, alarm: str) -> None:
    subject, step = run.subject, task.flow_task
    late = alarm == DUE or alarm.startswith(AFTER)
    how: dict[str, Any] = {
        "key": f"task:{task.pk}:{alarm}:{task.due:%Y-%m-%d}",
        "url": f"{subject.root.get_absolute_url()}#task-{task.pk}",
        "context": {"case": subject.letter_facts(), "task": {"title": step.title, "due": task.due}, "act": {}},
        "about": subject.root.reference,
    }
    over: list[Any] = []
    if alarm == DUE and step.limit.tell:
        whom, role = step.limit.tell
        over = people_with(act_as(role), subject.bodies(whom, task.item))
        letters.queue("task_escalated", over, **how)
        act_ = Act(None, None, step.name, "late", {}, run, item=task.item)
        _log(run, act_, "clock", subject.stage, subject.stage, [])
    told = {person.pk for person in over}
    own = [person for person in policy.waited_for(run, task) if person.pk not in told]
    letters.queue("task_overdue" if late else "task_reminder", own, **how)
