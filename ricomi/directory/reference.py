"""States, forums, bodies and the rights of roles as data, put into the database after each migration, idempotently."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from django.db import connections, router

STATES = Path(__file__).parent / "data" / "states.json"
FIXED = ("ceam", "fund", "secretariat", "oversight")


def load(sender: Any = None, using: str = "default", apps: Any = None, **_signal: object) -> None:
    """Write what data/states.json says, a body for each state and each fixed one, and each role's group and rights.

    What people added stays: a state whose periods were edited in the site keeps them.
    """
    from ricomi.directory.authority import fixed_body
    from ricomi.directory.models import Body

    if not router.allow_migrate_model(using, Body):
        return
    if "guardian_groupobjectpermission" not in connections[using].introspection.table_names():
        return
    data = json.loads(STATES.read_text("utf-8"))
    _states(data)
    _bodies(data)
    _rights(using)
    _rules()
    fixed_body.cache_clear()


def _states(data: dict[str, Any]) -> None:
    from ricomi.directory.models import Forum, Participation, State

    known = set(State.objects.values_list("pk", flat=True))
    members, observers = data["members"], data["observers"]
    new = [State(code=code, kind=State.Kind.MEMBER) for code in members if code not in known]
    new += [State(code=code, kind=State.Kind.OBSERVER) for code in observers["states"] if code not in known]
    State.objects.bulk_create(new)
    periods = [(state.pk, period) for state in new for period in members.get(state.pk, [observers["note"]])]
    Participation.objects.bulk_create(
        Participation(
            state_id=code,
            status=period["status"],
            since=datetime.date.fromisoformat(period["since"]),
            until=datetime.date.fromisoformat(period["until"]) if "until" in period else None,
            source=period["source"],
        )
        for code, period in periods
    )
    forums = Forum.objects.bulk_create(
        [Forum(code=code, names=forum["names"]) for code, forum in data["forums"].items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["names"],
    )
    link = State.forums.through
    link.objects.bulk_create(
        [link(state_id=code, forum_id=forum.code) for forum in forums for code in data["forums"][forum.code]["states"]],
        ignore_conflicts=True,
    )


def _bodies(data: dict[str, Any]) -> None:
    from ricomi.directory.models import Body

    bodies = [Body(code=code, kind=code) for code in FIXED]
    bodies += [Body(code=code.lower(), kind=Body.Kind.DELEGATION, state_id=code) for code in data["members"]]
    bodies += [Body(code=code.lower(), kind=Body.Kind.OBSERVER, state_id=code) for code in data["observers"]["states"]]
    Body.objects.bulk_create(bodies, ignore_conflicts=True)


def _rules() -> None:
    """The CEAM begins with what committees of the OAS practise: consensus, of which silence is a part."""
    from ricomi.directory.models import Body, VotingRule

    ceam = Body.objects.get(code="ceam")
    if not ceam.rules.exists():
        VotingRule.objects.create(body=ceam, method=VotingRule.Method.CONSENSUS)


def _rights(using: str) -> None:
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType
    from guardian.models import GroupObjectPermission

    from ricomi.directory.authority import SEE_CASES, act_as, group_name
    from ricomi.directory.models import ROLES_OF, SEES_NO_CASES, Body, held_with

    if GroupObjectPermission.objects.exists() and Group.objects.count() >= _group_count():
        return
    create_permissions(installed.get_app_config("directory"), verbosity=0, using=using)
    kind = ContentType.objects.get_for_model(Body)
    permissions = {p.codename: p for p in Permission.objects.filter(content_type=kind)}
    bodies = list(Body.objects.all())
    wanted = [(body, role) for body in bodies for role in ROLES_OF[body.kind]]
    Group.objects.bulk_create([Group(name=group_name(body.code, role)) for body, role in wanted], ignore_conflicts=True)
    groups = {group.name: group for group in Group.objects.all()}
    rows = []
    for body, role in wanted:
        names = [act_as(one) for one in held_with(role, body.kind)] + ([] if role in SEES_NO_CASES else [SEE_CASES])
        for name in names:
            rows.append(
                GroupObjectPermission(
                    permission=permissions[name],
                    group=groups[group_name(body.code, role)],
                    content_type=kind,
                    object_pk=str(body.pk),
                )
            )
    GroupObjectPermission.objects.bulk_create(rows, ignore_conflicts=True)


def _group_count() -> int:
    from ricomi.directory.models import ROLES_OF, Body

    return sum(len(ROLES_OF[kind]) for kind in Body.objects.values_list("kind", flat=True))
