"""What the steps of a payment write. Called inside the gate."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import User
from ricomi.fund import ledger
from ricomi.fund.amounts import ZERO
from ricomi.fund.bank import payment as bank
from ricomi.fund.models import BankAccount, Payment, PaymentFile


def instruct(payment: Payment, act: Any) -> None:
    """Write down what the bank is to pay of what was released."""
    for name in ("posting", "case_reference", "amount", "currency", "payee", "purpose", "parties"):
        setattr(payment, name, act.data[name])
    payment.save()


def set_details(payment: Payment, act: Any) -> None:
    """Keep who is paid and into which account; the timeline keeps that it was set, not the account."""
    for name in ("payee", "account", "bic", "country"):
        setattr(payment, name, act.data[name])
    payment.save(update_fields=["payee", "account", "bic", "country"])


def put_into_file(payment: Payment, act: Any) -> None:
    """Keep in which file the payment goes to the bank; none where it is made by other means."""
    payment.file = act.data.get("file")
    payment.save(update_fields=["file"])
    if payment.file:
        act.facts["file"] = payment.file.message_id


def make_file(
    payments: Sequence[Payment], account: BankAccount, *, message_id: str, executed_on: datetime.date, by: User
) -> PaymentFile:
    """Write what the bank is to pay from an account of the Fund, all in its currency, and keep it. Raises NotPayable.

    `executed_on` is the day on which the bank is to act. The payments' rows must be locked, so that what the file says
    is what is sent.
    """
    made_at = timezone.now()
    transfers = [
        bank.Payment(one.reference, one.amount, one.currency,
                     bank.Party(one.payee, one.country, one.account, one.bic), one.purpose)
        for one in payments
    ]  # fmt: skip
    debtor = bank.Party(account.holder, account.country, account.account, account.bic)
    content = bank.payment_file(transfers, debtor, made_at, message_id, executed_on)
    return PaymentFile.objects.create(
        message_id=message_id, made_at=made_at, made_by=by, currency=account.currency, count=len(payments),
        total=sum((one.amount for one in payments), ZERO), executed_on=executed_on, content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def confirm(payment: Payment, act: Any) -> None:
    """The bank paid: the money leaves the Fund's bank account. Raises NotEnough."""
    payment.paid_on, payment.bank_reference = act.data["paid_on"], act.data["bank_reference"]
    payment.save(update_fields=["paid_on", "bank_reference"])
    given = None if payment.case_reference else payment.posting.contribution
    ledger.pay(
        payment.amount, payment.currency, by=act.person, bank_reference=payment.bank_reference,
        case=payment.case_reference, given=given,
    )  # fmt: skip
    act.facts["amount"] = f"{payment.amount} {payment.currency}"


def day_is_to_come(payment: Payment, data: Mapping[str, Any]) -> str | None:
    """Why a payment cannot be confirmed: nothing says when, and under which reference, the bank made it."""
    if not data.get("paid_on") or not data.get("bank_reference"):
        return str(_("Give the day and the bank's reference."))
    return None
