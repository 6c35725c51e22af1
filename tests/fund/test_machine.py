"""Whatever is done to the Fund, in whatever order and in three currencies: after every step the books hold.

What they must hold is reckoned beside them, by rules of its own, from nothing but what was done.
"""

from __future__ import annotations

from collections import defaultdict
from copy import deepcopy
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ricomi import l10n
from ricomi.directory.models import Body
from ricomi.fund import books, chart, ledger
from ricomi.fund.ledger import Hands, Purpose
from ricomi.fund.models import Contribution, Rule
from tests.fund.moving import Mover

# Ten machines share the work, so that processes can, and since what was taken back slows the rest of its transaction.
MACHINES, WANTED = 10, 5_000
EXAMPLES, STEPS = 7, 200
CURRENCIES = {"USD": 2, "EUR": 2, "PYG": 0}
CASES = {"2026-0001": ("USD", "PY"), "2026-0002": ("EUR", "BR"), "2026-0003": ("PYG", "PY"), "2026-0004": ("USD", "BR")}
TRIPS = {f"{case}/trip-{n}": case for case in CASES for n in (1, 2)}
ZERO = Decimal(0)
COUNTRY = st.sampled_from(["", "", "PY", "BR"])


class Reckoned:
    """The Fund by rules of its own: pots by contribution and currency, and what each case holds of which pot."""

    def __init__(self):
        self.owed = {}  # by contribution
        self.pots = defaultdict(Decimal)  # (contribution, currency): available
        self.cases = defaultdict(Decimal)  # (case, what, contribution): reserved, committed, obligated by trip, spent
        self.bank = defaultdict(Decimal)
        self.to_pay = defaultdict(Decimal)
        self.refunds = defaultdict(Decimal)
        self.advances = defaultdict(Decimal)
        self.expenses = defaultdict(Decimal)
        self.tranches = []  # [case, the ledger's posting, what is left of it by pot]

    def draw(self, holds, keys, amount):
        """Take an amount from these holdings in their order: what was taken of each, or None if they lack it."""
        if sum((holds[key] for key in keys), ZERO) < amount:
            return None
        taken = []
        for key in keys:
            part = min(amount, holds[key])
            if part:
                holds[key] -= part
                amount -= part
                taken.append((key, part))
        return taken

    def of(self, case, what):
        """Which holdings of a case there are, those that were opened first before the others."""
        return [key for key in self.cases if key[0] == case and key[1] == what]

    def shift(self, case, what, to, amount):
        """Move an amount of what a case holds: how much of which pot, or None if it lacks it."""
        taken = self.draw(self.cases, self.of(case, what), amount)
        if taken is None:
            return None
        for (_case, _what, pot), part in taken:
            self.cases[case, to, pot] += part
        return {pot: part for (_case, _what, pot), part in taken}

    def held(self, case, what):
        return sum((self.cases[key] for key in self.of(case, what)), ZERO)

    def balances(self):
        """What each account holds, by kind, currency, contribution, case and trip; expenses without their lines."""
        found = defaultdict(Decimal)
        for (given, currency), amount in self.pots.items():
            found["available", currency, given, "", ""] += amount
        for given, (amount, currency) in self.owed.items():
            found["pledges", currency, given, "", ""] += amount
        for (given, currency), amount in self.refunds.items():
            found["refunds", currency, given, "", ""] += amount
        for currency, amount in self.bank.items():
            found["bank", currency, None, "", ""] += amount
        for (case, what, pot), amount in self.cases.items():
            kind, trip = (what, "") if what in ("reserved", "committed", "spent") else ("obligated", what)
            found[kind, CASES[case][0], pot, case, trip] += amount
        for trip, amount in self.advances.items():
            found["advances", CASES[TRIPS[trip]][0], None, TRIPS[trip], trip] += amount
        for kind, held in (("payable", self.to_pay), ("expenses", self.expenses)):
            for case, amount in held.items():
                found[kind, CASES[case][0], None, case, ""] += amount
        return {key: amount for key, amount in found.items() if amount}


