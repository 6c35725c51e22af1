"""What moves the Fund's money; called inside the gate's transaction. Reading it is `books`.

Each function writes one posting whose legs balance (`chart.ROUTES`) and refuses in the reader's words what the
triggers in `guards` would refuse in SQL. Amounts are in the currency that is given, with its number of decimals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import User
from ricomi.fund import amounts, chart
from ricomi.fund.amounts import ZERO, NotAnAmount
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.guards import TURN
from ricomi.fund.models import Account, Contribution, Leg, Posting
from ricomi.fund.models.rule import takes_two_approvers


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


class OwnReservation(ValidationError):
    """Nobody releases what they themselves reserved."""

    def __init__(self) -> None:
        super().__init__(_("Whoever proposed the reservation cannot approve that its money is released."))


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


class _Entry:
    """A posting while it is put together: what it is about, and its legs by account."""

    def __init__(self, kind: Movement, amount: Decimal, currency: str, hands: Hands, **about: Any) -> None:
        amounts.check(amount, currency)
        hands.check(kind, amount, currency)
        self.kind, self.amount, self.currency, self.hands, self.about = kind, amount, currency, hands, about
        self.case: str = about.get("case_reference", "")
        self.legs: dict[str, tuple[dict[str, Any], Decimal]] = {}
        take_turn()

    def leg(self, kind: Kind, amount: Decimal, currency: str = "", **names: Any) -> None:
        """Debit (above zero) or credit an account of the posting's currency, or of another one."""
        names = {name: getattr(value, "pk", value) for name, value in names.items()}
        if "case_reference" in chart.NAMES[kind]:
            names.setdefault("case_reference", self.case)
        key = Account.key_of(kind, currency or self.currency, **names)
        already = self.legs[key][1] if key in self.legs else ZERO
        self.legs[key] = ({"kind": kind, "currency": currency or self.currency, **names}, already + amount)

    def draw(
        self, pots: Iterable[Account], amount: Decimal, to: Kind, most: Mapping[int, Decimal] | None = None,
        **names: Any,
    ) -> None:  # fmt: skip
        """Take an amount out of accounts in their order, each part into the account of its contribution.

        `most` says for an account, by key, how much of it at most. Raises NotEnough.
        """
        wanted = amount
        for pot in pots:
            if part := min(wanted, -pot.balance, *([most[pot.pk]] if most else [])):
                wanted -= part
                trip = {"trip_reference": pot.trip_reference} if pot.trip_reference else {}
                self.leg(Kind(pot.kind), part, contribution=pot.contribution_id, **self._case_of(pot), **trip)
                self.leg(to, -part, contribution=pot.contribution_id, **names)
        if wanted:
            raise NotEnough(amount - wanted, amount, self.currency)

    @staticmethod
    def _case_of(pot: Account) -> dict[str, str]:
        return {"case_reference": pot.case_reference} if pot.case_reference else {}

    def pots(self, *kinds: Kind, trip: str = "") -> list[Account]:
        """The case's accounts of these kinds that hold something, those opened first to be used first."""
        found = Account.objects.filter(case_reference=self.case, kind__in=kinds, currency=self.currency, balance__lt=0)
        return list((found.filter(trip_reference=trip) if trip else found).order_by("pk"))

    def post(self) -> Posting:
        """Write it. Raises NotEnough where an account would be overdrawn, NotAnAmount for a case's second currency."""
        self._check_reserver()
        accounts = self._accounts()
        for key, (_names, part) in self.legs.items():
            _check_balance(accounts[key], part, self.amount)
        posting = Posting.objects.create(
            kind=self.kind, amount=self.amount, currency=self.currency, made_by=self.hands.by,
            approved_by=self.hands.approved_by, also_approved_by=self.hands.also, **self.about,
        )  # fmt: skip
        Leg.objects.bulk_create(
            Leg(posting=posting, account=accounts[key], amount=part)
            for key, (_names, part) in self.legs.items() if part
        )  # fmt: skip
        return posting

    def _check_reserver(self) -> None:
        if self.kind not in chart.RELEASES or not self.case:
            return
        approvers = [one.pk for one in (self.hands.approved_by, self.hands.also) if one]
        reserved = Posting.objects.filter(case_reference=self.case, kind=Movement.RESERVATION)
        if reserved.filter(made_by__in=approvers).exists():
            raise OwnReservation

    def _accounts(self) -> dict[str, Account]:
        found = {one.key: one for one in Account.objects.filter(key__in=list(self.legs))}
        missing = [key for key in self.legs if key not in found]
        if missing and self.case and _other_currency(self.case, self.currency):
            raise NotAnAmount(_("The money of a case is in one currency."))
        fresh = []
        for key in missing:
            names = dict(self.legs[key][0])
            for name in ("contribution", "traveller"):
                if name in names:
                    names[f"{name}_id"] = names.pop(name)
            fresh.append(Account(**names))
        return found | dict(zip(missing, Account.objects.bulk_create(fresh), strict=True))


