"""The way of the Fund's own terms: proposed for a currency by one person, put in force or refused by another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms
from ricomi.fund import terms as record
from ricomi.fund.models import Terms
from workflows.engine import End, Flow, Opening, Step, this

STAGE = Terms.Stage


class TermsFlow(Flow):
    title = _("Terms of the Fund")
    subject = "fund.Terms"

    opening = (
        Opening(forms.TermsForm, _("Propose the terms for a currency"))
        .by(Role.FUND_MANAGER, of="fund")
        .may("propose", _("Propose the terms"), does=record.propose)
        .leads_to(this.approval)
    )
    approval = (
        Step(None, _("Approve the terms of the Fund"))
        .at(STAGE.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["opening"])
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Put the terms in force"), this.in_force, does=record.put_in_force)
        .may("refuse", _("Refuse"), this.refused, reason=True)
    )

    in_force = End(_("Put in force"), STAGE.IN_FORCE)
    refused = End(_("Refused"), STAGE.REFUSED)
