"""What the flows allow: asked by pages, letters, commands and the gate, answered here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from viewflow.workflow.status import STATUS

from ricomi.directory.authority import SEE_CASES, Authority, people_with
from workflows.engine import FLOWS, Anytime, Ballot, Flow, Outcome, barred_people
from workflows.models import HUMAN, OPEN, Run, Task, Voice

WAITING = (STATUS.NEW, STATUS.ASSIGNED)


@dataclass(frozen=True)
class Possible:
    """A step that a person may take now, in these ways."""

    step: Any
    task: Task | None
    outcomes: tuple[Outcome, ...]
    run: Run

    @property
    def item(self) -> int | None:
        return self.task.item if self.task else None


def waiting_tasks(run: Run) -> list[Task]:
    """The steps that wait for somebody, the oldest first."""
    tasks = run.task_set.filter(status__in=WAITING, flow_task_type=HUMAN).order_by("created", "pk")
    for task in (found := list(tasks)):
        task.process = run
    return found


def may_take(rights: Authority, run: Run, step: Any, task: Task | None, *, as_listed: bool = False) -> bool:
    """Whether a person's rights open the door of a step; for a task, of that very task.

    `as_listed` trusts who was barred when the task began, as the worklist does; the gate asks the timeline.
    """
    who, subject = step.who, run.subject
    bodies = set(subject.bodies(who.of, task.item if task else None))
    held = [body for body in bodies if rights.may(who.right, body)]
    if not held:
        return False
    if who.except_parties and recused(rights, subject, held):
        return False
    if who.person and rights.person_id != getattr(subject, f"{who.person}_id"):
        return False
    barred = task.barred_people if as_listed and task else barred_people(run, who)
    return rights.person_id not in barred


def recused(rights: Authority, subject: Any, bodies: Iterable[int]) -> bool:
    """Whether the person speaks for a party to the case, or for nobody whose voice could count."""
    spoken = set().union(*(rights.speaks_for(body) for body in bodies))
    return not spoken or bool(spoken & subject.party_states())


def acting_body(rights: Authority, subject: Any, step: Any, item: int | None = None) -> int | None:
    """The body for which a person acts in a step: the first on which they hold its right."""
    held = [body for body in subject.bodies(step.who.of, item) if rights.may(step.who.right, body)]
    return held[0] if held else None


def possible(rights: Authority, run: Run, tasks: list[Task] | None = None) -> list[Possible]:
    """All that a person may do on a subject now: the waiting steps first, then what may be done at any time."""
    if rights.person_id is None:
        return []
    found = []
    for task in waiting_tasks(run) if tasks is None else tasks:
        step = task.flow_task
        if task.paused_at is None and may_take(rights, run, step, task, as_listed=True):
            found.append(Possible(step, task, human_outcomes(step), run))
    for step in run.flow_class.anytimes():
        if run.subject.stage in step.stages and may_take(rights, run, step, None):
            found.append(Possible(step, None, human_outcomes(step), run))
    return found


def human_outcomes(step: Any) -> tuple[Outcome, ...]:
    """The ways in which people, not the clock, may take a step."""
    return tuple(outcome for outcome in step.outcomes if not outcome.by_clock)


def run_of(subject: Any) -> Run:
    """The subject's way through its flow. Raises Run.DoesNotExist when it never began one."""
    run = Run.objects.get(subject_key=subject.subject_key)
    run.subject = subject
    return run


def openings(rights: Authority, flow: type[Flow]) -> list[int]:
    """The bodies for which a person may open a subject of this flow."""
    who = flow.start().who
    return rights.bodies(who.right) if who else []


def worklist(rights: Authority) -> QuerySet[Task]:
    """The tasks that wait for this person, across all flows, in one indexed query; the earliest due first."""
    pairs = Q(pk__in=[])
    by_right: dict[str, list[str]] = {}
    for codename, body in rights.rights:
        if codename != SEE_CASES:
            by_right.setdefault(codename, []).append(str(body))
    for codename, bodies in by_right.items():
        pairs |= Q(owner_permission=codename, owner_permission_obj_pk__in=bodies)
    spoken = sorted(set().union(*rights.represents.values())) if rights.represents else []
    own_voice = Voice.objects.filter(task=OuterRef("pk"), person=rights.person_id)
    return (
        Task.objects.filter(pairs, status__in=WAITING, flow_task_type=HUMAN, paused_at__isnull=True)
        .exclude(barred_people__contains=[rights.person_id or 0])
        .exclude(barred_states__overlap=spoken)
        .exclude(Exists(own_voice))
        .filter(Q(owner__isnull=True) | Q(owner=rights.person_id))
        .select_related("process")
        .order_by("due", "pk")
    )


def candidates(run: Run, task: Task) -> list[Any]:
    """The people who may take a waiting task, to whom its letters go."""
    step, subject = task.flow_task, run.subject
    people = people_with(step.who.right, subject.bodies(step.who.of, task.item))
    people = people.exclude(pk__in=task.barred_people)
    if step.who.person:
        people = people.filter(pk=task.owner_id)
    if step.who.except_parties:
        speaking = people.filter(memberships__represents__isnull=False)
        people = speaking.exclude(memberships__represents__in=subject.party_states()).distinct()
    return list(people)


def waited_for(run: Run, task: Task) -> list[Any]:
    """The people whom a task still waits for: its candidates without those who have spoken in it."""
    spoken = set(task.voices.values_list("person_id", flat=True))
    return [person for person in candidates(run, task) if person.pk not in spoken]


def told(subject: Any, whom: str, item: int | None = None, audience: Iterable[int] = ()) -> list[Any]:
    """The people of a body to whom an outcome's letter goes: all who see its cases, and may read of the act.

    `audience` are the bodies for which alone the act was written; empty when all parties read it.
    """
    readers = set(audience)
    bodies = [body for body in subject.bodies(whom, item) if not readers or body in readers]
    return list(people_with(SEE_CASES, bodies))


def describe() -> dict[str, Any]:
    """All flows as data: the permission matrix from which nothing else need be asked."""
    return {"flows": {name: _describe_flow(flow) for name, flow in FLOWS.items()}}


def _describe_flow(flow: type[Flow]) -> dict[str, Any]:
    return {
        "title": str(flow.title),
        "version": flow.version,
        "subject": flow.kind(),
        "steps": [_describe_step(step) for step in flow.steps()],
    }


def _describe_step(step: Any) -> dict[str, Any]:
    who, limit = step.who, step.limit
    return {
        "name": step.name,
        "title": str(step.title),
        "public_title": str(step.public_title),
        "kind": step.kind,
        "stage": str(step.stage) if step.stage else None,
        "role": (who.role.value if who.role else "any") if who else None,
        "body": who.of if who else None,
        "except_parties": who.except_parties if who else None,
        "person": who.person or None if who else None,
        "except_person": who.except_person or None if who else None,
        "not_who_did": list(who.not_who_did) if who else None,
        "during": sorted(step.stages) if isinstance(step, Anytime) else None,
        "decided_together": isinstance(step, Ballot) or None,
        "deadline_days": limit.days if limit else None,
        "remind_days_before": list(limit.remind) if limit else None,
        "letters": step.letters(),
        "outcomes": [outcome.name for outcome in getattr(step, "outcomes", [])],
        "next": step.next_names(),
    }


__all__ = [
    "OPEN", "Possible", "acting_body", "candidates", "describe", "human_outcomes", "may_take", "openings", "possible",
    "recused", "run_of", "told", "waited_for", "waiting_tasks", "worklist",
]  # fmt: skip