def _other_currency(case: str, currency: str) -> bool:
    return Account.objects.filter(case_reference=case).exclude(currency=currency).exists()


def _check_balance(account: Account, part: Decimal, asked: Decimal) -> None:
    after = account.balance + part
    if (account.kind in chart.DEBIT and after < 0) or (account.kind in chart.CREDIT and after > 0):
        raise NotEnough(abs(account.balance), asked, account.currency)
    if abs(after) > amounts.LARGEST:
        raise NotAnAmount(_("This is more than an account can hold."))


def pledge(given: Contribution, *, by: User) -> Posting:
    """Enter what a donor promised: owed to the Fund, and nothing that can be used."""
    entry = _Entry(Movement.PLEDGE, given.amount, given.currency, Hands(by), contribution=given)
    entry.leg(Kind.PLEDGES, given.amount, contribution=given)
    entry.leg(Kind.CONTRIBUTIONS, -given.amount, contribution=given)
    return entry.post()


def write_off(given: Contribution, *, hands: Hands) -> Posting | None:
    """Give up what of a pledge has not come; None where nothing is owed. Raises SamePerson."""
    take_turn()
    owed = Account.objects.filter(kind=Kind.PLEDGES, contribution=given, balance__gt=0).first()
    if owed is None:
        return None
    entry = _Entry(Movement.WRITE_OFF, owed.balance, given.currency, hands, contribution=given)
    entry.leg(Kind.PLEDGES, -owed.balance, contribution=given)
    entry.leg(Kind.CONTRIBUTIONS, owed.balance, contribution=given)
    return entry.post()


def receive(
    given: Contribution, amount: Decimal, currency: str, settles: Decimal, *, hands: Hands, bank_reference: str
) -> Posting:
    """Put what came into the Fund. It settles `settles` of the pledge, in the pledge's currency.

    Where both are in one currency they are the same amount; else the difference stands on the exchange accounts.
    Raises NotEnough where more would be settled than is owed, NotAnAmount, SamePerson.
    """
    about = {"contribution": given, "bank_reference": bank_reference}
    entry = _Entry(Movement.RECEIPT, amount, currency, hands, **about)
    amounts.check(settles, given.currency)
    entry.leg(Kind.BANK, amount)
    entry.leg(Kind.PLEDGES, -settles, given.currency, contribution=given)
    entry.leg(Kind.RECEIVED, amount)
    entry.leg(Kind.AVAILABLE, -amount, contribution=given)
    if currency != given.currency:
        entry.leg(Kind.EXCHANGE, -amount)
        entry.leg(Kind.EXCHANGE, settles, given.currency)
    elif amount != settles:
        raise NotAnAmount(_("A sum in the currency of the pledge settles exactly that much of it."))
    return entry.post()


def convert(
    given: Contribution, amount: Decimal, currency: str, into: Decimal, into_currency: str, *, hands: Hands, note: str,
    bank_reference: str = "",
) -> Posting:  # fmt: skip
    """Exchange available money of a contribution into another currency, as the bank did. Raises NotEnough."""
    about = {"contribution": given, "note": note[:500], "bank_reference": bank_reference}
    entry = _Entry(Movement.CONVERSION, amount, currency, hands, **about)
    amounts.check(into, into_currency)
    if currency == into_currency:
        raise NotAnAmount(_("Money is exchanged into another currency."))
    for sold, of in ((amount, currency), (-into, into_currency)):
        entry.leg(Kind.BANK, -sold, of)
        entry.leg(Kind.EXCHANGE, sold, of)
        entry.leg(Kind.AVAILABLE, sold, of, contribution=given)
        entry.leg(Kind.RECEIVED, -sold, of)
    return entry.post()


def reserve(purpose: Purpose, amount: Decimal, currency: str, *, hands: Hands, kept: Collection[int] = ()) -> Posting:
    """Set an amount aside for a case, from the narrowest contributions that fit it, the oldest first.

    Contributions in `kept` are left to cases that wait before this one. Raises NotEnough, SamePerson, NotAnAmount.
    """
    entry = _Entry(Movement.RESERVATION, amount, currency, hands, case_reference=purpose.case)
    entry.draw(fitting(purpose, pots(currency), kept), amount, Kind.RESERVED)
    return entry.post()


