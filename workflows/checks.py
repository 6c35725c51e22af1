"""What must hold of every flow before the server starts, and of every running task after the code changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation

from notifications import letters
from ricomi import l10n
from workflows.engine import FLOWS, Anytime, Back, End, Flow, Opening, Step


@register("flows")
def flows_hold(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Targets exist, each step is reached and leaves, bodies, roles and letters exist in four languages."""
    if not _translations_are_compiled():
        return [Error("The translations are not compiled: run manage.py translations --compile.", id="workflows.E001")]
    return [
        Error(f"{flow.flow_name()}: {fault}", id="workflows.E001") for flow in FLOWS.values() for fault in faults(flow)
    ]


def _translations_are_compiled() -> bool:
    folders = [Path(settings.LOCALE_PATHS[0]) / code / "LC_MESSAGES" for code, _name in l10n.LANGUAGES]
    return all((folder / "django.mo").exists() for folder in folders if (folder / "django.po").exists())


def faults(flow: type[Flow]) -> list[str]:
    """What is wrong with a flow, each with its place."""
    steps = flow.steps()
    openings = [step for step in steps if isinstance(step, Opening)]
    if len(openings) != 1:
        return [f"has {len(openings)} openings; a flow has one"]
    found = [fault for step in steps for fault in _faults_of(flow, step)]
    reached = _reached(flow)
    found += [f"{step.name}: is never reached" for step in steps if step.name not in reached]
    found += [f"letter {line}" for line in letters.missing(sorted({n for step in steps for n in step.letters()}))]
    return found


def _faults_of(flow: type[Flow], step: Any) -> list[str]:
    found = []
    targets = [edge.dst for edge in step._outgoing()]
    for outcome in getattr(step, "outcomes", []):
        if outcome.to is None and not outcome.stays and not isinstance(step, (Opening, Anytime)):
            found.append(f"{step.name}: outcome {outcome.name} leads nowhere and does not stay")
    known = set(flow._nodes_by_name.values())
    found += [
        f"{step.name}: leads to {target}, which the flow does not have" for target in targets if target not in known
    ]
    if not targets and not isinstance(step, (End, Back, Anytime)):
        found.append(f"{step.name}: never leaves")
    if isinstance(step, (Step, Anytime, Opening)):
        if step.who is None:
            found.append(f"{step.name}: says nothing of who takes it")
        elif step.who.of not in flow.subject_model().BODIES:
            found.append(f"{step.name}: “{step.who.of}” is no body of {flow.subject}")
        else:
            found += [
                f"{step.name}: not_who_did names {name}"
                for name in step.who.not_who_did
                if name not in flow._nodes_by_name
            ]
    if isinstance(step, Step) and step.stage is None:
        found.append(f"{step.name}: says nothing of the stage")
    if step.limit and step.limit.then and step.limit.then not in [outcome.name for outcome in step.outcomes]:
        found.append(f"{step.name}: when late takes {step.limit.then}, which it does not have")
    return found + _untranslated(step)


def _untranslated(step: Any) -> list[str]:
    """Languages in which a title or a label of the step is empty."""
    words = [step.title, *(outcome.label for outcome in getattr(step, "outcomes", []))]
    words += [step.who.role.label] if step.who and step.who.role else []
    found = []
    for code, _name in l10n.LANGUAGES:
        with translation.override(code):
            found += [f"{step.name}: a title is empty in {code}" for word in words if not str(word).strip()]
    return found


def _reached(flow: type[Flow]) -> set[str]:
    ahead = [flow.start(), *flow.anytimes()]
    seen: set[str] = set()
    while ahead:
        node = ahead.pop()
        if node.name not in seen:
            seen.add(node.name)
            if not isinstance(node, Back):
                ahead += [edge.dst for edge in node._outgoing()]
    return seen


@register(Tags.database)
def running_tasks_know_their_steps(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A running task that names a step which the code no longer has; see docs/changing-a-flow.md."""
    if not databases or _is_behind():
        return []
    return [
        Error(
            f"{count} running task(s) wait in {name}, which the code no longer has; run `manage.py migrate_flows`.",
            id="workflows.E002",
        )
        for name, count in orphans().items()
    ]


def _is_behind() -> bool:
    """Whether tables wait to be migrated: that comes first, and asks for these checks on its way."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def orphans() -> dict[str, int]:
    """Running tasks by the name of a step that no flow has any more, with how many wait there."""
    from django.db.models import Count

    from workflows.models import OPEN, Task

    if Task._meta.db_table not in connection.introspection.table_names():
        return {}
    from viewflow.workflow.fields import get_task_ref

    known = {get_task_ref(step) for flow in FLOWS.values() for step in flow.steps()}
    rows = Task.objects.filter(status__in=OPEN).extra(select={"ref": "flow_task"}).values_list("ref")
    return {name: count for name, count in rows.annotate(count=Count("pk")).order_by() if name not in known}
