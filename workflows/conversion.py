"""An exchange of currencies: what the bank made of a contribution's money, entered by one, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms, ledger
from ricomi.fund import moving as record
from ricomi.fund.models import Contribution, Conversion, MoveStage
from workflows import waiting
from workflows.engine import Act, End, Flow, Opening, Step, this
from workflows.money import hands


def is_not_there(conversion: Conversion, data: Mapping[str, Any]) -> str | None:
    """Why an exchange cannot be approved: a case has the money by now, or waits for it."""
    asked = {name: getattr(conversion, name) for name in ("amount", "currency", "bank_reference")}
    why = record.is_not_there(conversion.contribution, asked)
    return why or waiting.is_kept(conversion.contribution_id, conversion.currency)


def convert(conversion: Conversion, act: Act) -> None:
    """The books follow the bank: the contribution has so much less of one currency, so much more of another."""
    it = conversion
    ledger.convert(
        it.contribution, it.amount, it.currency, it.into, it.into_currency, hands=hands(act, "opening"),
        note=it.reason, bank_reference=it.bank_reference,
    )  # fmt: skip
    act.facts["amount"] = f"{it.amount} {it.currency}"
    waiting.serve_who_waits(it.into_currency)


class ConversionFlow(Flow):
    title = _("Exchange of currencies")
    subject = "fund.Conversion"
    opened_by_people = False

    opening = (
        Opening(forms.ConversionForm, _("Enter an exchange of currencies"))
        .by(Role.FUND_MANAGER, of="fund")
        .may("propose", _("Enter the exchange"), does=record.propose_conversion)
        .leads_to(this.approval)
    )
    approval = (
        Step(None, _("Approve the exchange of currencies"))
        .at(MoveStage.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["opening"])
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Approve the exchange"), this.approved, guard=is_not_there, does=convert)
        .may("refuse", _("Refuse"), this.refused, reason=True, letters=[("proposal_refused", "fund")])
    )

    approved = End(_("Approved"), MoveStage.APPROVED)
    refused = End(_("Refused"), MoveStage.REFUSED)


def propose_conversion(given: Contribution, act: Act) -> None:
    """Begin the way of an exchange, from its contribution."""
    from workflows.gate import begin

    act.facts["conversion"] = begin(ConversionFlow, act.person, {**act.data, "contribution": given}, under=act).pk