def pots(currency: str) -> list[Account]:
    """The accounts of available money in a currency, with their contributions."""
    held = Account.objects.filter(kind=Kind.AVAILABLE, currency=currency, balance__lt=0)
    return list(held.select_related("contribution"))


def fitting(purpose: Purpose, among: Iterable[Account], kept: Collection[int] = ()) -> list[Account]:
    """Of accounts of available money those that may be used for a case, in the order in which they are."""
    found = [pot for pot in among if pot.contribution_id not in kept and purpose.fits(_given(pot))]
    return sorted(found, key=lambda pot: (-narrowness(_given(pot)), pot.contribution_id, pot.pk))


def total(among: Iterable[Account]) -> Decimal:
    """What accounts of available money hold together."""
    return sum((-pot.balance for pot in among), ZERO)


def _given(pot: Account) -> Contribution:
    assert pot.contribution is not None
    return pot.contribution


def commit(case: str, *, by: User | None) -> list[Posting]:
    """Bind what is reserved for a case, as both sides agreed to it."""
    return _move_all(case, Movement.COMMITMENT, (Kind.RESERVED,), Kind.COMMITTED, by)


def return_reserve(case: str, *, by: User | None) -> list[Posting]:
    """Give back to the Fund whatever a case has not used."""
    return _move_all(case, Movement.RETURN_TO_FUND, (Kind.RESERVED, Kind.COMMITTED), Kind.AVAILABLE, by)


def return_part(case: str, amount: Decimal, currency: str, *, by: User | None) -> Posting:
    """Give back to the Fund an amount of what is committed to a case: the money drawn last first. Raises NotEnough."""
    entry = _Entry(Movement.RETURN_TO_FUND, amount, currency, Hands(by), case_reference=case)
    entry.draw(entry.pots(Kind.COMMITTED)[::-1], amount, Kind.AVAILABLE)
    return entry.post()


def _move_all(case: str, kind: Movement, from_: Collection[Kind], to: Kind, by: User | None) -> list[Posting]:
    take_turn()
    left: dict[str, Decimal] = defaultdict(Decimal)
    for pot in Account.objects.filter(kind__in=from_, case_reference=case, balance__lt=0).order_by("currency"):
        left[pot.currency] -= pot.balance
    done = []
    for currency, amount in left.items():
        entry = _Entry(kind, amount, currency, Hands(by), case_reference=case)
        entry.draw(entry.pots(*from_), amount, to)
        done.append(entry.post())
    return done


def pay_advance(
    case: str, trip: str, traveller: int, amount: Decimal, currency: str, *, hands: Hands
) -> Posting | None:
    """Let a traveller be paid an advance out of what is committed; None for nothing. Raises NotEnough, SamePerson."""
    if not amount:
        return None
    about = {"case_reference": case, "trip_reference": trip}
    entry = _Entry(Movement.ADVANCE, amount, currency, hands, **about)
    entry.leg(Kind.ADVANCES, amount, trip_reference=trip, traveller=traveller)
    entry.leg(Kind.PAYABLE, -amount)
    entry.draw(entry.pots(Kind.COMMITTED), amount, Kind.OBLIGATED, trip_reference=trip)
    return entry.post()


def settle(
    case: str, trip: str, spent: Decimal, currency: str, *, hands: Hands, line: str = "", note: str = ""
) -> Posting | None:
    """Account for what a trip cost: out of the advance, and beyond it to be paid out of what is committed.

    What is left of the advance stays owed by the traveller until `recover`. Raises NotEnough, SamePerson.
    """
    if not spent:
        return None
    about = {"case_reference": case, "trip_reference": trip, "note": note[:500]}
    entry = _Entry(Movement.SETTLEMENT, spent, currency, hands, **about)
    entry.leg(Kind.EXPENSES, spent, line=line)
    wanted = spent
    for out in _outstanding(trip, currency):
        if part := min(wanted, out.balance):
            wanted -= part
            entry.leg(Kind.ADVANCES, -part, trip_reference=trip, traveller=out.traveller_id)
    if spent > wanted:
        entry.draw(entry.pots(Kind.OBLIGATED, trip=trip), spent - wanted, Kind.SPENT)
    if wanted:
        entry.leg(Kind.PAYABLE, -wanted)
        entry.draw(entry.pots(Kind.COMMITTED), wanted, Kind.SPENT)
    return entry.post()


