"""A session's way: its agenda prepared and sent, the sitting held, the minutes approved and issued."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import session_forms as forms
from cases.models import AgendaItem, Case, Session, SessionStage, Stage
from ricomi import l10n
from ricomi.directory.authority import authority, fixed_body
from ricomi.directory.calendar import day_at_the_seat
from ricomi.directory.models import Role
from workflows import gate, minutes
from workflows.endorsement import CHAIR, CONSENT, vote_on
from workflows.engine import Act, Anytime, End, Flow, Opening, Step, this
from workflows.models import Task
from workflows.numbers import next_number
from workflows.policy import WAITING

LATE = ("secretariat", Role.HEAD)
EARLY = datetime.timedelta(days=1)
OUTCOME = AgendaItem.Outcome
# A case in one of these may still be decided in the sitting.
MAY_COME = {Stage.ENDORSEMENT, Stage.DEFERRED, Stage.SUSPENDED}


def lock(cases: Iterable[int]) -> dict[int, Case]:
    """Cases by key, under their locks: taken in one order everywhere, so that no two sessions wait for each other."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=list(cases)).order_by("pk")
    return {case.pk: case for case in rows}


def open_session(session: Session, act: Act) -> None:
    """Give the session its number, day and place."""
    session.begins_at, session.place = act.data["begins_at"], act.data["place"]
    session.reference = next_number(Session, "reference", "CEAM-S", act.at, 2)
    session.save()


def save_agenda(session: Session, act: Act) -> None:
    """Write day, place and agenda; what somebody had taken off the consent list stays off it.

    Raises ValidationError for a case that is not before the CEAM, or that stands on another session's agenda.
    """
    wanted: list[Mapping[str, Any]] = act.data["agenda"]
    kept = {item.case_id: item for item in session.items.all()}
    cases = lock([*kept, *(one["case"] for one in wanted)])
    taken = AgendaItem.objects.filter(outcome=OUTCOME.OPEN, case__in=[one["case"] for one in wanted])
    refused = {item.case_id for item in taken.exclude(session=session)}
    refused |= {one["case"] for one in wanted if one["case"] not in kept and not _may_be_tabled(cases, one["case"])}
    if refused:
        names = sorted(cases[pk].reference for pk in refused if pk in cases)
        raise ValidationError(
            _("No longer to be chosen, because decided or on another agenda meanwhile: %(cases)s.")
            % {"cases": ", ".join(names)}
        )
    session.items.exclude(case__in=[one["case"] for one in wanted]).delete()
    for position, one in enumerate(wanted, 1):
        item = kept.get(one["case"]) or AgendaItem(session=session, case_id=one["case"])
        item.position, item.consent = position, one["consent"] and not item.taken_off
        item.save()
    session.begins_at, session.place = act.data["begins_at"], act.data["place"]
    session.save(update_fields=["begins_at", "place"])
    act.facts |= {"changed": True, "items": len(wanted), "consent": sum(bool(one["consent"]) for one in wanted)}


def _may_be_tabled(cases: Mapping[int, Case], key: int) -> bool:
    return key in cases and cases[key].stage in forms.TABLED


def agenda_is_empty(session: Session, data: Mapping[str, Any]) -> str | None:
    """Why the session cannot be convened: no case stands on its agenda."""
    return None if session.items.exists() else str(_("Put at least one case on the agenda first."))


def take_off(session: Session, act: Act) -> None:
    """Have a case discussed that stood on the consent list.

    Raises ValidationError where who asks has no voice in that case.
    """
    item = _waiting(session, act.data["item"])
    if not item.consent:
        raise ValidationError(_("This case does not stand on the consent list."))
    asks = [one for one in (act.on_behalf, act.person) if one is not None]
    body = fixed_body("ceam") or 0
    states = [state for one in asks for state in authority(one).speaks_for(body)]
    task = _ballot(item.case)
    recused = set(vote_on(item.case, task).recused) if task else set()
    if not states or {*states} & (item.case.party_states() | recused):
        raise ValidationError(_("Your delegation has no voice in this case."))
    item.consent = False
    item.taken_off = {"state": states[0], "person": asks[0].name, "reason": act.reason}
    item.save(update_fields=["consent", "taken_off"])
    act.facts |= {"changed": True, "case": item.case.reference}


def _ballot(case: Case) -> Task | None:
    from workflows.cooperation import CooperationFlow

    waiting = Task.objects.filter(process__subject_key=case.subject_key, status__in=WAITING)
    return waiting.filter(flow_task=CooperationFlow.step("endorsement")).first()


def _waiting(session: Session, item: AgendaItem) -> AgendaItem:
    """An item as it stands under the lock. Raises ValidationError when it is not on this agenda or has its outcome."""
    found = session.items.select_related("case").filter(pk=item.pk, outcome=OUTCOME.OPEN).first()
    if found is None:
        raise ValidationError(_("This case no longer waits for its outcome in this session."))
    return found


