"""How pages write days, moments, money, numbers, countries and sizes: as CLDR does in the reader's language."""

from __future__ import annotations

import datetime
from decimal import Decimal

from babel import Locale
from django import template

from ricomi import l10n

register = template.Library()


@register.filter
def day(value: datetime.date | None) -> str:
    """A day; nothing for none."""
    return l10n.day(value) if value else ""


@register.filter
def moment(value: datetime.datetime | None) -> str:
    """A day and time in the reader's zone; nothing for none."""
    return l10n.moment(value) if value else ""


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency; nothing for none."""
    return l10n.money(amount, currency) if amount is not None else ""


@register.filter
def fact(amount: str) -> str:
    """An amount as the timeline keeps it, `1000.00 USD`, in the reader's way of writing."""
    figure, _space, currency = amount.partition(" ")
    return l10n.money(Decimal(figure), currency)


@register.filter
def number(value: Decimal | int | None) -> str:
    """A number; nothing for none."""
    return l10n.number(value) if value is not None else ""


@register.filter
def country(code: str) -> str:
    """A country's name by its ISO code."""
    return l10n.country(code)


@register.filter
def language_name(code: str) -> str:
    """A language's name in the reader's language."""
    return Locale.parse(code).get_display_name(l10n.locale()) or code
