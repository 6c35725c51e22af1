"""Each movement of money in words that refuse what cannot be, and the database that refuses it whoever asks."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, connection, transaction
from django.utils import timezone

from ricomi import l10n
from ricomi.fund import books, chart, giving, ledger
from ricomi.fund.ledger import Hands, Purpose
from ricomi.fund.models import Account, Contribution, Held, Leg, Posting, Rule, Total
from tests.clock import clock
from tests.fund.moving import Mover

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def fund(people):
    """The Fund with a thousand dollars, of which 600 are committed to a case."""
    mover = Mover(people)
    mover.give("1000.00")
    mover.reserve("2026-0001", "600.00")
    mover.commit("2026-0001")
    return mover


def now():
    found = list(Account.objects.order_by("pk").values_list("pk", "balance"))
    return found, list(Posting.objects.order_by("pk").values()), list(Leg.objects.order_by("pk").values())


def test_what_came_is_what_can_be_used_and_every_way_back_leads_to_zero(fund):
    released = fund.disburse("2026-0001", "200.00")
    fund.advance("2026-0001", "2026-0001/trip-1", "100.00")
    fund.settle("2026-0001", "2026-0001/trip-1", "70.00")
    assert books.outstanding_advance("2026-0001/trip-1") == 30
    fund.recover("2026-0001", "2026-0001/trip-1")
    fund.take_back(released, "50.00")
    fund.pay_all("2026-0001")
    fund.give_back("2026-0001")
    money = books.of_case("2026-0001")
    assert (money.reserved, money.committed, money.advanced, money.to_pay, money.spent) == (0, 0, 0, 0, 220)
    row = books.position()["USD"]
    assert (row["received"], row["available"], row["bank"], row["spent"]) == (1000, 780, 780, 220)
    assert not list(books.flaws())


def test_each_trip_is_wound_up_with_what_was_bound_for_it(fund):
    first, second = "2026-0001/trip-1", "2026-0001/trip-2"
    fund.advance("2026-0001", first, "100.00")
    fund.advance("2026-0001", second, "80.00")
    fund.settle("2026-0001", second, "50.00")
    fund.recover("2026-0001", second)
    assert (books.outstanding_advance(first), books.outstanding_advance(second)) == (100, 0)
    bound = Account.objects.filter(kind="obligated").values_list("trip_reference", "balance")
    assert dict(bound) == {first: -100, second: 0}
    assert books.committed("2026-0001") == 450


def test_what_comes_back_of_a_release_is_no_more_than_it_was_and_goes_where_it_came_from(people):
    fund = Mover(people)
    narrow, free = fund.give("100.00", country="PY"), fund.give("500.00")
    fund.reserve("2026-0001", "400.00", countries={"PY"})
    fund.commit("2026-0001")
    first, second = fund.disburse("2026-0001", "150.00"), fund.disburse("2026-0001", "50.00")
    fund.take_back(first, "120.00")
    spent = dict(Account.objects.filter(kind="spent").values_list("contribution", "balance"))
    assert spent == {narrow.pk: -30, free.pk: -50}
    for released, more in ((first, "30.01"), (second, "50.01")):
        with pytest.raises(ledger.NotEnough):
            fund.take_back(released, more)
    fund.take_back(first, "30.00")
    with pytest.raises(ledger.NotEnough):
        fund.take_back(first, "0.01")


def test_a_part_that_is_returned_is_of_the_money_drawn_last(people):
    fund = Mover(people)
    narrow, free = fund.give("100.00", country="PY"), fund.give("500.00")
    fund.reserve("2026-0001", "400.00", countries={"PY"})
    fund.commit("2026-0001")
    fund.return_part("2026-0001", "250.00")
    assert (value_in(narrow, "USD"), value_in(free, "USD"), books.committed("2026-0001")) == (0, 450, 150)


def test_a_pledge_is_no_money(people):
    fund = Mover(people)
    fund.pledge("500.00")
    assert books.position()["USD"]["pledges"] == 500
    assert books.available("USD") == 0
    with pytest.raises(ledger.NotEnough):
        fund.reserve("2026-0001", "1.00")


def test_a_pledge_is_written_off_by_two_and_what_came_stays(people):
    fund = Mover(people)
    given = fund.pledge("500.00")
    fund.receive(given, "200.00")
    with pytest.raises(ledger.SamePerson), transaction.atomic():
        ledger.write_off(given, hands=Hands(people["manager"], people["manager"]))
    ledger.write_off(given, hands=fund.hands)
    row = books.position()["USD"]
    assert (row["pledges"], row["contributions"], row["available"]) == (0, 200, 200)


def test_an_instalment_in_another_currency_settles_the_pledge_at_the_rate_of_the_day(people):
    fund = Mover(people)
    given = fund.pledge("1000.00")
    fund.receive(given, "900.00", "EUR", settles="972.00")
    assert giving.owed(given) == 28
    position = books.position()
    assert (position["EUR"]["bank"], position["EUR"]["available"], position["EUR"]["exchange"]) == (900, 900, -900)
    assert position["USD"]["exchange"] == 972
    ledger.convert(given, Decimal("900.00"), "EUR", Decimal("970.00"), "USD", hands=fund.hands, note="Bank advice 7")
    position = books.position()
    assert (position["EUR"]["available"], position["USD"]["available"]) == (0, 970)
    assert position["USD"]["exchange"] == 2, "two dollars less than the rate of the day promised"
    assert position["EUR"]["exchange"] == 0


def value_in(given, currency):
    """What of a contribution is available now, in a currency."""
    return books.holding(chart.Kind.AVAILABLE, contribution=given, currency=currency)


EARMARKS = {
    "theme": ({"theme": "gcm-1"}, {"themes": {"gcm-1"}}, {"themes": {"gcm-2"}}),
    "country": ({"country": "PY"}, {"countries": {"PY", "CL"}}, {"countries": {"CL", "BR"}}),
    "case": ({"only_case": "2026-0001"}, {}, {"case": "2026-0009"}),
}


@pytest.mark.parametrize("name", EARMARKS)
def test_an_earmark_is_honoured_and_the_narrowest_money_is_used_first(name, people):
    from ricomi.catalogue.models import Term

    marks, fitting, other = EARMARKS[name]
    if "theme" in marks:
        marks = {"theme": Term.objects.get(code=marks["theme"])}
    fund = Mover(people)
    free = fund.give("100.00")
    marked = fund.give("100.00", **marks)
    case = {"case": "2026-0001"} | fitting
    with pytest.raises(ledger.NotEnough), transaction.atomic():
        ledger.reserve(Purpose(**({"case": "2026-0001"} | other)), Decimal("100.01"), "USD", hands=fund.hands)
    ledger.reserve(Purpose(**case), Decimal("150.00"), "USD", hands=fund.hands)
    assert (value_in(marked, "USD"), value_in(free, "USD")) == (0, 50)


def test_money_is_used_in_the_order_in_which_it_came(people):
    fund = Mover(people)
    first, second = fund.give("100.00"), fund.give("100.00")
    fund.reserve("2026-0001", "120.00")
    assert (value_in(first, "USD"), value_in(second, "USD")) == (0, 80)


def test_a_refund_goes_back_to_its_donor_and_leaves_the_bank_when_it_was_paid(people):
    fund = Mover(people)
    given = fund.give("100.00")
    ledger.refund(given, Decimal("40.00"), "USD", hands=fund.hands)
    assert books.position()["USD"]["refunds"] == 40
    ledger.pay(Decimal("40.00"), "USD", by=people["manager"], bank_reference="B-9", given=given)
    row = books.position()["USD"]
    assert (row["bank"], row["available"], row["contributions"], row["refunds"]) == (60, 60, 60, 0)


WRONG = {
    "too many decimals": (Decimal("10.005"), "USD", "at most 2 decimals"),
    "decimals of a currency that has none": (Decimal("10.50"), "PYG", "at most 0 decimals"),
    "no number": (Decimal("NaN"), "USD", "above zero"),
    "a number that signals": (Decimal("sNaN"), "USD", "above zero"),
    "without end": (Decimal("Infinity"), "USD", "above zero"),
    "less than nothing": (Decimal("-1.00"), "USD", "above zero"),
    "nothing": (Decimal("0.00"), "USD", "above zero"),
    "more than can be written": (Decimal("1e17"), "USD", "above zero"),
    "a binary fraction": (0.1, "USD", "above zero"),
    "no currency": (Decimal("1.00"), "usd", "ISO 4217"),
    "a currency that is not there": (Decimal("1.00"), "ABC", "ISO 4217"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_amount_is_refused_in_words_and_nothing_moves(name, fund):
    amount, currency, words = WRONG[name]
    before = now()
    for move in (
        lambda: ledger.reserve(Purpose("2026-0001"), amount, currency, hands=fund.hands),
        lambda: ledger.disburse("2026-0001", amount, currency, hands=fund.hands),
        lambda: ledger.pay(amount, currency, by=fund.hands.by, bank_reference="B", case="2026-0001"),
    ):
        with pytest.raises(ValidationError, match=words), transaction.atomic():
            move()
    assert now()[1:] == before[1:]


def test_the_money_of_a_case_is_in_one_currency(fund):
    fund.give("100.00", currency="EUR")
    with pytest.raises(ledger.NotAnAmount, match="one currency"):
        fund.reserve("2026-0001", "1.00", "EUR")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "0", "1.001", "1e30", "x"])
def test_a_promise_of_no_amount_is_refused_in_words(amount, people):
    with pytest.raises(ValidationError), transaction.atomic():
        Mover(people).pledge(amount)
    assert not Contribution.objects.exists()


def test_nothing_is_released_beyond_what_is_committed(fund):
    for move in (
        lambda: fund.disburse("2026-0001", "600.01"),
        lambda: fund.advance("2026-0001", "2026-0001/trip-1", "600.01"),
        lambda: fund.settle("2026-0001", "2026-0001/trip-1", "600.01"),
        lambda: fund.return_part("2026-0001", "600.01"),
        lambda: ledger.pay(Decimal("0.01"), "USD", by=fund.hands.by, bank_reference="B", case="2026-0001"),
    ):
        before = now()[1:]
        with pytest.raises(ledger.NotEnough), transaction.atomic():
            move()
        assert now()[1:] == before


def test_one_person_is_not_both_hands_and_much_takes_a_third(people):
    fund = Mover(people)
    with pytest.raises(ledger.SamePerson), transaction.atomic():
        fund.give("10.00", hands=Hands(people["manager"], people["manager"]))
    fund.give("60000.00")
    fund.reserve("2026-0001", "50000.00", hands=Hands(people["manager_2"], people["approver"]))
    fund.commit("2026-0001")
    two = Hands(people["manager"], people["approver"])
    with pytest.raises(ledger.SecondApproval), transaction.atomic():
        ledger.disburse("2026-0001", Decimal("25000.01"), "USD", hands=two)
    for also in (people["manager"], people["approver"]):
        three = Hands(people["manager"], people["approver"], also)
        with pytest.raises(ledger.SamePerson), transaction.atomic():
            ledger.disburse("2026-0001", Decimal("25000.01"), "USD", hands=three)
    three = Hands(people["manager"], people["approver"], people["approver_2"])
    ledger.disburse("2026-0001", Decimal("25000.01"), "USD", hands=three)
    ledger.disburse("2026-0001", Decimal("1.00"), "USD", hands=two)


def test_where_the_fund_set_no_limit_two_approve_whatever_leaves_it(people):
    fund = Mover(people)
    fund.give("1000", currency="PYG")
    fund.reserve("2026-0003", "1000", "PYG")
    fund.commit("2026-0003")
    with pytest.raises(ledger.SecondApproval):
        ledger.disburse("2026-0003", Decimal(1), "PYG", hands=fund.hands)


def account(kind, currency, **names):
    return Account.objects.get_or_create(kind=kind, currency=currency, **names)[0]


class Raw:
    """A posting and its legs in SQL, as the application's own role might write them."""

    def __init__(self, fund):
        self.fund = fund
        self.posting = {
            "kind": "disbursement", "amount": "1.00", "currency": "USD", "case_reference": "2026-0001",
            "trip_reference": "", "made_by_id": fund.people["approver"].pk,
            "approved_by_id": fund.people["approver_2"].pk, "note": "", "bank_reference": "",
            "posted_at": timezone.now(), "transaction": 0,
        }  # fmt: skip
        given = Contribution.objects.get()
        case = {"case_reference": "2026-0001"}
        self.accounts = {
            "expenses": account("expenses", "USD", line="1.2", **case),
            "payable": account("payable", "USD", **case),
            "committed": account("committed", "USD", contribution=given, **case),
            "spent": account("spent", "USD", contribution=given, **case),
            "available": account("available", "USD", contribution=given),
            "bank": account("bank", "USD"),
            "other": account("payable", "USD", case_reference="2026-0002"),
            "euro": account("payable", "EUR", case_reference="2026-0001"),
        }
        self.legs = [("expenses", "1.00"), ("payable", "-1.00"), ("committed", "1.00"), ("spent", "-1.00")]

    def write(self):
        with connection.cursor() as cursor:
            names = ", ".join(self.posting)
            marks = ", ".join(["%s"] * len(self.posting))
            cursor.execute(
                f"INSERT INTO fund_posting ({names}) VALUES ({marks}) RETURNING id", list(self.posting.values())
            )
            number = cursor.fetchone()[0]
            for account, amount in self.legs:
                cursor.execute(
                    "INSERT INTO fund_leg (posting_id, account_id, amount) VALUES (%s, %s, %s)",
                    [number, self.accounts[account].pk, amount],
                )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return number


