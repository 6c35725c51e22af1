"""Steps that wait with nobody to take them: shown to the secretariat, and written to it when that comes about."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Count, Min, OuterRef, Subquery
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from notifications import letters
from ricomi import l10n
from ricomi.directory.authority import act_as, fixed_body, hands_on, people_with
from ricomi.directory.models import Body, Role
from workflows.models import HUMAN, Task
from workflows.policy import WAITING, is_open_to

# The body of a group of tasks with all its columns, so that no second query need ask its name.
_BODY = Subquery(
    Body.objects.filter(pk=Cast(OuterRef("owner_permission_obj_pk"), BigIntegerField())).values(
        whole=JSONObject(**{field.attname: field.attname for field in Body._meta.concrete_fields})
    )
)
PREFIX = act_as(Role.OFFICER).removesuffix(Role.OFFICER.value)


@dataclass(frozen=True)
class Gap:
    """Steps that ask for one right on one body and that nobody may take: how many, since when.

    `held` says that somebody holds the right, but is recused, took an earlier step, or is not the one it is bound to.
    """

    right: str
    body: Body | None
    count: int
    since: datetime.datetime
    held: bool

    @property
    def role(self) -> str:
        """The role that is missing, in the reader's language."""
        return str(Role(self.right.removeprefix(PREFIX)).label) if self.right.startswith(PREFIX) else _("any member")


def unattended(bodies: Iterable[int] | None = None) -> list[Gap]:
    """The gaps among all steps that wait and do not rest, the oldest first; of some bodies alone when those are named.

    Two queries, however many steps wait.
    """
    tasks = Task.objects.filter(status__in=WAITING, flow_task_type=HUMAN, paused_at__isnull=True)
    if bodies is not None:
        tasks = tasks.filter(owner_permission_obj_pk__in=[str(one) for one in bodies])
    groups = list(
        tasks.order_by()
        .values_list(
            "flow_task", "owner_permission", "owner_permission_obj_pk", "owner", "barred_people", "barred_states"
        )
        .annotate(count=Count("pk"), since=Min("created"), named=_BODY)
    )
    found = hands_on((right, int(body)) for _step, right, body, *_rest in groups if body)
    gaps: dict[tuple[str, int, bool], list[tuple[int, datetime.datetime]]] = {}
    bodies_of: dict[int, Body | None] = {}
    for step, right, body, owner, people, states, count, since, named in groups:
        if getattr(step, "who", None) is None:
            continue  # The code states this step no more: `migrate_flows` has yet to bring it to another.
        key = int(body or 0)
        hands = found.get((right, key), [])
        parties = set(states) if step.who.except_parties else None
        if not any(is_open_to(hand, set(people), parties, owner) for hand in hands):
            gaps.setdefault((right, key, bool(hands)), []).append((count, since))
            bodies_of[key] = Body(**named) if named else None
    rows = [
        Gap(right, bodies_of[key], sum(count for count, _since in some), min(since for _count, since in some), held)
        for (right, key, held), some in gaps.items()
    ]
    return sorted(rows, key=lambda gap: gap.since)


def secretariat() -> list[Any]:
    """The people to whom a gap is written."""
    key = fixed_body("secretariat")
    return people_with(act_as(Role.CASE_OFFICER), [key]) if key else []


def write_of_gaps(sender: object, *, bodies: Iterable[int], **_more: Any) -> None:
    """Tell the secretariat, once a day for each, which steps of these bodies nobody may take any more.

    Called within the transaction in which somebody left, or in which steps came to wait for others, or again.
    """
    gaps = unattended(bodies)
    people = secretariat() if gaps else []
    for gap in gaps:
        code = gap.body.code if gap.body else ""
        with transaction.atomic():
            letters.queue(
                "step_without_people", people, key=f"nobody:{code}:{gap.right}:{l10n.today()}", url="/",
                context={"gap": {"role": _Role(gap), "body": gap.body or "", "count": gap.count}}, body_code=code,
            )  # fmt: skip


class _Role:
    """The role of a gap, in the language of whoever reads of it."""

    def __init__(self, gap: Gap) -> None:
        self.gap = gap

    def __str__(self) -> str:
        return self.gap.role


def write_of_new(task: Task) -> int:
    """Tell the secretariat that a task began which nobody may take. Returns how many letters that was.

    It says nothing of the case, which the secretariat may not be allowed to see yet.
    """
    body = Body.objects.filter(pk=task.body_id or 0).first()
    role = task.flow_task.who.role
    context = {
        "gap": {"role": role.label if role else "", "body": body or "", "count": 1},
        "what": task.flow_task.title,
    }
    return len(
        letters.queue("step_without_people", secretariat(), key=f"task:{task.pk}:nobody", url="/", context=context)
    )
