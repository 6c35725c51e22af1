"""What the steps of trips and disbursements write into the record. Called by flows inside the gate, by nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.models import Disbursement, Trip
from ricomi import l10n

TRIP_FIELDS = ("traveller", "purpose", "origin", "destination", "starts_on", "ends_on", "fare", "daily_rate")


def plan_trip(trip: Trip, act: Any) -> None:
    """Write a trip as it is planned."""
    trip.case = act.data["case"]
    _write_plan(trip, act)


def correct_trip(trip: Trip, act: Any) -> None:
    """Write a trip's plan again, after it was returned."""
    _write_plan(trip, act)


def _write_plan(trip: Trip, act: Any) -> None:
    for name in TRIP_FIELDS:
        setattr(trip, name, act.data[name])
    trip.save()
    act.facts["estimate"] = f"{trip.estimate} {trip.case.currency}"


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
    """Keep what the traveller reports."""
    trip.report = act.data["report"]
    trip.save(update_fields=["report"])


def claim_expenses(trip: Trip, act: Any) -> None:
    """Keep what the traveller spent, in the case's currency, and the receipts as a document of the case."""
    trip.spent = act.data["spent"]
    trip.save(update_fields=["spent"])
    act.facts["amount"] = f"{trip.spent} {trip.case.currency}"
    if act.data.get("file"):
        from cases.acts import file_document

        act.data = {**act.data, "audience": "parties"}
        file_document(trip.case, act)


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
