"""What moves the Fund's money and what reads it; called inside the gate's transaction."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import Body, User
from ricomi.fund.models import LARGEST, SMALLEST, Account, Contribution, Posting

ZERO = Decimal(0)
A = Account.Kind
P = Posting.Kind


class NotEnough(ValidationError):
    """Less is there than is asked: `available` and `asked`, in `currency`."""

    def __init__(self, available: Decimal, asked: Decimal, currency: str) -> None:
        self.available, self.asked, self.currency = available, asked, currency
        said = {"available": l10n.money(available, currency), "asked": l10n.money(asked, currency)}
        super().__init__(_("Only %(available)s is there; %(asked)s is asked.") % said)


class SamePerson(ValidationError):
    """One person cannot be both hands of a movement of money."""

    def __init__(self) -> None:
        super().__init__(_("Money is moved by two different people."))


class NotAnAmount(ValidationError):
    """What is to be moved is no amount of money: not above zero, too many decimals, or in no or a wrong currency."""


@dataclass(frozen=True)
class CaseMoney:
    """What the Fund set aside and paid for one case, in the case's currency, with every posting."""

    reserved: Decimal
    advanced: Decimal
    spent: Decimal
    returned: Decimal
    postings: list[Posting]


def record_pledge(
    contribution: Contribution, *, by: User, donor: Body, amount: Decimal, currency: str,
    pledged_on: datetime.date | None = None, due_on: datetime.date | None = None, note: str = "",
) -> None:  # fmt: skip
    """Write down what a donor promised. Raises ValidationError for what no promise can be."""
    contribution.donor, contribution.amount, contribution.currency = donor, amount, currency
    contribution.pledged_on, contribution.due_on, contribution.note = pledged_on or l10n.today(), due_on, note
    contribution.recorded_by = by
    contribution.full_clean()
    contribution.save()


def report_receipt(contribution: Contribution, *, by: User, received_on: datetime.date, bank_reference: str) -> None:
    """Note that the money came; it counts once another person confirms it."""
    contribution.received_on, contribution.bank_reference, contribution.reported_by = received_on, bank_reference, by
    contribution.save(update_fields=["received_on", "bank_reference", "reported_by"])


def receive(contribution: Contribution, *, by: User, approved_by: User, bank_reference: str) -> Posting:
    """Put a contribution into the Fund. Raises SamePerson."""
    return _post(
        P.CONTRIBUTION, (A.OUTSIDE, "", ""), (A.AVAILABLE, "", ""), contribution.amount, contribution.currency,
        by=by, approved_by=approved_by, donor=contribution.donor, contribution=contribution,
        bank_reference=bank_reference,
    )  # fmt: skip


def reserve(case: str, amount: Decimal, currency: str, *, by: User, approved_by: User) -> Posting:
    """Set an amount aside for a case. Raises NotEnough, SamePerson, NotAnAmount, as all that moves money does."""
    return _post(
        P.RESERVATION, (A.AVAILABLE, "", ""), (A.RESERVED, case, ""), amount, currency, by=by, approved_by=approved_by
    )


def return_reserve(case: str, *, by: User | None = None) -> list[Decimal]:
    """Give back to the Fund whatever is still reserved for a case; the amounts that went back."""
    left = Account.objects.filter(kind=A.RESERVED, case_reference=case, balance__gt=0)
    return [
        _post(
            P.RETURN_TO_FUND, (A.RESERVED, case, ""), (A.AVAILABLE, "", ""), account.balance, account.currency, by=by,
            approved_by=None,
        ).amount
        for account in left
    ]  # fmt: skip


def pay_advance(case: str, trip: str, amount: Decimal, currency: str, *, by: User, approved_by: User) -> Posting | None:
    """Pay a traveller an advance out of the case's reservation; None for nothing. Raises NotEnough, SamePerson."""
    if not amount:
        return None
    return _post(
        P.ADVANCE, (A.RESERVED, case, ""), (A.ADVANCED, case, trip), amount, currency, by=by, approved_by=approved_by
    )


def settle(case: str, trip: str, spent: Decimal, currency: str, *, by: User, approved_by: User) -> None:
    """Account for a trip: out of the advance, and beyond it out of the reservation; what is left goes back to that.

    Raises NotEnough, SamePerson.
    """
    out = outstanding_advance(trip)
    who = {"by": by, "approved_by": approved_by}
    if from_advance := min(spent, out):
        _post(P.SETTLEMENT, (A.ADVANCED, case, trip), (A.SPENT, case, trip), from_advance, currency, **who)
    if spent > out:
        _post(P.SETTLEMENT, (A.RESERVED, case, ""), (A.SPENT, case, trip), spent - out, currency, **who)
    if out > spent:
        _post(P.RECOVERY, (A.ADVANCED, case, trip), (A.RESERVED, case, ""), out - spent, currency, **who)