def _outstanding(trip: str, currency: str = "") -> list[Account]:
    """What travellers hold for a trip and have not accounted for."""
    found = Account.objects.filter(kind=Kind.ADVANCES, trip_reference=trip, balance__gt=0).order_by("pk")
    return list(found.filter(currency=currency) if currency else found)


def recover(case: str, trip: str, *, hands: Hands, bank_reference: str = "") -> Posting | None:
    """The traveller paid back what is left of an advance; the case may use it again. Raises SamePerson."""
    take_turn()
    out = _outstanding(trip)
    if not out:
        return None
    held = sum((account.balance for account in out), ZERO)
    about = {"case_reference": case, "trip_reference": trip, "bank_reference": bank_reference}
    entry = _Entry(Movement.RECOVERY, held, out[0].currency, hands, **about)
    entry.leg(Kind.BANK, held)
    for account in out:
        entry.leg(Kind.ADVANCES, -account.balance, trip_reference=trip, traveller=account.traveller_id)
    entry.draw(entry.pots(Kind.OBLIGATED, trip=trip), held, Kind.COMMITTED)
    return entry.post()


def disburse(case: str, amount: Decimal, currency: str, *, hands: Hands, line: str = "", note: str = "") -> Posting:
    """Release an amount out of what is committed: it is spent, and to be paid. Raises NotEnough, SamePerson."""
    entry = _Entry(Movement.DISBURSEMENT, amount, currency, hands, case_reference=case, note=note[:500])
    entry.leg(Kind.EXPENSES, amount, line=line)
    entry.leg(Kind.PAYABLE, -amount)
    entry.draw(entry.pots(Kind.COMMITTED), amount, Kind.SPENT)
    return entry.post()


def take_back(released: Posting, amount: Decimal, *, hands: Hands, bank_reference: str = "") -> Posting:
    """What a posting released and was not used came back; the case may use it again.

    It goes back to the contributions from which it was taken, to the last of them first, so that money for one purpose
    alone stays used. Raises NotEnough for more than the release has left, SamePerson.
    """
    about = {"case_reference": released.case_reference, "bank_reference": bank_reference, "note": released.note}
    entry = _Entry(Movement.RECOVERY, amount, released.currency, hands, released=released, **about)
    left: dict[int, Decimal] = defaultdict(Decimal)
    legs = Leg.objects.filter(Q(posting=released) | Q(posting__released=released)).select_related("account")
    accounts = {leg.account_id: leg.account for leg in legs.order_by("-pk")}
    for leg in legs:
        left[leg.account_id] -= leg.amount
    expense = next(one for one in accounts.values() if one.kind == Kind.EXPENSES)
    entry.leg(Kind.BANK, amount)
    entry.leg(Kind.EXPENSES, -amount, line=expense.line)
    entry.draw([one for one in accounts.values() if one.kind == Kind.SPENT], amount, Kind.COMMITTED, left)
    return entry.post()


def refund(given: Contribution, amount: Decimal, currency: str, *, hands: Hands, note: str = "") -> Posting:
    """Decide that available money of a contribution goes back to its donor; `pay` records that it went.

    Raises NotEnough, SamePerson.
    """
    entry = _Entry(Movement.REFUND, amount, currency, hands, contribution=given, note=note[:500])
    if currency != given.currency:
        raise NotAnAmount(_("Money goes back to its donor in the currency of the pledge: exchange it first."))
    entry.leg(Kind.AVAILABLE, amount, contribution=given)
    entry.leg(Kind.RECEIVED, -amount)
    entry.leg(Kind.CONTRIBUTIONS, amount, contribution=given)
    entry.leg(Kind.REFUNDS, -amount, contribution=given)
    return entry.post()


def pay(
    amount: Decimal, currency: str, *, by: User | None, bank_reference: str, case: str = "",
    given: Contribution | None = None,
) -> Posting:  # fmt: skip
    """The bank paid what was to be paid for a case, or a refund to a donor. Raises NotEnough, NotAnAmount."""
    about = {"case_reference": case, "contribution": given, "bank_reference": bank_reference}
    entry = _Entry(Movement.PAYMENT, amount, currency, Hands(by), **about)
    if given is not None:
        entry.leg(Kind.REFUNDS, amount, contribution=given)
    else:
        entry.leg(Kind.PAYABLE, amount)
    entry.leg(Kind.BANK, -amount)
    return entry.post()
