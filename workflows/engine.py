"""The vocabulary in which a flow states who acts, by when, which letter is written and what comes next.

Built on django-viewflow's nodes. It knows no case: a flow names the model that it carries, and that model
says which bodies take part (`bodies`), which row an act locks (`root`), and what a letter may tell of it.
Nothing here checks a person or writes a record; that is the gate's (`workflows/gate.py`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow as vf
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge
from viewflow.workflow.flow import Flow as ViewflowFlow
from viewflow.workflow.lock import select_for_update_lock
from viewflow.workflow.nodes.end import EndActivation
from viewflow.workflow.nodes.join import JoinActivation
from viewflow.workflow.nodes.split import SplitActivation
from viewflow.workflow.nodes.start import StartActivation
from viewflow.workflow.nodes.view import ViewActivation
from viewflow.workflow.status import STATUS

from ricomi.directory.authority import act_as
from ricomi.directory.calendar import Calendar, calendar_of, closing, day_at_the_seat, opening
from ricomi.directory.models import Membership, Role
from workflows.models import HUMAN, Run, Task

__all__ = [
    "FLOWS",
    "RECUSE",
    "SPOKE",
    "Act",
    "Anytime",
    "Auto",
    "Back",
    "Ballot",
    "Choice",
    "End",
    "Flow",
    "ForEach",
    "Opening",
    "Outcome",
    "ReasonForm",
    "Rerouted",
    "Step",
    "Together",
    "Who",
    "is_of_invited",
    "this",
]  # fmt: skip

FLOWS: dict[str, type[Flow]] = {}

# What a flow may call the bodies that take part, and how pages say it.
PARTS = {
    "requesting": _("requesting state"),
    "leading": _("leading partner"),
    "beside": _("partners beside the leading one"),
    "offering": _("offering state"),
    "helping": _("all partners"),
    "partner": _("each partner"),
    "released": _("partners that were let go"),
    "sending": _("state of the traveller"),
    "invited": _("invited state"),
    "asked": _("state or observer asked to support"),
    "not_chosen": _("states that were not chosen"),
    "party": _("all parties to the case"),
    "participant": _("all parties to the case"),
    "secretariat": _("secretariat"),
    "ceam": _("CEAM"),
    "fund": _("Fund"),
    "donor": _("donor"),
    "owner": _("state that meets the condition"),
    "asking": _("body that asked for more time"),
    "delegation": _("delegation"),
}
# Whoever is asked under these names learns of no other that was asked.
INVITED = frozenset({"invited", "asked"})


@dataclass
class Act:
    """One act while the gate performs it: who does what, and what it adds to the timeline."""

    person: Any
    body_id: int | None
    step: str
    outcome: str
    data: Mapping[str, Any]
    run: Run
    at: datetime.datetime = field(default_factory=timezone.now)
    item: int | None = None
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    audience: list[int] = field(default_factory=list)
    # The person whose authority is used, when whoever acts holds it by delegation only.
    on_behalf: Any = None


# The outcome of a ballot by which a delegation declares a conflict of interest; it then has no voice in it.
RECUSE = "recuse"
# What the timeline says of a voice in a secret vote.
SPOKE = "spoke"

Does = Callable[[Any, Act], None]
Guard = Callable[[Any, Mapping[str, Any]], str | None]


@dataclass(frozen=True)
class Who:
    """Whose step it is: a role in the body that has a part in the subject.

    `role` None means anybody who sees the cases of that body. `except_parties` recuses those who speak for a
    state that asks or offers; `no_member_of_parties` keeps out whoever belongs to such a state's delegation at all;
    `not_who_did` holds four eyes: whoever took one of these steps may not take this one.
    `person` and `except_person` name a field of the subject: only that person, or anybody but that person.
    """

    role: Role | None
    of: str
    except_parties: bool = False
    no_member_of_parties: bool = False
    not_who_did: tuple[str, ...] = ()
    person: str = ""
    except_person: str = ""

    @property
    def says(self) -> str:
        """Whose it is, in the reader's language."""
        part = PARTS[self.of]
        return f"{self.role.label}, {part}" if self.role else str(part)

    @property
    def right(self) -> str:
        return act_as(self.role) if self.role else "see_cases"


BEFORE, TODAY, DUE, AFTER = "before", "today", "due", "after"


