"""The Fund's record: contributions, the accounts, and the postings that move money between them."""

from ricomi.fund.models.account import Account, Held, Total
from ricomi.fund.models.bank import BankEntry, StatementFile
from ricomi.fund.models.contribution import Contribution, Instalment, Receipt
from ricomi.fund.models.moves import Conversion, MoveStage, Refund
from ricomi.fund.models.payment import BankAccount, Payment, PaymentFile
from ricomi.fund.models.posting import Leg, Posting
from ricomi.fund.models.rule import Rule
from ricomi.fund.models.terms import Terms

__all__ = [
    "Account",
    "BankAccount",
    "BankEntry",
    "Contribution",
    "Conversion",
    "Held",
    "Instalment",
    "Leg",
    "MoveStage",
    "Payment",
    "PaymentFile",
    "Posting",
    "Receipt",
    "Refund",
    "Rule",
    "StatementFile",
    "Terms",
    "Total",
]  # fmt: skip
