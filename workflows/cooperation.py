"""The case's way, from draft to closure. This page is the policy: who does what, by when, who is told, what next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cases import acts as record
from cases import forms, partners
from cases.budget_forms import RevisionForm
from cases.choice_forms import ChoiceForm, PartingForm, SupportForm
from cases.models import Blocks, Invitation, Stage
from cases.trip_forms import TripForm
from ricomi.directory.models import Role
from ricomi.matching.forms import InvitationForm
from workflows import money
from workflows.condition import once_met
from workflows.disbursement import ask_disbursement
from workflows.endorsement import count, is_secret, record_decision
from workflows.engine import (
    Anytime,
    Auto,
    Back,
    Ballot,
    Choice,
    End,
    Flow,
    ForEach,
    Opening,
    Rerouted,
    Step,
    Together,
    this,
)  # fmt: skip
from workflows.extension import ask_for_more_time
from workflows.forms import MoreTimeForm
from workflows.matching import invite, open_call
from workflows.publication import publish
from workflows.revision import revise_budget
from workflows.revision_money import cannot_revise
from workflows.stopping import stop_sub_ways
from workflows.trip import plan_trip

UNDER_WAY = [
    Stage.SUBMITTED, Stage.ADMISSIBILITY, Stage.RETURNED, Stage.MATCHING, Stage.AGREEMENT, Stage.ENDORSEMENT,
    Stage.DEFERRED, Stage.NOT_ENDORSED, Stage.FUNDING, Stage.WAITING, Stage.EXCHANGE, Stage.REPORTING, Stage.SETTLEMENT,
]  # fmt: skip
ANSWER = Invitation.Answer
LATE = ("secretariat", Role.HEAD)
AT_HOME = ("requesting", Role.FOCAL_POINT)


class CooperationFlow(Flow):
    title = _("Cooperation")
    subject = "cases.Case"
    version = 2
    changes = (Rerouted(since=2, old="plan_answer", to="to_each_partner"),)

    opening = (
        Opening(forms.OpeningForm, _("Open a request"))
        .by(Role.OFFICER, of="requesting")
        .or_command()
        .may("open", _("Open the draft"), does=record.open_request, guard=record.cannot_start)
        .leads_to(this.draft)
    )
    draft = (
        Step(forms.RequestForm, _("Complete the request"))
        .at(Stage.DRAFT)
        .by(Role.OFFICER, of="requesting")
        .within(days=60, remind=[10], tell=AT_HOME)
        .may("save", _("Save the draft"), does=record.save_request, stays=True)
        .may("pass_on", _("Send to the focal point"), this.submission, does=record.save_request)
    )
    submission = (
        Step(None, _("Submit the request"))
        .at(Stage.DRAFT)
        .by(Role.FOCAL_POINT, of="requesting")
        .within(days=10, remind=[3], tell=AT_HOME)
        .may("submit", _("Submit to the secretariat"), this.receipt, guard=record.what_is_missing, does=record.submit,
             letters=[("request_submitted", "requesting")])
        .may("rework", _("Send back to the draft"), this.draft, reason=True)
    )  # fmt: skip
    receipt = (
        Step(None, _("Acknowledge the request"))
        .at(Stage.SUBMITTED)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=5, remind=[2], tell=LATE)
        .may("acknowledge", _("Acknowledge and take charge"), this.screening, does=record.take_charge,
             letters=[("request_received", "requesting")])
    )  # fmt: skip
    screening = (
        Step(None, _("Check admissibility"))
        .at(Stage.ADMISSIBILITY)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=20, remind=[5, 2], tell=LATE)
        .may("admit", _("Admit the request"), this.matching)
        .may("ask", _("Return for information"), this.information, reason=True, stops_clock=True,
             letters=[("information_requested", "requesting")])
        .may("inadmissible", _("Declare it inadmissible"), this.inadmissible, reason=True, danger=True,
             letters=[("request_inadmissible", "requesting")])
    )  # fmt: skip
    information = (
        Step(forms.RequestForm, _("Give the information asked for"))
        .at(Stage.RETURNED)
        .by(Role.OFFICER, of="requesting")
        .within(days=15, remind=[5, 1], tell=LATE)
        .may("save", _("Save"), does=record.save_request, stays=True)
        .may(
            "answer", _("Send the answer"), this.screening, guard_after=record.what_is_missing, does=record.save_request
        )
    )

    matching = (
        Step(InvitationForm, _("Find a partner"))
        .at(Stage.MATCHING)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=30, remind=[5], tell=LATE)
        .may("invite", _("Invite the chosen states"), this.to_each_state, guard=record.cannot_invite,
             does=invite)
        .may("open_call", _("Call on all states"), this.to_each_state, does=open_call, form=False)
        .may("no_partner", _("Record that no partner was found"), this.no_partner, reason=True, danger=True,
             form=False, letters=[("no_partner_found", "requesting")])
    )  # fmt: skip
    to_each_state = ForEach(record.waiting_invitations, _("To each invited state")).Next(this.answer)
    answer = (
        Step(forms.AnswerForm, _("Answer the invitation"))
        .at(Stage.MATCHING)
        .by(Role.FOCAL_POINT, of="invited")
        .within(days=10, remind=[5, 1], then="silent")
        .letter("invitation_received")
        .may("accept", _("Accept"), this.answers, does=record.answer_with(ANSWER.ACCEPTED),
             letters=[("invitation_answered", "secretariat")])
        .may("counter", _("Make a counter-offer"), this.answers, guard=record.terms_are_missing,
             does=record.answer_with(ANSWER.COUNTERED), letters=[("invitation_answered", "secretariat")])
        .may("decline", _("Decline"), this.answers, reason=True, form=False,
             does=record.answer_with(ANSWER.DECLINED), letters=[("invitation_answered", "secretariat")])
        .may("silent", _("No answer in time"), this.answers, does=record.answer_with(ANSWER.SILENT), by_clock=True)
    )  # fmt: skip
    answers = Together(_("All answers are in")).Next(this.any_offer)
    any_offer = Choice(_("Does a state offer help?")).when(record.has_offer, this.choice).otherwise(this.matching)
    choice = (
        Step(ChoiceForm, _("Choose the partners"))
        .at(Stage.MATCHING)
        .by(Role.FOCAL_POINT, of="requesting")
        .within(days=10, remind=[3], tell=LATE)
        .may("choose", _("Choose as marked"), this.is_a_third_asked, guard=partners.cannot_choose,
             does=partners.choose,
             letters=[("partner_chosen", "helping"), ("partner_not_chosen", "not_chosen")])
        .may("none", _("Accept none of the offers"), this.matching, reason=True, form=False,
             does=partners.dismiss_offers, letters=[("partner_not_chosen", "not_chosen")])
    )  # fmt: skip
    is_a_third_asked = (
        Choice(_("Is a third party asked to support?"))
        .when(partners.is_a_third_asked, this.to_each_third)
        .otherwise(this.plan)
    )  # fmt: skip
    to_each_third = ForEach(record.waiting_invitations, _("To each third party")).Next(this.support)
    support = (
        Step(SupportForm, _("Answer whether you support the cooperation"))
        .at(Stage.MATCHING)
        .by(Role.FOCAL_POINT, of="asked")
        .within(days=10, remind=[5, 1], then="silent")
        .letter("support_asked")
        .may("accept", _("Support it"), this.thirds, does=partners.support,
             letters=[("support_answered", "requesting")])
        .may("decline", _("Decline"), this.thirds, reason=True, form=False,
             does=record.answer_with(ANSWER.DECLINED), letters=[("support_answered", "requesting")])
        .may("silent", _("No answer in time"), this.thirds, does=record.answer_with(ANSWER.SILENT), by_clock=True)
    )  # fmt: skip
    thirds = Together(_("All third parties have answered")).Next(this.plan)

    plan = (
        Step(forms.PlanForm, _("Propose the work plan and budget"))
        .at(Stage.AGREEMENT)
        .by(Role.FOCAL_POINT, of="requesting")
        .within(days=30, remind=[10, 3], tell=LATE)
        .may("save", _("Save the plan"), does=record.save_plan, stays=True)
        .may("propose", _("Propose to the partners"), this.to_each_partner, guard=record.plan_is_missing,
             does=partners.propose_plan, letters=[("plan_proposed", "helping")])
        .may("look_anew", _("Look for other partners"), this.matching, guard=partners.all_are_here, reason=True,
             form=False, danger=True, does=partners.let_all_go, letters=[("partners_let_go", "released")])
    )  # fmt: skip
    to_each_partner = ForEach(partners.to_agree, _("To each partner")).Next(this.plan_answer)
    plan_answer = (
        Step(None, _("Agree to the work plan and budget"))
        .at(Stage.AGREEMENT)
        .by(Role.FOCAL_POINT, of="partner")
        .within(days=15, remind=[5, 1], then="silent")
        .may("agree", _("Agree"), this.plan_answers, guard=record.plan_is_inconsistent, does=partners.agree,
             letters=[("plan_agreed", "requesting")])
        .may("ask_changes", _("Ask for changes"), this.plan_answers, reason=True, stops_clock=True,
             does=partners.ask_changes, letters=[("plan_changes_asked", "requesting")])
        .may("leave", _("Leave the cooperation"), this.plan_answers, reason=True, danger=True, does=partners.leave,
             letters=[("partner_left", "requesting"), ("partner_left", "helping"), ("partner_left", "released")])
        .may("silent", _("No answer in time"), this.plan_answers, does=partners.stay_silent, by_clock=True)
    )  # fmt: skip
    plan_answers = Together(
        _("All partners agree, or one does not"), or_once=partners.plan_comes_back
    ).Next(this.is_plan_agreed)  # fmt: skip
    is_plan_agreed = (
        Choice(_("Do all partners agree?"))
        .when(partners.nobody_leads, this.matching)
        .when(partners.plan_comes_back, this.plan)
        .otherwise(this.tabling)
    )
    parting = (
        Anytime(PartingForm, _("Go on without a partner"))
        .by(Role.FOCAL_POINT, of="requesting")
        .during(Stage.AGREEMENT)
        .may("part", _("Go on without this partner"), this.plan, guard=partners.cannot_let_go, reason=True, danger=True,
             does=partners.go_on_without, letters=[("partner_let_go", "released")])
    )  # fmt: skip
    tabling = Auto(record.table, _("The case goes to the CEAM")).Next(this.endorsement)

    endorsement = (
        Ballot(forms.EndorsementForm, _("Endorse the request"), public=_("Endorsement by the CEAM"))
        .at(Stage.ENDORSEMENT)
        .by(Role.REVIEWER, of="ceam", except_parties=True)
        .within(days=15, as_set=record.time_to_vote, remind=[5, 1], then="close")
        .letter("endorsement_requested")
        .may("endorse", _("Endorse"), this.is_money_asked, form=False, does=record_decision,
             letters=[("endorsement_decided", "requesting"), ("endorsement_decided", "helping")])
        .may("endorse_with_conditions", _("Endorse with conditions"), this.is_money_asked,
             guard=record.conditions_are_missing, does=record_decision,
             letters=[("endorsed_with_conditions", "requesting"), ("endorsed_with_conditions", "helping")])
        .may("return", _("Return with questions"), this.plan, reason=True, form=False, does=record_decision,
             letters=[("questions_asked", "requesting"), ("questions_asked", "helping")])
        .may("defer", _("Defer"), this.taking_up, reason=True, form=False, does=record_decision,
             letters=[("endorsement_deferred", "requesting")])
        .may("reject", _("Reject"), this.may_be_reconsidered, reason=True, form=False, danger=True,
             does=record_decision, letters=[("request_rejected", "requesting"), ("request_rejected", "helping")])
        .may("abstain", _("Abstain"), form=False, stays=True)
        .may("recuse", _("Declare a conflict of interest"), reason=True, form=False, danger=True, stays=True)
        .may("close", _("The vote is closed"), stays=True, by_clock=True)
        .tally(count, among=("ceam", "secretariat", "oversight"), secret=is_secret)
    )  # fmt: skip
    closing = (
        Anytime(None, _("Close the vote"))
        .by(Role.CHAIR, of="ceam")
        .during(Stage.ENDORSEMENT)
        .closing(this.endorsement)
        .may("close", _("Close the vote as it stands"), danger=True, stays=True)
    )
    taking_up = (
        Step(forms.MeetingForm, _("Take the case up again"))
        .at(Stage.DEFERRED)
        .by(Role.CHAIR, of="ceam")
        .within(days=30, remind=[5], tell=LATE)
        .may("table", _("Put it before the CEAM again"), this.endorsement, does=record.table)
    )
    may_be_reconsidered = (
        Choice(_("Was it reconsidered before?"))
        .when(record.was_reconsidered, this.rejected)
        .otherwise(this.reconsideration)
    )  # fmt: skip
    reconsideration = (
        Step(None, _("Ask for reconsideration"))
        .at(Stage.NOT_ENDORSED)
        .by(Role.FOCAL_POINT, of="requesting")
        .within(days=20, remind=[5, 1], then="lapse")
        .may("ask", _("Ask the CEAM to reconsider"), this.endorsement, reason=True, does=record.ask_reconsideration,
             letters=[("reconsideration_asked", "helping")])
        .may("accept", _("Accept the decision"), this.rejected, danger=True)
        .may("lapse", _("Reconsideration was not asked in time"), this.rejected, by_clock=True)
    )  # fmt: skip

    is_money_asked = (
        Choice(_("Is money asked for?"))
        .when(record.is_money_asked, this.to_the_fund)
        .otherwise(this.exchange)
    )  # fmt: skip
    to_the_fund = Auto(money.bring_in_the_fund, _("The Fund becomes a party")).Next(this.reservation)
    reservation = (
        Step(forms.ReservationForm, _("Propose what to reserve"))
        .at(Stage.FUNDING)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .letter("funding_requested")
        .may("full", _("Propose the full amount"), this.reservation_approval, form=False, does=money.propose_in_full)
        .may("part", _("Propose a part"), this.reservation_approval, guard=money.part_is_wrong,
             does=money.propose_a_part)
        .may("refuse", _("Propose to refuse"), this.refusal, reason=True, form=False)
    )  # fmt: skip
    reservation_approval = (
        Step(None, _("Approve the reservation"))
        .at(Stage.FUNDING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["reservation"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .letter("reservation_proposed")
        .may("approve", _("Approve and reserve"), this.is_it_there, guard=once_met(Blocks.RESERVATION),
             does=money.reserve_if_there)
        .may("send_back", _("Send back"), this.reservation, reason=True)
    )  # fmt: skip
    is_it_there = (
        Choice(_("Does the Fund have the money?")).when(money.is_reserved, this.agreement).otherwise(this.lining_up)
    )
    lining_up = Auto(
        money.stand_in_line, _("The case waits in line for contributions"), letters=[("funds_awaited", "requesting")]
    ).Next(this.contributions)
    contributions = (
        Step(None, _("Wait for contributions"))
        .at(Stage.WAITING)
        .by(Role.FUND_MANAGER, of="fund")
        .within(days=90, remind=[10], tell=LATE)
        .may("serve", _("The Fund has the money now"), this.agreement, by_clock=True, does=money.reserve_in_turn)
        .may("resume", _("Take the funding up again"), this.reservation, does=money.leave_the_line)
        .may("refuse", _("Propose to refuse"), this.refusal, reason=True, does=money.leave_the_line)
    )
    agreement = (
        Step(None, _("Agree to what the Fund gives"))
        .at(Stage.FUNDING)
        .by(Role.FOCAL_POINT, of="requesting")
        .within(days=10, remind=[3], tell=LATE)
        .letter("funds_reserved")
        .may("accept", _("Agree, and begin"), this.exchange, does=money.commit)
        .may("decline", _("Ask for the full amount instead"), this.reservation, guard=money.is_in_full,
             does=money.give_back, reason=True)
    )  # fmt: skip
    refusal = (
        Step(None, _("Confirm the refusal"))
        .at(Stage.FUNDING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["reservation", "contributions"])
        .within(days=10, remind=[3], tell=LATE)
        .may("confirm", _("Refuse the funding"), this.letting_go, reason=True, danger=True,
             letters=[("funding_refused", "requesting"), ("funding_refused", "helping")])
        .may("send_back", _("Send back"), this.reservation, reason=True)
    )  # fmt: skip
    letting_go = Auto(stop_sub_ways, _("Trips and payments are stopped")).Next(this.refused)

    exchange = (
        Step(TripForm, _("Carry out the exchange"))
        .at(Stage.EXCHANGE)
        .by(Role.OFFICER, of="leading")
        .within(as_set=record.end_of_the_plan, remind=[15, 5], tell=LATE)
        .letter("exchange_started")
        .may("plan_trip", _("Plan this trip"), does=plan_trip, stays=True)
        .may("complete", _("End the exchange"), this.report, form=False, guard=record.nothing_is_open)
    )
    ask_disbursement = (
        Anytime(forms.DisbursementForm, _("Ask for a disbursement"))
        .by(Role.OFFICER, of="requesting")
        .during(Stage.EXCHANGE)
        .may("ask", _("Ask for the disbursement"), does=ask_disbursement, guard=money.nothing_reserved, stays=True)
    )
    revise_budget = (
        Anytime(RevisionForm, _("Revise the budget"))
        .by(Role.FOCAL_POINT, of="requesting")
        .during(Stage.EXCHANGE)
        .may("propose", _("Propose the revision"), does=revise_budget, guard=cannot_revise, stays=True)
    )
    report = (
        Step(forms.ReportForm, _("Write the final report"))
        .at(Stage.REPORTING)
        .by(Role.OFFICER, of="requesting")
        .within(days=30, remind=[15, 5], tell=LATE)
        .letter("report_due")
        .may("save", _("Save the report"), does=record.save_report, stays=True)
        .may("send", _("Send for confirmation"), this.confirmation, guard=record.report_is_missing,
             does=record.save_report)
    )  # fmt: skip
    confirmation = (
        Step(None, _("Confirm the final report"))
        .at(Stage.REPORTING)
        .by(Role.FOCAL_POINT, of="leading")
        .within(days=15, remind=[5], tell=LATE)
        .letter("report_submitted")
        .may("confirm", _("Confirm the report"), this.review,
             letters=[("report_confirmed", "requesting"), ("report_confirmed", "beside")])
        .may(
            "return",
            _("Return the report"),
            this.report,
            reason=True,
            stops_clock=True,
            letters=[("report_returned", "requesting")],
        )
    )  # fmt: skip
    review = (
        Step(None, _("Review the final report"))
        .at(Stage.REPORTING)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=20, remind=[5], tell=LATE)
        .may("accept", _("Accept the report"), this.is_money_involved, guard=once_met(Blocks.CLOSURE))
        .may(
            "return",
            _("Return the report"),
            this.report,
            reason=True,
            stops_clock=True,
            letters=[("report_returned", "requesting")],
        )
    )

    is_money_involved = (
        Choice(_("Did the Fund pay anything?")).when(money.has_reservation, this.settlement).otherwise(this.publication)
    )
    settlement = (
        Step(None, _("Settle the accounts"))
        .at(Stage.SETTLEMENT)
        .by(Role.FUND_MANAGER, of="fund")
        .within(days=60, remind=[15, 5], tell=LATE)
        .may("settle", _("Propose to settle"), this.settlement_approval, guard=money.something_is_outstanding)
    )
    settlement_approval = (
        Step(None, _("Approve the settlement"))
        .at(Stage.SETTLEMENT)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["settlement"])
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve and return what is left"), this.publication, does=money.give_back)
        .may("send_back", _("Send back"), this.settlement, reason=True)
    )
    publication = Auto(publish, _("The result is published")).Next(this.closed)

    withdrawal = (
        Anytime(None, _("Withdraw the request"))
        .by(Role.FOCAL_POINT, of="requesting")
        .during(Stage.DRAFT, Stage.SUSPENDED, *UNDER_WAY)
        .may("withdraw", _("Withdraw the request"), this.stopping, reason=True, danger=True,
             does=record.end_as(Stage.WITHDRAWN), letters=[("case_withdrawn", "party")])
    )  # fmt: skip
    cancellation = (
        Anytime(None, _("Cancel the case"))
        .by(Role.CHAIR, of="ceam")
        .during(Stage.SUSPENDED, *UNDER_WAY)
        .may("cancel", _("Cancel the case"), this.stopping, reason=True, danger=True,
             does=record.end_as(Stage.CANCELLED), letters=[("case_cancelled", "party")])
    )  # fmt: skip
    stopping = Auto(stop_sub_ways, _("Trips and payments are stopped")).Next(this.is_anything_out)
    is_anything_out = (
        Choice(_("Is anything still to be recovered?"))
        .when(money.anything_outstanding, this.winding_up)
        .otherwise(this.giving_back)
    )
    winding_up = (
        Step(None, _("Wind up the case"))
        .at(Stage.WINDING_UP)
        .by(Role.FUND_MANAGER, of="fund")
        .within(days=60, remind=[15, 5], tell=LATE)
        .may("finish", _("All is recovered"), this.giving_back, guard=money.something_is_outstanding)
    )
    giving_back = Auto(money.give_back, _("What was reserved returns to the Fund")).Next(this.how_it_ends)
    how_it_ends = (
        Choice(_("Withdrawn or cancelled?")).when(record.is_withdrawn, this.withdrawn).otherwise(this.cancelled)
    )

    suspension = (
        Anytime(None, _("Suspend the case"))
        .by(Role.CASE_OFFICER, of="secretariat")
        .during(*UNDER_WAY)
        .pausing()
        .may("suspend", _("Suspend the case"), this.resumption, reason=True, letters=[("case_suspended", "party")])
    )
    resumption = (
        Step(None, _("Resume the case"))
        .at(Stage.SUSPENDED)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=30, remind=[5], tell=LATE)
        .may("resume", _("Resume the case"), this.resumed, letters=[("case_resumed", "party")])
    )
    resumed = Back(_("What rested goes on"))

    more_time = (
        Anytime(MoreTimeForm, _("Ask for more time"))
        .by(None, of="participant")
        .during(*UNDER_WAY, Stage.WINDING_UP)
        .for_whom_waits()
        .may("ask", _("Ask for more time"), does=ask_for_more_time, stays=True)
    )
    comment = (
        Anytime(forms.CommentForm, _("Comment"))
        .by(None, of="participant")
        .during(*Stage)
        .may("add", _("Add the comment"), does=record.comment, stays=True, letters=[("comment_made", "participant")])
    )
    filing = (
        Anytime(forms.DocumentForm, _("Add a document"))
        .by(None, of="participant")
        .during(*Stage)
        .may("add", _("Add the document"), does=record.file_document, stays=True)
    )
    sharing = (
        Anytime(forms.GrantForm, _("Open the case to a person"))
        .by(Role.FOCAL_POINT, of="requesting")
        .during(*Stage)
        .may("grant", _("Let this person see the case"), does=record.open_to, guard=record.day_is_missing, stays=True)
        .may("revoke", _("Take the leave back"), does=record.close_to, stays=True)
    )

    closed = End(_("Closed"), Stage.CLOSED)
    inadmissible = End(_("Inadmissible"), Stage.INADMISSIBLE)
    no_partner = End(_("No partner found"), Stage.NO_PARTNER)
    rejected = End(_("Rejected by the CEAM"), Stage.REJECTED)
    refused = End(_("Funding refused"), Stage.REFUSED)
    withdrawn = End(_("Withdrawn"), Stage.WITHDRAWN)
    cancelled = End(_("Cancelled by the CEAM"), Stage.CANCELLED)
