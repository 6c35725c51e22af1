"""A revision of the budget: agreed by both sides; beyond a tolerance endorsed, and funded where it asks for more."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cases import revising as record
from cases.acts import rule_days
from cases.budget_forms import RevisionForm
from cases.models import Case, Revision, RevisionStage
from ricomi.directory.models import Role
from workflows import revision_money as money
from workflows.endorsement import count, is_secret, record_decision
from workflows.engine import Act, Anytime, Auto, Ballot, Choice, End, Flow, Opening, Step, this

STAGE = RevisionStage
LATE = ("secretariat", Role.HEAD)


class RevisionFlow(Flow):
    title = _("Revision of the budget")
    subject = "cases.Revision"
    opened_by_people = False

    opening = (
        Opening(RevisionForm, _("Propose a revision of the budget"))
        .by(Role.FOCAL_POINT, of="requesting")
        .may("propose", _("Propose the revision"), does=record.propose)
        .leads_to(this.agreeing)
    )
    agreeing = (
        Step(None, _("Agree to the revision of the budget"))
        .at(STAGE.PROPOSED)
        .by(Role.FOCAL_POINT, of="leading")
        .within(days=15, remind=[5, 1], tell=LATE)
        .may("agree", _("Agree"), this.is_within_tolerance, guard=money.does_not_fit)
        .may("ask_changes", _("Ask for changes"), this.correction, reason=True, stops_clock=True)
    )
    correction = (
        Step(RevisionForm, _("Correct the revision of the budget"))
        .at(STAGE.PROPOSED)
        .by(Role.FOCAL_POINT, of="requesting")
        .within(days=15, remind=[5, 1], tell=LATE)
        .may("send", _("Propose it again"), this.agreeing, guard=money.correction_does_not_fit, does=record.correct)
    )
    is_within_tolerance = (
        Choice(_("Does no more than a tenth of the total move?"))
        .when(Revision.is_within_tolerance, this.does_it_fit)
        .otherwise(this.endorsement)
    )
    endorsement = (
        Ballot(None, _("Endorse the revision of the budget"), public=_("Endorsement by the CEAM"))
        .at(STAGE.ENDORSEMENT)
        .by(Role.REVIEWER, of="ceam", except_parties=True)
        .within(days=15, as_set=rule_days, remind=[5, 1], then="close")
        .may("endorse", _("Endorse"), this.is_more_asked, does=record_decision)
        .may("return", _("Return with questions"), this.correction, reason=True, does=record_decision)
        .may("defer", _("Defer"), this.taking_up, reason=True, does=record_decision)
        .may("reject", _("Reject"), this.rejected, reason=True, danger=True, does=record_decision,
             letters=[("revision_rejected", "requesting"), ("revision_rejected", "helping")])
        .may("abstain", _("Abstain"), stays=True)
        .may("recuse", _("Declare a conflict of interest"), reason=True, danger=True, stays=True)
        .may("close", _("The vote is closed"), stays=True, by_clock=True)
        .tally(count, among=("ceam", "secretariat", "oversight"), secret=is_secret)
    )  # fmt: skip
    closing = (
        Anytime(None, _("Close the vote"))
        .by(Role.CHAIR, of="ceam")
        .during(STAGE.ENDORSEMENT)
        .closing(this.endorsement)
        .may("close", _("Close the vote as it stands"), danger=True, stays=True)
    )
    taking_up = (
        Step(None, _("Take the revision up again"))
        .at(STAGE.DEFERRED)
        .by(Role.CHAIR, of="ceam")
        .within(days=30, remind=[5], tell=LATE)
        .may("table", _("Put it before the CEAM again"), this.endorsement)
    )
    is_more_asked = (
        Choice(_("Is more asked from the Fund?")).when(Revision.asks_more, this.reservation).otherwise(this.does_it_fit)
    )
    reservation = (
        Step(None, _("Propose to reserve the difference"))
        .at(STAGE.FUNDING)
        .by(Role.FUND_MANAGER, of="fund", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("propose", _("Propose to reserve it"), this.reservation_approval,
             guard=money.difference_cannot_be_reserved)
        .may("refuse", _("Refuse"), this.rejected, reason=True, danger=True,
             letters=[("revision_rejected", "requesting"), ("revision_rejected", "helping")])
    )  # fmt: skip
    reservation_approval = (
        Step(None, _("Approve the reservation of the difference"))
        .at(STAGE.FUNDING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["reservation"], no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve and reserve"), this.does_it_fit, guard=money.difference_cannot_be_reserved,
             does=money.reserve_difference)
        .may("send_back", _("Send back"), this.reservation, reason=True)
    )  # fmt: skip
    does_it_fit = (
        Choice(_("Does it cover what is spent or asked for?"))
        .when(money.revision_fits, this.applying)
        .otherwise(this.correction)
    )
    applying = Auto(
        money.put_revision_in_force, _("The revised budget is in force"), letters=[("budget_revised", "party")]
    ).Next(this.in_force)

    dropping = (
        Anytime(None, _("Drop the revision"))
        .by(Role.FOCAL_POINT, of="requesting")
        .during(STAGE.PROPOSED, STAGE.ENDORSEMENT, STAGE.DEFERRED, STAGE.FUNDING)
        .may("drop", _("Drop the revision"), this.dropped, reason=True, danger=True)
    )

    in_force = End(_("In force"), STAGE.IN_FORCE)
    rejected = End(_("Rejected"), STAGE.REJECTED)
    dropped = End(_("Dropped"), STAGE.DROPPED)


def revise_budget(case: Case, act: Act) -> None:
    """Begin the way of a revision, from a case in exchange."""
    from workflows.gate import begin

    act.facts["revision_of_budget"] = begin(RevisionFlow, act.person, {**act.data, "case": case}, under=act).pk
