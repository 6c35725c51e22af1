"""The ledger balances whatever is done to it, and the database itself refuses what would break it."""

from __future__ import annotations

import threading
from collections import defaultdict
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, connection, transaction
from django.db.models import Sum
from django.utils import timezone, translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ricomi import l10n
from ricomi.directory.models import Body
from ricomi.fund import ledger
from ricomi.fund.models import Account, Contribution, Posting
from tests import flows
from workflows import gate

pytestmark = pytest.mark.django_db

CASES = {"2026-0001": "USD", "2026-0002": "USD", "2026-0003": "PYG"}
TRIPS = {"2026-0001/trip-1": "2026-0001", "2026-0001/trip-2": "2026-0001", "2026-0003/trip-3": "2026-0003"}
AMOUNTS = st.decimals(min_value="0.01", max_value="500", places=2)
OPERATIONS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(["USD", "PYG"]), AMOUNTS),
    st.tuples(st.sampled_from(["reserve", "disburse"]), st.sampled_from(sorted(CASES)), AMOUNTS),
    st.tuples(st.sampled_from(["advance", "settle"]), st.sampled_from(sorted(TRIPS)), AMOUNTS),
    st.tuples(st.just("recover"), st.sampled_from(sorted(TRIPS)), st.just(Decimal(0))),
    st.tuples(st.just("give_back"), st.sampled_from(sorted(CASES)), st.just(Decimal(0))),
)


class Book:
    """What the accounts must hold, reckoned without the ledger: `(kind, case or trip, currency)` to amount."""

    def __init__(self):
        self.holds = defaultdict(Decimal)

    def move(self, source, target, amount, currency):
        """Whether the amount could move."""
        if source[0] != "outside" and self.holds[*source, currency] < amount:
            return False
        self.holds[*source, currency] -= amount
        self.holds[*target, currency] += amount
        return True

    def take(self, what, key, amount):
        case = TRIPS.get(key, key)
        currency = CASES.get(case, key)
        fund, reserved, advanced = ("available", ""), ("reserved", case), ("advanced", key)
        if what == "receive":
            return self.move(("outside", ""), fund, amount, currency)
        if what == "reserve":
            return self.move(fund, reserved, amount, currency)
        if what == "disburse":
            return self.move(reserved, ("spent", case), amount, currency)
        if what == "advance":
            return self.move(reserved, advanced, amount, currency)
        if what == "give_back":
            return self.move(reserved, fund, self.holds[*reserved, currency], currency)
        out = self.holds[*advanced, currency]
        if what == "recover":
            return self.move(advanced, reserved, out, currency)
        if amount - out > self.holds[*reserved, currency]:
            return False
        self.move(advanced, ("spent", key), min(amount, out), currency)
        self.move(reserved, ("spent", key), max(amount - out, Decimal(0)), currency)
        return self.move(advanced, reserved, max(out - amount, Decimal(0)), currency)


def do(what, key, amount, two):
    case = TRIPS.get(key, key)
    currency = CASES.get(case, key)
    if what == "receive":
        pay_in(amount, currency, two)
    elif what == "give_back":
        ledger.return_reserve(key, by=two["by"])
    elif what == "recover":
        ledger.recover(case, key, **two)
    elif what in ("reserve", "disburse"):
        getattr(ledger, what)(key, amount, currency, **two)
    else:
        {"advance": ledger.pay_advance, "settle": ledger.settle}[what](case, key, amount, currency, **two)


def pay_in(amount, currency, two):
    contribution = Contribution()
    donor = Body.objects.get(code="es")
    ledger.record_pledge(contribution, by=two["by"], donor=donor, amount=amount, currency=currency)
    ledger.report_receipt(contribution, by=two["by"], received_on=l10n.today(), bank_reference="B-1")
    posting = ledger.receive(contribution, bank_reference="B-1", **two)
    contribution.enter("received", timezone.now())
    return posting


def held():
    rows = Account.objects.exclude(balance=0).values_list(
        "kind", "case_reference", "trip_reference", "currency", "balance"
    )
    return {(kind, trip or case, currency): balance for kind, case, trip, currency, balance in rows}


