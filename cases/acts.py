"""What each step writes into the record. Called by flows, inside the gate's transaction, and by nothing else.

Every function takes the locked case and the act; none of them asks who may act: the gate has done so.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases import counterpart
from cases.models import BudgetLine, Case, Grant, Invitation, Part, Stage
from cases.models.papers import Comment, Document
from cases.models.party import KNOW_THE_INVITED
from cases.models.request import budget_of, contradictions
from ricomi.directory.models import Body, State, VotingRule

REQUEST_FIELDS = (
    "title", "language", "need", "objectives", "expected_results", "starts_on", "ends_on", "currency", "amount_asked",
    "stated_total",
)  # fmt: skip


def open_request(case: Case, act: Any) -> None:
    """Begin a draft for the requesting delegation; `record` may bring the fields of an imported form."""
    data = act.data
    key: Any = act.body_id or data["for_body"]
    case.requesting = Body.objects.get(pk=int(key))
    case.title = data["title"]
    case.language = data.get("language") or "es"
    case.opened_by = act.person
    case.rule = VotingRule.objects.filter(body__kind=Body.Kind.CEAM).latest("since", "pk")
    case.reference = f"new-{timezone.now().timestamp()}"
    record = data.get("record", {})
    for name in (*REQUEST_FIELDS, "original", "form_sha256"):
        if name in record:
            setattr(case, name, record[name])
    case.save()
    case.reference = f"{case.opened_at.year}-{case.pk:04d}"
    case.save(update_fields=["reference"])
    for name in ("themes", "populations"):
        getattr(case, name).set(record.get(name, []))
    BudgetLine.objects.bulk_create(BudgetLine(case=case, **line) for line in record.get("lines", []))
    case.join(Part.REQUESTING, case.requesting)
    case.join(Part.OVERSIGHT, *Body.objects.filter(kind=Body.Kind.OVERSIGHT))


def cannot_start(case: Case | None, data: Mapping[str, Any]) -> str | None:
    """Why a state cannot open a request: it does not take part in the network at present."""
    body = Body.objects.select_related("state").filter(pk=data.get("for_body") or 0).first()
    if body is None or body.state is None or not body.state.participates():
        return str(_("Your state does not take part in the network at present and cannot start anything new."))
    return None


def save_request(case: Case, act: Any) -> None:
    """Write what the form of the request says, and note which parts changed."""
    changed = [name for name in REQUEST_FIELDS if name in act.data and getattr(case, name) != act.data[name]]
    for name in changed:
        setattr(case, name, act.data[name])
    if changed:
        case.save(update_fields=changed)
    for name in ("themes", "populations"):
        if name in act.data and set(getattr(case, name).all()) != set(act.data[name]):
            getattr(case, name).set(act.data[name])
            changed.append(name)
    if "lines" in act.data and write_lines(case, act.data["lines"]):
        changed.append("lines")
    act.facts["fields"] = changed
    act.facts["changed"] = bool(changed)


def write_lines(case: Case, lines: list[dict[str, Any]]) -> bool:
    """Put these lines in place of the case's budget; a line keeps what it first stated. Says whether any changed."""
    fields = ("number", "concept", "unit_cost", "units", "amount")
    kept = {line.pk: line for line in case.lines.all()}
    changed, seen = False, set()
    for position, wanted in enumerate(lines):
        line = kept.get(wanted.get("pk") or 0) or BudgetLine(case=case)
        values = {name: wanted[name] for name in fields}
        if line.pk is None or line.position != position or any(getattr(line, n) != v for n, v in values.items()):
            changed = True
            line.position = position
            for name, value in values.items():
                setattr(line, name, value)
            line.save()
        seen.add(line.pk)
    gone = [pk for pk in kept if pk not in seen]
    if gone:
        case.lines.filter(pk__in=gone).delete()
    case.__dict__.pop("_prefetched_objects_cache", None)
    return changed or bool(gone)


def label_of(name: str) -> str:
    """What a field of the request is called."""
    field: Any = Case._meta.get_field(name)
    return str(field.verbose_name)


