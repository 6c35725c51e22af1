"""A condition's way: set by the CEAM, met by a state, accepted by the secretariat; it holds a release back."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import forms
from cases.models import Blocks, Case, Condition, ConditionStage
from cases.models.endorsement import unmet
from ricomi import l10n
from ricomi.directory.models import Role
from workflows.engine import Act, Anytime, End, Flow, Guard, Opening, Step, this


def set_condition(condition: Condition, act: Act) -> None:
    """Write a condition as the CEAM set it."""
    data = act.data
    condition.case, condition.decision, condition.number = data["case"], data["decision"], data["number"]
    condition.text, condition.owner, condition.blocks = data["text"], data["owner"], data["blocks"]
    condition.due_on = datetime.date.fromisoformat(data["due_on"])
    condition.save()


def day_that_was_set(condition: Condition) -> datetime.date:
    """The day by which the CEAM wants the condition met."""
    return condition.due_on


def report(condition: Condition, act: Act) -> None:
    """Keep how the condition was met, as its owner says."""
    condition.account = act.data["account"]
    condition.save(update_fields=["account"])


def account_is_missing(condition: Condition, data: Mapping[str, Any]) -> str | None:
    """Why the condition cannot be reported as met: nothing says how."""
    return str(_("Say how the condition was met.")) if "account" in data and not data["account"] else None


class ConditionFlow(Flow):
    title = _("Condition of an endorsement")
    subject = "cases.Condition"
    opened_by_people = False

    opening = (
        Opening(None, _("Set a condition"))
        .by(Role.REVIEWER, of="ceam")
        .may("set", _("Set the condition"), does=set_condition)
        .leads_to(this.meeting)
    )
    meeting = (
        Step(forms.AccountForm, _("Meet the condition"))
        .at(ConditionStage.SET)
        .by(Role.FOCAL_POINT, of="owner")
        .within(as_set=day_that_was_set, remind=[10, 3], tell=("secretariat", Role.HEAD))
        .letter("condition_set")
        .may("report", _("Report that it is met"), this.acceptance, guard=account_is_missing, does=report)
    )
    acceptance = (
        Step(None, _("Accept that the condition is met"))
        .at(ConditionStage.REPORTED)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=10, remind=[3], tell=("secretariat", Role.HEAD))
        .letter("condition_reported")
        .may("accept", _("The condition is met"), this.met, letters=[("condition_met", "owner")])
        .may(
            "return",
            _("It is not met yet"),
            this.meeting,
            reason=True,
            stops_clock=True,
            letters=[("condition_returned", "owner")],
        )
    )
    waiving = (
        Anytime(None, _("Waive the condition"))
        .by(Role.CHAIR, of="ceam")
        .during(ConditionStage.SET, ConditionStage.REPORTED)
        .may("waive", _("Waive the condition"), this.waived, reason=True, danger=True,
             letters=[("condition_waived", "owner")])
    )  # fmt: skip

    met = End(_("Met"), ConditionStage.MET)
    waived = End(_("Waived"), ConditionStage.WAIVED)


def begin_condition(case: Case, act: Act, data: dict[str, Any]) -> None:
    """Begin a condition's own way, from the decision that set it."""
    from workflows.gate import begin

    begin(ConditionFlow, act.person, {**data, "case": case}, under=act)


def once_met(what: Blocks, guard: Guard | None = None) -> Guard:
    """A guard that holds a release while a condition that names it is not met; then it is `guard`'s turn."""

    def held(subject: Any, data: Mapping[str, Any]) -> str | None:
        open_ = unmet(subject.root, what)
        if open_:
            said = "; ".join(f"{one} ({l10n.day(one.due_on)})" for one in open_)
            return str(_("A condition of the endorsement is not met yet: %(conditions)s") % {"conditions": said})
        return guard(subject, data) if guard else None

    return held
