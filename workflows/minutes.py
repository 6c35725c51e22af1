"""The minutes of a session, drawn from what was recorded: shown as a draft, and issued once they are approved."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import AgendaItem, Blocks, Condition, Session
from ricomi import l10n
from ricomi.directory.models import Body
from ricomi.papers import issuing
from ricomi.papers.minutes import KIND, Item, MinutesPaper
from workflows.decision_paper import OUTCOMES
from workflows.engine import Act

WITH = ("case__requesting", "decision")


def issue(session: Session, act: Act) -> None:
    """Issue the minutes in four languages, signed by whoever approves them."""
    items = list(session.items.select_related(*WITH))
    body = Body.objects.get(pk=act.body_id or 0)

    def make(language: str) -> dict[str, Any]:
        return _paper(session, items, body.name, act.person.name).data()

    def summarise(language: str) -> list[tuple[str, str]]:
        decided = sum(item.outcome == AgendaItem.Outcome.DECIDED for item in items)
        return [
            (_("Document"), _("Minutes of a session")),
            (_("Body"), body.name),
            (_("Number"), session.reference),
            (_("Date"), l10n.day(session.begins_at)),
            (_("Cases on the agenda"), str(len(items))),
            (_("Cases decided"), str(decided)),
        ]

    with timezone.override(datetime.UTC):
        issuing.issue(
            KIND, session.reference, session.reference, session.begins_at.date(), make, at=act.at, summarise=summarise
        )


def _paper(session: Session, items: list[AgendaItem], body: str, chair: str) -> MinutesPaper:
    """The minutes in the language that is active now; moments in UTC, for readers in every zone."""
    return MinutesPaper(
        body=body,
        number=session.reference,
        date=l10n.day(session.begins_at),
        place=session.place,
        opened=l10n.moment(session.opened_at) if session.opened_at else "",
        closed=l10n.moment(session.closed_at) if session.closed_at else "",
        attendance=attendance(session),
        attending=countries(session.attending),
        absent=countries(session.absent),
        chair=chair,
        remarks=session.remarks,
        items=[_item(item) for item in items],
    )


def attendance(session: Session) -> str:
    """How many delegations of how many came, in the reader's language."""
    count, all_ = len(session.attending), len(session.delegations)
    said = ngettext("%(count)d of %(all)d delegation", "%(count)d of %(all)d delegations", all_)
    return said % {"count": count, "all": all_}


def countries(states: Any) -> list[str]:
    """Names of states in the reader's language, in the order of that language's alphabet."""
    return sorted(l10n.country(state) for state in states)


def _item(item: AgendaItem) -> Item:
    case, decision = item.case, item.decision
    record: dict[str, Any] = decision.record if decision else {}
    return Item(
        number=str(item.position),
        case_reference=case.reference,
        case_title=case.title,
        states=case.states,
        treated=treated(item),
        outcome=outcome(item),
        decision=decision.number if decision else "",
        quorum=_("%(present)d present, %(needed)d needed") % {"present": decision.present, "needed": decision.needed}
        if decision else "",
        explanation=item.reason or record.get("reason", ""),
        conditions=[_condition(one) for one in record.get("conditions", [])],
        recused=", ".join(countries(record.get("recused", {}))),
    )  # fmt: skip


def treated(item: AgendaItem) -> str:
    """Whether a case stood on the consent list or was discussed, and who asked for that."""
    if item.consent:
        return _("On the consent list")
    if item.taken_off:
        said = {"state": l10n.country(item.taken_off["state"]), "reason": item.taken_off["reason"]}
        return _("Discussed; taken off the consent list by %(state)s: %(reason)s") % said
    return _("Discussed")


def outcome(item: AgendaItem) -> str:
    """What came of a case in the session, in the reader's language."""
    said = str(item.get_outcome_display())
    if item.outcome == AgendaItem.Outcome.DECIDED and item.decision:
        return str(OUTCOMES[item.decision.outcome])
    if item.outcome == AgendaItem.Outcome.SKIPPED:
        said = f"{said} ({item.get_found_display()})"
    return said


def _condition(one: dict[str, Any]) -> str:
    owner = dict(Condition.OWNERS)[one["owner"]]
    due = l10n.day(datetime.date.fromisoformat(one["due_on"]))
    blocks = Blocks(one["blocks"]).label
    return _("%(text)s (to be met by %(owner)s until %(due)s; until then it holds back %(blocks)s)") % {
        "text": one["text"], "owner": owner, "due": due, "blocks": blocks,
    }  # fmt: skip
