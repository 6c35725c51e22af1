"""A contribution's way: pledged, its receipt reported by one person of the Fund and confirmed by another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms
from ricomi.fund import ledger as record
from ricomi.fund.models import Contribution
from workflows.engine import Act, End, Flow, Opening, Step, this

STAGE = Contribution.Stage


def pledge(contribution: Contribution, act: Act) -> None:
    """Record what a donor promised."""
    fields = ("donor", "amount", "currency", "pledged_on", "due_on", "note")
    record.record_pledge(contribution, by=act.person, **{name: act.data[name] for name in fields if name in act.data})


def report(contribution: Contribution, act: Act) -> None:
    """Report that the money came, with the bank's reference."""
    record.report_receipt(
        contribution, by=act.person, received_on=act.data["received_on"], bank_reference=act.data["bank_reference"]
    )


def receive(contribution: Contribution, act: Act) -> None:
    """Put the money into the Fund: reported by one person, confirmed by another."""
    assert contribution.reported_by is not None
    record.receive(
        contribution, by=contribution.reported_by, approved_by=act.person, bank_reference=contribution.bank_reference
    )
    act.facts["amount"] = f"{contribution.amount} {contribution.currency}"


class ContributionFlow(Flow):
    title = _("Contribution")
    subject = "fund.Contribution"

    opening = (
        Opening(forms.PledgeForm, _("Record a pledge"))
        .by(Role.FUND_MANAGER, of="fund")
        .may("record", _("Record the pledge"), does=pledge, letters=[("contribution_recorded", "donor")])
        .leads_to(this.receipt)
    )
    receipt = (
        Step(forms.ReceiptForm, _("Report that the money came"))
        .at(STAGE.PLEDGED)
        .by(Role.FUND_MANAGER, of="fund")
        .within(days=90, remind=[15], tell=("fund", Role.FUND_APPROVER))
        .may("report", _("Report the receipt"), this.confirmation, does=report)
        .may("withdraw", _("The pledge was withdrawn"), this.withdrawn, reason=True, danger=True, form=False)
    )
    confirmation = (
        Step(None, _("Confirm the receipt"))
        .at(STAGE.REPORTED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["receipt"])
        .within(days=5, remind=[2], tell=("fund", Role.FUND_APPROVER))
        .may("confirm", _("Confirm the receipt"), this.received, does=receive,
             letters=[("contribution_received", "donor")])
        .may("send_back", _("Send back"), this.receipt, reason=True)
    )  # fmt: skip

    received = End(_("Received"), STAGE.RECEIVED)
    withdrawn = End(_("Withdrawn"), STAGE.WITHDRAWN)
