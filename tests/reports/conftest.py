"""The Fund's books with something in every account: two donors, two currencies, a case with trips and tranches."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests import flows
from tests.fund.conftest import people

__all__ = ["people"]


def tranche(walk, purpose, amount, line="", release=True):
    """A disbursement that was asked for on a line of the budget, and released."""
    walk.act("officer", "ask_disbursement", "ask", purpose=purpose, amount=Decimal(amount), line=line,
             payee="Payee of the tranche")  # fmt: skip
    way = walk.case.disbursements.latest("pk")
    walk.act("manager", "proposal", "propose", way)
    if release:
        walk.act("approver", "release", "release", way)


def move_money(walk):
    walk.settled()
    tranche(walk, "Workshop", "1500.00", "1.2")
    walk.paid()
    tranche(walk, "Interpreters", "400.00", "1.2")
    tranche(walk, "Rooms", "300.00", release=False)
    flows.pay_in(walk.people, "70000", currency="PYG", donor="fr")


@pytest.fixture
def walk():
    """Spain's money: a trip settled, a tranche paid, one to be paid, one asked for. France gave guaraníes."""
    walk = flows.Walk(flows.people()).exchange()
    walk.once("money of all kinds", move_money)
    return walk
