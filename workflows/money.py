"""What a case asks of the Fund, as steps of a flow put it: guards, reservations, advances, settlements."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases import acts as record
from cases import exchange
from cases.models import Case, Disbursement, Kind, Part, Trip, TripStage
from cases.travel import ADVANCE_SHARE
from ricomi import l10n
from ricomi.directory.models import Body, User
from ricomi.fund import amounts, books, ledger, moving
from ricomi.fund.ledger import Hands
from ricomi.fund.models import Payment, Posting
from ricomi.fund.models.rule import takes_two_approvers
from workflows import payment, waiting
from workflows.engine import Act

if TYPE_CHECKING:
    from workflows.models import Entry


def bring_in_the_fund(case: Case, act: Act) -> None:
    """The Fund becomes a party to the case when money is asked of it."""
    case.join(Part.FUND, *Body.objects.filter(kind=Body.Kind.FUND))


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
    return no_amount(amount, case.currency) or short_of(case, amount)


def no_amount(amount: Decimal, currency: str) -> str | None:
    """Why something is no amount of money in a currency: too many decimals, too much."""
    try:
        amounts.check(amount, currency)
    except amounts.NotAnAmount as refused:
        return " ".join(refused.messages)
    return None


def short_of(case: Case, amount: Decimal) -> str | None:
    """Why an amount cannot be reserved for a case: the Fund has less that fits it, or keeps it for who waits."""
    available = waiting.available_for(case)
    if amount <= available:
        return None
    return str(
        _("The Fund has %(available)s to give; %(wanted)s is asked.")
        % {"available": l10n.money(available, case.currency), "wanted": l10n.money(amount, case.currency)}
    )


def is_in_the_books(way: Trip | Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why money cannot have come back: the bank's reference is that of money which is in the books already."""
    return moving.is_in_the_books(data.get("bank_reference", ""), way.case.currency)


def reference_of(act: Act, step: str) -> str:
    """How the bank names what came back, as it was noted at a step."""
    entry = last_taken(act, step)
    return str(entry.facts.get("bank_reference", "")) if entry else ""


def propose_a_part(case: Case, act: Act) -> None:
    case.amount_proposed = act.data["amount"]
    _note_proposal(case, act)


def _note_proposal(case: Case, act: Act) -> None:
    case.save(update_fields=["amount_proposed"])
    act.facts["amount"] = f"{case.amount_proposed} {case.currency}"


def last_taken(act: Act, step: str) -> Entry | None:
    """When and by whom a step of this way was last taken, if it was."""
    from workflows.models import Entry

    taken = Entry.objects.filter(subject=act.run.subject_key, step=step, person__isnull=False)
    return taken.select_related("person").order_by("-number").first()


def who_took(act: Act, step: str) -> User:
    """Who last took a step: one of the hands of the movement of money that this one completes."""
    entry = last_taken(act, step)
    assert entry is not None
    assert entry.person is not None
    return entry.person


def hands(act: Act, made: str) -> Hands:
    """Whoever took the step `made`, and who acts now."""
    return Hands(who_took(act, made), act.person)


def release_hands(act: Act, made: str, first: str, amount: Decimal, currency: str) -> Hands:
    """Whoever took the step `made`, who acts now, and where it is much who approved before, at the step `first`.

    Raises ValidationError where nobody did since: the Fund has lowered its limit meanwhile.
    """
    if not takes_two_approvers(amount, currency):
        return hands(act, made)
    proposed, approved = last_taken(act, made), last_taken(act, first)
    if proposed is None or approved is None or approved.number < proposed.number:
        raise ValidationError(
            _(
                "The Fund now wants two people to approve so much. Send it back or refuse it, and let it be "
                "proposed anew."
            )
        )
    return Hands(proposed.person, act.person, approved.person)


def note_reference(way: Trip | Disbursement, act: Act) -> None:
    """Keep in the timeline how the bank names what came back."""
    act.facts["bank_reference"] = act.data.get("bank_reference", "")


def reserve_if_there(case: Case, act: Act) -> None:
    """Set the proposed amount aside for the case if the Fund has it and nobody who waits before it needs it."""
    try:
        reserve(case, case.amount_proposed or Decimal(0), act, hands(act, "reservation"))
    except ledger.NotEnough:
        return


def reserve_in_turn(case: Case, act: Act) -> None:
    """Serve a case that waited, in the names of those who proposed and approved its reservation. Raises NotEnough."""
    by = Hands(who_took(act, "reservation"), who_took(act, "reservation_approval"))
    reserve(case, case.amount_proposed or Decimal(0), act, by)
    waiting.leave(case)


