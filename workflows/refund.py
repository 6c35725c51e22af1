"""A refund's way: money of a contribution that no case needs goes back to its donor, by two people, three if much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms, ledger
from ricomi.fund import moving as record
from ricomi.fund.models import Contribution, MoveStage, Refund
from ricomi.fund.models.rule import takes_two_approvers
from workflows import waiting
from workflows.engine import Act, Choice, End, Flow, Opening, Step, this
from workflows.money import release_hands
from workflows.payment import begin_payment


def is_not_there(refund: Refund, data: Mapping[str, Any]) -> str | None:
    """Why a refund cannot be approved: a case has the money by now, or waits for it."""
    why = record.is_not_there(refund.contribution, {"amount": refund.amount})
    return why or waiting.is_kept(refund.contribution_id, refund.currency)


def takes_two(refund: Refund) -> bool:
    """Whether so much goes back only when two people approve it."""
    return takes_two_approvers(refund.amount, refund.currency)


def give_back(refund: Refund, act: Act) -> None:
    """The money is owed to the donor from now on, and to be paid."""
    given, amount = refund.contribution, refund.amount
    by = release_hands(act, "opening", "first_approval", amount, refund.currency)
    posting = ledger.refund(given, amount, refund.currency, hands=by, note=refund.reason)
    begin_payment(
        act,
        posting,
        payee=given.donor.name,
        purpose=f"{refund.title} ({given.reference})",
        parties=refund.party_states(),
    )
    act.facts["amount"] = f"{amount} {refund.currency}"


class RefundFlow(Flow):
    title = _("Refund")
    subject = "fund.Refund"
    opened_by_people = False

    opening = (
        Opening(forms.RefundForm, _("Propose a refund to the donor"))
        .by(Role.FUND_MANAGER, of="fund")
        .may("propose", _("Propose the refund"), does=record.propose_refund)
        .leads_to(this.is_it_much)
    )
    is_it_much = Choice(_("Is a second approval needed?")).when(takes_two, this.first_approval).otherwise(this.approval)
    first_approval = (
        Step(None, _("Approve the refund as the first of two"))
        .at(MoveStage.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["opening"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Approve the refund"), this.approval, guard=is_not_there)
        .may("refuse", _("Refuse"), this.refused, reason=True, letters=[("proposal_refused", "fund")])
    )
    approval = (
        Step(None, _("Approve the refund"))
        .at(MoveStage.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["opening", "first_approval"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Approve the refund"), this.approved, guard=is_not_there, does=give_back,
             letters=[("refund_approved", "donor")])
        .may("refuse", _("Refuse"), this.refused, reason=True, letters=[("proposal_refused", "fund")])
    )  # fmt: skip

    approved = End(_("Approved"), MoveStage.APPROVED)
    refused = End(_("Refused"), MoveStage.REFUSED)


def propose_refund(given: Contribution, act: Act) -> None:
    """Begin the way of a refund, from its contribution."""
    from workflows.gate import begin

    act.facts["refund"] = begin(RefundFlow, act.person, {**act.data, "contribution": given}, under=act).pk
