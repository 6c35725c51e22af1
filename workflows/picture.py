"""The picture of a subject's way, drawn from its flow: the main line of stages and the branch that was taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workflows.engine import Anytime, End, Flow


@dataclass(frozen=True)
class Stop:
    """A stage on the picture: where it stands and what it means for this subject."""

    stage: str
    label: str
    y: int
    main: bool
    passed: bool
    current: bool


ROW = 34


def main_line(flow: type[Flow]) -> list[Any]:
    """The stages of the longest way forward through the page, from the opening to the first end that it names."""
    steps = flow.steps()
    place = {step.name: index for index, step in enumerate(steps)}
    goal = next(step for step in steps if isinstance(step, End))
    best: dict[str, list[Any]] = {goal.name: [goal]}
    for step in reversed(steps):
        if isinstance(step, (End, Anytime)):
            continue
        ways = [
            best[name]
            for name in step.next_names()
            if name in best and (place[name] > place[step.name] or name == goal.name)
        ]
        if ways:
            best[step.name] = [step, *max(ways, key=len)]
    stages = [step.stage for step in best[flow.start().name] if step.stage]
    return list(dict.fromkeys(stages))


def stops(flow: type[Flow], stage: str, passed: Iterable[str]) -> list[Stop]:
    """The stages to draw: the main line, and under the stage from which it was reached each branch that was taken."""
    passed = list(passed)
    line = main_line(flow)
    labels = {str(step.stage): step.stage.label for step in flow.steps() if step.stage}
    order = [str(one) for one in line]
    for index, seen in enumerate(dict.fromkeys([*passed, stage])):
        if seen not in order and seen in labels:
            before = [one for one in passed[:index] if one in order]
            order.insert(order.index(before[-1]) + 1 if before else 0, seen)
    main = {str(one) for one in line}
    ended_aside = stage not in main and stage in {str(step.stage) for step in flow.steps() if isinstance(step, End)}
    if ended_aside:
        order = order[: order.index(stage) + 1]
    return [
        Stop(one, str(labels[one]), 20 + ROW * index, one in main, one in passed and one != stage, one == stage)
        for index, one in enumerate(order)
    ]
