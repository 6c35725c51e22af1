"""Pictures drawn from a flow: a subject's way with the branch that was taken, and the steps with the time they take."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine import Anytime, End, Flow, Step


@dataclass(frozen=True)
class Stop:
    """A stage on the picture: where it stands and what it means for this subject."""

    stage: str
    label: str
    y: int
    main: bool
    passed: bool
    current: bool


@dataclass(frozen=True)
class Field:
    """A step on the picture of times: its title in lines, whether it lies on the main way, and how dark it is.

    `shade` goes from 1 to 5, the longest; 0 where nothing is known. `y` is the middle of its mark.
    """

    step: Any
    wait: Any
    title: list[str]
    y: int
    height: int
    main: bool
    shade: int

    @property
    def says_at(self) -> int:
        """Where the line with the times stands."""
        return self.y + 5 + LETTER * len(self.title)


ROW = 34
LETTER, LETTERS, SHADES = 19, 34, 5


def main_way(flow: type[Flow]) -> list[Any]:
    """The nodes of the longest way forward through the page, from the opening to the first end that it names."""
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
    return best[flow.start().name]


def main_line(flow: type[Flow]) -> list[Any]:
    """The stages of the main way."""
    return list(dict.fromkeys(step.stage for step in main_way(flow) if step.stage))


def fields(flow: type[Flow], waits: Mapping[str, Any]) -> list[Field]:
    """The steps at which subjects wait, one under the other, each as dark as its median is long beside the longest."""
    longest = max((wait.median or 0.0 for wait in waits.values()), default=0.0)
    main = {step.name for step in main_way(flow)}
    found, y = [], 20
    for step in flow.steps():
        if not isinstance(step, Step):
            continue
        wait = waits.get(step.name)
        title = textwrap.wrap(str(step.title), LETTERS)
        height = LETTER * (len(title) + 1) + 16
        shade = 0
        if wait is not None and wait.median is not None:
            shade = min(SHADES, 1 + int(SHADES * wait.median / longest)) if longest else 1
        found.append(Field(step, wait, title, y, height, step.name in main, shade))
        y += height
    return found


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
