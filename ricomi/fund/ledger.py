"""What moves the Fund's money; called inside the gate's transaction. Reading it is `books`.

Each function writes one posting whose legs balance (`chart.ROUTES`) and refuses in the reader's words what the
triggers in `guards` would refuse in SQL. Amounts are in the currency that is given, with its number of decimals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import User
from ricomi.fund import amounts, chart
from ricomi.fund.amounts import ZERO, NotAnAmount
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.guards import TURN
from ricomi.fund.models import Account, Contribution, Leg, Posting
from ricomi.fund.models.rule import takes_two_approvers

Legs = list[tuple[Account, Decimal]]


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


class SecondApproval(ValidationError):
    """So much leaves the Fund only when two people approve it."""

    def __init__(self) -> None:
        super().__init__(_("So much is released only when two people approve it."))


@dataclass(frozen=True)
class Hands:
    """Who moves money: one makes the posting, another approves it, and a third where it is much."""

    by: User | None
    approved_by: User | None = None
    also: User | None = None

    def check(self, kind: Movement, amount: Decimal, currency: str) -> None:
        """Raises SamePerson, or SecondApproval where the Fund's rule wants another approver."""
        people = [one.pk for one in (self.by, self.approved_by, self.also) if one is not None]
        if len(people) != len(set(people)) or (kind not in chart.ALONE and (not self.by or not self.approved_by)):
            raise SamePerson
        if kind in chart.RELEASES and self.also is None and takes_two_approvers(amount, currency):
            raise SecondApproval


@dataclass(frozen=True)
class Purpose:
    """What money is asked for: a case, and what it is about. Earmarks are held against it."""

    case: str
    themes: Collection[str] = field(default_factory=frozenset)
    populations: Collection[str] = field(default_factory=frozenset)
    countries: Collection[str] = field(default_factory=frozenset)

    def fits(self, given: Contribution) -> bool:
        """Whether a contribution may be used for it: each of its earmarks fits."""
        return (
            (given.theme_id is None or given.theme_id in self.themes)
            and (given.population_id is None or given.population_id in self.populations)
            and (not given.country or given.country in self.countries)
            and (not given.only_case or given.only_case == self.case)
        )


def narrowness(given: Contribution) -> int:
    """How many earmarks a contribution has: money for one purpose alone is used before money for any."""
    return sum(bool(one) for one in (given.theme_id, given.population_id, given.country, given.only_case))


def take_turn() -> None:
    """Wait until nobody else writes the books: what is read from here on holds to the end of the transaction."""
    assert connection.in_atomic_block, "money moves inside the gate's transaction"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TURN}")


def pledge(given: Contribution, *, by: User) -> Posting:
    """Enter what a donor promised: owed to the Fund, and nothing that can be used."""
    legs = [
        (_account(Kind.PLEDGES, given.currency, contribution=given), given.amount),
        (_account(Kind.CONTRIBUTIONS, given.currency, contribution=given), -given.amount),
    ]
    return _post(Movement.PLEDGE, legs, given.amount, given.currency, Hands(by), contribution=given)


def write_off(given: Contribution, *, hands: Hands) -> Posting | None:
    """Give up what of a pledge has not come; None where nothing is owed. Raises SamePerson."""
    take_turn()
    owed = _account(Kind.PLEDGES, given.currency, contribution=given)
    if not owed.balance:
        return None
    legs = [(owed, -owed.balance), (_account(Kind.CONTRIBUTIONS, given.currency, contribution=given), owed.balance)]
    return _post(Movement.WRITE_OFF, legs, owed.balance, given.currency, hands, contribution=given)


def receive(
    given: Contribution, amount: Decimal, currency: str, settles: Decimal, *, hands: Hands, bank_reference: str
) -> Posting:
    """Put what came into the Fund. It settles `settles` of the pledge, in the pledge's currency.

    Where both are in one currency they are the same amount; else the difference stands on the exchange accounts.
    Raises NotEnough where more would be settled than is owed, NotAnAmount, SamePerson.
    """
    take_turn()
    amounts.check(settles, given.currency)
    legs = [
        (_account(Kind.BANK, currency), amount),
        (_account(Kind.PLEDGES, given.currency, contribution=given), -settles),
        (_account(Kind.RECEIVED, currency), amount),
        (_account(Kind.AVAILABLE, currency, contribution=given), -amount),
    ]
    if currency != given.currency:
        legs += [
            (_account(Kind.EXCHANGE, currency), -amount),
            (_account(Kind.EXCHANGE, given.currency), settles),
        ]
    elif amount != settles:
        raise NotAnAmount(_("A sum in the currency of the pledge settles exactly that much of it."))
    return _post(Movement.RECEIPT, legs, amount, currency, hands, contribution=given, bank_reference=bank_reference)


