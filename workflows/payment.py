"""A payment's way: its bank details set by one person, sent to the bank by another, confirmed once the bank paid."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms
from ricomi.fund import paying as record
from ricomi.fund.models import Payment, Posting
from workflows.engine import Act, End, Flow, Opening, Step, this

STAGE = Payment.Stage


class PaymentFlow(Flow):
    title = _("Payment")
    subject = "fund.Payment"
    opened_by_people = False

    opening = (
        Opening(None, _("Order the payment"))
        .by(Role.FUND_APPROVER, of="fund")
        .may("order", _("Order the payment"), does=record.instruct)
        .leads_to(this.details)
    )
    details = (
        Step(forms.DetailsForm, _("Set the bank details"))
        .at(STAGE.RELEASED)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=5, remind=[2], tell=("fund", Role.FUND_APPROVER))
        .may("set", _("Set the bank details"), this.sending, does=record.set_details)
    )
    sending = (
        Step(None, _("Send the payment to the bank"))
        .at(STAGE.READY)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["details"], no_member_of_parties=True)
        .within(days=5, remind=[2], tell=("fund", Role.FUND_APPROVER))
        .may("send", _("It goes to the bank"), this.confirmation, does=record.put_into_file)
        .may("send_back", _("Send back"), this.details, reason=True)
    )
    confirmation = (
        Step(forms.PaidForm, _("Confirm that the bank paid"))
        .at(STAGE.SENT)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("confirm", _("The bank paid"), this.paid, guard=record.day_is_to_come, does=record.confirm)
        .may("failed", _("The bank refused"), this.details, reason=True, form=False)
    )

    paid = End(_("Paid"), STAGE.PAID)


def begin_payment(
    act: Act, posting: Posting, *, payee: str, purpose: str, parties: set[str], amount: Decimal | None = None
) -> None:
    """Begin the payment of what a posting released, all of it or `amount` in its currency.

    `parties` are codes of the states whose people have no hand in it.
    """
    from workflows.gate import begin

    data = {
        "posting": posting, "case_reference": posting.case_reference, "amount": amount or posting.amount,
        "currency": posting.currency, "payee": payee, "purpose": purpose[:300],
        "parties": sorted(parties),
    }  # fmt: skip
    begin(PaymentFlow, act.person, data, under=act)
