"""A trip's way, within a case in exchange: planned, authorised, advanced, travelled, reported, settled or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import exchange as record
from cases import trip_forms
from cases.claim_forms import ExpensesForm
from cases.forms import CameBackForm
from cases.models import Blocks, Case, Trip, TripStage
from ricomi import l10n
from ricomi.directory.authority import act_as, authority
from ricomi.directory.models import Role
from workflows import money
from workflows.condition import once_met
from workflows.engine import Act, Anytime, Choice, End, Flow, Opening, Step, give_again, this, who_did
from workflows.models import Task
from workflows.policy import WAITING, run_of

UNTIL_SETTLED = (
    TripStage.PLANNED, TripStage.AUTHORISED, TripStage.ADVANCED, TripStage.TRAVELLED, TripStage.REPORTED,
    TripStage.SETTLING,
)  # fmt: skip
LATE = ("secretariat", Role.HEAD)


def cannot_travel(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why a person cannot be named as traveller: no expert of the state, or one who already acted on the trip's money.

    Nobody benefits from money that they proposed or released themselves.
    """
    person = data["traveller"]
    if person.pk == trip.traveller_id or not authority(person).holds(act_as(Role.EXPERT), trip.bodies("sending")[0]):
        return str(_("Name another expert of the same state."))
    closed = [step.name for step in TripFlow.steps() if step.who and step.who.except_person]
    if person.pk in who_did(run_of(trip), closed):
        return str(_("This person already acted on the trip's money and cannot travel on it."))
    return trip_forms.clash(person, trip.starts_on, trip.ends_on, but=trip.pk)


def name_traveller(trip: Trip, act: Act) -> None:
    """Put another traveller into the trip, and the steps that wait for the traveller into their hands."""
    record.change_traveller(trip, act)
    give_again(act.run)


def late_account(trip: Trip) -> tuple[Trip, Task] | None:
    """Another trip of the same traveller of which they owe an account that is overdue, with the step that waits.

    They owe that they travelled, the report and the expenses, in this order; what rests in a suspended case does not
    count.
    """
    owed = [TripFlow.step(name) for name in ("travel", "trip_report", "expenses")]
    late = Task.objects.filter(
        flow_task__in=owed, status__in=WAITING, due__lt=timezone.now(), paused_at=None, owner=trip.traveller_id
    ).exclude(process__subject_key=trip.subject_key)
    task = late.select_related("process").order_by("due", "pk").first()
    if task is None:
        return None
    key = int(task.process.subject_key.split(":")[1])
    return Trip.objects.select_related(*Trip.WITH).get(pk=key), task