@dataclass(frozen=True)
class Within:
    """By when, in working days of whoever acts (ricomi.directory.calendar), and what the clock does.

    `days` count from the day after the task's beginning; the last of them ends when the OAS's seat closes.
    `as_set(subject)` names other days, or the last day itself, where the record says so. The step's people are reminded
    on the days `remind` before the last, on the last day, and, if nothing else happens then, `late` working days after
    it. Once it is past, `tell`, a (body, role), is told, or the outcome `then` is taken.
    """

    days: int = 0
    remind: tuple[int, ...] = ()
    tell: tuple[str, Role] | None = None
    then: str = ""
    late: tuple[int, ...] = (5,)
    as_set: Callable[[Any], int | datetime.date | None] | None = None

    @property
    def says(self) -> str:
        """By when, in the reader's language."""
        days = ngettext("%(count)d working day", "%(count)d working days", self.days) % {"count": self.days}
        if self.as_set is None:
            return days
        set_elsewhere = gettext("as the record says")
        return f"{days} ({set_elsewhere})" if self.days else set_elsewhere

    def due(self, subject: Any, since: datetime.datetime, calendar: Calendar) -> datetime.datetime | None:
        """The end (UTC) of the time that begins at a moment; None where the record names none."""
        wanted: int | datetime.date | None = self.as_set(subject) if self.as_set else self.days
        if isinstance(wanted, datetime.date):
            return max(closing(wanted), calendar.deadline(since, 1))
        return calendar.deadline(since, wanted or self.days) if wanted or self.days else None

    def alarms(self, due: datetime.datetime, calendar: Calendar) -> list[tuple[datetime.datetime, str]]:
        """Each moment (UTC) at which the clock rings for a task that is due then, in order, with the alarm's name."""
        last = day_at_the_seat(due)
        found = [(opening(calendar.after(last, -days)), f"{BEFORE}:{days}") for days in self.remind]
        found += [(opening(last), TODAY), (due, DUE)]
        if not self.then:
            found += [(opening(calendar.after(last, days)), f"{AFTER}:{days}") for days in self.late]
        return sorted(found)


@dataclass
class Outcome:
    """One way in which a step can be taken.

    `guard` says why it cannot be taken now, `guard_after` why what was written does not do; `reason` must be
    given; `stays` leaves the step waiting; only the calendar takes one that is `by_clock`; `danger` asks for a
    confirmation; `form` False means that the step's form need not be filled in for it; `says` tells before it is
    pressed what it brings about beside the next step. `stops_clock` hands the case to the other side: when the step
    comes back, its time goes on where it stopped.
    """

    name: str
    label: Any
    to: Any = None
    guard: Guard | None = None
    does: Does | None = None
    guard_after: Guard | None = None
    letters: tuple[tuple[str, str], ...] = ()
    reason: bool = False
    stays: bool = False
    by_clock: bool = False
    danger: bool = False
    form: bool = True
    stops_clock: bool = False
    says: Any = ""


