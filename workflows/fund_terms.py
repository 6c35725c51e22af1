"""The way of the Fund's own terms for a currency: proposed by one person, approved by another, by two if they raise
the amount above which two approve what leaves the Fund."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms
from ricomi.fund import terms as record
from ricomi.fund.models import Terms
from workflows.engine import Choice, End, Flow, Opening, Step, this

STAGE = Terms.Stage


class TermsFlow(Flow):
    title = _("Terms of the Fund")
    subject = "fund.Terms"

    opening = (
        Opening(forms.TermsForm, _("Propose the terms for a currency"))
        .by(Role.FUND_MANAGER, of="fund")
        .may("propose", _("Propose the terms"), does=record.propose)
        .leads_to(this.is_limit_raised)
    )
    is_limit_raised = (
        Choice(_("Is the amount for one approver raised?"))
        .when(record.raises_the_limit, this.first_approval)
        .otherwise(this.approval)
    )
    first_approval = (
        Step(None, _("Approve the terms of the Fund as the first of two"))
        .at(STAGE.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["opening"])
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Approve the terms"), this.approval)
        .may("refuse", _("Refuse"), this.refused, reason=True, letters=[("proposal_refused", "fund")])
    )
    approval = (
        Step(None, _("Approve the terms of the Fund"))
        .at(STAGE.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["opening", "first_approval"])
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Put the terms in force"), this.in_force, does=record.put_in_force,
             letters=[("terms_in_force", "fund"), ("terms_in_force", "oversight")])
        .may("refuse", _("Refuse"), this.refused, reason=True, letters=[("proposal_refused", "fund")])
    )  # fmt: skip

    in_force = End(_("Put in force"), STAGE.IN_FORCE)
    refused = End(_("Refused"), STAGE.REFUSED)
