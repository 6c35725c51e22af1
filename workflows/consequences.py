"""What pressing a button will bring about, said before it is pressed: read from the flow, not written beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ricomi.directory.models import Body
from workflows.engine import PARTS, Back, Ballot, End, Outcome, Step
from workflows.models import Run


@dataclass(frozen=True)
class Consequence:
    """An outcome, what it does by itself, where it may lead, and who is written to, in the reader's language."""

    outcome: Outcome
    says: str
    leads_to: list[str]
    writes_to: list[str]
    once_decided: bool


def consequences(run: Run, step: Any, outcomes: tuple[Outcome, ...]) -> list[Consequence]:
    """For each outcome: the steps or ends that may come next with whose they are, and the bodies that get a letter."""
    names = _Names(run)
    found = []
    for outcome in outcomes:
        ahead = list(_ahead(outcome.to, set())) if outcome.to is not None else []
        voice = isinstance(step, Ballot)
        told = [name for _letter, whom in outcome.letters for name in names.of(whom)]
        waiting = [node.who.of for node in ahead if isinstance(node, Step) and node.task_letter and node.who]
        told += [name for whom in waiting for name in names.of(whom)]
        leads = [_("The case stays where it is.")] if outcome.stays else [names.says(node) for node in ahead]
        if outcome.says and outcome.stays:
            leads = []
        if voice:
            leads = [_("Your voice is counted; you may change it until the decision.")]
        says = "" if voice else str(outcome.says)
        found.append(Consequence(outcome, says, list(dict.fromkeys(leads)), list(dict.fromkeys(told)), voice))
    return found


def _ahead(node: Any, seen: set[str]) -> Iterator[Any]:
    """The next steps that wait for people, and ends, behind whatever the network does by itself."""
    if node.name in seen:
        return
    seen.add(node.name)
    if isinstance(node, (Step, End, Back)):
        yield node
        return
    for edge in node._outgoing():
        yield from _ahead(edge.dst, seen)


class _Names:
    """Names of the bodies that have a part in a subject, fetched as they are asked for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.known: dict[str, list[str]] = {}

    def of(self, whom: str) -> list[str]:
        if whom not in self.known:
            bodies = Body.objects.filter(pk__in=self.run.subject.bodies(whom))
            self.known[whom] = [body.name for body in bodies] or [str(PARTS[whom])]
        return self.known[whom]

    def says(self, node: Any) -> str:
        if isinstance(node, End):
            return _("The way ends here: %(end)s.") % {"end": node.title}
        if isinstance(node, Back):
            return _("What rested goes on.")
        return _("“%(step)s” waits for: %(who)s.") % {"step": node.title, "who": ", ".join(self.of(node.who.of))}
