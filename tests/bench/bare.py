"""The yardstick: a flow of as many human steps on viewflow alone, with its own tables and lock, and no letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewflow import this
from viewflow.workflow import flow as vf
from viewflow.workflow.flow import Flow
from viewflow.workflow.lock import select_for_update_lock
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import STATUS

from ricomi.directory.models import User


def bare_flow(steps: int) -> type[Flow]:
    """A start and this many steps for people, one after the other."""
    nodes: dict[str, Any] = {"start": vf.StartHandle().Next(this.step_1), "end": vf.End()}
    for number in range(1, steps + 1):
        following = f"step_{number + 1}" if number < steps else "end"
        nodes[f"step_{number}"] = vf.View(None).Next(getattr(this, following))
    own = {"process_class": Process, "task_class": Task, "lock_impl": select_for_update_lock, "__module__": __name__}
    # The tasks' rows name the flow by where it stands in this module.
    globals()["Bare"] = flow = type("Bare", (Flow,), own | nodes)
    return flow


def walk(flow: Any, people: Sequence[User]) -> int:
    """Take a process from its start to its end, each step in a transaction of its own; the number of transitions."""
    process, taken = flow.start.run(), 1
    while task := Task.objects.filter(process=process, status=STATUS.NEW).first():
        with task.activation() as activation:
            activation.assign(people[taken % len(people)])
            activation.start(None)
            activation.execute()
        taken += 1
    process.refresh_from_db()
    assert process.finished
    return taken
