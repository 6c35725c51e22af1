"""The chart of accounts, and which accounts each kind of posting may touch. Read by the models and by the triggers.

Two sets of accounts stand side by side, and each balances for itself in every posting and currency:

- what the Fund has, is owed, owes, was given and used up (`PROPER`);
- what the money that came in may be used for (`BUDGET`): available, reserved, committed, obligated, spent.

A third rule ties them: cash less what is owed backs, to the cent, what is still to be used (`BACKING`). So nothing can
be reserved that is not there, and a pledge, which is no money yet, backs nothing.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an account is for."""

    BANK = "bank", _("bank")
    PLEDGES = "pledges", _("pledges receivable")
    ADVANCES = "advances", _("advances to travellers")
    PAYABLE = "payable", _("payments to be made")
    REFUNDS = "refunds", _("refunds due")
    CONTRIBUTIONS = "contributions", _("contributions")
    EXPENSES = "expenses", _("expenses")
    EXCHANGE = "exchange", _("exchange gains and losses")
    RECEIVED = "received", _("received")
    AVAILABLE = "available", _("available")
    RESERVED = "reserved", _("reserved")
    COMMITTED = "committed", _("committed")
    OBLIGATED = "obligated", _("obligated for trips")
    SPENT = "spent", _("spent")


# A debit is a positive amount, a credit a negative one: these never go below zero, those of CREDIT never above.
DEBIT = (Kind.BANK, Kind.PLEDGES, Kind.ADVANCES, Kind.EXPENSES, Kind.RECEIVED)
CREDIT = (
    Kind.PAYABLE, Kind.REFUNDS, Kind.CONTRIBUTIONS, Kind.AVAILABLE, Kind.RESERVED, Kind.COMMITTED, Kind.OBLIGATED,
    Kind.SPENT,
)  # fmt: skip
BUDGET = (Kind.RECEIVED, Kind.AVAILABLE, Kind.RESERVED, Kind.COMMITTED, Kind.OBLIGATED, Kind.SPENT)
PROPER = tuple(kind for kind in Kind if kind not in BUDGET)
TO_BE_USED = (Kind.AVAILABLE, Kind.RESERVED, Kind.COMMITTED, Kind.OBLIGATED)
BACKING = (Kind.BANK, Kind.ADVANCES, Kind.PAYABLE, Kind.REFUNDS, *TO_BE_USED)

# What an account names beside its kind and currency. Everything else is empty.
NAMES: dict[Kind, tuple[str, ...]] = {
    Kind.BANK: (),
    Kind.EXCHANGE: (),
    Kind.RECEIVED: (),
    Kind.PLEDGES: ("contribution",),
    Kind.CONTRIBUTIONS: ("contribution",),
    Kind.AVAILABLE: ("contribution",),
    Kind.REFUNDS: ("contribution",),
    Kind.RESERVED: ("contribution", "case_reference"),
    Kind.COMMITTED: ("contribution", "case_reference"),
    Kind.OBLIGATED: ("contribution", "case_reference", "trip_reference"),
    Kind.SPENT: ("contribution", "case_reference"),
    Kind.ADVANCES: ("case_reference", "trip_reference", "traveller"),
    Kind.EXPENSES: ("case_reference", "line"),
    Kind.PAYABLE: ("case_reference",),
}


class Movement(models.TextChoices):
    """What a posting says happened."""

    PLEDGE = "pledge", _("pledge")
    WRITE_OFF = "write_off", _("write-off of a pledge")
    RECEIPT = "receipt", _("contribution received")
    CONVERSION = "conversion", _("exchange of currencies")
    RESERVATION = "reservation", _("reservation")
    COMMITMENT = "commitment", _("commitment")
    RETURN_TO_FUND = "return_to_fund", _("return to the Fund")
    ADVANCE = "advance", _("advance")
    SETTLEMENT = "settlement", _("settlement")
    DISBURSEMENT = "disbursement", _("disbursement")
    RECOVERY = "recovery", _("recovery")
    PAYMENT = "payment", _("payment by the bank")
    REFUND = "refund", _("refund to the donor")


# The legs of each movement: `+bank` debits the bank. A movement may leave some out, as long as it balances.
ROUTES: dict[Movement, str] = {
    Movement.PLEDGE: "+pledges -contributions",
    Movement.WRITE_OFF: "-pledges +contributions",
    Movement.RECEIPT: "+bank -pledges +exchange -exchange +received -available",
    Movement.CONVERSION: "+bank -bank +exchange -exchange +received -received +available -available",
    Movement.RESERVATION: "+available -reserved",
    Movement.COMMITMENT: "+reserved -committed",
    Movement.RETURN_TO_FUND: "+reserved +committed -available",
    Movement.ADVANCE: "+advances -payable +committed -obligated",
    Movement.SETTLEMENT: "+expenses -advances -payable +obligated +committed -spent",
    Movement.DISBURSEMENT: "+expenses -payable +committed -spent",
    Movement.RECOVERY: "+bank -advances -expenses +obligated +spent -committed",
    Movement.PAYMENT: "+payable +refunds -bank",
    Movement.REFUND: "+contributions -refunds +available -received",
}

# One person, or the network itself, may bring these about; every other movement takes two people.
ALONE = (Movement.PLEDGE, Movement.COMMITMENT, Movement.RETURN_TO_FUND, Movement.PAYMENT)
# Money that leaves the Fund: never approved by who reserved it, and by two people where it is much.
RELEASES = (Movement.ADVANCE, Movement.SETTLEMENT, Movement.DISBURSEMENT, Movement.REFUND)


def routes() -> list[tuple[str, str, str]]:
    """Every (movement, account kind, sign) that is allowed."""
    return [
        (movement.value, leg[1:], leg[0]) for movement, legs in ROUTES.items() for leg in legs.split()
    ]  # fmt: skip
