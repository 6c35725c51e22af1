"""What the steps of refunds and exchanges of currencies write. Called inside the gate."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.fund import amounts, books
from ricomi.fund.chart import Kind
from ricomi.fund.models import Contribution, Conversion, Refund


def available(given: Contribution, currency: str) -> Decimal:
    """What of a contribution no case has, in a currency."""
    return books.holding(Kind.AVAILABLE, contribution=given, currency=currency)


def is_in_the_books(bank_reference: str, currency: str) -> str | None:
    """Why money cannot be entered: the bank's reference is that of money which is in the books already."""
    if bank_reference and books.knows(bank_reference, currency):
        return str(_("Money with this bank reference is in the books already."))
    return None


def is_not_there(given: Contribution, data: Mapping[str, Any]) -> str | None:
    """Why money of a contribution cannot be refunded or exchanged: it is no amount, or a case has it."""
    if data.get("amount") is None:
        return None
    currency = data.get("currency") or given.currency
    try:
        amounts.check(data["amount"], currency)
        if data.get("into") is not None:
            amounts.check(data["into"], data["into_currency"])
    except amounts.NotAnAmount as refused:
        return " ".join(refused.messages)
    if currency == data.get("into_currency"):
        return str(_("Choose a currency to buy that differs from the one sold."))
    if why := is_in_the_books(data.get("bank_reference", ""), currency):
        return why
    there = available(given, currency)
    if data["amount"] <= there:
        return None
    return str(
        _("Only %(available)s of this contribution is available; the rest is set aside for cases or spent.")
        % {"available": l10n.money(there, currency)}
    )


def propose_refund(refund: Refund, act: Any) -> None:
    """Write down what is to go back to the donor, and why."""
    refund.contribution, refund.amount = act.data["contribution"], act.data["amount"]
    refund.currency, refund.reason = refund.contribution.currency, act.data["reason"]
    refund.save()
    act.reason, act.facts["amount"] = refund.reason, f"{refund.amount} {refund.currency}"


def propose_conversion(conversion: Conversion, act: Any) -> None:
    """Write down what the bank exchanged, and how it names that."""
    for name in ("contribution", "amount", "currency", "into", "into_currency", "bank_reference", "reason"):
        setattr(conversion, name, act.data[name])
    conversion.save()
    act.reason, act.facts["amount"] = conversion.reason, f"{conversion.amount} {conversion.currency}"