def convert(
    given: Contribution, amount: Decimal, currency: str, into: Decimal, into_currency: str, *, hands: Hands, note: str
) -> Posting:
    """Exchange available money of a contribution into another currency, as the bank did. Raises NotEnough."""
    take_turn()
    if currency == into_currency:
        raise NotAnAmount(_("Money is exchanged into another currency."))
    amounts.check(into, into_currency)
    legs = [
        leg
        for sold, of in ((amount, currency), (-into, into_currency))
        for leg in (
            (_account(Kind.BANK, of), -sold),
            (_account(Kind.EXCHANGE, of), sold),
            (_account(Kind.AVAILABLE, of, contribution=given), sold),
            (_account(Kind.RECEIVED, of), -sold),
        )
    ]
    return _post(Movement.CONVERSION, legs, amount, currency, hands, contribution=given, note=note[:500])


def reserve(purpose: Purpose, amount: Decimal, currency: str, *, hands: Hands, kept: Collection[int] = ()) -> Posting:
    """Set an amount aside for a case, from the narrowest contributions that fit it, the oldest first.

    Contributions in `kept` are left to cases that wait before this one. Raises NotEnough, SamePerson, NotAnAmount.
    """
    take_turn()
    pots = pots_for(purpose, currency, kept)
    drawn = _draw(pots, amount, currency)
    legs = [leg for pot, part in drawn for leg in (
        (pot, part),
        (_account(Kind.RESERVED, currency, contribution=pot.contribution, case_reference=purpose.case), -part),
    )]  # fmt: skip
    return _post(Movement.RESERVATION, legs, amount, currency, hands, case_reference=purpose.case)


def pots_for(purpose: Purpose, currency: str, kept: Collection[int] = ()) -> list[Account]:
    """The accounts of available money that may be used for a case, in the order in which they are."""
    held = Account.objects.filter(kind=Kind.AVAILABLE, currency=currency, balance__lt=0)
    pots = [pot for pot in held.select_related("contribution") if pot.contribution_id not in kept]
    fitting = [pot for pot in pots if purpose.fits(_given(pot))]
    return sorted(fitting, key=lambda pot: (-narrowness(_given(pot)), pot.contribution_id, pot.pk))


def _given(pot: Account) -> Contribution:
    assert pot.contribution is not None
    return pot.contribution


def commit(case: str, *, by: User | None) -> list[Posting]:
    """Bind what is reserved for a case, as both sides agreed to it."""
    return _move_all(case, Movement.COMMITMENT, (Kind.RESERVED,), Kind.COMMITTED, by)


def return_reserve(case: str, *, by: User | None) -> list[Posting]:
    """Give back to the Fund whatever a case has not used."""
    return _move_all(case, Movement.RETURN_TO_FUND, (Kind.RESERVED, Kind.COMMITTED), Kind.AVAILABLE, by)


def _move_all(case: str, kind: Movement, from_: Iterable[Kind], to: Kind, by: User | None) -> list[Posting]:
    take_turn()
    left = list(Account.objects.filter(kind__in=from_, case_reference=case, balance__lt=0).order_by("pk"))
    done = []
    for currency in sorted({account.currency for account in left}):
        legs: Legs = []
        for account in left:
            if account.currency == currency:
                named = {"case_reference": case} if "case_reference" in chart.NAMES[to] else {}
                target = _account(to, currency, contribution=account.contribution_id, **named)
                legs += [(account, -account.balance), (target, account.balance)]
        total = sum((amount for _account, amount in legs if amount > 0), ZERO)
        done.append(_post(kind, legs, total, currency, Hands(by), case_reference=case))
    return done


