"""More time for a step: asked for by whose step it is, granted by somebody who answers for another body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.acts import who_knows
from cases.models import Case, Extension, ExtensionStage
from ricomi.directory.authority import authority, fixed_body
from ricomi.directory.calendar import calendar_of
from ricomi.directory.models import Role
from workflows import policy
from workflows.engine import Act, Anytime, Choice, End, Flow, Opening, Step, is_of_invited, set_due, this
from workflows.models import Task


def ask(extension: Extension, act: Act) -> None:
    """Write down for which step more time is asked, and why."""
    task: Task = act.data["task"]
    assert task.body_id is not None
    extension.case, extension.task, extension.asking_id = act.data["case"], task.pk, task.body_id
    extension.asked_by, extension.days, extension.reason = act.person, act.data["days"], act.data["reason"]
    extension.save()
    act.reason = extension.reason
    act.facts |= {"of_step": task.flow_task.name, "days": extension.days}
    act.audience = _readers(extension, task)


def _readers(extension: Extension, task: Task) -> list[int]:
    """Who reads of it: all parties, but of an invited state's time only those who know that it was invited."""
    return [] if not is_of_invited(task) else who_knows(extension.case, extension.asking_id)


def waiting_task(extension: Extension) -> Task | None:
    """The step that needs more time, if it still waits and is not resting."""
    found = Task.objects.filter(pk=extension.task, status__in=policy.WAITING, paused_at__isnull=True)
    return found.select_related("process").first()


def step_is_over(extension: Extension, data: Mapping[str, Any]) -> str | None:
    """Why no more time can be given: the step was taken, or its time ended and the calendar took it."""
    return None if waiting_task(extension) else str(_("This step does not wait any more."))


def give_more_time(extension: Extension, act: Act) -> None:
    """Move the step's deadline by the days asked for: from it on, or from now on when it is past."""
    task = waiting_task(extension)
    assert task is not None
    assert task.due is not None
    begins = max(task.due, act.at)
    calendar = calendar_of(task.body_id)
    act.facts |= {"of_step": task.flow_task.name, "due_before": task.due.isoformat()}
    set_due(task, task.flow_task.limit, calendar.deadline(begins, extension.days), calendar)
    task.save(update_fields=["due", "scheduled", "rung"])
    act.facts["due"] = task.due.isoformat()
    act.audience = _readers(extension, task)


def keep_the_time(extension: Extension, act: Act) -> None:
    """The deadline stays as it is."""
    act.audience = _readers(extension, Task.objects.get(pk=extension.task))


def is_of_the_secretariat(extension: Extension) -> bool:
    """Whether the secretariat asks; what it asks for it cannot grant."""
    return extension.asking_id == fixed_body("secretariat")


def deciding(title: Any, role: Role, of: str) -> Step:
    """The step in which somebody of a body that did not ask grants the time or refuses it."""
    step: Step = (
        Step(None, title)
        .at(ExtensionStage.ASKED)
        .by(role, of=of, except_person="asked_by")
        .within(days=3, remind=[1], then="lapse")
        .letter("extension_asked")
        .may("grant", _("Grant the time"), this.granted, guard=step_is_over, does=give_more_time,
             letters=[("extension_granted", "asking")])
        .may("refuse", _("Refuse"), this.refused, reason=True, does=keep_the_time,
             letters=[("extension_refused", "asking")])
        .may("lapse", _("Not decided in time"), this.lapsed, does=keep_the_time, by_clock=True)
    )  # fmt: skip
    return step


class ExtensionFlow(Flow):
    title = _("More time for a step")
    subject = "cases.Extension"
    opened_by_people = False

    opening = (
        Opening(None, _("Ask for more time"))
        .by(None, of="participant")
        .may("ask", _("Ask for more time"), does=ask)
        .leads_to(this.who_grants)
    )
    who_grants = (
        Choice(_("Does the secretariat itself ask?"))
        .when(is_of_the_secretariat, this.granting_to_the_secretariat)
        .otherwise(this.granting)
    )
    granting = deciding(_("Decide whether to grant more time"), Role.HEAD, "secretariat")
    granting_to_the_secretariat = deciding(_("Decide whether to grant the secretariat more time"), Role.CHAIR, "ceam")
    dropping = (
        Anytime(None, _("Take the request for more time back"))
        .by(None, of="asking")
        .during(ExtensionStage.ASKED)
        .may("drop", _("Take it back"), this.refused, reason=True, does=keep_the_time)
    )

    granted = End(_("Granted"), ExtensionStage.GRANTED)
    refused = End(_("Refused"), ExtensionStage.REFUSED)
    lapsed = End(_("Not decided in time"), ExtensionStage.LAPSED)


def ask_for_more_time(case: Case, act: Act) -> None:
    """Begin the request's own way, from the case. Raises ValidationError for a step that is not theirs to extend."""
    from workflows.gate import begin

    task = act.data["task"]
    if task.pk not in [one.pk for one in policy.waits_for(authority(act.person), case.subject_key)]:
        raise ValidationError(gettext("This step is not yours to take."))
    if case.extensions.filter(task=task.pk).exclude(stage__in=("refused", "lapsed")).exists():
        raise ValidationError(gettext("More time was asked for this step already; it is given once."))
    asked = begin(ExtensionFlow, act.person, {**act.data, "case": case}, under=act)
    act.facts["extension"] = asked.pk
    act.audience = _readers(asked, task)
