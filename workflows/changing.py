"""What a changed flow does to a way that is under way on it. The gate alone calls this, under its lock."""

from __future__ import annotations

from types import SimpleNamespace

from django.utils import timezone
from viewflow.workflow.fields import get_flow_ref
from viewflow.workflow.status import STATUS

from workflows.engine import Removed, Renamed, Step, give, wait_anew
from workflows.models import HUMAN, OPEN, Run, Task


def apply(run: Run) -> None:
    """Make each change of the flow since the run's version, and give every waiting task to whom it belongs now."""
    flow = run.flow_class
    for change in sorted(flow.changes, key=lambda one: one.since):
        if change.since > run.version:
            _rename(run, change) if isinstance(change, Renamed) else _remove(run, change)
    for task in run.task_set.filter(status__in=OPEN, flow_task_type=HUMAN):
        step = task.flow_task
        if isinstance(step, Step) and step.who:
            give(task, run, step.who)
            task.save()
            wait_anew(run, task)
    run.version = flow.version
    run.save(update_fields=["version"])


def _tasks_at(run: Run, name: str) -> list[Task]:
    tasks = list(run.task_set.extra(where=["flow_task = %s"], params=[_reference(run, name)]))
    for task in tasks:
        task.process = run
    return tasks


def _reference(run: Run, name: str) -> str:
    """How a task's row names a step, whether or not the code still has it."""
    return f"{get_flow_ref(run.flow_class)}.{name}"


def _rename(run: Run, change: Renamed) -> None:
    """Tasks done and waiting bear the new name; the timeline keeps the old one, which the flow still understands."""
    keys = [task.pk for task in _tasks_at(run, change.old)]
    Task.objects.filter(pk__in=keys).update(flow_task=_reference(run, change.new))


def _remove(run: Run, change: Removed) -> None:
    """What waited at the step goes on at the step that the change names."""
    target = run.flow_class.step(run.flow_class.today(change.to))
    for task in _tasks_at(run, change.old):
        if task.status not in OPEN:
            continue
        Task.objects.filter(pk=task.pk).update(status=STATUS.CANCELED, finished=timezone.now())
        before = len(getattr(run, "created_tasks", ()))
        data = {"item": task.item} if task.item is not None else None
        following = target._create(SimpleNamespace(process=run, task=task), task.token, data=data)
        following._activate_next({following})
        if task.paused_at is not None:
            # What rested with a suspended case rests on, however many nodes lie between.
            begun = [one.pk for one in getattr(run, "created_tasks", [])[before:]]
            run.task_set.filter(pk__in=begun).update(paused_at=task.paused_at)