def pay_advance(
    case: str, trip: str, traveller: int, amount: Decimal, currency: str, *, hands: Hands
) -> Posting | None:
    """Let a traveller be paid an advance out of what is committed; None for nothing. Raises NotEnough, SamePerson."""
    if not amount:
        return None
    take_turn()
    legs = [
        (_account(Kind.ADVANCES, currency, case_reference=case, trip_reference=trip, traveller=traveller), amount),
        (_account(Kind.PAYABLE, currency, case_reference=case), -amount),
    ]
    for pot, part in _draw(_of(case, Kind.COMMITTED, currency), amount, currency):
        names = {"contribution": pot.contribution_id, "case_reference": case, "trip_reference": trip}
        legs += [(pot, part), (_account(Kind.OBLIGATED, currency, **names), -part)]
    return _post(Movement.ADVANCE, legs, amount, currency, hands, case_reference=case, trip_reference=trip)


def settle(
    case: str, trip: str, spent: Decimal, currency: str, *, hands: Hands, line: str = "", note: str = ""
) -> Posting | None:
    """Account for what a trip cost: out of the advance, and beyond it to be paid out of what is committed.

    What is left of the advance stays owed by the traveller until `recover`. Raises NotEnough, SamePerson.
    """
    if not spent:
        return None
    take_turn()
    out = list(Account.objects.filter(kind=Kind.ADVANCES, trip_reference=trip, currency=currency, balance__gt=0))
    from_advance = min(spent, sum((account.balance for account in out), ZERO))
    legs = [(_account(Kind.EXPENSES, currency, case_reference=case, line=line), spent)]
    if from_advance:
        legs += [(account, -part) for account, part in _draw(out, from_advance, currency)]
        legs += _use(case, _of(case, Kind.OBLIGATED, currency, trip), from_advance, currency)
    if beyond := spent - from_advance:
        legs.append((_account(Kind.PAYABLE, currency, case_reference=case), -beyond))
        legs += _use(case, _of(case, Kind.COMMITTED, currency), beyond, currency)
    return _post(
        Movement.SETTLEMENT, legs, spent, currency, hands, case_reference=case, trip_reference=trip, note=note[:500]
    )


def recover(case: str, trip: str, *, hands: Hands, bank_reference: str = "") -> Posting | None:
    """The traveller paid back what is left of an advance; the case may use it again. Raises SamePerson."""
    take_turn()
    out = list(Account.objects.filter(kind=Kind.ADVANCES, trip_reference=trip, balance__gt=0))
    if not out:
        return None
    currency, total = out[0].currency, sum((account.balance for account in out), ZERO)
    legs = [(_account(Kind.BANK, currency), total), *((account, -account.balance) for account in out)]
    for pot, part in _draw(_of(case, Kind.OBLIGATED, currency, trip), total, currency):
        back = _account(Kind.COMMITTED, currency, contribution=pot.contribution_id, case_reference=case)
        legs += [(pot, part), (back, -part)]
    return _post(
        Movement.RECOVERY, legs, total, currency, hands, case_reference=case, trip_reference=trip,
        bank_reference=bank_reference,
    )  # fmt: skip


def disburse(case: str, amount: Decimal, currency: str, *, hands: Hands, line: str = "", note: str = "") -> Posting:
    """Release an amount out of what is committed: it is spent, and to be paid. Raises NotEnough, SamePerson."""
    take_turn()
    legs = [
        (_account(Kind.EXPENSES, currency, case_reference=case, line=line), amount),
        (_account(Kind.PAYABLE, currency, case_reference=case), -amount),
        *_use(case, _of(case, Kind.COMMITTED, currency), amount, currency),
    ]
    return _post(Movement.DISBURSEMENT, legs, amount, currency, hands, case_reference=case, note=note[:500])


def take_back(
    case: str, amount: Decimal, currency: str, *, hands: Hands, line: str = "", bank_reference: str = ""
) -> Posting:
    """What was released and not used came back; the case may use it again. Raises NotEnough, SamePerson."""
    take_turn()
    legs = [
        (_account(Kind.BANK, currency), amount),
        (_account(Kind.EXPENSES, currency, case_reference=case, line=line), -amount),
    ]
    for pot, part in _draw(_of(case, Kind.SPENT, currency), amount, currency):
        back = _account(Kind.COMMITTED, currency, contribution=pot.contribution_id, case_reference=case)
        legs += [(pot, part), (back, -part)]
    return _post(Movement.RECOVERY, legs, amount, currency, hands, case_reference=case, bank_reference=bank_reference)


