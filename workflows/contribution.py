"""A contribution's way: pledged; each sum that comes is reported by one person of the Fund, confirmed by another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Role
from ricomi.fund import forms, ledger, moving
from ricomi.fund import giving as record
from ricomi.fund.models import Contribution
from workflows.conversion import propose_conversion
from workflows.engine import Act, Anytime, Choice, End, Flow, Opening, Step, this
from workflows.money import hands
from workflows.refund import propose_refund
from workflows.waiting import serve_who_waits

STAGE = Contribution.Stage
PLEDGED = ("donor", "amount", "currency", "likelihood", "instalments", "note", *record.EARMARKS)


def pledge(contribution: Contribution, act: Act) -> None:
    """Record what a donor promised."""
    record.record_pledge(contribution, by=act.person, **{name: act.data[name] for name in PLEDGED if name in act.data})


def report(contribution: Contribution, act: Act) -> None:
    """Report that money came, with the bank's reference."""
    receipt = record.report_receipt(contribution, by=act.person, data=act.data)
    act.facts["amount"] = f"{receipt.amount} {receipt.currency}"


def receive(contribution: Contribution, act: Act) -> None:
    """Put the money into the Fund: reported by one person, confirmed by another; who waits for it is served."""
    receipt = record.confirm_receipt(contribution, approved_by=act.person)
    act.facts["amount"] = f"{receipt.amount} {receipt.currency}"
    serve_who_waits(receipt.currency)


def send_back(contribution: Contribution, act: Act) -> None:
    record.send_receipt_back(contribution)


def write_off(contribution: Contribution, act: Act) -> None:
    """Give up what has not come: proposed by one person, approved by another."""
    posting = ledger.write_off(contribution, hands=hands(act, "receipt"))
    if posting:
        act.facts["amount"] = f"{posting.amount} {posting.currency}"


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
        .within(days=90, as_set=record.next_due, remind=[15], then="overdue")
        .may("report", _("Report the receipt"), this.confirmation, guard=record.receipt_is_wrong, does=report)
        .may("write_off", _("Propose to write it off"), this.writing_off, reason=True, danger=True, form=False)
        .may("overdue", _("The day has passed"), stays=True, by_clock=True, letters=[("pledge_overdue", "donor")])
    )
    confirmation = (
        Step(None, _("Confirm the receipt"))
        .at(STAGE.REPORTED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["receipt"])
        .within(days=5, remind=[2], tell=("fund", Role.FUND_APPROVER))
        .may("confirm", _("Confirm the receipt"), this.is_all_there, does=receive,
             letters=[("contribution_received", "donor")])
        .may("send_back", _("Send back"), this.receipt, reason=True, does=send_back)
    )  # fmt: skip
    is_all_there = (
        Choice(_("Has all that was promised come?")).when(record.is_complete, this.received).otherwise(this.receipt)
    )
    writing_off = (
        Step(None, _("Approve the write-off"))
        .at(STAGE.WRITING_OFF)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["receipt"])
        .within(days=10, remind=[3], tell=("fund", Role.FUND_APPROVER))
        .may("approve", _("Write it off"), this.written_off, does=write_off, danger=True,
             letters=[("pledge_written_off", "donor")])
        .may("send_back", _("Send back"), this.receipt, reason=True)
    )  # fmt: skip

    refunding = (
        Anytime(forms.RefundForm, _("Propose a refund to the donor"))
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .during(*STAGE)
        .may(
            "propose", _("Propose the refund"), does=propose_refund, guard=moving.is_not_there, reason=True, stays=True
        )
    )
    exchanging = (
        Anytime(forms.ConversionForm, _("Enter an exchange of currencies"))
        .by(Role.FUND_MANAGER, of="fund")
        .during(*STAGE)
        .may(
            "propose",
            _("Enter the exchange"),
            does=propose_conversion,
            guard=moving.is_not_there,
            reason=True,
            stays=True,
        )
    )

    received = End(_("Received"), STAGE.RECEIVED)
    written_off = End(_("Written off"), STAGE.WRITTEN_OFF)