@pytest.fixture
def two(people):
    """The two hands of a movement."""
    return {"by": people["manager"], "approved_by": people["approver"]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(OPERATIONS, max_size=14))
@example(
    [("receive", "USD", Decimal("100.00")), ("reserve", "2026-0001", Decimal("80.00")),
     ("advance", "2026-0001/trip-1", Decimal("50.00")), ("settle", "2026-0001/trip-1", Decimal("70.00")),
     ("advance", "2026-0001/trip-2", Decimal("10.00")), ("recover", "2026-0001/trip-2", Decimal(0)),
     ("disburse", "2026-0001", Decimal("5.00")), ("give_back", "2026-0001", Decimal(0)),
     ("reserve", "2026-0002", Decimal("25.01"))],
)  # fmt: skip
def test_whatever_is_moved_each_currency_balances_and_nothing_is_overdrawn(two, operations):
    book = Book()
    with transaction.atomic():
        for what, key, amount in operations:
            wanted = book.take(what, key, amount)
            try:
                with transaction.atomic():
                    do(what, key, amount, two)
            except ledger.NotEnough:
                assert not wanted, (what, key, amount)
            else:
                assert wanted, (what, key, amount)
            assert held() == {key: amount for key, amount in book.holds.items() if amount}
            balances = Account.objects.values_list("currency").annotate(total=Sum("balance")).order_by()
            assert all(total == 0 for _currency, total in balances)
            assert not Account.objects.exclude(kind="outside").filter(balance__lt=0).exists()
        transaction.set_rollback(True)


@pytest.fixture
def reserved(two):
    """A thousand dollars came in, of which 600 are reserved for a case."""
    pay_in(Decimal("1000.00"), "USD", two)
    return ledger.reserve("2026-0001", Decimal("600.00"), "USD", **two)


COLUMNS = (
    "kind, source_id, target_id, amount, currency, case_reference, trip_reference, made_by_id, approved_by_id, note,"
    " bank_reference, posted_at"
)
REFUSED = {
    "an overdraw": {"amount": "600.01"},
    "nothing": {"amount": "0"},
    "less than nothing": {"amount": "-1"},
    "no number": {"amount": "NaN"},
    "another currency": {"currency": "EUR"},
    "another case": {"case_reference": "2026-0002"},
    "a way that no money goes": {"kind": "refund"},
    "an unknown kind": {"kind": "gift"},
    "from an account to itself": {"target": "source"},
    "one person alone": {"approved_by": "made_by"},
    "nobody": {"approved_by": None, "made_by": None},
    "whoever reserved it": {"approved_by": "made_by", "made_by": "approved_by"},
}


def insert(reserved, two, **change):
    spent, _new = Account.objects.get_or_create(kind="spent", case_reference="2026-0001", currency="USD")
    row = {
        "kind": "disbursement", "source": reserved.target_id, "target": spent.pk, "amount": "1.00", "currency": "USD",
        "case_reference": "2026-0001", "trip_reference": "", "made_by": two["approved_by"].pk,
        "approved_by": two["other"].pk, "note": "", "bank_reference": "",
    }  # fmt: skip
    given = {name: row.get(value, value) if isinstance(value, str) else value for name, value in change.items()}
    if set(change) == {"approved_by", "made_by"} and change["made_by"]:
        given = {"made_by": two["approved_by"].pk, "approved_by": two["by"].pk}
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO fund_posting ({COLUMNS}) VALUES ({marks}, now())", list((row | given).values()))


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses(name, reserved, two, people):
    two["other"] = people["approver_2"]
    before = held()
    with pytest.raises(Error), transaction.atomic():
        insert(reserved, two, **REFUSED[name])
    assert held() == before


