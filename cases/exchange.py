"""What the steps of trips and disbursements write into the record. Called by flows inside the gate, by nothing else."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases import rates, travel
from cases.claim_forms import excess
from cases.models import (
    Audience,
    Case,
    ClaimLine,
    Disbursement,
    DisbursementStage,
    Document,
    Kind,
    Leg,
    Trip,
    TripStage,
)
from cases.trip_forms import clash
from ricomi import l10n
from ricomi.directory.models import Membership, Role, User

PLAN = ("traveller", "purpose", Kind.VISA, Kind.INSURANCE, Kind.LOCAL, Kind.OTHER)


def plan_trip(trip: Trip, act: Any) -> None:
    """Write a trip as it is planned, with its estimate. Raises ValidationError as `_write_plan` does."""
    trip.case = act.data["case"]
    _write_plan(trip, act)


def correct_trip(trip: Trip, act: Any) -> None:
    """Write a trip's plan again, after it was returned. Raises ValidationError as `_write_plan` does."""
    _write_plan(trip, act)


def _write_plan(trip: Trip, act: Any) -> None:
    """Write the plan; `legs` are as the form reads them.

    Raises ValidationError for legs that do not hang together, a day without a rate, or another trip on these days.
    """
    legs = act.data["legs"]
    if not 1 <= len(legs) <= travel.MOST_LEGS:
        raise ValidationError(_("A trip has one leg at least and %(most)d at most.") % {"most": travel.MOST_LEGS})
    if wrong := travel.disorder(legs):
        raise ValidationError(wrong[0][2])
    for name in PLAN:
        setattr(trip, name, act.data.get(name) or Decimal(0))
    trip.sending_id = _sent_by(trip)
    trip.line = act.data.get("line", "")
    first, last = legs[0], legs[-1]
    trip.starts_on, trip.ends_on, trip.origin = first.departs, last.arrives, first.from_place
    trip.destination = legs[travel.last_place(legs)].to_place
    _hold(trip.traveller_id)
    if why := clash(trip.traveller, trip.starts_on, trip.ends_on, but=trip.pk):
        raise ValidationError(why)
    days = rates.subsistence(legs, trip.currency)
    trip.subsistence = [day.as_kept() for day in days]
    trip.__dict__.pop("days", None)
    rows = [Leg(number=number, **vars(leg)) for number, leg in enumerate(legs, 1)]
    trip.estimate = sum(trip.estimated(rows).values(), Decimal(0))
    trip.save()
    trip.legs.all().delete()
    for row in rows:
        row.trip = trip
    Leg.objects.bulk_create(rows)
    act.facts["estimate"] = f"{trip.estimate} {trip.currency}"


def _sent_by(trip: Trip) -> int | None:
    """The offering state whose expert the traveller is: the leading partner before the others."""
    held = Membership.objects.active().filter(person=trip.traveller_id, role=Role.EXPERT)
    own = set(held.values_list("body", flat=True))
    return next((body for body in trip.bodies("offering") if body in own), trip.case.offering_id)


def _hold(traveller: int) -> None:
    """Have two trips of one person, which may belong to different cases, be planned one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=traveller)


def rates_moved(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why a plan cannot be authorised as it stands: by the table of today its subsistence would come to another sum."""
    legs = list(trip.legs.all())
    try:
        today = sum((day.amount for day in rates.subsistence(legs, trip.currency)), Decimal(0)) if legs else None
    except ValidationError as wrong:
        return " ".join(wrong.messages)
    planned = sum((day.amount for day in trip.days), Decimal(0))
    if today is None or today == planned:
        return None
    said = {"planned": l10n.money(planned, trip.currency), "today": l10n.money(today, trip.currency)}
    return str(
        _(
            "The rates have changed since the trip was planned: its subsistence comes to %(today)s, not %(planned)s. "
            "Return the plan, so that it is reckoned anew."
        )
        % said
    )


def change_traveller(trip: Trip, act: Any) -> None:
    """Name another traveller; the timeline keeps who it was before."""
    act.facts |= {"traveller_before": trip.traveller_id, "traveller": act.data["traveller"].pk, "changed": True}
    trip.traveller = act.data["traveller"]
    trip.save(update_fields=["traveller"])


def day_of_return(trip: Trip) -> datetime.date:
    """The day on which the traveller comes back by the plan."""
    return trip.ends_on


