"""The Fund's hands in tests: money that is given and moved by the ledger's own functions."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from ricomi.directory.models import Body
from ricomi.fund import giving, ledger
from ricomi.fund.ledger import Hands, Purpose
from ricomi.fund.models import Account, Contribution


class Mover:
    """Moves amounts, given as text, by a manager and an approver; each movement in a transaction of its own."""

    def __init__(self, people):
        self.people = people
        self.hands = Hands(people["manager"], people["approver"])
        # Whoever reserved does not release.
        self.release = Hands(people["approver"], people["approver_2"])

    def pledge(self, amount, currency="USD", **more):
        given = Contribution()
        with transaction.atomic():
            donor = Body.objects.get(code="es")
            giving.record_pledge(
                given, by=self.people["manager"], donor=donor, amount=amount, currency=currency, **more
            )
            # The stage of a contribution is the gate's; what is tested here is the ledger below it.
            self.let_pass()
        given.refresh_from_db()
        return given

    @staticmethod
    def let_pass():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("""
                INSERT INTO workflows_entry (chain, number, at, channel, flow, version, subject, step, outcome,
                    steps_to, stage_from, stage_to, reason, facts, audience, previous_hash, hash)
                SELECT 'contribution:' || id, 1, now(), 'command', 'contribution', 1, 'contribution:' || id, 'opening',
                    'record', '{}', '', 'pledged', '', '{}', '{}', '', md5(id::text)
                FROM fund_contribution c
                WHERE NOT EXISTS (SELECT 1 FROM workflows_entry e WHERE e.subject = 'contribution:' || c.id)
            """)

    def give(self, amount, currency="USD", hands=None, **marks):
        given = self.pledge(amount, currency, **marks)
        self.receive(given, amount, currency, hands=hands)
        return given

    @transaction.atomic
    def receive(self, given, amount, currency="USD", settles=None, hands=None):
        return ledger.receive(
            given, Decimal(amount), currency, Decimal(settles or amount), hands=hands or self.hands, bank_reference="B"
        )

    @transaction.atomic
    def reserve(self, case, amount, currency="USD", hands=None, **about):
        return ledger.reserve(Purpose(case, **about), Decimal(amount), currency, hands=hands or self.hands)

    @transaction.atomic
    def commit(self, case):
        return ledger.commit(case, by=self.people["manager"])

    @transaction.atomic
    def give_back(self, case):
        return ledger.return_reserve(case, by=None)

    @transaction.atomic
    def return_part(self, case, amount, currency="USD"):
        return ledger.return_part(case, Decimal(amount), currency, by=None)

    @transaction.atomic
    def disburse(self, case, amount, currency="USD"):
        return ledger.disburse(case, Decimal(amount), currency, hands=self.release)

    @transaction.atomic
    def advance(self, case, trip, amount, currency="USD"):
        traveller = self.people["expert"].pk
        return ledger.pay_advance(case, trip, traveller, Decimal(amount), currency, hands=self.release)

    @transaction.atomic
    def settle(self, case, trip, spent, currency="USD"):
        return ledger.settle(case, trip, Decimal(spent), currency, hands=self.release)

    @transaction.atomic
    def recover(self, case, trip):
        return ledger.recover(case, trip, hands=self.hands)

    @transaction.atomic
    def take_back(self, released, amount):
        return ledger.take_back(released, Decimal(amount), hands=self.hands)

    @transaction.atomic
    def pay_all(self, case):
        for owed in Account.objects.filter(kind="payable", case_reference=case, balance__lt=0):
            ledger.pay(-owed.balance, owed.currency, by=self.people["manager"], bank_reference="B", case=case)
