"""What an amount of money is: above zero, finite, in a currency of ISO 4217 and with no more decimals than that has."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ricomi import l10n

ZERO = Decimal(0)
SMALLEST = Decimal("0.01")
# Also what keeps NaN out: PostgreSQL holds NaN to be greater than every number.
LARGEST = Decimal("9999999999999999.99")


class NotAnAmount(ValidationError):
    """What is to be moved is no amount of money: not above zero, too many decimals, or in no or a wrong currency."""


class Amount(models.DecimalField):
    """A column for an amount of money of up to sixteen digits before the point."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 18, "decimal_places": 2, **kwargs})


def currency_is_a_code() -> Q:
    """The condition by which the database keeps a currency to three capital letters."""
    return Q(currency__regex=r"^[A-Z]{3}$")


def is_an_amount(name: str = "amount") -> Q:
    """The condition by which the database keeps a column above zero and finite."""
    return Q(**{f"{name}__gte": SMALLEST, f"{name}__lte": LARGEST})


def check(amount: Any, currency: str) -> None:
    """Raises NotAnAmount, in the reader's words, for what is no amount of money in that currency."""
    if not isinstance(amount, Decimal) or not amount.is_finite() or not SMALLEST <= amount <= LARGEST:
        raise NotAnAmount(_("An amount is a number above zero."))
    if not l10n.is_currency(currency):
        raise NotAnAmount(_("“%(code)s” is no currency of ISO 4217.") % {"code": currency})
    places = l10n.currency_digits(currency)
    if amount != rounded(amount, currency):
        said = {"currency": currency, "places": places}
        raise NotAnAmount(_("An amount in %(currency)s has at most %(places)d decimals.") % said)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount with as many decimals as its currency has, the half rounded up."""
    try:
        return amount.quantize(Decimal(1).scaleb(-l10n.currency_digits(currency)), rounding="ROUND_HALF_UP")
    except InvalidOperation:
        raise NotAnAmount(_("An amount is a number above zero.")) from None
