"""What stops with a case that is withdrawn or cancelled: trips not yet travelled, payments, conditions and the like."""

from __future__ import annotations

from typing import Any

from cases.models import Case
from workflows import gate
from workflows.engine import Act, resume
from workflows.policy import run_of

STOPPED_BY = {
    "trip": ("cancellation", "cancel"),
    "disbursement": ("dropping", "drop"),
    "condition": ("waiving", "waive"),
    "extension": ("dropping", "drop"),
    "revision": ("dropping", "drop"),
}


def stop_sub_ways(case: Case, act: Act) -> None:
    """End every trip and disbursement that can still be stopped; an advance that is out goes into recovery."""
    if act.run.paused_at:
        resume(act.run)
    of_case = (case.trips, case.disbursements, case.conditions, case.extensions, case.revisions)
    ways: list[Any] = [way for some in of_case for way in some.all()]
    for way in ways:
        step, outcome = STOPPED_BY[way._meta.model_name]
        if way.stage in run_of(way).flow_class.step(step).stages:
            gate.act(act.person, way, step, outcome, {"reason": act.reason}, under=act)