def not_yet_travelled(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why the travel cannot be confirmed: its first day has not come."""
    if trip.starts_on > l10n.today():
        return str(_("The trip has not begun: it starts on %(day)s.") % {"day": l10n.day(trip.starts_on)})
    return None


def report_trip(trip: Trip, act: Any) -> None:
    """Keep what the traveller reports, and on which days they were away."""
    fields = ("left_on", "returned_on", "report", "lessons", "met")
    for name in fields:
        setattr(trip, name, act.data[name])
    trip.save(update_fields=fields)


def claim_expenses(trip: Trip, act: Any) -> None:
    """Keep what the traveller claims, line by line, each receipt as a document of the case.

    Lines that were handed in before make room; a receipt that was filed stays a document. Raises ValidationError for
    more than the rule on subsistence gives, or far more than the estimate without a reason.
    """
    lines, reason = act.data["lines"], act.data.get("over_reason", "")
    if why := excess(trip, lines, reason):
        raise ValidationError(why)
    trip.spent, trip.over_reason = sum((line["amount"] for line in lines), Decimal(0)), reason
    trip.save(update_fields=["spent", "over_reason"])
    trip.claim.all().delete()
    for line in lines:
        receipt = file_for(trip.case, act, line["file"]) if line.get("file") else line.get("kept")
        ClaimLine.objects.create(
            trip=trip, kind=line["kind"], day=line["day"], amount=line["amount"], what=line.get("what", ""),
            receipt=receipt,
        )  # fmt: skip
    act.facts["amount"] = f"{trip.spent} {trip.currency}"


def file_for(case: Case, act: Any, upload: Any) -> Document:
    """Keep a file that was handed in with an account, for all parties to read."""
    return Document.objects.create(
        case=case, by=act.person, body_id=act.body_id, audience=Audience.PARTIES, file=upload, name=upload.name,
        content_type=upload.checked_type, size=upload.size, sha256=upload.sha256, at=act.at,
    )  # fmt: skip


def asked_by_line(case: Case) -> dict[str, Decimal]:
    """What is asked for on each line of the budget and not yet released or settled, in the case's currency.

    A tranche counts until it is released, a trip until its claim is settled: with its estimate, then with its claim.
    """
    found: dict[str, Decimal] = defaultdict(Decimal)
    for way in case.disbursements.filter(stage__in=(DisbursementStage.REQUESTED, DisbursementStage.PROPOSED)):
        found[way.line] += way.amount
    # What is left of an advance may still be out; the claim is settled.
    for trip in case.trips.exclude(stage__in=(*Trip.ENDED, TripStage.RECOVERING)):
        found[trip.line] += trip.spent if trip.spent is not None else trip.estimate
    return found


def was_made(trip: Trip) -> bool:
    """Whether the trip was made: its expenses were claimed."""
    return trip.spent is not None


def ask_disbursement(way: Disbursement, act: Any) -> None:
    """Write a disbursement as it is asked for."""
    way.case, way.purpose, way.amount = act.data["case"], act.data["purpose"], act.data["amount"]
    for name in ("line", "payee", "not_before"):
        setattr(way, name, act.data.get(name, getattr(way, name)))
    way.save()
    act.facts["amount"] = f"{way.amount} {way.case.currency}"


def set_terms(way: Disbursement, act: Any) -> None:
    """Keep what must come before a disbursement is released: a day, a report."""
    for name in ("not_before", "needs_report"):
        setattr(way, name, act.data.get(name, getattr(way, name)))
    way.save(update_fields=["not_before", "needs_report"])


def report_on_disbursement(way: Disbursement, act: Any) -> None:
    """Keep the report that the Fund wants before it releases."""
    way.report = act.data["report"]
    way.save(update_fields=["report"])


def is_wrong_account(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why an account of a disbursement cannot be handed in: it says nothing, or more was spent than was released."""
    if "spent" not in data:
        return None
    if data["spent"] is None or not data.get("account"):
        return str(_("Say how much was spent, and on what."))
    if not 0 <= data["spent"] <= way.amount:
        said = {"amount": l10n.money(way.amount, way.case.currency)}
        return str(_("Enter an amount between zero and what was released, %(amount)s.") % said)
    return None


def account_for(way: Disbursement, act: Any) -> None:
    """Keep what the state says it spent, and on what; what it hands in with it stays a document of the case."""
    way.spent, way.account = act.data["spent"], act.data["account"]
    way.save(update_fields=["spent", "account"])
    if upload := act.data.get("file"):
        file_for(way.case, act, upload)
    act.facts["spent"] = f"{way.spent} {way.case.currency}"


def is_all_spent(way: Disbursement) -> bool:
    """Whether nothing of a disbursement is to come back."""
    return way.unspent == 0


def terms_are_not_met(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why a disbursement cannot be released yet: its day has not come, or the report has not."""
    if way.not_before and way.not_before > l10n.today():
        return str(_("It is released on %(day)s at the earliest.") % {"day": l10n.day(way.not_before)})
    if way.needs_report and not way.report:
        return str(_("The report that the Fund asked for has not been handed in."))
    return None


def no_report_is_wanted(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why no report can be handed in: none is wanted, or nothing is written."""
    if not way.needs_report:
        return str(_("The Fund asks for no report before it releases this."))
    return str(_("Write the report first.")) if "report" in data and not data["report"] else None
