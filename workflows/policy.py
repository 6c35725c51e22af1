"""What the flows allow: asked by pages, letters, commands and the gate, answered here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from viewflow.workflow.status import STATUS

from ricomi.directory.authority import SEE_CASES, Authority, Hand, act_as, fixed_body, hands_on, people_with
from ricomi.directory.models import Membership, Role, User
from workflows.engine import FLOWS, RECUSE, Anytime, Ballot, Flow, Outcome, barred_people
from workflows.models import HUMAN, OPEN, Run, Task, Voice

WAITING = (STATUS.NEW, STATUS.ASSIGNED)
OVERSEERS = ("secretariat", "ceam", "fund", "oversight")


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
    return hand_of(rights, run, step, task, as_listed=as_listed) is not None


def hand_of(
    rights: Authority, run: Run, step: Any, task: Task | None, *, as_listed: bool = False
) -> tuple[int, Hand] | None:
    """The body for which a person would take a step, and on whose authority: their own before any that was given.

    None when the step is not theirs to take.
    """
    who, subject = step.who, run.subject
    bodies = list(dict.fromkeys(subject.bodies(who.of, task.item if task else None)))
    found = [(body, hand) for body in bodies for hand in rights.hands(who.right, body)]
    if not found or (isinstance(step, Anytime) and step.waited_for and not waits_for(rights, run.root_key)):
        return None
    barred = set(task.barred_people if as_listed and task else barred_people(run, who))
    parties = subject.party_states() if who.except_parties else None
    bound = getattr(subject, f"{who.person}_id") if who.person else None
    fits = [(body, hand) for body, hand in found if is_open_to(hand, barred, parties, bound)]
    if isinstance(step, Ballot) and task is not None:
        # The titular's place before an alternate's, be it one's own or given.
        fits = sorted((one for one in fits if not _declared(one[1], task)), key=lambda one: one[1].rank)
        return fits[0] if fits else None
    return min(fits, key=lambda one: one[1].giver_id is not None) if fits else None


def is_open_to(hand: Hand, barred: set[int], parties: set[str] | None, bound: int | None) -> bool:
    """Whether a hand may take a step: neither of its people is barred, nor recused, and it is the one it is bound to.

    `parties` are the states whose reviewers are recused, None where nobody is; `bound` is the one person whose step it
    is, if it is anybody's.
    """
    if hand.people & barred or (bound is not None and hand.bearer != bound):
        return False
    return parties is None or not recused(hand, parties)


def recused(hand: Hand, parties: set[str]) -> bool:
    """Whether a party to the case would speak, as giver or as taker, or nobody whose voice could count."""
    return not hand.states or bool((hand.states | hand.own_states) & parties)


def _declared(hand: Hand, task: Task) -> bool:
    """Whether a conflict of interest was declared for every state for which a hand could speak."""
    spoken = hand.states - set(task.barred_states)
    conflicts = task.voices.filter(choice=RECUSE, state__in=spoken).values_list("state", flat=True)
    return not spoken - set(conflicts)


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
    me = rights.person_id or 0
    own = [pair for pair in rights.rights if pair not in rights.through]
    listed = _waiting_for(own) & (Q(owner__isnull=True) | Q(owner=me))
    for giver in sorted({hand.giver_id or 0 for hands in rights.given.values() for hand in hands}):
        theirs = {pair: hand for pair, hands in rights.given.items() for hand in hands if hand.giver_id == giver}
        # On behalf of one who may not take a step themselves, nobody may.
        listed |= (
            _waiting_for(theirs)
            & (Q(owner__isnull=True) | Q(owner=giver))
            & ~Q(barred_people__contains=[giver])
            & ~Q(barred_states__overlap=sorted(set().union(*(hand.states for hand in theirs.values()))))
        )
    spoken = sorted(set().union(*rights.represents.values())) if rights.represents else []
    # The word of the titular, or of oneself, needs no second; a declared conflict leaves nothing to say.
    said = Q(person=rights.person_id) | Q(state__in=spoken, rank=1) | Q(state__in=spoken, choice=RECUSE)
    own_voice = Voice.objects.filter(said, task=OuterRef("pk"))
    return (
        Task.objects.filter(listed, status__in=WAITING, flow_task_type=HUMAN, paused_at__isnull=True)
        .exclude(barred_people__contains=[me])
        .exclude(barred_states__overlap=spoken)
        .exclude(Exists(own_voice))
        .select_related("process")
        .order_by("due", "pk")
    )


def waits_for(rights: Authority, root_key: str) -> list[Task]:
    """The steps of one case, with a deadline, that wait for this person; no ballot, which lasts as its rule says."""
    found = worklist(rights).filter(process__root_key=root_key, due__isnull=False)
    return [task for task in found if not isinstance(task.flow_task, Ballot)]


def _waiting_for(pairs: Iterable[tuple[str, int]]) -> Q:
    """Tasks that ask for one of these rights on bodies."""
    by_right: dict[str, list[str]] = {}
    for codename, body in pairs:
        if codename != SEE_CASES:
            by_right.setdefault(codename, []).append(str(body))
    found = Q(pk__in=[])
    for codename, bodies in by_right.items():
        found |= Q(owner_permission=codename, owner_permission_obj_pk__in=bodies)
    return found


def candidates(run: Run, task: Task) -> list[Any]:
    """The people who may take a waiting task, themselves or on behalf of another, to whom its letters go."""
    step, subject = task.flow_task, run.subject
    asked = [(step.who.right, body) for body in subject.bodies(step.who.of, task.item)]
    parties = subject.party_states() if step.who.except_parties else None
    barred, bound = set(task.barred_people), task.owner_id if step.who.person else None
    found = {
        hand.person_id
        for hands in hands_on(asked).values()
        for hand in hands
        if is_open_to(hand, barred, parties, bound)
    }
    return list(User.objects.filter(pk__in=found))


def waited_for(run: Run, task: Task) -> list[Any]:
    """The people whom a task still waits for: its candidates without those whose delegation has spoken in it."""
    waiting = candidates(run, task)
    spoken = set(task.voices.values_list("state", flat=True))
    if not spoken:
        return waiting
    bodies = run.subject.bodies(task.flow_task.who.of, task.item)
    seats = Membership.objects.active().filter(body__in=bodies, represents__in=spoken)
    quiet = set(seats.values_list("person_id", flat=True))
    return [person for person in waiting if person.pk not in quiet]


def told(subject: Any, whom: str, item: int | None = None, audience: Iterable[int] = ()) -> list[Any]:
    """The people of a body to whom an outcome's letter goes: all who see its cases, and may read of the act.

    Of a donor those who give for it, who alone read what it gave. `audience` are the bodies for which alone the act
    was written; empty when all parties read it.
    """
    readers = set(audience)
    bodies = [body for body in subject.bodies(whom, item) if not readers or body in readers]
    return people_with(act_as(Role.DONOR) if whom == "donor" else SEE_CASES, bodies)


def reads_times(rights: Authority) -> bool:
    """Whether a person may read how long each body takes for its steps: who acts for the network as a whole."""
    return any(rights.may(SEE_CASES, body) for code in OVERSEERS if (body := fixed_body(code)))


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
        "no_member_of_parties": who.no_member_of_parties if who else None,
        "person": who.person or None if who else None,
        "except_person": who.except_person or None if who else None,
        "not_who_did": list(who.not_who_did) if who else None,
        "if_waited_for": step.waited_for or None if isinstance(step, Anytime) else None,
        "during": sorted(step.stages) if isinstance(step, Anytime) else None,
        "decided_together": isinstance(step, Ballot) or None,
        "closes": step.closes.name if getattr(step, "closes", None) else None,
        "deadline_working_days": limit.days or None if limit else None,
        "deadline_as_set": limit.as_set.__name__ if limit and limit.as_set else None,
        "remind_working_days_before": list(limit.remind) if limit else None,
        "remind_working_days_after": list(limit.late) if limit and not limit.then else None,
        "tells_when_late": list(limit.tell) if limit and limit.tell else None,
        "takes_when_late": limit.then or None if limit else None,
        "letters": step.letters(),
        "outcomes": [outcome.name for outcome in getattr(step, "outcomes", [])],
        "next": step.next_names(),
    }


__all__ = [
    "OPEN", "Possible", "acting_body", "candidates", "describe", "hand_of", "human_outcomes", "is_open_to", "may_take",
    "openings", "possible", "reads_times", "recused", "run_of", "told", "waited_for", "waiting_tasks", "waits_for",
    "worklist",
]  # fmt: skip