def recover(case: str, trip: str, *, by: User, approved_by: User) -> None:
    """Take the whole outstanding advance of a trip back into the case's reservation. Raises SamePerson."""
    for account in Account.objects.filter(kind=A.ADVANCED, trip_reference=trip, balance__gt=0):
        _post(
            P.RECOVERY, (A.ADVANCED, case, trip), (A.RESERVED, case, ""), account.balance, account.currency,
            by=by, approved_by=approved_by,
        )  # fmt: skip


def disburse(case: str, amount: Decimal, currency: str, *, by: User, approved_by: User, note: str = "") -> Posting:
    """Pay an amount out of the case's reservation. Raises NotEnough, SamePerson."""
    return _post(
        P.DISBURSEMENT, (A.RESERVED, case, ""), (A.SPENT, case, ""), amount, currency,
        by=by, approved_by=approved_by, note=note[:500],
    )  # fmt: skip


def _account(place: tuple[str, str, str], currency: str) -> Account:
    kind, case, trip = place
    account, _new = Account.objects.get_or_create(
        kind=kind, case_reference=case, trip_reference=trip, currency=currency
    )
    return account


def _post(
    kind: str, source: tuple[str, str, str], target: tuple[str, str, str], amount: Decimal, currency: str, *,
    by: User | None, approved_by: User | None, **more: Any,
) -> Posting:  # fmt: skip
    assert connection.in_atomic_block, "money moves inside the gate's transaction"
    if by is not None and approved_by is not None and by.pk == approved_by.pk:
        raise SamePerson
    _check_amount(amount, currency)
    _check_currency(source[1] or target[1], currency)
    origin, destination = _account(source, currency), _account(target, currency)
    held = list(Account.objects.select_for_update().filter(pk__in=(origin.pk, destination.pk)).order_by("pk"))
    balance = next(account.balance for account in held if account.pk == origin.pk)
    if source[0] != A.OUTSIDE and balance < amount:
        raise NotEnough(balance, amount, currency)
    return Posting.objects.create(
        kind=kind, source=origin, target=destination, amount=amount, currency=currency,
        case_reference=source[1] or target[1], trip_reference=source[2] or target[2],
        made_by=by, approved_by=approved_by, **more,
    )  # fmt: skip


def _check_amount(amount: Decimal, currency: str) -> None:
    if not isinstance(amount, Decimal) or not amount.is_finite() or not SMALLEST <= amount <= LARGEST:
        raise NotAnAmount(_("An amount is a number above zero."))
    if amount != amount.quantize(SMALLEST):
        raise NotAnAmount(_("An amount has at most two decimals."))
    if not l10n.is_currency(currency):
        raise NotAnAmount(_("“%(code)s” is no currency of ISO 4217.") % {"code": currency})


def _check_currency(case: str, currency: str) -> None:
    if case and Account.objects.filter(case_reference=case).exclude(currency=currency).exists():
        raise NotAnAmount(_("The money of a case is in one currency."))


def _sum(**where: Any) -> Decimal:
    return Account.objects.filter(**where).aggregate(total=Sum("balance"))["total"] or ZERO


def available(currency: str) -> Decimal:
    """What the Fund can still give in a currency."""
    return _sum(kind=A.AVAILABLE, currency=currency)


def reserved(case: str) -> Decimal:
    """What is still reserved for a case, in its currency."""
    return _sum(kind=A.RESERVED, case_reference=case)


def outstanding_advance(trip: str) -> Decimal:
    """What a traveller holds and has not accounted for."""
    return _sum(kind=A.ADVANCED, trip_reference=trip)


def outstanding_advances(case: str) -> Decimal:
    """What all travellers of a case hold and have not accounted for."""
    return _sum(kind=A.ADVANCED, case_reference=case)


def of_case(case: str) -> CaseMoney:
    """What the Fund did for a case, in two queries."""
    balances: dict[str, Decimal] = {}
    for kind, balance in Account.objects.filter(case_reference=case).values_list("kind", "balance"):
        balances[kind] = balances.get(kind, ZERO) + balance
    postings = list(Posting.objects.of_case(case))
    returned = sum((p.amount for p in postings if p.kind == P.RETURN_TO_FUND), ZERO)
    return CaseMoney(
        balances.get(A.RESERVED, ZERO), balances.get(A.ADVANCED, ZERO), balances.get(A.SPENT, ZERO), returned, postings
    )


def position() -> dict[str, dict[str, Decimal]]:
    """The Fund per currency: received, available, reserved, advanced, spent."""
    found: dict[str, dict[str, Decimal]] = {}
    rows = Account.objects.values_list("currency", "kind").annotate(total=Sum("balance"))
    for currency, kind, total in rows.order_by("currency"):
        row = found.setdefault(currency, dict.fromkeys(("received", *[k.value for k in A if k != A.OUTSIDE]), ZERO))
        row["received" if kind == A.OUTSIDE else kind] = -total if kind == A.OUTSIDE else total
    return found
