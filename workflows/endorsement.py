"""How the voices of the CEAM become a decision: the plain rule, by majority of those who may speak."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cases.models import Case
from workflows.engine import Act

IN_FAVOUR = {"endorse", "endorse_with_conditions"}


def majority(case: Case, voices: list[Any], eligible: int) -> str | None:
    """The outcome for which more than half of all eligible reviewers speak; None while that is open.

    Conditions count in favour; if anybody in the majority sets one, the endorsement carries it. When all have
    spoken and nothing has a majority, the decision is deferred.
    """
    needed = eligible // 2 + 1
    count = Counter("favour" if voice.choice in IN_FAVOUR else voice.choice for voice in voices)
    if count["favour"] >= needed:
        conditions = any(voice.choice == "endorse_with_conditions" for voice in voices)
        return "endorse_with_conditions" if conditions else "endorse"
    for choice in ("reject", "defer"):
        if count[choice] >= needed:
            return choice
    return "defer" if len(voices) >= eligible else None


def record_decision(case: Case, act: Act) -> None:
    """Keep the conditions that were set, and put the count of voices into the timeline."""
    task = act.run.task_set.filter(flow_task=act.run.flow_class.step(act.step), status="NEW").latest("pk")
    voices = list(task.voices.select_related("person"))
    act.facts["voices"] = dict(Counter(voice.choice for voice in voices))
    remarks = [voice.remark for voice in voices if voice.remark and voice.choice == act.outcome]
    act.reason = "\n\n".join(remarks)
    if act.outcome == "endorse_with_conditions":
        case.conditions = act.reason
        case.save(update_fields=["conditions"])
