"""Where time goes: how long subjects wait at each step of a flow, by whom it is to be taken and in which year.

Only steps that wait for somebody count, each from when it began until it was taken, without the time for which it
rested; what was ended by a withdrawal or the like was never taken and does not count. A wait belongs to the year (UTC)
in which it ended; what still waits is counted where it is, in the present.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.functions import Coalesce, Extract, ExtractYear
from django.utils import timezone
from viewflow.workflow.status import STATUS

from ricomi.directory.models import Body
from workflows.engine import Flow, Step
from workflows.models import Task
from workflows.policy import WAITING

DAY = 24 * 60 * 60
# What a row may be about besides its step, in the order in which the data has them.
COLUMNS = (
    "flow", "step", "title", "body", "year", "taken", "median_days", "p90_days", "open", "beyond_deadline", "suspended",
)  # fmt: skip
GROUPS = ((), ("body",), ("year",), ("body", "year"))


class Percentile(Aggregate):
    """The value below which a part of all lie, between two of them where none is exactly there (percentile_cont)."""

    name = "Percentile"
    template = "percentile_cont(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, part: float, **more: Any) -> None:
        super().__init__(expression, part=float(part), **more)


@dataclass(frozen=True)
class Wait:
    """How long subjects wait at a step: `median` and `p90` in days, None while nobody has taken it.

    `open` counts what waits now, `overdue` what of that is beyond its deadline, `resting` what is suspended. `body` and
    `year` are None where a row is about all of them.
    """

    step: Step
    body: str | None
    year: int | None
    done: int
    median: float | None
    p90: float | None
    open: int
    overdue: int
    resting: int


def waits(flow: type[Flow], by: Sequence[str] = (), *, body: str = "", year: int | None = None) -> list[Wait]:
    """The waits at each step, in the order of the page; split `by` body or year, only of one body or year if asked.

    One query, however many subjects there are; one more for the codes of the bodies.
    """
    now = timezone.now()
    steps = {step: place for place, step in enumerate(flow.steps()) if isinstance(step, Step)}
    tasks = Task.objects.filter(process__flow_class=flow, flow_task__in=list(steps)).order_by()
    ended = ExtractYear(Coalesce("finished", Value(now)), tzinfo=datetime.UTC)
    tasks = tasks.annotate(body=F("owner_permission_obj_pk"), year=ended)
    codes = {str(pk): code for pk, code in Body.objects.values_list("pk", "code")} if by or body else {}
    if body:
        tasks = tasks.filter(body__in=[pk for pk, code in codes.items() if code == body])
    if year:
        tasks = tasks.filter(year=year)
    lasted = ExpressionWrapper(F("finished") - F("created") - F("rested"), output_field=DurationField())
    taken, waiting = Q(status=STATUS.DONE), Q(status__in=WAITING)
    seconds = Extract(lasted, "epoch", output_field=FloatField())
    found = tasks.values("flow_task", *by).annotate(
        done=Count("pk", filter=taken),
        median=Percentile(seconds, 0.5, filter=taken),
        p90=Percentile(seconds, 0.9, filter=taken),
        open=Count("pk", filter=waiting & Q(paused_at__isnull=True)),
        overdue=Count("pk", filter=waiting & Q(paused_at__isnull=True, due__lt=now)),
        resting=Count("pk", filter=waiting & Q(paused_at__isnull=False)),
    )
    rows = [
        Wait(
            row["flow_task"], codes.get(row["body"]) if "body" in by else None, row.get("year"), row["done"],
            _days(row["median"]), _days(row["p90"]), row["open"], row["overdue"], row["resting"],
        )
        for row in found
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (steps[row.step], row.body or "", row.year or 0))


def table(flow: type[Flow]) -> Iterator[dict[str, Any]]:
    """All that the page can show, as data: each step as a whole, by body, by year, and by both; days as decimals."""
    for by in GROUPS:
        for row in waits(flow, by):
            values = (
                flow.flow_name(), row.step.name, str(row.step.title), row.body, row.year, row.done, row.median, row.p90,
                row.open, row.overdue, row.resting,
            )  # fmt: skip
            yield dict(zip(COLUMNS, values, strict=True))


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / DAY, 4)
