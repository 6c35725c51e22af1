"""What a case asks of the Fund, as steps of a flow put it: guards, reservations, advances, settlements."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import acts as record
from cases.models import Case, Disbursement, Kind, Part, Trip, TripStage
from cases.travel import ADVANCE_SHARE
from ricomi import l10n
from ricomi.directory.models import Body, User
from ricomi.fund import ledger
from workflows.engine import Act


def bring_in_the_fund(case: Case, act: Act) -> None:
    """The Fund becomes a party to the case when money is asked of it."""
    case.join(Part.FUND, *Body.objects.filter(kind=Body.Kind.FUND))


def lacking(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why what is proposed cannot be reserved: the Fund has less than that to give."""
    wanted = data.get("amount") or case.amount_proposed or case.amount_asked or Decimal(0)
    return _short_of(wanted, case.currency)


def lacking_the_full_amount(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the whole amount cannot be proposed: the Fund has less than that to give."""
    return _short_of(case.amount_asked or Decimal(0), case.currency)


def _short_of(wanted: Decimal, currency: str) -> str | None:
    available = ledger.available(currency)
    if wanted <= available:
        return None
    return str(
        _("The Fund has %(available)s to give; %(wanted)s is asked.")
        % {"available": l10n.money(available, currency), "wanted": l10n.money(wanted, currency)}
    )


def propose_in_full(case: Case, act: Act) -> None:
    case.amount_proposed = case.amount_asked
    _note_proposal(case, act)


def part_is_wrong(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why a part cannot be proposed: it is no amount, or not less than what is asked, or more than the Fund has."""
    amount = data.get("amount")
    if not amount:
        return str(_("Enter the amount to reserve."))
    if case.amount_asked is not None and amount >= case.amount_asked:
        return str(_("A part must be less than what is asked."))
    return _short_of(amount, case.currency)


def propose_a_part(case: Case, act: Act) -> None:
    case.amount_proposed = act.data["amount"]
    _note_proposal(case, act)


def _note_proposal(case: Case, act: Act) -> None:
    case.save(update_fields=["amount_proposed"])
    act.facts["amount"] = f"{case.amount_proposed} {case.currency}"


def proposer(act: Act, step: str) -> User:
    """Who last took the step that this one approves: the first of the two hands."""
    from workflows.models import Entry

    entry = (
        Entry.objects.filter(subject=act.run.subject_key, step=step, person__isnull=False)
        .select_related("person")
        .order_by("-number")[0]
    )
    assert entry.person is not None
    return entry.person


def reserve(case: Case, act: Act) -> None:
    """Set the proposed amount aside for the case."""
    assert case.amount_proposed is not None
    ledger.reserve(
        case.reference, case.amount_proposed, case.currency, by=proposer(act, "reservation"), approved_by=act.person
    )
    act.facts["amount"] = f"{case.amount_proposed} {case.currency}"


def is_reserved_in_full(case: Case) -> bool:
    """Whether all that was asked is set aside."""
    return ledger.reserved(case.reference) >= (case.amount_asked or Decimal(0))


def has_reservation(case: Case) -> bool:
    """Whether the Fund set anything aside for the case."""
    money = ledger.of_case(case.reference)
    return bool(money.reserved or money.advanced or money.spent)


def give_back(case: Case, act: Act) -> None:
    """Return to the Fund what is still reserved."""
    returned = ledger.return_reserve(case.reference, by=act.person)
    if returned:
        act.facts["returned"] = [str(amount) for amount in returned]


def anything_outstanding(case: Case) -> bool:
    """Whether trips or disbursements are still under way, or an advance is still out."""
    return bool(record.open_sub_ways(case) or ledger.outstanding_advances(case.reference))


def something_is_outstanding(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the accounts cannot be closed."""
    if why := record.nothing_is_open(case, data):
        return why
    if ledger.outstanding_advances(case.reference):
        return str(_("An advance has not been accounted for or recovered."))
    return None


def pays_advances(trip: Trip) -> bool:
    """Whether the Fund reserved money from which this trip can be paid."""
    return ledger.reserved(trip.case.reference) > 0


def advance_is_wrong(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why an advance cannot be proposed: beyond the Fund's share of the estimate, or what is reserved for the case."""
    amount = data.get("advance", trip.advance)
    if amount is None:
        return None
    if amount > trip.most_advance:
        said = {"share": ADVANCE_SHARE, "most": l10n.money(trip.most_advance, trip.currency)}
        return str(_("At most %(share)d%% of the trip's estimate: %(most)s.") % said)
    return _beyond_reserve(trip, amount)


def _beyond_reserve(way: Trip | Disbursement, amount: Decimal) -> str | None:
    case = way.case
    reserved = ledger.reserved(case.reference)
    if amount <= reserved:
        return None
    return str(
        _("Only %(reserved)s is still reserved for this case.") % {"reserved": l10n.money(reserved, case.currency)}
    )


def propose_advance(trip: Trip, act: Act) -> None:
    trip.advance = act.data["advance"]
    trip.save(update_fields=["advance"])
    act.facts["amount"] = f"{trip.advance} {trip.case.currency}"


def settles_expenses(trip: Trip) -> bool:
    """Whether the Fund pays for this trip: an advance is out, or money is reserved for its case."""
    return is_advance_out(trip) or pays_advances(trip)


def nothing_reserved(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why no disbursement can be asked for: nothing, or less than that, is reserved for the case."""
    reserved = ledger.reserved(case.reference)
    if reserved <= 0 or (data.get("amount") or 0) > reserved:
        return str(
            _("Only %(reserved)s is still reserved for this case.") % {"reserved": l10n.money(reserved, case.currency)}
        )
    return None


def release_advance(trip: Trip, act: Act) -> None:
    """Pay the traveller the advance out of the case's reservation."""
    ledger.pay_advance(
        trip.case.reference, trip.reference, trip.advance, trip.case.currency,
        by=proposer(act, "advance"), approved_by=act.person,
    )  # fmt: skip
    act.facts["amount"] = f"{trip.advance} {trip.case.currency}"


def expenses_beyond_reserve(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why the expenses cannot be settled: they exceed the advance by more than is still reserved."""
    spent = trip.spent or Decimal(0)
    beyond = spent - ledger.outstanding_advance(trip.reference)
    return _beyond_reserve(trip, beyond) if beyond > 0 else None


def settle(trip: Trip, act: Act) -> None:
    """Account for what was spent; what is left of the advance goes back to the reservation."""
    ledger.settle(
        trip.case.reference, trip.reference, trip.spent or Decimal(0), trip.case.currency,
        by=proposer(act, "settlement"), approved_by=act.person,
    )  # fmt: skip
    act.facts["amount"] = f"{trip.spent} {trip.case.currency}"


def figures(trip: Trip) -> dict[str, Any]:
    """What a page shows of a trip's money: legs, estimate and claim by kind with their difference, what is settled.

    Amounts are in the case's currency. Three queries.
    """
    legs, lines = list(trip.legs.all()), list(trip.claim.select_related("receipt"))
    estimated = trip.estimated(legs)
    rows = []
    for kind in Kind:
        claimed = sum((line.amount for line in lines if line.kind == kind), Decimal(0))
        if estimated[kind] or claimed:
            row = {"label": kind.label, "estimate": estimated[kind], "claimed": claimed}
            rows.append({**row, "difference": claimed - estimated[kind]})
    difference = trip.spent - trip.estimate if trip.spent is not None else None
    return {"legs": legs, "lines": lines, "kinds": rows, "spent": trip.spent, "difference": difference,
            "balance": balance(trip)}  # fmt: skip


def balance(trip: Trip) -> str | None:
    """What settling the claim comes to: so much to pay to the traveller, or to recover from them, in one sentence."""
    if trip.spent is None or trip.stage not in (TripStage.SETTLING, TripStage.REPORTED):
        return None
    owed = trip.spent - ledger.outstanding_advance(trip.reference)
    said = {"amount": l10n.money(abs(owed), trip.currency), "person": trip.traveller}
    if owed > 0:
        return str(_("To pay to %(person)s: %(amount)s.") % said)
    if owed < 0:
        return str(_("To recover from %(person)s: %(amount)s.") % said)
    return str(_("The advance covers the expenses exactly: nothing is to be paid or recovered."))


def is_advance_out(trip: Trip) -> bool:
    """Whether the traveller holds an advance that is not accounted for."""
    return ledger.outstanding_advance(trip.reference) > 0


def recover(trip: Trip, act: Act) -> None:
    """Take the whole outstanding advance back into the reservation."""
    ledger.recover(trip.case.reference, trip.reference, by=proposer(act, "recovery"), approved_by=act.person)


def disbursement_beyond_reserve(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why a disbursement cannot be released: less than that is still reserved."""
    return _beyond_reserve(way, way.amount)


def disburse(way: Disbursement, act: Act) -> None:
    """Pay a disbursement out of the case's reservation."""
    ledger.disburse(
        way.case.reference, way.amount, way.case.currency,
        by=proposer(act, "proposal"), approved_by=act.person, note=way.purpose,
    )  # fmt: skip
    act.facts["amount"] = f"{way.amount} {way.case.currency}"
