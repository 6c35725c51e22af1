"""What the paper on a decision of the CEAM says, in the language that is active; issued together with the decision."""

from __future__ import annotations

import datetime
from typing import Any

from babel import dates
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.models import Blocks, Decision
from ricomi import l10n
from ricomi.directory.calendar import SEAT, day_at_the_seat
from ricomi.papers import issuing
from ricomi.papers.decision import KIND, Condition, Count, DecisionPaper, Position, Recusal

OUTCOMES = {
    "endorse": gettext_lazy("Endorsed"),
    "endorse_with_conditions": gettext_lazy("Endorsed with conditions"),
    "return": gettext_lazy("Returned with questions"),
    "defer": gettext_lazy("Deferred"),
    "reject": gettext_lazy("Not endorsed"),
}
MEANINGS = {
    "endorse": gettext_lazy("The cooperation may go on: to its funding if money is asked for, else to the exchange."),
    "endorse_with_conditions": gettext_lazy(
        "The cooperation may go on. Until a condition is met, it holds back what it names."
    ),
    "return": gettext_lazy(
        "The parties first answer the questions and agree to the work plan and budget anew; then the committee decides."
    ),
    "defer": gettext_lazy("The case is taken up again at a meeting that the chair names."),
    "reject": gettext_lazy("The requesting state may ask once, with reasons, that the committee reconsider."),
}
OF_A_REVISION = {
    "endorse": gettext_lazy(
        "The revised budget enters into force; whatever more it asks is first reserved by the Fund."
    ),
    "return": gettext_lazy(
        "The requesting state answers the questions, and the offering state agrees anew. The revision comes back to "
        "the committee if it still needs an endorsement."
    ),
    "defer": gettext_lazy("The revision is taken up again; until then the budget stays as it is."),
    "reject": gettext_lazy("The budget stays as it is."),
}
CLOSINGS = {
    "open": gettext_lazy("All delegations that had a voice had spoken."),
    "deadline": gettext_lazy("The deadline had passed."),
    "chair": gettext_lazy("The chair closed the vote in a sitting."),
    "consent": gettext_lazy("It stood on a consent list, to which delegations that attended and said nothing agreed."),
}
RECUSALS = {
    "party": gettext_lazy("a party to the case"),
    "declared": gettext_lazy("declared a conflict of interest"),
}


def issue_decision(decision: Decision, ballot: Any) -> None:
    """Issue the paper on a decision that was just recorded, in the transaction of the act that brought it about.

    `ballot` is the step that was voted on; it names the positions.
    """
    issuing.issue(
        KIND,
        decision.case.reference,
        decision.number,
        day_at_the_seat(decision.at),
        lambda _language: paper_of(decision, ballot).data(),
        at=decision.at,
        # Whoever has the code may read this, and the case is not public: neither people nor what it is about.
        summarise=lambda _language: [(_("Outcome"), str(OUTCOMES[decision.outcome]))],
    )


def paper_of(decision: Decision, ballot: Any) -> DecisionPaper:
    """A decision as its paper tells it in the language that is active, with days and times of the seat."""
    case, record, rule = decision.case, decision.record, decision.rule
    with timezone.override(SEAT):
        closed = l10n.moment(decision.at)
    return DecisionPaper(
        body=rule.body.name,
        number=decision.number,
        date=_day(day_at_the_seat(decision.at)),
        case_reference=case.reference,
        case_title=f"{case.title}. {decision.about}" if decision.about else case.title,
        requesting=str(case.requesting),
        offering=case.helpers,
        outcome=str(OUTCOMES[decision.outcome]),
        meaning=_meaning(decision),
        explanation=_reasons(decision),
        rule=_rule(decision),
        quorum_needed=_of_all(decision.needed, record),
        quorum_present=_of_all(decision.present, record),
        closed=closed,
        closing=str(CLOSINGS[decision.closing]),
        session=record.get("session", ""),
        chair=record["chair"].get("person", ""),
        chair_for=record["chair"].get("on_behalf", ""),
        open_voting=rule.open_voting,
        positions=[_position(word, decision, ballot) for word in record["words"]] + _silent(record, rule.open_voting),
        counts=[] if rule.open_voting else _counts(record, ballot),
        recused=[Recusal(l10n.country(state), str(RECUSALS[why])) for state, why in sorted(record["recused"].items())],
        conditions=[_condition(one, decision) for one in record["conditions"]],
    )


