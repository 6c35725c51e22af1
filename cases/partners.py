"""What choosing partners, supporting as a third party and agreeing to the plan write into the record of a case.

Called by the cooperation's flow, inside the gate's transaction, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.acts import answer_with, save_plan
from cases.models import PARTNERS, Case, Invitation, Part, Party, Support
from ricomi.directory.models import Body, State

Answer = Party.Answer


@dataclass(frozen=True)
class Chosen:
    """A state whose offer is accepted: its part, whether it leads, what it does; as a third party, how it supports."""

    invitation: Invitation
    part: Part = Part.OFFERING
    leads: bool = False
    does: str = ""
    support: str = ""


@dataclass(frozen=True)
class Asked:
    """A state or permanent observer that was not asked before, to be asked whether it supports as a third party."""

    body: Body
    support: str
    does: str


def offers(case: Case) -> Any:
    """The offers of the last round, of which the requesting state accepts some or none."""
    found = case.invitations.filter(round=case.matching_round, answer__in=("accepted", "countered"), support="")
    return found.select_related("body")


def may_be_asked(case: Case) -> Any:
    """The bodies that may be asked to support: of states that take part, and observers; nobody who was just asked."""
    asked = case.invitations.filter(round=case.matching_round).values("body")
    delegations = Q(kind=Body.Kind.DELEGATION, state__in=State.objects.participating())
    bodies = Body.objects.filter(delegations | Q(kind=Body.Kind.OBSERVER))
    return bodies.exclude(pk__in=asked).exclude(pk=case.requesting_id)


def cannot_choose(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why these states cannot be chosen: not one leads, an offer is none, or it is not said how a third supports."""
    chosen: list[Chosen] = data.get("chosen", [])
    third: Asked | None = data.get("third")
    if sum(one.leads and one.part == Part.OFFERING for one in chosen) != 1:
        return str(_("Mark one state as the leading partner."))
    wanted = [one.invitation.pk for one in chosen]
    if len(set(wanted)) < len(wanted) or offers(case).filter(pk__in=wanted).count() < len(wanted):
        return str(_("Choose among the offers of this round."))
    thirds = [one.support for one in chosen if one.part == Part.THIRD] + ([third.support] if third else [])
    if any(support not in Support.values for support in thirds):
        return str(_("Say what kind of support each third party gives."))
    if third and not may_be_asked(case).filter(pk=third.body.pk).exists():
        return str(_("%(state)s cannot be asked to support this case.") % {"state": third.body.name})
    return None


def choose(case: Case, act: Any) -> None:
    """The requesting state accepts some of the offers; whom it did not choose no longer sees the case.

    A third party that made no offer is asked first: it is no party before it says yes.
    """
    case.leave(Part.INVITED, case.invitations.values_list("body_id", flat=True))
    case.parties.filter(part__in=PARTNERS).update(answer=Answer.NONE)
    for one in act.data["chosen"]:
        one.invitation.chosen = True
        one.invitation.save(update_fields=["chosen"])
        if one.leads:
            case.offering = one.invitation.body
            case.save(update_fields=["offering"])
        case.join(one.part, one.invitation.body, does=one.does, support=one.support)
    if third := act.data.get("third"):
        Invitation.objects.create(
            case=case, body=third.body, round=case.matching_round, sent_at=act.at, support=third.support,
            asked_for=third.does,
        )  # fmt: skip
        case.join(Part.INVITED, third.body)


def dismiss_offers(case: Case, act: Any) -> None:
    """The requesting state accepts none of the offers."""
    case.leave(Part.INVITED, case.invitations.values_list("body_id", flat=True))


def is_a_third_asked(case: Case) -> bool:
    """Whether a third party has to say whether it supports the cooperation."""
    return bool(case.bodies("asked"))


def support(case: Case, act: Any) -> None:
    """A third party says yes, and is one from now on; what it itself says it does counts."""
    answer_with(Invitation.Answer.ACCEPTED)(case, act)
    invitation = case.invitations.get(pk=act.item)
    case.leave(Part.INVITED, [invitation.body_id])
    case.join(Part.THIRD, invitation.body_id, does=invitation.terms or invitation.asked_for, support=invitation.support)


def propose_plan(case: Case, act: Any) -> None:
    """Write the plan; each partner is to answer to it anew."""
    save_plan(case, act)
    case.parties.filter(part__in=PARTNERS).update(answer=Answer.NONE)


def to_agree(case: Case) -> list[int]:
    """Keys of the parties that must agree to the plan: all who help."""
    return [party.pk for party in case.partners()]


def agree(case: Case, act: Any) -> None:
    """A partner agrees to the plan as it was proposed."""
    case.parties.filter(pk=act.item).update(answer=Answer.AGREED)


def ask_changes(case: Case, act: Any) -> None:
    """A partner wants the plan changed, which brings it back to the requesting state."""
    case.parties.filter(pk=act.item).update(answer=Answer.CHANGES)


def stay_silent(case: Case, act: Any) -> None:
    """A partner did not answer in time, which brings the plan back to the requesting state."""
    case.parties.filter(pk=act.item).update(answer=Answer.SILENT)


def leave(case: Case, act: Any) -> None:
    """A partner leaves; without the one that leads there is no cooperation, and all others are let go."""
    party = case.parties.get(pk=act.item)
    case.leave(Part(party.part), [party.body_id])
    case.parties.filter(pk=party.pk).update(answer=Answer.LEFT)
    if party.leads:
        let_all_go(case, act)


def let_all_go(case: Case, act: Any) -> None:
    """The partners no longer have a part in the case, and no longer see it."""
    _release(case, case.partners())
    case.offering = None
    case.save(update_fields=["offering"])


def _release(case: Case, going: list[Party]) -> None:
    # Whoever was let go before was told then, and is not among those who are told now.
    case.parties.filter(part__in=PARTNERS, answer=Answer.RELEASED).update(answer=Answer.NONE)
    for party in going:
        case.leave(Part(party.part), [party.body_id])
    case.parties.filter(pk__in=[party.pk for party in going]).update(answer=Answer.RELEASED)


def can_be_let_go(case: Case) -> Any:
    """The partners without which the requesting state may go on: all but the leading one."""
    helping = case.parties.filter(part__in=PARTNERS, until__isnull=True)
    return helping.exclude(part=Part.OFFERING, body=case.offering_id).select_related("body")


def cannot_let_go(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the case cannot go on without this partner: it leads, or it is none."""
    party: Party | None = data.get("partner")
    if party and can_be_let_go(case).filter(pk=party.pk).exists():
        return None
    return str(_("Choose a partner other than the leading one."))


def go_on_without(case: Case, act: Any) -> None:
    """The requesting state lets one partner go; it then proposes to the others what is to be done without it."""
    _release(case, [act.data["partner"]])


def nobody_leads(case: Case) -> bool:
    """Whether no state leads the exchange any more."""
    return case.offering_id is None


def plan_comes_back(case: Case) -> bool:
    """Whether a partner wants the plan changed, left or is silent: the requesting state then decides how to go on."""
    back = (Answer.CHANGES, Answer.LEFT, Answer.SILENT)
    return case.parties.filter(part__in=PARTNERS, answer__in=back).exists()


def all_are_here(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why others cannot be looked for: no partner has left or was silent."""
    if case.parties.filter(part__in=PARTNERS, answer__in=(Answer.LEFT, Answer.SILENT)).exists():
        return None
    return str(_("Others are looked for once a partner has left or has not answered in time."))