def sums():
    """What each account holds, with what it names but its line; and whether any is overdrawn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, currency, contribution_id, case_reference, trip_reference, sum(balance),"
            " bool_or(CASE WHEN kind = ANY(%s) THEN balance < 0 WHEN kind = ANY(%s) THEN balance > 0 ELSE FALSE END)"
            " FROM fund_account GROUP BY 1, 2, 3, 4, 5",
            [list(chart.DEBIT), list(chart.CREDIT)],
        )
        return cursor.fetchall()


def look_at_what_waits():
    """What the database looks at when a transaction ends, it looks at now, before it is taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Fund(RuleBasedStateMachine):
    """Pledges, receipts, reservations, commitments, releases, trips, refunds, revisions, cancellations."""

    people: dict = {}
    beginning: tuple = ()
    steps = 0

    def __init__(self):
        super().__init__()
        self.mover, self.donor = Mover(self.people), Body.objects.get(code="es").pk
        self.third = Hands(self.people["approver"], self.people["approver_2"], self.people["manager_2"])

    def open(self):
        """What every run begins with, done once: a Fund with money, and cases to which some of it is committed."""
        self.reckoned, self.marks, self.givens = Reckoned(), {}, {}
        for currency in CURRENCIES:
            for country in ("", "PY", "BR"):
                self.pledge(90_000, currency, country)
                self.receive(len(self.reckoned.owed) - 1, 80, currency)
        for case in CASES:
            self.reserve(case, 30)
            self.commit(case)
        look_at_what_waits()
        return self.reckoned, self.marks, self.givens

    @initialize()
    def begin(self):
        self.point = transaction.savepoint()
        reckoned, marks, givens = self.beginning
        self.reckoned, self.marks, self.givens = deepcopy(reckoned), dict(marks), dict(givens)

    def teardown(self):
        look_at_what_waits()
        transaction.savepoint_rollback(self.point)

    @invariant()
    def the_books_hold(self):
        type(self).steps += 1
        rows = sums()
        assert not [row for row in rows if row[-1]], "no account is overdrawn"
        trial = defaultdict(Decimal)
        for row in rows:
            trial[row[1]] += row[5]
        assert not any(trial.values()), "the trial balance is zero"
        skip = ("contributions", "exchange", "received")
        held = {row[:5]: books.natural(row[0], row[5]) for row in rows if row[5] and row[0] not in skip}
        assert held == self.reckoned.balances()

    def done(self, wanted, does):
        """Do it: refused exactly where the reckoning lacks the money. What was refused is taken back."""
        if wanted:
            return does()
        with pytest.raises(ledger.NotEnough), transaction.atomic():
            does()
        return None

    def part(self, share, of, currency):
        """A share, in percent, of an amount, and never nothing; more than a hundred percent is more than is there."""
        smallest = Decimal(1).scaleb(-CURRENCIES[currency])
        return max(smallest, (of * share / 100).quantize(smallest, "ROUND_DOWN"))

    share = st.one_of(st.integers(1, 60), st.integers(90, 130))
    case = st.sampled_from(sorted(CASES))
    trip = st.sampled_from(sorted(TRIPS))

    def given(self, number):
        keys = sorted(self.reckoned.owed)
        return keys[number % len(keys)]

    @rule(units=st.integers(1, 90_000), currency=st.sampled_from(sorted(CURRENCIES)), country=COUNTRY)
    def pledge(self, units, currency, country):
        amount = self.part(1, Decimal(units), currency)
        by = self.people["manager"]
        given = Contribution.objects.create(
            donor_id=self.donor, amount=amount, currency=currency, country=country, recorded_by=by
        )
        ledger.pledge(given, by=by)
        Mover.let_pass()
        self.reckoned.owed[given.pk] = (amount, currency)
        self.marks[given.pk], self.givens[given.pk] = country, given

    @precondition(lambda self: self.reckoned.owed)
    @rule(number=st.integers(0, 99), share=share, into=st.sampled_from(sorted(CURRENCIES)))
    def receive(self, number, share, into):
        key = self.given(number)
        owed, currency = self.reckoned.owed[key]
        settles = self.part(share, owed, currency)
        amount = settles if into == currency else self.part(90, settles, into)
        wanted = settles <= owed
        given, by = self.givens[key], self.mover.hands
        self.done(wanted, lambda: ledger.receive(given, amount, into, settles, hands=by, bank_reference="B"))
        if wanted:
            self.reckoned.owed[key] = (owed - settles, currency)
            self.reckoned.pots[key, into] += amount
            self.reckoned.bank[into] += amount

    @precondition(lambda self: self.reckoned.owed)
    @rule(number=st.integers(0, 99))
    def write_off(self, number):
        key = self.given(number)
        ledger.write_off(self.givens[key], hands=self.mover.hands)
        self.reckoned.owed[key] = (ZERO, self.reckoned.owed[key][1])

    @precondition(lambda self: self.reckoned.owed)
    @rule(number=st.integers(0, 99), share=share, sold=st.sampled_from(["USD", "EUR"]))
    def convert(self, number, share, sold):
        key, into = self.given(number), {"USD": "EUR", "EUR": "PYG"}[sold]
        amount = self.part(share, self.reckoned.pots[key, sold], sold)
        gets = self.part(110, amount, into)
        wanted = self.reckoned.pots[key, sold] >= amount
        given = self.givens[key]
        self.done(wanted, lambda: ledger.convert(given, amount, sold, gets, into, hands=self.mover.hands, note="B"))
        if wanted:
            for currency, change in ((sold, -amount), (into, gets)):
                self.reckoned.pots[key, currency] += change
                self.reckoned.bank[currency] += change

    @precondition(lambda self: self.reckoned.owed)
    @rule(number=st.integers(0, 99), share=share)
    def refund(self, number, share):
        key = self.given(number)
        currency = self.reckoned.owed[key][1]
        amount = self.part(share, self.reckoned.pots[key, currency], currency)
        wanted = self.reckoned.pots[key, currency] >= amount
        given = self.givens[key]
        self.done(wanted, lambda: ledger.refund(given, amount, currency, hands=self.third))
        if wanted:
            self.reckoned.pots[key, currency] -= amount
            self.reckoned.refunds[key, currency] += amount

    @precondition(lambda self: any(self.reckoned.refunds.values()))
    @rule(number=st.integers(0, 99))
    def pay_refund(self, number):
        owed = sorted(key for key, amount in self.reckoned.refunds.items() if amount)
        key, currency = owed[number % len(owed)]
        amount = self.reckoned.refunds[key, currency]
        wanted = self.reckoned.bank[currency] >= amount
        given, by = self.givens[key], self.people["manager"]
        self.done(wanted, lambda: ledger.pay(amount, currency, by=by, bank_reference="B", given=given))
        if wanted:
            self.reckoned.refunds[key, currency] -= amount
            self.reckoned.bank[currency] -= amount

    @rule(case=case, share=share)
    def reserve(self, case, share):
        currency, country = CASES[case]
        fitting = [key for key in self.reckoned.pots if key[1] == currency and self.marks[key[0]] in ("", country)]
        fitting.sort(key=lambda key: (not self.marks[key[0]], key[0]))
        there = sum((self.reckoned.pots[key] for key in fitting), ZERO)
        amount = self.part(share, there, currency)
        taken = self.reckoned.draw(self.reckoned.pots, fitting, amount)
        purpose, by = Purpose(case, countries={country}), self.mover.hands
        self.done(taken is not None, lambda: ledger.reserve(purpose, amount, currency, hands=by))
        for (pot, _currency), part in taken or []:
            self.reckoned.cases[case, "reserved", pot] += part

    @rule(case=case)
    def commit(self, case):
        ledger.commit(case, by=self.people["manager"])
        self.reckoned.shift(case, "reserved", "committed", self.reckoned.held(case, "reserved"))

    @rule(case=case, share=share, line=st.sampled_from(["1.1", "1.2"]))
    def disburse(self, case, share, line):
        currency = CASES[case][0]
        amount = self.part(share, self.reckoned.held(case, "committed"), currency)
        taken = self.reckoned.shift(case, "committed", "spent", amount)
        released = self.done(taken, lambda: ledger.disburse(case, amount, currency, hands=self.third, line=line))
        if taken:
            self.reckoned.to_pay[case] += amount
            self.reckoned.expenses[case] += amount
            self.reckoned.tranches.append([case, released, taken])

    @rule(trip=trip, share=share)
    def advance(self, trip, share):
        case = TRIPS[trip]
        currency = CASES[case][0]
        amount = self.part(share, self.reckoned.held(case, "committed"), currency)
        wanted = self.reckoned.shift(case, "committed", trip, amount)
        traveller = self.people["expert"].pk
        self.done(wanted, lambda: ledger.pay_advance(case, trip, traveller, amount, currency, hands=self.third))
        if wanted:
            self.reckoned.to_pay[case] += amount
            self.reckoned.advances[trip] += amount

    @rule(trip=trip, share=share)
    def settle(self, trip, share):
        case = TRIPS[trip]
        currency = CASES[case][0]
        spent = self.part(share, self.reckoned.advances[trip] or self.reckoned.held(case, "committed"), currency)
        covered = min(spent, self.reckoned.advances[trip])
        wanted = spent - covered <= self.reckoned.held(case, "committed")
        self.done(wanted, lambda: ledger.settle(case, trip, spent, currency, hands=self.third))
        if wanted:
            self.reckoned.shift(case, trip, "spent", covered)
            self.reckoned.shift(case, "committed", "spent", spent - covered)
            self.reckoned.advances[trip] -= covered
            self.reckoned.to_pay[case] += spent - covered
            self.reckoned.expenses[case] += spent

    @rule(trip=trip)
    def recover(self, trip):
        case, out = TRIPS[trip], self.reckoned.advances[trip]
        ledger.recover(case, trip, hands=self.mover.hands)
        self.reckoned.bank[CASES[case][0]] += out
        self.reckoned.shift(case, trip, "committed", out)
        self.reckoned.advances[trip] = ZERO

    @precondition(lambda self: self.reckoned.tranches)
    @rule(number=st.integers(0, 99), share=share)
    def take_back(self, number, share):
        case, released, left = self.reckoned.tranches[number % len(self.reckoned.tranches)]
        currency = CASES[case][0]
        amount = self.part(share, sum(left.values()), currency)
        taken = self.reckoned.draw(left, list(left)[::-1], amount)
        self.done(taken is not None, lambda: ledger.take_back(released, amount, hands=self.mover.hands))
        for pot, part in taken or []:
            self.reckoned.cases[case, "spent", pot] -= part
            self.reckoned.cases[case, "committed", pot] += part
            self.reckoned.expenses[case] -= part
            self.reckoned.bank[currency] += part

    @rule(case=case, share=share)
    def revise(self, case, share):
        """The budget is revised downwards: so much returns of what is committed, the money drawn last first."""
        currency = CASES[case][0]
        amount = self.part(share, self.reckoned.held(case, "committed"), currency)
        taken = self.reckoned.draw(self.reckoned.cases, self.reckoned.of(case, "committed")[::-1], amount)
        self.done(taken is not None, lambda: ledger.return_part(case, amount, currency, by=None))
        for (_case, _what, pot), part in taken or []:
            self.reckoned.pots[pot, currency] += part

    @rule(case=case, share=share)
    def pay(self, case, share):
        currency = CASES[case][0]
        amount = self.part(share, self.reckoned.to_pay[case], currency)
        wanted = amount <= self.reckoned.to_pay[case] and amount <= self.reckoned.bank[currency]
        by = self.people["manager"]
        self.done(wanted, lambda: ledger.pay(amount, currency, by=by, bank_reference="B", case=case))
        if wanted:
            self.reckoned.to_pay[case] -= amount
            self.reckoned.bank[currency] -= amount

    @rule(case=case)
    def cancel(self, case):
        """The case ends: whatever it did not use returns."""
        ledger.return_reserve(case, by=None)
        for what in ("reserved", "committed"):
            for key in self.reckoned.of(case, what):
                self.reckoned.pots[key[2], CASES[case][0]] += self.reckoned.cases[key]
                self.reckoned.cases[key] = ZERO


@pytest.mark.slow
@pytest.mark.one_server
@pytest.mark.django_db
@pytest.mark.parametrize("machine", range(MACHINES))
def test_after_every_step_the_books_hold(machine, people):
    # Whatever leaves the Fund takes a third hand, which the machine always gives; nothing here hangs on the limit.
    for currency in CURRENCIES:
        Rule.objects.create(currency=currency, since=l10n.today(), second_above=ZERO)
    Fund.people, Fund.steps = people, 0
    Fund.beginning = Fund().open()
    wanted = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    while Fund.steps < WANTED:
        run_state_machine_as_test(Fund, settings=wanted)
