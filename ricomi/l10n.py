"""Dates, numbers, money, countries and languages as CLDR writes them in the reader's language."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

import pycountry
from babel import Locale, dates, numbers
from django.utils import timezone
from django.utils.translation import get_language

LANGUAGES = [("es", "Español"), ("en", "English"), ("pt", "Português"), ("fr", "Français")]


def today() -> datetime.date:
    """The current day in UTC, in which all periods of the network are counted."""
    return timezone.now().date()


@lru_cache(maxsize=8)
def _locale(code: str) -> Locale:
    return Locale.parse(code)


def locale() -> Locale:
    """The CLDR locale of the language that is active now; English when none is."""
    code = (get_language() or "en")[:2]
    return _locale(code if code in dict(LANGUAGES) else "en")


def country(code: str) -> str:
    """A country's name by its ISO 3166-1 alpha-2 code, the code itself when CLDR has no name."""
    return locale().territories.get(code, code)


def countries() -> dict[str, str]:
    """The names of all countries by their ISO 3166-1 alpha-2 code."""
    return {one.alpha_2: country(one.alpha_2) for one in pycountry.countries}


def country_in(code: str, language: str) -> str:
    """A country's name in one of the four languages."""
    return _locale(language).territories.get(code, code)


def is_country(code: str) -> bool:
    """Whether ISO 3166-1 knows the alpha-2 code."""
    found = pycountry.countries.get(alpha_2=code)
    return found is not None and found.alpha_2 == code


def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows the currency."""
    found = pycountry.currencies.get(alpha_3=code)
    return found is not None and found.alpha_3 == code


def currency_digits(code: str) -> int:
    """How many decimals amounts in a currency have, at most two, e.g. 0 for the guaraní."""
    return min(2, numbers.get_currency_precision(code))


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency, e.g. `131.000,00 USD` for a reader of Spanish."""
    return numbers.format_currency(amount, currency, format="#,##0.00 ¤¤", locale=locale(), currency_digits=True)


def amount(value: Decimal, currency: str) -> str:
    """An amount with as many decimals as its currency has, and without its name."""
    return numbers.format_currency(value, currency, format="#,##0.00", locale=locale(), currency_digits=True)


def number(value: Decimal | int) -> str:
    """A number with the reader's separators and no rounding."""
    return numbers.format_decimal(value, locale=locale(), decimal_quantization=False)


def hundredths(value: Decimal) -> str:
    """A number with two decimals, such as points or a share."""
    return numbers.format_decimal(value, format="#,##0.00", locale=locale())


def day(value: datetime.date) -> str:
    """A day, e.g. `24 nov 2026`. A moment is first put into the reader's time zone."""
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).date()
    return dates.format_date(value, "medium", locale=locale())


def moment(value: datetime.datetime) -> str:
    """A day and time in the reader's time zone, with how far it is from UTC: `24 nov 2026, 15:25 GMT-05:00`."""
    local = timezone.localtime(value)
    zone = dates.get_timezone_gmt(local, "long", locale=locale())
    return f"{day(local)}, {dates.format_time(local, 'short', locale=locale())} {zone}"


def in_language(names: Mapping[str, str]) -> str:
    """The entry for the reader's language of names kept by language code; Spanish stands in for a missing one."""
    code = (get_language() or "en")[:2]
    return names.get(code) or names.get("es") or next(iter(names.values()), "")


def pattern(value: datetime.date, form: str) -> str:
    """A day in a pattern of CLDR's, such as `MMMM y` for its month."""
    return dates.format_date(value, form, locale=locale())


def percent(value: int) -> str:
    """So many hundredths, e.g. `75 %` for a reader of Spanish."""
    return numbers.format_percent(value / 100, locale=locale())


def separators() -> tuple[str, str]:
    """The signs between a number's decimals and between its thousands."""
    found = locale()
    return numbers.get_decimal_symbol(found), numbers.get_group_symbol(found)
