"""A disbursement's way: asked for by the requesting state, released by people of the Fund, accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import exchange as record
from cases import forms
from cases.models import Blocks, Case, Disbursement, DisbursementStage
from ricomi import l10n
from ricomi.directory.models import Role
from workflows import money
from workflows.condition import once_met
from workflows.engine import Act, Anytime, Choice, End, Flow, Opening, Step, this
from workflows.models import Task
from workflows.policy import WAITING

LATE = ("secretariat", Role.HEAD)


def cannot_account_in_its_stead(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why the Fund cannot account for a disbursement: the state still has time, or its account waits to be checked."""
    waiting = Task.objects.filter(process__subject_key=way.subject_key, status__in=WAITING)
    due = waiting.filter(flow_task=DisbursementFlow.step("accounting")).values_list("due", flat=True).first()
    if due is None:
        return str(_("The state has handed in an account. Accept it or return it."))
    if due > timezone.now():
        return str(_("The state has until %(day)s to account for it.") % {"day": l10n.day(due)})
    return money.account_is_wrong(way, data)


class DisbursementFlow(Flow):
    title = _("Disbursement")
    subject = "cases.Disbursement"
    opened_by_people = False

    opening = (
        Opening(forms.DisbursementForm, _("Ask for a disbursement"))
        .by(Role.OFFICER, of="requesting")
        .may("ask", _("Ask for the disbursement"), does=record.ask_disbursement)
        .leads_to(this.proposal)
    )
    proposal = (
        Step(forms.TermsForm, _("Propose the release"))
        .at(DisbursementStage.REQUESTED)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .letter("disbursement_requested")
        .may("propose", _("Propose the release"), this.is_it_much, does=record.set_terms,
             guard=money.disbursement_beyond_what_is_left)
        .may("refuse", _("Refuse"), this.refused, reason=True, danger=True, form=False,
             letters=[("disbursement_refused", "requesting")])
    )  # fmt: skip
    is_it_much = (
        Choice(_("Is a second approval needed?"))
        .when(money.takes_two, this.first_release)
        .otherwise(this.release)
    )  # fmt: skip
    first_release = (
        Step(None, _("Approve the release as the first of two"))
        .at(DisbursementStage.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["proposal"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve the release"), this.release, guard=money.disbursement_beyond_what_is_left)
        .may("send_back", _("Send back"), this.proposal, reason=True)
    )
    release = (
        Step(None, _("Release the disbursement"))
        .at(DisbursementStage.PROPOSED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["proposal", "first_release"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("release", _("Release the money"), this.accounting,
             guard=once_met(Blocks.DISBURSEMENT, money.release_is_held_back), does=money.disburse,
             letters=[("disbursement_released", "requesting")])
        .may("send_back", _("Send back"), this.proposal, reason=True)
    )  # fmt: skip
    accounting = (
        Step(forms.TrancheAccountForm, _("Account for the disbursement"))
        .at(DisbursementStage.OUT)
        .by(Role.OFFICER, of="requesting")
        .within(days=90, remind=[15, 5], tell=LATE)
        .letter("account_due")
        .may("account", _("Hand in the account"), this.checking, guard=money.account_is_wrong, does=record.account_for)
    )
    checking = (
        Step(None, _("Check the account of the disbursement"))
        .at(DisbursementStage.OUT)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=15, remind=[5], tell=LATE)
        .may("accept", _("Accept the account"), this.is_all_spent, letters=[("account_accepted", "requesting")])
        .may("return", _("Return the account"), this.accounting, reason=True, stops_clock=True)
    )
    in_its_stead = (
        Anytime(forms.TrancheAccountForm, _("Account for the disbursement in the state's stead"))
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .during(DisbursementStage.OUT)
        .may("account", _("Propose this account"), this.approval_in_its_stead, reason=True,
             guard=cannot_account_in_its_stead, does=record.account_for)
    )  # fmt: skip
    approval_in_its_stead = (
        Step(None, _("Approve the account in the state's stead"))
        .at(DisbursementStage.OUT)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["in_its_stead"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve the account"), this.is_all_spent, letters=[("account_accepted", "requesting")])
        .may("send_back", _("Send back to the state"), this.accounting, reason=True)
    )
    is_all_spent = Choice(_("Is all of it spent?")).when(record.is_all_spent, this.released).otherwise(this.returning)
    returning = (
        Step(forms.CameBackForm, _("Record the return of unspent money"))
        .at(DisbursementStage.RETURNING)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=30, remind=[10, 3], tell=LATE)
        .may("record", _("The money came back"), this.returning_approval, guard=money.is_in_the_books,
             does=money.note_reference)
        .may("give_up", _("Propose to give it up"), this.giving_up, reason=True, danger=True, form=False)
    )  # fmt: skip
    returning_approval = (
        Step(None, _("Confirm the return of unspent money"))
        .at(DisbursementStage.RETURNING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["returning"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("confirm", _("Confirm the return"), this.released, does=money.take_back,
             letters=[("unspent_returned", "requesting")])
        .may("send_back", _("Send back"), this.returning, reason=True)
    )  # fmt: skip
    giving_up = (
        Step(None, _("Approve that unspent money is given up"))
        .at(DisbursementStage.RETURNING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["returning"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Give it up"), this.released, danger=True, letters=[("unspent_given_up", "requesting")])
        .may("send_back", _("Send back"), this.returning, reason=True)
    )
    reporting = (
        Anytime(forms.TrancheReportForm, _("Hand in the report for the disbursement"))
        .by(Role.OFFICER, of="requesting")
        .during(DisbursementStage.PROPOSED)
        .may("report", _("Hand in the report"), guard=record.no_report_is_wanted, does=record.report_on_disbursement,
             stays=True)
    )  # fmt: skip
    dropping = (
        Anytime(None, _("Drop the disbursement"))
        .by(Role.OFFICER, of="requesting")
        .during(DisbursementStage.REQUESTED, DisbursementStage.PROPOSED)
        .may("drop", _("Drop the disbursement"), this.refused, reason=True, danger=True)
    )

    released = End(_("Accounted for"), DisbursementStage.ACCOUNTED)
    refused = End(_("Refused"), DisbursementStage.REFUSED)


def ask_disbursement(case: Case, act: Act) -> None:
    """Begin a disbursement's own way, from a case in exchange."""
    from workflows.gate import begin

    data: dict[str, Any] = {**act.data, "case": case}
    act.facts["disbursement"] = begin(DisbursementFlow, act.person, data, under=act).pk