class ReasonForm(forms.Form):
    """The form of a step that asks for nothing but, at most, a reason."""

    def __init__(self, *args: Any, subject: Any = None, person: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class Described:
    """What every node of a flow can say of itself."""

    kind = ""
    who: Who | None = None
    limit: Within | None = None
    stage: Any = None
    title: Any = ""
    public_title: Any = ""
    outcomes: list[Outcome]
    task_letter: str | None = None
    name: str

    def letters(self) -> list[str]:
        """Names of all letters that this step may cause, the one to its own people first."""
        own = [self.task_letter] if self.task_letter else []
        timed = []
        if self.limit:
            timed = ["task_reminder"] + ["task_overdue"] * (not self.limit.then)
            timed += ["task_escalated"] * bool(self.limit.tell)
        told = [name for outcome in getattr(self, "outcomes", []) for name, _whom in outcome.letters]
        told += [name for name, _whom in getattr(self, "told", ())]
        return list(dict.fromkeys([*own, *told, *timed]))

    def next_names(self) -> list[str]:
        """Names of the nodes to which this one leads."""
        return list(dict.fromkeys(edge.dst.name for edge in self._outgoing()))  # type: ignore[attr-defined]


class Clauses(Described):
    """The clauses of a step: at, by, within, letter, may."""

    def __init__(self, form: type[forms.Form] | None, title: Any, public: Any = "") -> None:
        super().__init__(None)  # type: ignore[call-arg]
        self.form = form or ReasonForm
        self.closes = None
        self.title, self.public_title = title, public or title
        self.task_title = title
        self.outcomes = []

    def at(self, stage: Any) -> Any:
        """The stage in which the subject stands while this step waits."""
        self.stage = stage
        return self

    def by(self, role: Role | None, of: str, *, not_who_did: Sequence[str] = (), **how: Any) -> Any:
        """Who takes the step: see `Who`."""
        self.who = Who(role, of, not_who_did=tuple(not_who_did), **how)
        return self

    def within(self, days: int = 0, *, remind: Sequence[int] = (), **how: Any) -> Any:
        """By when, in working days: see `Within`."""
        self.limit = Within(days, tuple(remind), **how)
        return self

    def letter(self, name: str) -> Any:
        """The letter to those whose task this becomes."""
        self.task_letter = name
        return self

    def may(self, name: str, label: Any, to: Any = None, **how: Any) -> Any:
        """One way to take the step: `to` where it leads; see `Outcome` for the rest."""
        letters = how.pop("letters", ())
        self.outcomes = [*self.outcomes, Outcome(name, label, to, letters=tuple(letters), **how)]
        return self

    def outcome(self, name: str) -> Outcome:
        """The outcome of that name. Raises KeyError when the step has none."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)  # type: ignore[misc]
        for outcome in self.outcomes:
            outcome.to = this.resolve(instance, outcome.to)
        if self.closes is not None:
            self.closes = this.resolve(instance, self.closes)

    def _outgoing(self) -> Iterator[Edge]:
        targets: dict[Any, Outcome] = {}
        for outcome in self.outcomes:
            if outcome.to is not None:
                targets.setdefault(outcome.to, outcome)
        for target, outcome in targets.items():
            yield Edge(src=self, dst=target, edge_class="next", label=outcome.label)


class StepActivation(ViewActivation):
    """A step that waits for somebody of its body."""

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None
    ) -> StepActivation:
        run = prev_activation.process
        item = (data or {}).get("item") or (prev_activation.task.item if flow_task.keeps_item else None)
        now = timezone.now()
        task = Task(process=run, flow_task=flow_task, token=token, data=data or {}, item=item, created=now)
        give(task, run, flow_task.who)
        if flow_task.limit:
            begin_clock(task, run, flow_task)
        task.save()
        task.previous.add(prev_activation.task)
        run.created_tasks = [*getattr(run, "created_tasks", []), task]
        return cls(task)

    @Activation.status.super()
    def create_next(self) -> Iterator[Any]:
        """Go where the outcome that was taken leads."""
        target = self.flow_task.outcome(self.task.data["outcome"]).to
        if target is not None:
            yield target._create(self, self.task.token)


def begin_clock(task: Task, run: Run, step: Any) -> None:
    """Say until when a task that begins now has time, or what was left of it when it last waited for the other side."""
    since = task.created
    calendar = calendar_of(task.body_id)
    left = _left_over(run, step, task.item)
    due = step.limit.due(run.subject, since, calendar) if left is None else calendar.deadline(since, left)
    set_due(task, step.limit, due, calendar)


def _left_over(run: Run, step: Any, item: int | None) -> int | None:
    """The working days, at least one, that a step still has on coming back from an outcome that stopped its clock."""
    stopping = [outcome.name for outcome in step.outcomes if outcome.stops_clock]
    if not stopping:
        return None
    last = run.task_set.filter(flow_task=step, item=item, status=STATUS.DONE).order_by("-pk").first()
    return max(1, last.data["left"]) if last and last.data.get("outcome") in stopping and "left" in last.data else None


def set_due(task: Task, limit: Within, due: datetime.datetime | None, calendar: Calendar) -> None:
    """Let a task be due at a moment (UTC); whatever would have rung before now does not ring any more."""
    now = timezone.now()
    task.due = due
    task.rung = [name for moment, name in limit.alarms(due, calendar) if moment <= now and name != DUE] if due else []
    schedule(task, limit, calendar)


def schedule(task: Task, limit: Within, calendar: Calendar) -> None:
    """Write on a task when its next alarm rings."""
    ahead = [moment for moment, name in limit.alarms(task.due, calendar) if name not in task.rung] if task.due else []
    task.scheduled = ahead[0] if ahead else None


def give(task: Task, run: Run, who: Who) -> None:
    """Write on a task whose it is, so that a worklist is one indexed query."""
    task.owner_permission = who.right
    bodies = run.subject.bodies(who.of, task.item)
    task.owner_permission_obj_pk = str(bodies[0]) if bodies else None
    task.barred_states = sorted(run.subject.party_states()) if who.except_parties else []
    task.barred_people = barred_people(run, who)
    task.owner_id = getattr(run.subject, f"{who.person}_id") if who.person else None


def give_again(run: Run) -> None:
    """Write anew whose the waiting tasks are; a task that has another owner now is announced like a new one."""
    for task in run.task_set.filter(status__in=[STATUS.NEW, STATUS.ASSIGNED], flow_task_type=HUMAN).order_by("pk"):
        task.process = run
        owner = task.owner_id
        give(task, run, task.flow_task.who)
        task.save()
        wait_anew(run, task)
        if task.owner_id != owner:
            run.created_tasks = [*getattr(run, "created_tasks", []), task]


def wait_anew(run: Run, task: Task) -> None:
    """Note the body of a task that waits for others now, or again: the gate looks whether anybody may take it."""
    if task.body_id:
        run.bodies_anew = {*getattr(run, "bodies_anew", ()), task.body_id}


def who_did(run: Run, steps: Collection[str]) -> list[int]:
    """Keys of the people who took any of these steps on this way, or are about to with the act that is under way.

    Both hands count: whoever acted, and the person for whom they acted.
    """
    from workflows.models import Entry

    names = [name for step in steps for name in run.flow_class.names_of(step)]
    taken = Entry.objects.filter(subject=run.subject_key, step__in=names, person__isnull=False)
    found = {pk for pair in taken.values_list("person_id", "on_behalf_id") for pk in pair if pk}
    # A task begins before the act that brought it about stands in the timeline.
    under_way: Act | None = getattr(run, "act", None)
    if under_way and under_way.person and under_way.step in steps:
        found |= {one.pk for one in (under_way.person, under_way.on_behalf) if one}
    return sorted(found)


def barred_people(run: Run, who: Who) -> list[int]:
    """Keys of the people to whom a step is closed, whatever their role."""
    barred = set(who_did(run, who.not_who_did)) if who.not_who_did else set()
    if who.except_person:
        barred |= _close_to(run, who.except_person)
    if who.no_member_of_parties:
        members = Membership.objects.active().filter(body__state__in=run.subject.party_states())
        barred |= set(members.values_list("person_id", flat=True))
    return sorted(barred)


def _close_to(run: Run, name: str) -> set[int]:
    """The person whom a field of the subject names, whom it named before, and whoever acted here for one of them."""
    from workflows.models import Entry

    before = f"{name}_before"
    entries = Entry.objects.filter(subject=run.subject_key)
    found = {getattr(run.subject, f"{name}_id")}
    found |= set(entries.filter(facts__has_key=before).values_list(f"facts__{before}", flat=True))
    under_way: Act | None = getattr(run, "act", None)
    if under_way and before in under_way.facts:
        found.add(under_way.facts[before])
    found |= set(entries.filter(on_behalf__in=found, person__isnull=False).values_list("person_id", flat=True))
    if under_way and under_way.on_behalf and under_way.on_behalf.pk in found:
        found.add(under_way.person.pk)
    return found


def is_of_invited(task: Task) -> bool:
    """Whether a task is one of those by which invited bodies answer, of which others do not know."""
    who = getattr(task.flow_task, "who", None)
    return who is not None and who.of in INVITED


class Step(Clauses, vf.View):
    """Something a person does."""

    kind = "human"
    activation_class = StepActivation
    task_letter = "task_waiting"
    keeps_item = False


class Ballot(Step):
    """A step that several delegations decide together, each with one voice.

    Outcomes that `stays` are only said, never decided. The one that is `by_clock` closes the vote; see `RECUSE`.
    """

    def tally(
        self, count: Callable[..., str | None], *, among: Sequence[str] = (), secret: Callable[[Any], bool]
    ) -> Ballot:
        """How voices become an outcome: `count(subject, task, closing, attending)` names it, or None while open.

        Only the bodies `among` read of a voice before the decision, and nobody of which voice when `secret(subject)`.
        """
        self.count, self.among, self.secret = count, tuple(among), secret
        return self


class Anytime(Clauses, vf.View):
    """Something that may be done while the subject is in one of some stages, whatever else waits."""

    kind = "human"
    activation_class = StepActivation
    keeps_item = False
    pauses = False
    waited_for = False
    stages: frozenset[str] = frozenset()
    names = ""

    def during(self, *stages: Any) -> Anytime:
        """The stages in which it may be done."""
        self.stages = frozenset(str(stage) for stage in stages)
        return self

    def closing(self, ballot: Any) -> Anytime:
        """The vote on a ballot that waits is closed by it, and decided as it stands."""
        self.closes = ballot
        return self

    def for_whom_waits(self) -> Anytime:
        """Only those may do it for whom a step with a deadline waits in the case, other than a ballot."""
        self.waited_for = True
        return self

    def naming(self, name: str) -> Anytime:
        """It puts another person into a field of the subject to whom steps are bound (see `Who.person`)."""
        self.names = name
        return self

    def pausing(self) -> Anytime:
        """What waits is kept and rests until it comes back through a `Back` node."""
        self.pauses = True
        return self


class Opening(Clauses, vf.Start):
    """How a subject begins. `by_command` lets a command of the site's operator open one, too."""

    kind = "start"
    activation_class = StartActivation
    by_command = False

    def __init__(self, form: type[forms.Form] | None, title: Any, public: Any = "") -> None:
        super().__init__(form, title, public)
        self._owner = None

    def or_command(self) -> Opening:
        self.by_command = True
        return self

    def leads_to(self, node: Any) -> Opening:
        """The first step."""
        self._next = node
        return self

    def _resolve(self, instance: Any) -> None:
        super()._resolve(instance)
        self._next = this.resolve(instance, self._next)

    def _outgoing(self) -> Iterator[Edge]:
        yield Edge(src=self, dst=self._next, edge_class="next")


class Auto(Described, vf.Function):
    """Something the network does by itself, in the same transaction, and the letters that it causes."""

    kind = "automatic"

    def __init__(self, does: Does, title: Any, letters: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(self._run)
        self.does, self.told = does, tuple(letters)
        self.title = self.public_title = self.task_title = title

    def _run(self, activation: Any) -> None:
        run = activation.process
        self.does(run.subject, run.act)
        run.told = [*getattr(run, "told", ()), *self.told]


class Choice(Described, vf.Switch):
    """A fork that the record decides: the first case that holds, else the default."""

    kind = "gateway"

    def __init__(self, title: Any) -> None:
        super().__init__()
        self.title = self.public_title = self.task_title = title

    def when(self, holds: Callable[[Any], bool], to: Any) -> Choice:
        """Where it leads when `holds(subject)`."""
        return self.Case(to, lambda activation: holds(activation.process.subject))

    def otherwise(self, to: Any) -> Choice:
        return self.Default(to)


class ForEachActivation(SplitActivation):
    @Activation.status.super()
    def activate(self) -> None:
        """One task an item."""
        for node, _cond, _source in self.flow_task._branches:
            self.next_tasks += [(node, {"item": item}) for item in self.flow_task.items(self.process.subject)]


class ForEach(Described, vf.Split):
    """One task for each item that `items(subject)` names by key, all at once."""

    kind = "gateway"
    activation_class = ForEachActivation

    def __init__(self, items: Callable[[Any], list[int]], title: Any) -> None:
        super().__init__()
        self.items = items
        self.title = self.public_title = self.task_title = title


class TogetherActivation(JoinActivation):
    @classmethod
    def create(cls, flow_task: Any, prev_activation: Any, *args: Any, **how: Any) -> TogetherActivation:
        """Join on the run that the gate holds, which gathers what is new, and not on another copy of its row."""
        found: TogetherActivation = super().create(flow_task, prev_activation, *args, **how)
        found.process = found.task.process = prev_activation.process
        return found


class Together(Described, vf.Join):
    """Goes on when all that was split off has arrived, or as soon as `or_once(subject)`: who has not come need not."""

    kind = "gateway"
    activation_class = TogetherActivation

    def __init__(self, title: Any, or_once: Callable[[Any], bool] | None = None) -> None:
        early = None if or_once is None else lambda join, _waiting: or_once(join.process.subject)
        super().__init__(continue_on_condition=early)
        self.title = self.public_title = self.task_title = title


class Back(Described, vf.Function):
    """Lets what rested go on; deadlines move by the time for which it rested."""

    kind = "automatic"

    def __init__(self, title: Any) -> None:
        super().__init__(lambda activation: resume(activation.process))
        self.title = self.public_title = self.task_title = title

    def next_names(self) -> list[str]:
        flow = self.flow_class.instance
        return [node.name for node in flow.nodes() if isinstance(node, Step) and node.name not in self.came_from()]

    def came_from(self) -> set[str]:
        return {edge.src.name for edge in self._incoming()}


def resume(run: Run) -> None:
    """Wake every task that rests under the same root, with as many working days as it had when it was laid to rest."""
    now = timezone.now()
    for task in Task.objects.filter(process__root_key=run.root_key, paused_at__isnull=False):
        # A step that the code no longer states has no clock; see docs/changing-a-flow.md.
        limit = getattr(task.flow_task, "limit", None)
        if task.due and limit:
            stopped = day_at_the_seat(task.paused_at)
            calendar = calendar_of(task.body_id)
            if task.due > task.paused_at:
                task.due = calendar.deadline(now, max(1, calendar.between(stopped, day_at_the_seat(task.due))))
            schedule(task, limit, calendar)
        task.rested += now - task.paused_at
        task.paused_at = None
        task.save(update_fields=["due", "scheduled", "rested", "paused_at"])
        wait_anew(run, task)
    run.paused_at = None
    run.save(update_fields=["paused_at"])


class EndsActivation(EndActivation):
    pass


class End(Described, vf.End):
    """Where a way ends, with the stage that remains."""

    kind = "end"

    def __init__(self, title: Any, stage: Any, public: Any = "") -> None:
        super().__init__()
        self.title, self.stage, self.public_title = title, stage, public or title
        self.task_title = title


@dataclass(frozen=True)
class Renamed:
    """A step that bears another name since a version of the flow."""

    since: int
    old: str
    new: str


@dataclass(frozen=True)
class Removed:
    """A step that is gone since a version of the flow; who waited there goes on at `to`."""

    since: int
    old: str
    to: str


@dataclass(frozen=True)
class Rerouted(Removed):
    """A step that stays, but is reached by another way since a version; who waited there begins anew at `to`."""


class Flow(ViewflowFlow):
    """A flow: one page of steps. Subclasses set `title`, `subject` (app.Model), `version` and `changes`."""

    process_class = Run
    task_class = Task
    lock_impl = select_for_update_lock
    title: ClassVar[Any] = ""
    subject: ClassVar[str] = ""
    version: ClassVar[int] = 1
    changes: ClassVar[tuple[Renamed | Removed, ...]] = ()
    opened_by_people: ClassVar[bool] = True
    do_not_call_in_templates = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        FLOWS[cls.flow_name()] = cls

    @classmethod
    def flow_name(cls) -> str:
        return cls.__name__.removesuffix("Flow").lower()

    @classmethod
    def subject_model(cls) -> Any:
        return apps.get_model(cls.subject)

    @classmethod
    def kind(cls) -> str:
        """The word by which the timeline names this flow's subject."""
        return cls.subject.split(".")[1].lower()

    @classmethod
    def steps(cls) -> list[Any]:
        """All nodes in the order in which the page states them."""
        order = [name for name in vars(cls) if name in cls._nodes_by_name]
        return [cls._nodes_by_name[name] for name in order]

    @classmethod
    def step(cls, name: str) -> Any:
        """The step of that name. Raises KeyError when the flow has none."""
        return cls._nodes_by_name[name]

    @classmethod
    def names_of(cls, name: str) -> list[str]:
        """The name of a step and those that it bore before, the newest first."""
        found = [name]
        for change in sorted(cls.changes, key=lambda change: -change.since):
            if isinstance(change, Renamed) and change.new == found[-1]:
                found.append(change.old)
        return found

    @classmethod
    def today(cls, name: str) -> str:
        """What the step that once bore this name is called in the code of today."""
        for change in sorted(cls.changes, key=lambda change: change.since):
            if isinstance(change, Renamed) and change.old == name:
                name = change.new
        return name

    @classmethod
    def start(cls) -> Opening:
        return next(node for node in cls.steps() if isinstance(node, Opening))

    @classmethod
    def anytimes(cls) -> list[Anytime]:
        return [node for node in cls.steps() if isinstance(node, Anytime)]