def _day(day: datetime.date) -> str:
    return dates.format_date(day, "long", locale=l10n.locale())


def _meaning(decision: Decision) -> str:
    if decision.outcome == "reject" and decision.reconsidered:
        return _("The committee decided on reconsideration; this ends the case.")
    said = [str((OF_A_REVISION if decision.about else MEANINGS)[decision.outcome])]
    if decision.present < decision.needed:
        said.insert(0, _("The quorum was not reached, so nothing else could be decided."))
    if decision.reconsidered:
        said.append(_("The committee decided on reconsideration, which the requesting state had asked for."))
    return " ".join(said)


def _reasons(decision: Decision) -> str:
    """The remarks of those who said what was decided, each with its delegation where voting is open."""
    if not decision.rule.open_voting:
        return "\n".join(decision.record["remarks"])
    return "\n".join(
        _("%(state)s: %(remark)s") % {"state": l10n.country(word["state"]), "remark": word["remark"]}
        for word in decision.record["words"]
        if word["choice"] == decision.outcome and word["remark"]
    )


def _rule(decision: Decision) -> str:
    rule = decision.rule
    said = [str(rule.get_method_display()), rule.quorum_says]
    if rule.casting_vote:
        said.append(_("at a tie the chair decides"))
    said.append(_("open and signed positions") if rule.open_voting else _("secret positions"))
    text = "; ".join(said)
    return text[:1].upper() + text[1:]


def _of_all(count: int, record: dict[str, Any]) -> str:
    total = len(record["delegations"])
    said = ngettext("%(count)s of %(total)s delegation", "%(count)s of %(total)s delegations", total)
    return said % {"count": l10n.number(count), "total": l10n.number(total)}


def _position(word: dict[str, Any], decision: Decision, ballot: Any) -> Position:
    # The place in the delegation is that of the person whose authority it was.
    place = _("titular") if word["rank"] == 1 else _("alternate")
    placed = _("%(person)s (%(place)s)") % {"person": word["on_behalf"] or word["person"], "place": place}
    return Position(
        state=l10n.country(word["state"]),
        position=str(ballot.outcome(word["choice"]).label),
        signed_by=word["person"] if word["on_behalf"] else placed,
        for_whom=placed if word["on_behalf"] else "",
        remark="" if word["choice"] == decision.outcome else word["remark"],
    )


def _silent(record: dict[str, Any], open_voting: bool) -> list[Position]:
    if not open_voting:
        return []
    return [
        Position(l10n.country(state), _("silent, and so agreeing") if state in record["agreeing"] else _("silent"))
        for state in record["silent"]
    ]


def _counts(record: dict[str, Any], ballot: Any) -> list[Count]:
    """How many said what in a secret vote, in the order in which the ballot states it."""
    said = [
        (str(outcome.label), record["count"][outcome.name])
        for outcome in ballot.outcomes
        if outcome.name in record["count"]
    ]
    agreeing = len(record["agreeing"])
    said += [(_("silent, and so agreeing"), agreeing), (_("silent"), len(record["silent"]) - agreeing)]
    return [Count(what, l10n.number(number)) for what, number in said if number]


def _condition(set_: dict[str, Any], decision: Decision) -> Condition:
    case = decision.case
    owner = case.requesting if set_["owner"] == "requesting" else case.offering
    return Condition(
        text=set_["text"],
        owner=str(owner),
        due=_day(datetime.date.fromisoformat(set_["due_on"])),
        blocks=str(Blocks(set_["blocks"]).label),
    )