def nobody_attends(session: Session, data: Mapping[str, Any]) -> str | None:
    """Why the sitting cannot be opened or go on: no delegation attends."""
    return str(_("Say which delegations attend.")) if "attending" in data and not data["attending"] else None


def the_day_after(session: Session) -> datetime.date:
    """By when a session that was convened is to have been opened: not before its own evening is over."""
    return day_at_the_seat(session.begins_at) + datetime.timedelta(days=1)


def cannot_open(session: Session, data: Mapping[str, Any]) -> str | None:
    """Why the sitting cannot be opened: nobody attends, or its day is still to come."""
    if session.begins_at - timezone.now() > EARLY:
        return str(_("The session is held on %(day)s; open it then.") % {"day": l10n.day(session.begins_at)})
    return nobody_attends(session, data)


def record_attendance(session: Session, act: Act) -> None:
    """Write down which delegations attend, of those that the CEAM has now."""
    session.delegations = forms.delegations()
    attending = sorted(set(act.data["attending"]) & set(session.delegations))
    act.facts["changed"] = act.facts.get("changed") or attending != session.attending
    session.attending = attending
    session.save(update_fields=["delegations", "attending"])
    act.facts["attending"] = attending


def open_sitting(session: Session, act: Act) -> None:
    """Begin the sitting: deferred cases are put before the CEAM again, what was decided meanwhile is named."""
    record_attendance(session, act)
    session.opened_at = act.at
    session.save(update_fields=["opened_at"])
    items = list(session.items.all())
    cases = lock(item.case_id for item in items)
    for item in items:
        case = cases[item.case_id]
        if case.stage == Stage.DEFERRED:
            gate.act(act.person, case, "taking_up", "table", {"meeting_on": act.at.date()}, under=act)
        elif case.stage not in MAY_COME:
            _skip(item, case)


def decide_consent_list(session: Session, act: Act) -> None:
    """Decide each case that is left on the consent list; one that cannot be decided is passed over and named."""
    record_attendance(session, act)
    _decide(session, list(session.items.filter(outcome=OUTCOME.OPEN, consent=True)), CONSENT, act)


def consent_list_is_empty(session: Session, data: Mapping[str, Any]) -> str | None:
    """Why there is nothing to decide by consent."""
    if session.items.filter(outcome=OUTCOME.OPEN, consent=True).exists():
        return nobody_attends(session, data)
    return str(_("No case is left on the consent list."))


def decide_one(session: Session, act: Act) -> None:
    """Decide one case as its voices stand."""
    _decide(session, [_waiting(session, act.data["item"])], CHAIR, act)


def _decide(session: Session, items: list[AgendaItem], closing: str, act: Act) -> None:
    cases = lock(item.case_id for item in items)
    sitting = {"session": session.reference, "attending": session.attending}
    data = {"closing": closing, "attending": session.attending, "sitting": sitting}
    for item in items:
        case = cases[item.case_id]
        try:
            gate.act(act.person, case, "endorsement", "close", data, under=act)
        except gate.Refused:
            _skip(item, case)
            act.facts.setdefault("skipped", []).append(case.reference)
        else:
            item.outcome, item.decision = OUTCOME.DECIDED, case.decisions.latest("pk")
            item.save(update_fields=["outcome", "decision"])
            act.facts.setdefault("decided", []).append(item.decision.number)
    act.facts["changed"] = True


def _skip(item: AgendaItem, case: Case) -> None:
    """Note that a case could not be decided, in which stage it was found, and what had decided it meanwhile."""
    item.outcome, item.found = OUTCOME.SKIPPED, case.stage
    item.decision = case.decisions.filter(at__gte=item.at).exclude(record__has_key="revised_total").last()
    item.save(update_fields=["outcome", "found", "decision"])


def put_off(session: Session, act: Act) -> None:
    """Leave one case for a later session; its vote stays open."""
    item = _waiting(session, act.data["item"])
    item.outcome, item.reason = OUTCOME.PUT_OFF, act.reason
    item.save(update_fields=["outcome", "reason"])
    act.facts |= {"changed": True, "case": item.case.reference}


def close_session(session: Session, act: Act) -> None:
    """End the sitting; what it did not reach is left open."""
    session.closed_at = act.at
    session.save(update_fields=["closed_at"])
    act.facts["not_reached"] = session.items.filter(outcome=OUTCOME.OPEN).update(outcome=OUTCOME.NOT_REACHED)


def drop_agenda(session: Session, act: Act) -> None:
    """Leave the cases of a cancelled session free for another."""
    session.items.filter(outcome=OUTCOME.OPEN).update(outcome=OUTCOME.DROPPED)


def write_remarks(session: Session, act: Act) -> None:
    """Write what the minutes say beside what was recorded."""
    act.facts["changed"] = session.remarks != act.data["remarks"]
    session.remarks = act.data["remarks"]
    session.save(update_fields=["remarks"])