FOUR = [("expenses", "1.00"), ("payable", "-1.00"), ("committed", "1.00"), ("spent", "-1.00")]
REFUSED = {
    "a leg too few": lambda raw: raw.legs.pop(),
    "a cent too much": lambda raw: raw.legs.__setitem__(0, ("expenses", "1.01")),
    "no legs": lambda raw: raw.legs.clear(),
    "legs in another currency only": lambda raw: raw.legs.__setitem__(slice(None), [("euro", "-1.00")]),
    "money without its use": lambda raw: raw.legs.__setitem__(slice(2, 4), []),
    "a use without money": lambda raw: raw.legs.__setitem__(slice(0, 2), []),
    "straight from the bank": lambda raw: raw.legs.__setitem__(1, ("bank", "-1.00")),
    "out of what is available": lambda raw: raw.legs.__setitem__(2, ("available", "1.00")),
    "another case's account": lambda raw: raw.legs.__setitem__(1, ("other", "-1.00")),
    "an overdraft": lambda raw: (
        raw.posting.update(amount="600.01"),
        raw.legs.__setitem__(slice(None), [(name, leg.replace("1.00", "600.01")) for name, leg in FOUR]),
    ),
    "another amount than it says": lambda raw: raw.posting.update(amount="2.00"),
    "less than nothing": lambda raw: raw.posting.update(amount="-1.00"),
    "no number": lambda raw: (raw.posting.update(amount="NaN"), raw.legs.__setitem__(0, ("expenses", "NaN"))),
    "an unknown kind": lambda raw: raw.posting.update(kind="gift"),
    "one person alone": lambda raw: raw.posting.update(approved_by_id=raw.posting["made_by_id"]),
    "nobody": lambda raw: raw.posting.update(made_by_id=None, approved_by_id=None),
    "whoever reserved it": lambda raw: raw.posting.update(
        made_by_id=raw.fund.people["approver"].pk, approved_by_id=raw.fund.people["manager"].pk
    ),
    "much by two people only": lambda raw: Rule.objects.create(
        currency="USD", since=l10n.today(), second_above=Decimal("0.50")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses(name, fund):
    raw = Raw(fund)
    before = now()
    REFUSED[name](raw)
    with pytest.raises(Error), transaction.atomic():
        raw.write()
    assert now() == before


def test_the_database_takes_what_is_sound_by_whatever_way_it_comes(fund):
    Raw(fund).write()
    assert books.committed("2026-0001") == 599
    assert not list(books.flaws())


STATEMENTS = [
    "UPDATE fund_posting SET amount = 1",
    "UPDATE fund_posting SET note = 'x'",
    "DELETE FROM fund_posting",
    "UPDATE fund_leg SET amount = amount * 2",
    "DELETE FROM fund_leg",
    "UPDATE fund_account SET balance = balance + 1",
    "UPDATE fund_account SET currency = 'EUR'",
    "DELETE FROM fund_account",
    "INSERT INTO fund_account (kind, case_reference, trip_reference, line, currency, balance)"
    " VALUES ('bank', '', '', '', 'CAD', 5)",
    "UPDATE fund_held SET balance = 5",
    "DELETE FROM fund_held",
    "INSERT INTO fund_total (kind, currency, day, balance) VALUES ('bank', 'CAD', '2026-01-01', 5)",
    "UPDATE fund_total SET balance = 5",
    "UPDATE fund_contribution SET amount = 5",
    "UPDATE fund_contribution SET country = 'BR'",
    "DELETE FROM fund_contribution",
    "UPDATE fund_contribution SET stage = 'written_off'; SET CONSTRAINTS ALL IMMEDIATE",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_lets_nobody_rewrite_the_ledger(statement, fund):
    before = now(), list(Held.objects.values()), list(Total.objects.values())
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (now(), list(Held.objects.values()), list(Total.objects.values())) == before


@pytest.mark.django_db(transaction=True)
def test_no_leg_is_added_to_a_posting_of_an_earlier_transaction(people):
    fund = Mover(people)
    with transaction.atomic():
        fund.give("10.00")
    posting = Posting.objects.latest("pk")
    bank = Account.objects.get(kind="bank")
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fund_leg (posting_id, account_id, amount) VALUES (%s, %s, 1), (%s, %s, -1)",
            [posting.pk, bank.pk, posting.pk, bank.pk],
        )


def test_every_rule_of_the_database_stands_in_the_database():
    """A trigger that somebody switched off or dropped is missed."""
    wanted = {
        f"pgtrigger_{trigger.name}"
        for model in (Account, Held, Total, Posting, Leg)
        for trigger in model._meta.triggers
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger%' AND tgenabled = 'O'")
        there = {name.rsplit("_", 1)[0] for (name,) in cursor.fetchall()}
    assert wanted <= there


def test_the_position_of_any_day_is_what_the_books_said_at_its_end(people, clock):
    fund = Mover(people)
    begun = clock.stands
    expected = {}
    for number in range(5):
        moment = begun + datetime.timedelta(days=2 * number)
        clock.stands = moment
        fund.give("100.00")
        if number == 2:
            fund.reserve("2026-0001", "150.00")
        expected[moment.date()] = books.position()["USD"]
    for day, row in expected.items():
        assert books.position(day)["USD"] == row
        assert books.position(day + datetime.timedelta(days=1))["USD"] == row
    assert books.position(begun.date() - datetime.timedelta(days=1)) == {}
    bank = Account.objects.get(kind="bank")
    assert [books.balance(bank, day) for day in sorted(expected)] == [100, 200, 300, 400, 500]


def test_the_books_are_written_forward(people, clock):
    """Whoever waited for the turn, or has a slow clock, is entered when the turn came."""
    fund = Mover(people)
    fund.give("100.00")
    latest = Posting.objects.latest("pk").posted_at
    clock.pass_by(days=-3)
    fund.give("100.00")
    assert Posting.objects.latest("pk").posted_at == latest
    assert not list(books.flaws())


SPOILT = {
    "an amount": ("UPDATE fund_leg SET amount = amount + 1 WHERE id = (SELECT min(id) FROM fund_leg)", "posting"),
    "a balance": ("UPDATE fund_account SET balance = balance - 5 WHERE kind = 'available'", "account"),
    "a day": ("UPDATE fund_held SET balance = balance + 5 WHERE balance > 0", "balance of a day"),
    "a total": ("DELETE FROM fund_total WHERE kind = 'bank'", "total of a day"),
    "a posting": ("DELETE FROM fund_leg WHERE posting_id = (SELECT max(id) FROM fund_posting)", "posting without legs"),
    "two people": ("UPDATE fund_posting SET approved_by_id = made_by_id WHERE kind = 'receipt'", "one person"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_whatever_is_changed_behind_the_triggers_is_found(name, fund):
    statement, where = SPOILT[name]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        if name == "two people":
            cursor.execute("ALTER TABLE fund_posting DROP CONSTRAINT posting_by_two_people")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert any(flaw.where.startswith(where) for flaw in books.flaws())


def test_the_chart_says_of_each_account_what_it_is(fund):
    assert set(chart.DEBIT) | set(chart.CREDIT) | {chart.Kind.EXCHANGE} == set(chart.Kind)
    assert set(chart.NAMES) == set(chart.Kind)
    assert set(chart.ROUTES) == set(chart.Movement)
