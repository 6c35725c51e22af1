"""A bank statement as the Fund keeps it, whichever form it came in, and what must hold of every one."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.fund.bank.faults import Unreadable

MOST_ENTRIES = 10_000
YEARS = range(1990, 2101)
LARGEST = Decimal(10) ** 15


@dataclass(frozen=True)
class BookedEntry:
    """One movement on the account that the bank has booked.

    `amount` is above zero, in `currency`; `credit` says that it came in. `reversal` says that it takes an earlier
    movement back. `key` is the same whenever the same movement is read again, from whichever file.
    """

    bank_reference: str
    amount: Decimal
    credit: bool
    currency: str
    booked_on: datetime.date
    value_on: datetime.date
    counterparty: str = ""
    counterparty_account: str = ""
    remittance: str = ""
    end_to_end_id: str = ""
    status: str = "BOOK"
    reversal: bool = False
    key: str = ""

    @property
    def signed(self) -> Decimal:
        """What the movement adds to the account."""
        return self.amount if self.credit else -self.amount


@dataclass(frozen=True)
class Statement:
    """What one account held before and after its entries; balances are None where the form does not state them."""

    account: str
    currency: str
    number: str
    opening: Decimal | None
    closing: Decimal | None
    from_day: datetime.date | None
    to_day: datetime.date | None
    entries: tuple[BookedEntry, ...]


@dataclass(frozen=True)
class StatementFile:
    """A file that was read whole. `format` is the ISO message with its version, e.g. `camt.053.001.08`, or `csv`."""

    sha256: str
    format: str
    message_id: str
    statements: tuple[Statement, ...]


def checked_currency(code: str) -> str:
    """A currency of ISO 4217. Raises Unreadable."""
    if not l10n.is_currency(code):
        raise Unreadable(
            _("“%(code)s” is no currency of ISO 4217. Ask the bank for a corrected file.") % {"code": code[:10]}
        )
    return code


def checked_amount(amount: Decimal, currency: str) -> Decimal:
    """An amount of at least zero with the decimals that its currency has. Raises Unreadable."""
    digits = l10n.currency_digits(checked_currency(currency))
    if not amount.is_finite() or not 0 <= amount < LARGEST:
        raise Unreadable(
            _("“%(amount)s” is no amount of money: amounts are not negative, the sign stands apart. Ask the bank for a "
              "corrected file.") % {"amount": str(amount)[:30]}
        )  # fmt: skip
    exact = amount.quantize(Decimal(1).scaleb(-digits))
    if exact != amount:
        raise Unreadable(
            _("%(amount)s has more decimals than %(currency)s has. Ask the bank for a corrected file.")
            % {"amount": l10n.number(amount), "currency": currency}
        )
    return exact


def checked_day(text: str) -> datetime.date:
    """A day that begins with `2026-11-24`, whatever time follows. Raises Unreadable."""
    try:
        day = datetime.date.fromisoformat(text.strip()[:10])
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Unreadable(
            _("“%(text)s” is no day of the calendar. Ask the bank for a corrected file.") % {"text": text[:30]}
        )
    return day


def check_count(entries: int) -> None:
    """Raises Unreadable for more entries than one file may hold."""
    if entries > MOST_ENTRIES:
        raise Unreadable(
            _("The file holds more than %(limit)s entries. Ask the bank for shorter periods, and upload one by one.")
            % {"limit": l10n.number(MOST_ENTRIES)}
        )


def check_balance(opening: Decimal, entries: Iterable[BookedEntry], closing: Decimal, currency: str) -> None:
    """Raises Unreadable unless the entries lead from the opening balance to the closing one."""
    reckoned = opening + sum((entry.signed for entry in entries), Decimal(0))
    if reckoned != closing:
        raise Unreadable(
            _("The opening balance and the entries come to %(reckoned)s, but the file says %(stated)s. Entries are "
              "missing or were changed: download the statement again from the bank, whole.")
            % {"reckoned": l10n.money(reckoned, currency), "stated": l10n.money(closing, currency)}
        )  # fmt: skip


def with_keys(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements of one file, with an identity for each entry.

    It is made of the account, the day, the amount and the bank's own reference; where the bank gave none, of what else
    the entry says. Entries that all this does not tell apart are numbered in the file's order.
    """
    seen: Counter[str] = Counter()
    keyed = []
    for statement in statements:
        entries = []
        for entry in statement.entries:
            content = _content(statement.account, entry)
            seen[content] += 1
            entries.append(replace(entry, key=_digest(f"{content} {seen[content]}")))
        keyed.append(replace(statement, entries=tuple(entries)))
    return tuple(keyed)


def _content(account: str, entry: BookedEntry) -> str:
    facts = [account, entry.booked_on.isoformat(), str(entry.signed), entry.currency, entry.bank_reference]
    if not entry.bank_reference:
        others = (entry.counterparty, entry.counterparty_account, entry.end_to_end_id, entry.remittance)
        facts += [entry.value_on.isoformat(), *(" ".join(text.split()).casefold() for text in others)]
    return _digest(json.dumps(facts))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
