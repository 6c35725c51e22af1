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


def ask_disbursement(way: Disbursement, act: Any) -> None:
    """Write a disbursement as it is asked for."""
    way.case, way.purpose, way.amount = act.data["case"], act.data["purpose"], act.data["amount"]
    way.save()
    act.facts["amount"] = f"{way.amount} {way.case.currency}"
