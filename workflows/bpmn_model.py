"""A flow as the elements of a BPMN model, before anything is written or drawn.

The model accepts what the flow allows and nothing else, also for readers that know only tasks, plain gateways, starts
and ends: a subject stands at one place at a time, a gateway before each step offers the step itself and all that may
end or suspend the way there, and what was suspended comes back to where it was. What such readers pass over (timers,
the sign for several at once, what is done beside the way) takes nothing from that and adds nothing to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from workflows.engine import PARTS, Anytime, Auto, Back, Ballot, End, Flow, ForEach, Opening, Step, Together

NETWORK = "network"


@dataclass
class Element:
    """One element: its BPMN word, what is written on it, and the lane and column in which it stands."""

    ident: str
    tag: str
    name: str
    lane: str
    column: int
    slot: int = 1
    says: str = ""
    each: bool = False
    days: int | None = None
    attached: str = ""
    stops: bool = False
    event: str = ""
    note: str = ""


@dataclass
class Line:
    source: str
    target: str
    label: str = ""

    @property
    def ident(self) -> str:
        return f"{self.source}_to_{self.target}"


@dataclass
class Model:
    """All elements and lines of one flow; `beside` are the steps that move nothing and may come at any time."""

    flow: type[Flow]
    under_way: bool = False
    elements: list[Element] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    beside: list[Anytime] = field(default_factory=list)

    def __post_init__(self) -> None:
        steps = self.flow.steps()
        self.beside = [step for step in self.flow.anytimes() if not step.next_names()]
        self.pausing = [step for step in self.flow.anytimes() if step.next_names() and step.pauses]
        self.stopping = [step for step in self.flow.anytimes() if step.next_names() and not step.pauses]
        self.resting = {name for step in self.pausing for name in step.next_names()}
        self.several = {name for step in steps if isinstance(step, ForEach) for name in step.next_names()}
        for column, step in enumerate(steps):
            if step.name not in self.resting and step not in self.beside and step not in self.pausing:
                self._add(step, column)
        if self.under_way:
            self.elements.append(Element("under_way", "endEvent", _("Still under way"), NETWORK, len(steps)))

    def _add(self, step: Any, column: int) -> None:
        if isinstance(step, Opening):
            self._element(f"{step.name}_begins", "startEvent", "", step, column, slot=0)
            self._line(f"{step.name}_begins", step.name)
            self._task(step, step.name, column)
            self._follow(step, step.name, {name: [""] for name in step.next_names()}, column)
        elif isinstance(step, Step):
            self._step(step, column)
        elif isinstance(step, Anytime):
            self._task(step, step.name, column)
            self._follow(step, step.name, self._targets(step, step.name), column)
        elif isinstance(step, End):
            self._end(step, column)
        elif isinstance(step, Auto):
            # Without a name: nobody's act, so no line of the log. The title stands beside it.
            self._element(step.name, "scriptTask", "", step, column, note=str(step.title))
            self._follow(step, step.name, {name: [""] for name in step.next_names()}, column)
        elif not isinstance(step, Back):
            self._element(step.name, "exclusiveGateway", str(step.title), step, column)
            labels: dict[str, list[str]] = {}
            for edge in step._outgoing():
                labels.setdefault(edge.dst.name, []).append(str(edge.label or ""))
            for name in self._each_of(step):
                labels.setdefault(name, []).append(_("One more is awaited"))
            self._follow(step, step.name, labels, column)

    def _end(self, step: End, column: int) -> None:
        """An end, and before it, where the way may be taken up again from there, the gateway that offers to."""
        at = self._waits(step)
        if at != step.name:
            self._element(at, "exclusiveGateway", "", step, column, slot=0)
            self._line(at, step.name)
            self._leave(at, [one for one in self.stopping if str(step.stage) in one.stages])
        self._element(step.name, "endEvent", str(step.title), step, column)

    def _each_of(self, step: Any) -> list[str]:
        """What comes again before a join opens: the step that its fork hands to each."""
        if not isinstance(step, Together):
            return []
        return sorted(edge.src.name for edge in step._incoming() if edge.src.name in self.several)

    def _step(self, step: Step, column: int) -> None:
        """A step, before it the gateway at which it waits, and for each way of suspending it a pair of its own."""
        leaving = [one for one in self.stopping if str(step.stage) in one.stages]
        resting = [one for one in self.pausing if str(step.stage) in one.stages]
        at = self._waits(step)
        if at != step.name:
            self._element(at, "exclusiveGateway", "", step, column, slot=0)
            self._line(at, step.name)
            self._leave(at, leaving)
        self._task(step, step.name, column, each=step.name in self.several)
        self._deadline(step, column)
        self._follow(step, step.name, self._targets(step, at), column)
        for pause in resting:
            self._rest(pause, step, at, column)

    def _rest(self, pause: Anytime, step: Step, at: str, column: int) -> None:
        """Suspended at a step, and back to it: a pair of tasks for each step, or the model would forget where."""
        first = f"{pause.name}_at_{step.name}"
        self._task(pause, first, column, slot=0)
        self._line(at, first)
        for name in pause.next_names():
            rest = self.flow.step(name)
            waits, ident = f"at_{name}_at_{step.name}", f"{name}_at_{step.name}"
            self._line(first, waits)
            self._element(waits, "exclusiveGateway", "", rest, column, slot=1)
            self._line(waits, ident)
            self._leave(waits, [one for one in self.stopping if str(rest.stage) in one.stages])
            self._task(rest, ident, column, slot=2)
            self._follow(rest, ident, self._targets(rest, waits, back=at), column)

    def _leave(self, at: str, leaving: list[Anytime]) -> None:
        for one in leaving:
            self._line(at, one.name)
        if self.under_way:
            self._line(at, "under_way")

    def _targets(self, step: Any, at: str, back: str = "") -> dict[str, list[str]]:
        """Where each outcome of a step leads, with the outcomes' labels; `back` is where it goes on after a rest."""
        found: dict[str, list[str]] = {}
        for outcome in step.outcomes:
            if outcome.to is None:
                target = at if back else step.name
            else:
                target = back if isinstance(outcome.to, Back) else outcome.to.name
            found.setdefault(target, []).append(str(outcome.label))
        if isinstance(step, Ballot):
            found.setdefault(step.name, []).append(_("Others have still to speak"))
        return found

    def _follow(self, step: Any, source: str, targets: dict[str, list[str]], column: int) -> None:
        """Lines to what comes next; a task that may go on in several ways gets a gateway behind it."""
        task = isinstance(step, (Step, Anytime))
        if task and len(targets) > 1:
            self._element(f"{source}_outcome", "exclusiveGateway", "", step, column, slot=2)
            self._line(source, f"{source}_outcome")
            source = f"{source}_outcome"
        for name, labels in targets.items():
            node = self.flow._nodes_by_name.get(name)
            target = self._waits(node) if isinstance(node, (Step, End)) else name
            self._line(source, target, " / ".join(label for label in dict.fromkeys(labels) if label))

    def _waits(self, step: Any) -> str:
        """The element at which a subject waits for a step, or stands at an end: the gateway before it, or itself."""
        stage = str(step.stage)
        others = [one for one in (*self.stopping, *self.pausing) if stage in one.stages]
        return f"at_{step.name}" if others or (self.under_way and isinstance(step, Step)) else str(step.name)

    def _deadline(self, step: Step, column: int) -> None:
        """The timer on a step's border: it takes the clock's outcome, or tells and lets the step wait on."""
        limit = step.limit
        if limit is None:
            return
        timer = f"due_{step.name}"
        self._element(
            timer, "boundaryEvent", limit.says, step, column, days=limit.days,
            attached=step.name, stops=bool(limit.then),
        )  # fmt: skip
        if limit.then:
            target = step.outcome(limit.then).to
            if target is None:
                # What the clock closes a vote with is not known before: any of the ways behind it.
                self._line(timer, f"{step.name}_outcome")
            else:
                self._line(timer, self._waits(target) if isinstance(target, Step) else target.name)
            return
        told = "escalationEventDefinition" if limit.tell else "messageEventDefinition"
        self._element(f"late_{step.name}", "endEvent", _("Reminded of the deadline"), step, column, event=told)
        self._line(timer, f"late_{step.name}")

    def _task(self, step: Any, ident: str, column: int, slot: int = 1, *, each: bool = False) -> None:
        self._element(ident, "userTask", str(step.title), step, column, slot=slot, says=said_of(step), each=each)

    def _element(self, ident: str, tag: str, name: str, step: Any, column: int, **more: Any) -> None:
        lane = step.who.of if step.who else NETWORK
        self.elements.append(Element(ident, tag, name, lane, column, **more))

    def _line(self, source: str, target: str, label: str = "") -> None:
        self.lines.append(Line(source, target, label))

    def lanes(self) -> Iterator[tuple[str, str, list[Element]]]:
        """Each lane by its key, its name and what stands in it; the network's own comes last."""
        keys = dict.fromkeys(element.lane for element in self.elements if element.lane != NETWORK)
        for key in (*keys, NETWORK):
            name = str(PARTS[key]) if key in PARTS else _("the network")
            if inside := [element for element in self.elements if element.lane == key]:
                yield key, name, inside


def said_of(step: Any) -> str:
    """Who acts and by when, in the reader's language."""
    if step.who is None:
        return ""
    return "; ".join([step.who.says, *([step.limit.says] if step.limit else [])])