def reserve(case: Case, amount: Decimal, act: Act, by: Hands) -> None:
    """Set an amount aside for a case, and leave what cases before it in the line need. Raises NotEnough."""
    ledger.take_turn()
    kept = waiting.kept_before(case, ledger.pots(case.currency))
    ledger.reserve(waiting.purpose_of(case), amount, case.currency, hands=by, kept=kept)
    act.facts["amount"] = f"{amount} {case.currency}"


def stand_in_line(case: Case, act: Act) -> None:
    """The Fund lacks what was approved: the case waits in its place in the line."""
    waiting.join(case, act.at)
    act.facts["waits"] = f"{case.amount_proposed} {case.currency}"


def is_reserved(case: Case) -> bool:
    """Whether the Fund set aside what was proposed."""
    return books.left(case.reference) > 0


def is_a_part(case: Case) -> bool:
    return books.left(case.reference) < (case.amount_asked or Decimal(0))


def commit(case: Case, act: Act) -> None:
    """Bind what was reserved: the requesting state agreed to what the Fund gives."""
    ledger.commit(case.reference, by=act.person)
    act.facts["amount"] = f"{books.committed(case.reference)} {case.currency}"


def is_in_full(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why a reservation cannot be declined: it is all that was asked."""
    return None if is_a_part(case) else str(_("All that was asked is reserved. Withdraw the request instead."))


def leave_the_line(case: Case, act: Act) -> None:
    waiting.leave(case)


def has_reservation(case: Case) -> bool:
    """Whether the Fund set anything aside for the case."""
    money = books.of_case(case.reference)
    return bool(money.postings)


def give_back(case: Case, act: Act) -> None:
    """Return to the Fund what is still reserved."""
    waiting.leave(case)
    returned = ledger.return_reserve(case.reference, by=act.person)
    if returned:
        act.facts["returned"] = [str(posting.amount) for posting in returned]
        waiting.serve_who_waits(case.currency)


def anything_outstanding(case: Case) -> bool:
    """Whether trips or disbursements are still under way, an advance is still out, or a payment is to be made."""
    reference = case.reference
    return bool(record.open_sub_ways(case) or books.outstanding_advances(reference) or books.to_be_paid(reference))


def something_is_outstanding(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the accounts cannot be closed."""
    if why := record.nothing_is_open(case, data):
        return why
    if books.outstanding_advances(case.reference):
        return str(_("An advance has not been accounted for or recovered."))
    if owed := books.to_be_paid(case.reference):
        said = {"amount": l10n.money(owed, case.currency)}
        return str(_("The bank has not confirmed yet that it paid %(amount)s.") % said)
    return None


def pays_advances(trip: Trip) -> bool:
    """Whether the Fund reserved money from which this trip can be paid."""
    return books.committed(trip.case.reference) > 0


def advance_is_wrong(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why an advance cannot be proposed: beyond the Fund's share of the estimate, or what is reserved for the case."""
    amount = data.get("advance", trip.advance)
    if amount is None:
        return None
    if amount > trip.most_advance:
        said = {"share": ADVANCE_SHARE, "most": l10n.money(trip.most_advance, trip.currency)}
        return str(_("At most %(share)d%% of the trip's estimate: %(most)s.") % said)
    return _beyond_what_is_left(trip, amount)


def _beyond_what_is_left(way: Trip | Disbursement, amount: Decimal) -> str | None:
    case = way.case
    left = books.committed(case.reference)
    if amount <= left:
        return no_amount(amount, case.currency) if amount else None
    return _only_left(left, case.currency)


def _only_left(left: Decimal, currency: str) -> str:
    return str(_("Only %(left)s is still committed to this case.") % {"left": l10n.money(left, currency)})


def propose_advance(trip: Trip, act: Act) -> None:
    trip.advance = act.data["advance"]
    trip.save(update_fields=["advance"])
    act.facts["amount"] = f"{trip.advance} {trip.case.currency}"


def advance_takes_two(trip: Trip) -> bool:
    """Whether so high an advance is released only when two people approve it."""
    return takes_two_approvers(trip.advance, trip.currency)


def claim_takes_two(trip: Trip) -> bool:
    """Whether so high a claim is settled only when two people approve it."""
    return takes_two_approvers(trip.spent or Decimal(0), trip.currency)


def settles_expenses(trip: Trip) -> bool:
    """Whether the Fund pays for this trip: an advance is out, or money is reserved for its case."""
    return is_advance_out(trip) or pays_advances(trip)


def nothing_reserved(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why no disbursement can be asked for: nothing, or less than that, is committed to the case."""
    left = books.committed(case.reference)
    if left <= 0 or (data.get("amount") or 0) > left:
        return _only_left(left, case.currency)
    return no_amount(data["amount"], case.currency) if data.get("amount") else None


def release_advance(trip: Trip, act: Act) -> None:
    """Let the traveller be paid the advance out of what is committed to the case."""
    case = trip.case
    by = release_hands(act, "advance", "first_advance_release", trip.advance, case.currency)
    posting = ledger.pay_advance(
        case.reference, trip.reference, trip.traveller_id, trip.advance, case.currency, hands=by
    )
    if posting:
        payment.begin_payment(act, posting, payee=trip.traveller.name, purpose=str(trip), parties=trip.party_states())
    act.facts["amount"] = f"{trip.advance} {case.currency}"


def expenses_beyond_reserve(trip: Trip, data: Mapping[str, Any]) -> str | None:
    """Why the expenses cannot be settled: they exceed the advance by more than is still committed."""
    spent = trip.spent or Decimal(0)
    beyond = spent - books.outstanding_advance(trip.reference)
    return _beyond_what_is_left(trip, beyond) if beyond > 0 else None


def settle(trip: Trip, act: Act) -> None:
    """Account for what was spent: the rest of the advance is to be paid back, or what it lacked is to be paid."""
    case, spent = trip.case, trip.spent or Decimal(0)
    beyond = spent - books.outstanding_advance(trip.reference)
    by = release_hands(act, "settlement", "first_settlement_approval", spent, case.currency)
    posting = ledger.settle(
        case.reference, trip.reference, spent, case.currency, hands=by, line=trip.line, note=trip.purpose
    )
    if posting and beyond > 0:
        payment.begin_payment(
            act, posting, amount=beyond, payee=trip.traveller.name, purpose=str(trip), parties=trip.party_states()
        )
    act.facts["amount"] = f"{spent} {case.currency}"


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
    owed = trip.spent - books.outstanding_advance(trip.reference)
    said = {"amount": l10n.money(abs(owed), trip.currency), "person": trip.traveller}
    if owed > 0:
        return str(_("To pay to %(person)s: %(amount)s.") % said)
    if owed < 0:
        return str(_("To recover from %(person)s: %(amount)s.") % said)
    return str(_("The advance covers the expenses exactly: nothing is to be paid or recovered."))


def is_advance_out(trip: Trip) -> bool:
    """Whether the traveller holds an advance that is not accounted for."""
    return books.outstanding_advance(trip.reference) > 0


def recover(trip: Trip, act: Act) -> None:
    """The traveller paid back what was left of the advance; the case may use it again."""
    said = reference_of(act, "recovery")
    posting = ledger.recover(trip.case.reference, trip.reference, hands=hands(act, "recovery"), bank_reference=said)
    if posting:
        act.facts["amount"] = f"{posting.amount} {posting.currency}"


def disbursement_beyond_what_is_left(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why a disbursement cannot be released: less than that is still committed."""
    return _beyond_what_is_left(way, way.amount)


def release_is_held_back(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why a disbursement cannot be released now: its terms are not met, or less than that is still committed."""
    return exchange.terms_are_not_met(way, data) or _beyond_what_is_left(way, way.amount)


def takes_two(way: Disbursement) -> bool:
    """Whether so much is released only when two people approve it."""
    return takes_two_approvers(way.amount, way.case.currency)


def disburse(way: Disbursement, act: Act) -> None:
    """Release a disbursement: it is spent, and to be paid."""
    case = way.case
    by = release_hands(act, "proposal", "first_release", way.amount, case.currency)
    posting = ledger.disburse(case.reference, way.amount, case.currency, hands=by, line=way.line, note=way.purpose)
    way.posting = posting.pk
    way.save(update_fields=["posting"])
    payment.begin_payment(act, posting, payee=way.payee, purpose=way.purpose, parties=way.party_states())
    act.facts["amount"] = f"{way.amount} {case.currency}"


def account_is_wrong(way: Disbursement, data: Mapping[str, Any]) -> str | None:
    """Why a disbursement cannot be accounted for: the bank has not paid it, or the account cannot be right."""
    if Payment.objects.filter(posting=way.posting).exclude(stage=Payment.Stage.PAID).exists():
        said = {"amount": l10n.money(way.amount, way.case.currency)}
        return str(_("You can account for it once the Fund has confirmed that the bank paid %(amount)s.") % said)
    return exchange.is_wrong_account(way, data) or (
        no_amount(data["spent"], way.case.currency) if data.get("spent") else None
    )


def take_back(way: Disbursement, act: Act) -> None:
    """What was not spent of a disbursement is in the bank again; the case may use it."""
    assert way.posting is not None, "what comes back was released"
    released = Posting.objects.get(pk=way.posting)
    said = reference_of(act, "returning")
    ledger.take_back(released, way.unspent, hands=hands(act, "returning"), bank_reference=said)
    act.facts["amount"] = f"{way.unspent} {way.case.currency}"