class SessionFlow(Flow):
    title = _("Session of the CEAM")
    subject = "cases.Session"

    opening = (
        Opening(forms.SessionForm, _("Plan a session of the CEAM"))
        .by(Role.CASE_OFFICER, of="secretariat")
        .may("plan", _("Plan the session"), does=open_session)
        .leads_to(this.preparing)
    )
    preparing = (
        Step(forms.AgendaForm, _("Prepare the agenda"))
        .at(SessionStage.PREPARING)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=30, remind=[5], tell=LATE)
        .may("save", _("Save the agenda"), does=save_agenda, stays=True,
             says=_("The agenda is kept; nobody is written to yet."))
        .may("convene", _("Convene the session"), this.convened, does=save_agenda, guard_after=agenda_is_empty,
             letters=[("session_convened", "ceam"), ("session_convened", "secretariat")])
    )  # fmt: skip
    convened = (
        Step(forms.AttendanceForm, _("Open the sitting"))
        .at(SessionStage.CONVENED)
        .by(Role.CHAIR, of="ceam")
        .within(as_set=the_day_after, remind=[1], tell=LATE)
        .may("open", _("Open the sitting"), this.sitting, guard=cannot_open, does=open_sitting)
    )
    sitting = (
        Step(forms.AttendanceForm, _("Hold the sitting"))
        .at(SessionStage.SITTING)
        .by(Role.CHAIR, of="ceam")
        .within(days=5, remind=[2], tell=LATE)
        .may("consent", _("Decide the consent list"), guard=consent_list_is_empty, does=decide_consent_list,
             danger=True, stays=True,
             says=_("Every case left on the consent list is decided at once, each with its own number and letters. "
                    "Delegations that attend and said nothing agree; parties to a case have no voice in it."))
        .may("attendance", _("Record the attendance"), guard=nobody_attends, does=record_attendance, stays=True,
             says=_("The attendance is corrected; nothing is decided."))
        .may("close", _("Close the session"), this.drafting, does=close_session, form=False, danger=True,
             says=_("Cases without an outcome are recorded as not reached; their votes stay open."))
    )  # fmt: skip
    deciding = (
        Anytime(forms.ItemForm, _("Decide a single case"))
        .by(Role.CHAIR, of="ceam")
        .during(SessionStage.SITTING)
        .may("decide", _("Decide it as its voices stand"), does=decide_one, danger=True, stays=True,
             says=_("The vote on the case is closed and decided by its rule; who said nothing is not counted."))
        .may("put_off", _("Put it off to a later session"), does=put_off, reason=True, stays=True,
             says=_("The vote on the case stays open; a later session may take it up."))
    )  # fmt: skip
    taking_off = (
        Anytime(forms.TakeOffForm, _("Ask to discuss a case of the consent list"))
        .by(Role.REVIEWER, of="ceam")
        .during(SessionStage.CONVENED, SessionStage.SITTING)
        .may("take_off", _("Take it off the consent list"), does=take_off, reason=True, stays=True,
             says=_("The case is discussed and decided by itself."))
    )  # fmt: skip
    drafting = (
        Step(forms.RemarksForm, _("Complete the minutes"))
        .at(SessionStage.DRAFTING)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=10, remind=[3], tell=LATE)
        .may("save", _("Save the remarks"), does=write_remarks, stays=True,
             says=_("The remarks are kept; nobody is written to yet."))
        .may("hand_in", _("Send to the chair for approval"), this.approval, does=write_remarks)
    )  # fmt: skip
    approval = (
        Step(None, _("Approve the minutes"))
        .at(SessionStage.APPROVAL)
        .by(Role.CHAIR, of="ceam")
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve and issue the minutes"), this.issued, does=minutes.issue, danger=True,
             letters=[("session_minutes", "ceam"), ("session_minutes", "secretariat")])
        .may("return", _("Send back to the secretariat"), this.drafting, reason=True)
    )  # fmt: skip
    revising = (
        Anytime(None, _("Change the agenda"))
        .by(Role.CASE_OFFICER, of="secretariat")
        .during(SessionStage.CONVENED)
        .may("revise", _("Change the agenda"), this.preparing, reason=True)
    )
    cancelling = (
        Anytime(None, _("Cancel the session"))
        .by(Role.CASE_OFFICER, of="secretariat")
        .during(SessionStage.PREPARING, SessionStage.CONVENED)
        .may("cancel", _("Cancel the session"), this.cancelled, reason=True, danger=True, does=drop_agenda,
             letters=[("session_cancelled", "ceam"), ("session_cancelled", "secretariat")])
    )  # fmt: skip

    issued = End(_("Minutes issued"), SessionStage.ISSUED)
    cancelled = End(_("Cancelled"), SessionStage.CANCELLED)