def test_the_database_takes_what_is_sound_by_whatever_way_it_comes(reserved, two, people):
    two["other"] = people["approver_2"]
    insert(reserved, two)
    assert ledger.reserved("2026-0001") == 599


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fund_posting SET amount = 1",
        "UPDATE fund_posting SET note = 'x'",
        "DELETE FROM fund_posting",
        "UPDATE fund_account SET balance = balance + 1",
        "UPDATE fund_account SET currency = 'EUR'",
        "DELETE FROM fund_account",
        "INSERT INTO fund_account (kind, case_reference, trip_reference, currency, balance)"
        " VALUES ('available', '', '', 'EUR', 5)",
        "UPDATE fund_contribution SET amount = 5",
        "DELETE FROM fund_contribution",
        "UPDATE fund_contribution SET stage = 'withdrawn'; SET CONSTRAINTS ALL IMMEDIATE",
    ],
)
def test_the_database_lets_nobody_rewrite_the_ledger(statement, reserved):
    before = held(), list(Posting.objects.values())
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (held(), list(Posting.objects.values())) == before


WRONG = {
    "too many decimals": (Decimal("10.005"), "USD", "decimals"),
    "no number": (Decimal("NaN"), "USD", "above zero"),
    "without end": (Decimal("Infinity"), "USD", "above zero"),
    "less than nothing": (Decimal("-1.00"), "USD", "above zero"),
    "nothing": (Decimal("0.00"), "USD", "above zero"),
    "more than can be written": (Decimal("1e17"), "USD", "above zero"),
    "a binary fraction": (0.1, "USD", "above zero"),
    "no currency": (Decimal("1.00"), "usd", "ISO 4217"),
    "a currency that is not there": (Decimal("1.00"), "ABC", "ISO 4217"),
    "another currency than the case's": (Decimal("1.00"), "EUR", "one currency"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_amount_is_refused_in_words(name, reserved, two):
    amount, currency, words = WRONG[name]
    before = held()
    for move in (ledger.reserve, ledger.disburse):
        with translation.override("en"), pytest.raises(ledger.NotAnAmount, match=words), transaction.atomic():
            move("2026-0001", amount, currency, **two)
    assert held() == before


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "0", "1.001", "1e30", "x"])
def test_a_promise_of_no_amount_is_refused_in_words(amount, two):
    with pytest.raises(ValidationError), transaction.atomic():
        pay_in(amount, "USD", two)
    assert not Contribution.objects.exists()


def test_one_person_is_not_both_hands(two):
    pay_in(Decimal("10.00"), "USD", two)
    one = {"by": two["by"], "approved_by": two["by"]}
    with pytest.raises(ledger.SamePerson):
        ledger.reserve("2026-0001", Decimal("1.00"), "USD", **one)


def at_once(*acts):
    """What each act comes to when all are done at the same instant on connections of their own."""
    start, results = threading.Barrier(len(acts), timeout=60), [None] * len(acts)

    def work(number, does):
        try:
            start.wait()
            results[number] = does()
        except (gate.Refused, ValidationError) as refused:
            results[number] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_approvers_at_the_same_instant_one_wins_and_money_moves_once(people):
    walk = flows.Walk(people).pay_in().endorsed()
    walk.act("manager", "reservation", "full")

    def approve(who):
        return lambda: gate.act(people[who], walk.case, "reservation_approval", "approve")

    results = at_once(approve("approver"), approve("approver_2"))
    assert sorted(type(result).__name__ for result in results) == ["AlreadyTaken", "Receipt"]
    (posting,) = Posting.objects.filter(kind="reservation")
    winner = next(result for result in results if isinstance(result, gate.Receipt))
    assert posting.approved_by_id == winner.entry.person_id
    assert ledger.reserved(walk.case.reference) == 6000
    assert ledger.available("USD") == 4000


@pytest.mark.django_db(transaction=True)
def test_two_cases_that_ask_at_the_same_instant_for_what_is_there_once_do_not_overdraw(people):
    flows.pay_in(people, "1000.00")

    def reserve(case, by):
        def does():
            with transaction.atomic():
                return ledger.reserve(case, Decimal("600.00"), "USD", by=people["manager"], approved_by=people[by])

        return does

    results = at_once(*(reserve(f"2026-000{number}", "approver") for number in range(1, 5)))
    assert sorted(type(result).__name__ for result in results) == ["NotEnough"] * 3 + ["Posting"]
    assert ledger.available("USD") == 400