def refund(given: Contribution, amount: Decimal, currency: str, *, hands: Hands, note: str = "") -> Posting:
    """Decide that available money of a contribution goes back to its donor; `pay` records that it went.

    Raises NotEnough, SamePerson.
    """
    take_turn()
    legs = [
        (_account(Kind.AVAILABLE, currency, contribution=given), amount),
        (_account(Kind.RECEIVED, currency), -amount),
        (_account(Kind.REFUNDS, currency, contribution=given), -amount),
    ]
    if currency == given.currency:
        legs.append((_account(Kind.CONTRIBUTIONS, currency, contribution=given), amount))
    else:
        raise NotAnAmount(_("Money goes back to its donor in the currency of the pledge: exchange it first."))
    return _post(Movement.REFUND, legs, amount, currency, hands, contribution=given, note=note[:500])


def pay(
    amount: Decimal, currency: str, *, by: User | None, bank_reference: str, case: str = "",
    given: Contribution | None = None,
) -> Posting:  # fmt: skip
    """The bank paid what was to be paid for a case, or a refund to a donor. Raises NotEnough, NotAnAmount."""
    take_turn()
    if given is not None:
        owed = _account(Kind.REFUNDS, currency, contribution=given)
    else:
        owed = _account(Kind.PAYABLE, currency, case_reference=case)
    legs = [(owed, amount), (_account(Kind.BANK, currency), -amount)]
    return _post(
        Movement.PAYMENT, legs, amount, currency, Hands(by), case_reference=case, contribution=given,
        bank_reference=bank_reference,
    )  # fmt: skip


def _of(case: str, kind: Kind, currency: str, trip: str = "") -> list[Account]:
    """A case's accounts of one kind, in the order in which they were opened: what came first is used first."""
    found = Account.objects.filter(kind=kind, case_reference=case, currency=currency, balance__lt=0)
    return list((found.filter(trip_reference=trip) if trip else found).order_by("pk"))


def _use(case: str, pots: list[Account], amount: Decimal, currency: str) -> Legs:
    legs: Legs = []
    for pot, part in _draw(pots, amount, currency):
        spent = _account(Kind.SPENT, currency, contribution=pot.contribution_id, case_reference=case)
        legs += [(pot, part), (spent, -part)]
    return legs


def _draw(accounts: list[Account], amount: Decimal, currency: str) -> Legs:
    """How much to take of each account, in their order, so that it is `amount` in all. Raises NotEnough."""
    amounts.check(amount, currency)
    drawn, wanted = [], amount
    for account in accounts:
        part = min(wanted, abs(account.balance))
        if part:
            drawn.append((account, part))
            wanted -= part
    if wanted:
        raise NotEnough(amount - wanted, amount, currency)
    return drawn


def _account(kind: Kind, currency: str, **names: Any) -> Account:
    where = {
        f"{name}_id" if name in ("contribution", "traveller") and not hasattr(value, "pk") else name: value
        for name, value in names.items()
    }
    account, _new = Account.objects.get_or_create(kind=kind, currency=currency, **where)
    return account


def _post(
    kind: Movement, legs: Legs, amount: Decimal, currency: str, hands: Hands, *, case_reference: str = "", **more: Any
) -> Posting:  # fmt: skip
    amounts.check(amount, currency)
    hands.check(kind, amount, currency)
    _check_currency(case_reference, currency)
    merged: dict[int, tuple[Account, Decimal]] = {}
    for account, part in legs:
        merged[account.pk] = (account, merged.get(account.pk, (account, ZERO))[1] + part)
    for account, part in merged.values():
        _check_balance(account, part, amount)
    posting = Posting.objects.create(
        kind=kind, amount=amount, currency=currency, case_reference=case_reference, made_by=hands.by,
        approved_by=hands.approved_by, also_approved_by=hands.also, **more,
    )  # fmt: skip
    Leg.objects.bulk_create(Leg(posting=posting, account=account, amount=part) for account, part in merged.values())
    return posting


def _check_balance(account: Account, part: Decimal, asked: Decimal) -> None:
    after = account.balance + part
    if (account.kind in chart.DEBIT and after < 0) or (account.kind in chart.CREDIT and after > 0):
        raise NotEnough(abs(account.balance), asked, account.currency)
    if abs(after) > amounts.LARGEST:
        raise NotAnAmount(_("This is more than an account can hold."))


def _check_currency(case: str, currency: str) -> None:
    if case and Account.objects.filter(case_reference=case).exclude(currency=currency).exists():
        raise NotAnAmount(_("The money of a case is in one currency."))
