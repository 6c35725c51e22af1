"""What a person who leaves holds alone, and naming a successor for all of it at once, through the one gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from ricomi.directory import members
from ricomi.directory.authority import Authority, act_as, authority, hands_on
from ricomi.directory.models import Body, Membership, Role, User
from workflows import gate, policy
from workflows.engine import FLOWS, Anytime
from workflows.models import Run


@dataclass(frozen=True)
class Bound:
    """A subject with steps that are one person's alone, and the act by which the reader may name another."""

    subject: Any
    step: Anytime
    body: int
    role: Role


def may_arrange(by: User, person: User) -> bool:
    """Whether `by` may see to what a person leaves: who manages a body to which that person belongs or belonged."""
    bodies = Body.objects.filter(memberships__person=person).distinct()
    return any(members.may_manage(by, body, themselves=True) for body in bodies)


def bound_to(person: User, rights: Authority) -> list[Bound]:
    """The subjects under way that name a person for steps of their own, and in which the reader may name another."""
    found = []
    for flow in FLOWS.values():
        for name in sorted({step.names for step in flow.anytimes() if step.names}):
            acts = [step for step in flow.anytimes() if step.names == name]
            model = flow.subject_model()
            subjects = model.objects.filter(**{name: person}).exclude(stage__in=model.ENDED).select_related(*model.WITH)
            found += [one for subject in subjects.order_by("pk") for one in _bound(subject, acts, rights)][:500]
    return found


def _bound(subject: Any, acts: list[Anytime], rights: Authority) -> Iterator[Bound]:
    run = Run.objects.filter(subject_key=subject.subject_key).first()
    if run is None or Run.objects.filter(subject_key=run.root_key, paused_at__isnull=False).exists():
        return
    run.subject = subject
    for step in acts:
        if subject.stage in step.stages and policy.may_take(rights, run, step, None):
            who = next(one.who for one in run.flow_class.steps() if one.who and one.who.person == step.names)
            for body in subject.bodies(who.of)[:1]:
                yield Bound(subject, step, body, who.role)
            return


def last_of(person: User) -> list[Membership]:
    """The person's memberships in force whose role nobody else holds in that body."""
    held = list(Membership.objects.active().filter(person=person).select_related("body"))
    others = hands_on((act_as(one.role), one.body_id) for one in held)
    return [
        one
        for one in held
        if not any(hand.bearer != person.pk and hand.giver_id is None for hand in others[act_as(one.role), one.body_id])
    ]


def successors(bound: list[Bound], person: User) -> list[User]:
    """Who could take over all of this: those who themselves hold the role in each of the bodies."""
    pairs = {(act_as(one.role), one.body) for one in bound}
    able = [
        {hand.person_id for hand in hands if hand.giver_id is None and hand.person_id != person.pk}
        for hands in hands_on(pairs).values()
    ]
    return list(User.objects.filter(pk__in=set.intersection(*able))) if able else []


@transaction.atomic
def hand_on(person: User, successor: User, *, by: User, reason: str, body: int) -> int:
    """Name a successor wherever a person is named for steps of a body. All of it or nothing; how many those were.

    Raises what the gate raises.
    """
    bound = [one for one in bound_to(person, authority(by)) if one.body == body]
    for one in bound:
        outcome = one.step.outcomes[0].name
        gate.act(by, one.subject, one.step.name, outcome, {one.step.names: successor, "reason": reason})
    return len(bound)