def what_is_missing(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the request cannot be submitted yet: fields that are empty, and each sum of the budget that is off."""
    if why := cannot_start(case, {"for_body": case.requesting_id}):
        return why
    wanted = ("need", "objectives", "expected_results", "starts_on", "ends_on")
    missing = [label_of(name) for name in wanted if not getattr(case, name)]
    for name in ("themes", "populations"):
        if not getattr(case, name).exists():
            missing.append(label_of(name))
    sentences = []
    if missing:
        sentences.append(str(_("Still to be filled in: %(fields)s.") % {"fields": ", ".join(missing)}))
    planned = budget_of(case)
    sentences += contradictions(planned, case.amount_asked)
    if case.amount_asked and not planned.lines:
        sentences.append(str(_("Money is asked from the Fund, but the budget has no lines.")))
    return " ".join(capfirst(sentence) for sentence in sentences) or None


def is_money_asked(case: Case) -> bool:
    """Whether anything is asked from the Fund."""
    return bool(case.amount_asked)


def submit(case: Case, act: Any) -> None:
    """Hand the request to the secretariat; the CEAM sees it from now on."""
    case.submitted_at = act.at
    case.save(update_fields=["submitted_at"])
    case.join(Part.SECRETARIAT, *Body.objects.filter(kind=Body.Kind.SECRETARIAT))
    case.join(Part.CEAM, *Body.objects.filter(kind=Body.Kind.CEAM))


def take_charge(case: Case, act: Any) -> None:
    """Whoever acknowledges the request is its case officer from then on."""
    case.case_officer = act.person
    case.save(update_fields=["case_officer"])


def cannot_invite(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why these states cannot be invited: none chosen, the requesting state itself, or one that does not take part."""
    bodies = data.get("bodies")
    if bodies is None:
        return None
    if not bodies:
        return str(_("Choose at least one state to invite."))
    taking_part = set(State.objects.participating().values_list("pk", flat=True))
    for body in bodies:
        if body.pk == case.requesting_id or body.state_id not in taking_part:
            return str(_("%(state)s cannot be invited to this case.") % {"state": body.name})
    return None


def invite(case: Case, act: Any) -> None:
    """Ask the chosen states for help: a new round of invitations."""
    _invite(case, act, list(act.data["bodies"]), open_call=False)


def open_call(case: Case, act: Any) -> None:
    """Ask every state that takes part, except the one that requests."""
    states = State.objects.participating()
    bodies = Body.objects.filter(kind=Body.Kind.DELEGATION, state__in=states).exclude(pk=case.requesting_id)
    _invite(case, act, list(bodies), open_call=True)


def _invite(case: Case, act: Any, bodies: list[Body], *, open_call: bool) -> None:
    case.matching_round += 1
    case.save(update_fields=["matching_round"])
    Invitation.objects.bulk_create(
        Invitation(case=case, body=body, round=case.matching_round, open_call=open_call, sent_at=act.at)
        for body in bodies
    )
    case.join(Part.INVITED, *bodies)
    act.facts["invited"] = len(bodies)
    act.audience = who_knows(case)


def who_knows(case: Case, *more: int) -> list[int]:
    """Who reads an entry that concerns invitations: the requesting state, the secretariat, oversight, these bodies."""
    return [*case.parties.filter(part__in=KNOW_THE_INVITED).values_list("body_id", flat=True), *more]


def waiting_invitations(case: Case) -> list[int]:
    """Keys of the invitations of this round that wait for an answer."""
    waiting = case.invitations.filter(round=case.matching_round, answer=Invitation.Answer.WAITING)
    return list(waiting.values_list("pk", flat=True))


def answer_with(answer: Invitation.Answer) -> Any:
    """The act by which an invited state gives this answer; other invited states do not read it."""

    def write(case: Case, act: Any) -> None:
        invitation = case.invitations.get(pk=act.item)
        invitation.answer = answer
        for name in ("terms", "starts_on", "ends_on", "cost"):
            if act.data.get(name):
                setattr(invitation, name, act.data[name])
        invitation.reason = act.reason
        invitation.answered_at = act.at
        invitation.save()
        act.audience = who_knows(case, invitation.body_id)
        if not invitation.offers_help:
            case.leave(Part.INVITED, [invitation.body_id])

    return write


def terms_are_missing(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why a counter-offer cannot be made: it does not say what is offered."""
    return str(_("Say what your state offers instead.")) if "terms" in data and not data["terms"] else None


def has_offer(case: Case) -> bool:
    """Whether a state offered help in this round."""
    return any(invitation.offers_help for invitation in case.invitations.filter(round=case.matching_round))


def save_plan(case: Case, act: Any) -> None:
    """Write the work plan with what of the request it settles: dates, budget, what is asked from the Fund."""
    save_request(case, act)
    if "counterparts" in act.data and act.data["counterparts"] != case.counterparts:
        case.parts = counterpart.kept(act.data["counterparts"])
        case.save(update_fields=["parts"])
        act.facts["fields"].append("counterparts")
        act.facts["changed"] = True
    if case.plan != act.data["plan"]:
        case.plan = act.data["plan"]
        case.save(update_fields=["plan"])
        act.facts["fields"].append("plan")
        act.facts["changed"] = True


def plan_is_missing(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the work plan cannot be proposed yet."""
    if not data.get("plan", case.plan):
        return str(_("Write the work plan first."))
    return None


def plan_is_inconsistent(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the plan cannot go to the CEAM: no plan, or a budget whose sums are off."""
    return plan_is_missing(case, {}) or what_is_missing(case, {})


def table(case: Case, act: Any) -> None:
    """Put the case before the CEAM: a new round of endorsement, at a meeting if one was named."""
    case.endorsement_round += 1
    case.meeting_on = act.data.get("meeting_on")
    case.save(update_fields=["endorsement_round", "meeting_on"])


def time_to_vote(case: Case) -> int | datetime.date:
    """Until when delegations may vote: the day of the meeting, if one was named, else the rule's working days."""
    return case.meeting_on or case.rule.days


def rule_days(way: Any) -> int:
    """How many working days delegations have to vote on what belongs to a case, by the rule that the case keeps."""
    return int(way.case.rule.days)


def end_of_the_plan(case: Case) -> datetime.date | None:
    """The day on which the exchange ends by the plan that both states agreed to."""
    return case.ends_on


def ask_reconsideration(case: Case, act: Any) -> None:
    """The requesting state asks the CEAM to think again, which it may do once."""
    case.reconsidered_at = act.at
    case.save(update_fields=["reconsidered_at"])
    table(case, act)


def conditions_are_missing(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why an endorsement with conditions cannot be given: it sets none."""
    if "conditions" in data and not data["conditions"]:
        return str(_("Write at least one condition."))
    return None


def was_reconsidered(case: Case) -> bool:
    """Whether the CEAM has already been asked to think again."""
    return case.reconsidered_at is not None


def save_report(case: Case, act: Any) -> None:
    """Write the final report as far as it goes."""
    fields = [name for name in ("report", "results", "lessons") if getattr(case, name) != act.data[name]]
    for name in fields:
        setattr(case, name, act.data[name])
    if fields:
        case.save(update_fields=fields)
    act.facts["fields"], act.facts["changed"] = fields, bool(fields)


def report_is_missing(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the final report cannot be sent: it or its results are not written."""
    if not data.get("report", case.report) or not data.get("results", case.results):
        return str(_("Write the report and its results first."))
    return None


def end_as(stage: Stage) -> Any:
    """The act that notes how the case is to end once all is wound up."""

    def write(case: Case, act: Any) -> None:
        case.ending = stage
        case.save(update_fields=["ending"])

    return write


def is_withdrawn(case: Case) -> bool:
    """Whether the case ends because the requesting state withdrew."""
    return case.ending == Stage.WITHDRAWN


def comment(case: Case, act: Any) -> None:
    """Add a remark, for all parties or for the author's own body."""
    Comment.objects.create(
        case=case, by=act.person, body_id=act.body_id, text=act.data["text"], audience=act.data["audience"], at=act.at
    )
    act.audience = own_audience(act)


def file_document(case: Case, act: Any) -> None:
    """Keep a file with the case; its type and size were checked by content when the form was read."""
    upload = act.data["file"]
    Document.objects.create(
        case=case, by=act.person, body_id=act.body_id, audience=act.data["audience"], file=upload, name=upload.name,
        content_type=upload.checked_type, size=upload.size, sha256=upload.sha256, at=act.at,
    )  # fmt: skip
    act.facts["document"] = {"name": upload.name, "sha256": upload.sha256}
    act.audience = own_audience(act)


def own_audience(act: Any) -> list[int]:
    """The author's own body when they wrote for it alone, else everybody."""
    return [act.body_id] if act.data["audience"] == "own" else []


def open_to(case: Case, act: Any) -> None:
    """Let a person see the case until a day."""
    grant = Grant.objects.create(
        case=case, person=act.data["person"], granted_by=act.person, since=act.at, until=act.data["until"]
    )
    act.facts["grant"] = {"person": grant.person_id, "until": grant.until.isoformat()}


def day_is_missing(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why leave cannot be given: no day is set on which it ends."""
    return str(_("Say until which day the person may see the case.")) if "until" in data and not data["until"] else None


def close_to(case: Case, act: Any) -> None:
    """Take back the leave that persons were given."""
    revoked = case.grants.filter(person=act.data["person"], revoked_at__isnull=True).update(revoked_at=act.at)
    act.facts["revoked"] = revoked


def nothing_is_open(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the exchange cannot end: trips, disbursements or a revision of the budget are still under way."""
    count = open_sub_ways(case)
    if not count:
        return None
    return ngettext(
        "%(count)d trip, disbursement or revision of the budget is still under way.",
        "%(count)d trips, disbursements or revisions of the budget are still under way.",
        count,
    ) % {"count": count}


def open_sub_ways(case: Case) -> int:
    """How many trips, disbursements and revisions of the budget of the case have not ended."""
    ways: list[Any] = [*case.trips.all(), *case.disbursements.all(), *case.revisions.all()]
    return sum(not way.has_ended for way in ways)