def advance_is_held(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why no advance is given: the traveller has not accounted for another trip in time, or the amount is wrong."""
    if data.get("advance", trip.advance) and (late := late_account(trip)):
        other, task = late
        said = {"person": trip.traveller, "trip": f"{other.case.reference} ({other.origin} – {other.destination})",
                "step": task.flow_task.title, "day": l10n.day(task.due or timezone.now())}  # fmt: skip
        return str(
            _(
                "%(person)s gets no new advance before having accounted for the trip %(trip)s: “%(step)s” was due on "
                "%(day)s."
            )
            % said
        )
    return money.advance_is_wrong(trip, data)


class TripFlow(Flow):
    title = _("Trip")
    subject = "cases.Trip"
    opened_by_people = False

    opening = (
        Opening(trip_forms.TripForm, _("Plan a trip"))
        .by(Role.OFFICER, of="leading")
        .may("plan", _("Plan this trip"), does=record.plan_trip)
        .leads_to(this.authorisation)
    )
    authorisation = (
        Step(None, _("Authorise the trip"))
        .at(TripStage.PLANNED)
        .by(Role.CASE_OFFICER, of="secretariat")
        .within(days=10, remind=[3], tell=LATE)
        .letter("trip_planned")
        .may("authorise", _("Authorise the trip"), this.is_advance_due, guard=record.rates_moved,
             letters=[("trip_authorised", "offering")])
        .may(
            "return",
            _("Return the plan"),
            this.correction,
            reason=True,
            stops_clock=True,
            letters=[("trip_returned", "offering")],
        )
    )  # fmt: skip
    correction = (
        Step(trip_forms.TripForm, _("Correct the trip's plan"))
        .at(TripStage.PLANNED)
        .by(Role.OFFICER, of="leading")
        .within(days=10, remind=[3], tell=LATE)
        .may("send", _("Send the plan again"), this.authorisation, does=record.correct_trip)
    )
    is_advance_due = (
        Choice(_("Does the Fund pay for the trip?")).when(money.pays_advances, this.advance).otherwise(this.travel)
    )
    advance = (
        Step(trip_forms.AdvanceForm, _("Propose the advance"))
        .at(TripStage.AUTHORISED)
        .by(Role.FUND_MANAGER, of="fund", except_person="traveller", no_member_of_parties=True)
        .within(days=5, remind=[2], tell=LATE)
        .letter("advance_requested")
        .may("propose", _("Propose this advance"), this.is_advance_much, guard=advance_is_held,
             does=money.propose_advance)
        .may("without", _("No advance"), this.travel, form=False)
    )  # fmt: skip
    is_advance_much = (
        Choice(_("Is a second approval needed?"))
        .when(money.advance_takes_two, this.first_advance_release)
        .otherwise(this.advance_release)
    )  # fmt: skip
    first_advance_release = (
        Step(None, _("Approve the advance as the first of two"))
        .at(TripStage.AUTHORISED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["advance"],
            except_person="traveller", no_member_of_parties=True)
        .within(days=5, remind=[2], tell=LATE)
        .may("approve", _("Approve the advance"), this.advance_release, guard=advance_is_held)
        .may("send_back", _("Send back"), this.advance, reason=True)
    )  # fmt: skip
    advance_release = (
        Step(None, _("Release the advance"))
        .at(TripStage.AUTHORISED)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["advance", "first_advance_release"],
            except_person="traveller", no_member_of_parties=True)
        .within(days=5, remind=[2], tell=LATE)
        .may("release", _("Release the advance"), this.travel,
             guard=once_met(Blocks.ADVANCE, advance_is_held), does=money.release_advance,
             letters=[("advance_released", "offering")])
        .may("send_back", _("Send back"), this.advance, reason=True)
    )  # fmt: skip
    travel = (
        Step(None, _("Confirm that you travelled"))
        .at(TripStage.ADVANCED)
        .by(Role.EXPERT, of="sending", person="traveller")
        .within(as_set=record.day_of_return, tell=LATE)
        .may("travelled", _("I have travelled"), this.trip_report, guard=record.not_yet_travelled)
    )
    trip_report = (
        Step(trip_forms.TripReportForm, _("Report on the trip"))
        .at(TripStage.TRAVELLED)
        .by(Role.EXPERT, of="sending", person="traveller")
        .within(days=15, remind=[5, 1], tell=LATE)
        .may("report", _("Hand in the report"), this.is_money_spent, does=record.report_trip)
    )
    is_money_spent = (
        Choice(_("Does the Fund pay for the trip?")).when(money.settles_expenses, this.expenses).otherwise(this.settled)
    )
    expenses = (
        Step(ExpensesForm, _("Hand in the expenses"))
        .at(TripStage.REPORTED)
        .by(Role.EXPERT, of="sending", person="traveller")
        .within(days=15, remind=[5, 1], tell=LATE)
        .may("claim", _("Hand in the expenses"), this.settlement, does=record.claim_expenses)
    )
    settlement = (
        Step(None, _("Check the expenses"))
        .at(TripStage.SETTLING)
        .by(Role.FUND_MANAGER, of="fund", except_person="traveller", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .letter("expenses_submitted")
        .may("propose", _("Propose to settle"), this.is_claim_much, guard=money.expenses_beyond_reserve)
        .may("return", _("Return the expenses"), this.expenses, reason=True, stops_clock=True)
    )
    is_claim_much = (
        Choice(_("Is a second approval needed?"))
        .when(money.claim_takes_two, this.first_settlement_approval)
        .otherwise(this.settlement_approval)
    )
    first_settlement_approval = (
        Step(None, _("Approve the expenses as the first of two"))
        .at(TripStage.SETTLING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["settlement"],
            except_person="traveller", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve the expenses"), this.settlement_approval, guard=money.expenses_beyond_reserve)
        .may("send_back", _("Send back"), this.settlement, reason=True)
    )  # fmt: skip
    settlement_approval = (
        Step(None, _("Approve the expenses"))
        .at(TripStage.SETTLING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["settlement", "first_settlement_approval"],
            except_person="traveller", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("approve", _("Approve and settle"), this.is_advance_left, guard=money.expenses_beyond_reserve,
             does=money.settle, letters=[("trip_settled", "offering")])
        .may("send_back", _("Send back"), this.settlement, reason=True)
    )  # fmt: skip
    is_advance_left = (
        Choice(_("Is anything of the advance left?")).when(money.is_advance_out, this.recovery).otherwise(this.settled)
    )

    another_traveller = (
        Anytime(trip_forms.TravellerForm, _("Name another traveller"))
        .by(Role.FOCAL_POINT, of="sending")
        .during(*UNTIL_SETTLED)
        .naming("traveller")
        .may("name", _("Name this traveller"), does=name_traveller, guard=cannot_travel, reason=True, stays=True)
    )
    traveller_by_secretariat = (
        Anytime(trip_forms.TravellerForm, _("Name another traveller for the state"))
        .by(Role.CASE_OFFICER, of="secretariat")
        .during(*UNTIL_SETTLED)
        .naming("traveller")
        .may("name", _("Name this traveller"), does=name_traveller, guard=cannot_travel, reason=True, stays=True)
    )
    cancellation = (
        Anytime(None, _("Cancel the trip"))
        .by(Role.OFFICER, of="leading")
        .during(TripStage.PLANNED, TripStage.AUTHORISED, TripStage.ADVANCED)
        .may("cancel", _("Cancel the trip"), this.is_advance_out, reason=True, danger=True,
             letters=[("trip_cancelled", "party")])
    )  # fmt: skip
    is_advance_out = (
        Choice(_("Is an advance to be recovered?"))
        .when(money.is_advance_out, this.recovery)
        .otherwise(this.cancelled)
    )  # fmt: skip
    recovery = (
        Step(CameBackForm, _("Record that the advance came back"))
        .at(TripStage.RECOVERING)
        .by(Role.FUND_MANAGER, of="fund", except_person="traveller", no_member_of_parties=True)
        .within(days=30, remind=[10, 3], tell=LATE)
        .letter("advance_to_recover")
        .may(
            "recover",
            _("The advance came back"),
            this.recovery_approval,
            guard=money.is_in_the_books,
            does=money.note_reference,
        )
    )
    recovery_approval = (
        Step(None, _("Confirm the recovery"))
        .at(TripStage.RECOVERING)
        .by(Role.FUND_APPROVER, of="fund", not_who_did=["recovery"],
            except_person="traveller", no_member_of_parties=True)
        .within(days=10, remind=[3], tell=LATE)
        .may("confirm", _("Confirm the recovery"), this.was_it_cancelled, does=money.recover,
             letters=[("advance_recovered", "offering")])
        .may("send_back", _("Send back"), this.recovery, reason=True)
    )  # fmt: skip
    was_it_cancelled = Choice(_("Was the trip made?")).when(record.was_made, this.settled).otherwise(this.cancelled)

    settled = End(_("Settled"), TripStage.SETTLED)
    cancelled = End(_("Cancelled"), TripStage.CANCELLED)


def plan_trip(case: Case, act: Act) -> None:
    """Begin a trip's own way, from the step of a case in exchange."""
    from workflows.gate import begin

    data: dict[str, Any] = {**act.data, "case": case}
    trip = begin(TripFlow, act.person, data, under=act)
    act.facts["trip"] = trip.pk
