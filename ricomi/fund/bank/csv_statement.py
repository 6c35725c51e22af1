"""Reads a bank statement kept as a sheet in the form that the Fund documents, for banks that send no camt.053.

    account;GB33BUKB20201555555555
    currency;USD
    statement;2026-11
    opening balance;1000.00
    booking day;value day;amount;currency;sign;bank reference;counterparty;counterparty account;remittance
    2026-11-24;2026-11-24;500.00;USD;C;F-17;Government of Canada;;RICOMI 2026-0001
    closing balance;1500.00

Semicolons, commas or tabs divide it; decimals follow a point or a comma; days are 2026-11-24 or 24.11.2026. The sign
is C or D, or + or -, or stands before the amount. The order of the columns is free; booking day and amount must be
there. Above the headings stand the account and what is known of it. Below the entries, and last of all, stands the
`closing balance` (which then has an `opening balance` above) or the `total` that the entries add to the account:
without it nobody would see that the end is missing. A file whose SHA-256 is known needs neither.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.fund.bank.csv_amounts import amount_of, day_of, decimal_mark
from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.identifiers import compact, iban_is_sound, looks_like_iban
from ricomi.fund.bank.statement import (
    BookedEntry,
    Statement,
    check_balance,
    check_count,
    checked_amount,
    checked_currency,
)  # fmt: skip

CELL_CHARACTERS = 2000
COLUMNS = (
    "booking day", "value day", "amount", "currency", "sign", "bank reference", "counterparty", "counterparty account",
    "remittance", "end-to-end reference",
)  # fmt: skip
FACTS = ("account", "currency", "statement", "opening balance", "closing balance", "total", "entries")
_LAST = ("closing balance", "total")
_CREDIT, _DEBIT = {"c", "cr", "crdt", "+"}, {"d", "dr", "dbit", "-"}


@dataclass
class _Sheet:
    """What was found in the file: facts by name, and the rows below the headings, each with its line."""

    facts: dict[str, tuple[str, int]] = field(default_factory=dict)
    rows: list[tuple[dict[str, str], int]] = field(default_factory=list)
    last: str = ""

    def said(self, name: str) -> str:
        return self.facts.get(name, ("", 0))[0]


def read(content: bytes, *, vouched_for: bool = False) -> Statement:
    """The statement that a sheet holds. Raises Unreadable.

    `vouched_for` says that a SHA-256 has shown the file to be whole.
    """
    words = _decoded(content)
    if not vouched_for and not words.endswith("\n"):
        raise Unreadable(_("The file ends in the middle of a line. Download or save it again, whole."))
    sheet = _sheet(words)
    if not vouched_for and sheet.last not in _LAST:
        raise Unreadable(
            _("The last line of the file must be the closing balance or the total of its entries, so that one sees "
              "that nothing is missing. Add it, or download the file again.")
        )  # fmt: skip
    return _statement(sheet)


def _decoded(content: bytes) -> str:
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            words = content.decode("cp1252")
        except UnicodeDecodeError:
            words = "\x00"
    if any((char < " " and char not in "\t\r\n") or char == "\ufffd" or "\x7f" <= char < "\xa0" for char in words):
        raise Unreadable(_("The letters of the file cannot be read. Save it as CSV in UTF-8 and upload it again."))
    return words


def _sheet(words: str) -> _Sheet:
    sheet = _Sheet()
    columns: list[str] = []
    for cells, line in _lines(words):
        name = cells[0].casefold()
        headings = [cell.casefold() for cell in cells]
        if not columns and {"booking day", "amount"} <= set(headings):
            columns = _headings(headings)
        elif name in FACTS and len(cells) > 1 and not any(cells[2:]):
            _note(sheet, name, cells[1], line)
        elif not columns or sheet.last:
            raise Unreadable(
                _("Line %(line)d of the file is none that is known there. Lines above the headings and below the "
                  "entries are of these kinds: %(known)s. The headings are: %(columns)s.")
                % {"line": line, "known": ", ".join(FACTS), "columns": ", ".join(COLUMNS)}
            )  # fmt: skip
        else:
            sheet.rows.append((_row(columns, cells, line), line))
            check_count(len(sheet.rows))
        sheet.last = name if name in _LAST and columns else sheet.last
    if not columns:
        raise Unreadable(
            _("The file is neither XML nor a sheet with these headings: %(columns)s. Upload the statement (camt.053) "
              "that the bank sent, or a CSV file of this form.") % {"columns": ", ".join(COLUMNS)}
        )  # fmt: skip
    return sheet


def _lines(words: str) -> Iterator[tuple[list[str], int]]:
    """The lines that are not empty, cell by cell, with their numbers."""
    first = next((line for line in words.splitlines() if line.strip()), "")
    divider = max(";,\t", key=lambda mark: (first.count(mark), mark == ";"))
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=divider, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield [" ".join(cell.split()) for cell in cells], reader.line_num
    except csv.Error:
        raise Unreadable(
            _("Line %(line)d of the file: a quotation mark is open or in a wrong place. Save the file as CSV again.")
            % {"line": reader.line_num}
        ) from None


def _headings(headings: list[str]) -> list[str]:
    while headings and not headings[-1]:
        headings.pop()
    for heading in headings:
        if heading not in COLUMNS:
            raise Unreadable(
                _("The heading “%(heading)s” is not known. Known are: %(columns)s. Rename the column or leave it out.")
                % {"heading": heading[:40], "columns": ", ".join(COLUMNS)}
            )
        if headings.count(heading) > 1:
            raise Unreadable(
                _("The heading “%(heading)s” stands there twice. Keep one of them.") % {"heading": heading}
            )
    return headings


def _note(sheet: _Sheet, name: str, value: str, line: int) -> None:
    if name in sheet.facts:
        raise Unreadable(
            _("Line %(line)d of the file says “%(name)s” a second time. Keep one account and one statement in a file.")
            % {"line": line, "name": name}
        )
    sheet.facts[name] = (value, line)


def _row(columns: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        raise Unreadable(
            _("Line %(line)d of the file has %(found)d cells, where the headings name %(expected)d. Put texts that "
              "hold the dividing mark into quotation marks, or download the file again.")
            % {"line": line, "found": len(cells), "expected": len(columns)}
        )  # fmt: skip
    return dict(zip(columns, (cell[:CELL_CHARACTERS] for cell in cells), strict=False))


def _statement(sheet: _Sheet) -> Statement:
    account = compact(sheet.said("account"))
    if not account:
        raise Unreadable(_("The file does not say whose it is. Put a line above the headings: account;number."))
    if looks_like_iban(account) and not iban_is_sound(account):
        raise _wrong_digits(account, sheet.facts["account"][1])
    currency = checked_currency((sheet.said("currency") or _first_currency(sheet)).upper())
    figures = [row["amount"] for row, _line in sheet.rows]
    figures += [sheet.said(name) for name in ("opening balance", "closing balance", "total")]
    mark = decimal_mark(figures)
    entries = tuple(_entry(row, line, currency, mark) for row, line in sheet.rows)
    opening, closing = (_balance(sheet, name, currency, mark) for name in ("opening balance", "closing balance"))
    _check(sheet, entries, opening, closing, currency, mark)
    days = [entry.booked_on for entry in entries]
    return Statement(
        account, currency, sheet.said("statement"), opening, closing, min(days, default=None), max(days, default=None),
        tuple(entry for entry in entries if entry.amount),
    )  # fmt: skip


def _first_currency(sheet: _Sheet) -> str:
    return next((row.get("currency", "") for row, _line in sheet.rows), "")


def _wrong_digits(account: str, line: int) -> Unreadable:
    said = {"line": line, "account": account[:40]}
    return Unreadable(
        _("Line %(line)d of the file: the check digits of the account %(account)s are wrong. Correct it in the file.")
        % said
    )


def _entry(row: dict[str, str], line: int, currency: str, mark: str) -> BookedEntry:
    if (found := row.get("currency", "").upper() or currency) != currency:
        raise Unreadable(
            _("Line %(line)d of the file: an amount in %(found)s stands on an account in %(currency)s. Keep one "
              "currency in a file.") % {"line": line, "found": found[:10], "currency": currency}
        )  # fmt: skip
    other = compact(row.get("counterparty account", ""))
    if looks_like_iban(other) and not iban_is_sound(other):
        raise _wrong_digits(other, line)
    amount = amount_of(row["amount"], mark, line)
    credit = _is_credit(row, amount, line)
    booked_on = day_of(row["booking day"], line)
    return BookedEntry(
        bank_reference=row.get("bank reference", ""), amount=checked_amount(abs(amount), currency), credit=credit,
        currency=currency, booked_on=booked_on,
        value_on=day_of(row["value day"], line) if row.get("value day") else booked_on,
        counterparty=row.get("counterparty", ""), counterparty_account=other, remittance=row.get("remittance", ""),
        end_to_end_id=row.get("end-to-end reference", ""),
    )  # fmt: skip


def _is_credit(row: dict[str, str], amount: Decimal, line: int) -> bool:
    sign = row.get("sign", "").casefold()
    if not sign:
        return amount >= 0
    if sign not in _CREDIT | _DEBIT:
        raise Unreadable(
            _("Line %(line)d of the file: “%(sign)s” is no sign. Write C for what came in and D for what went out.")
            % {"line": line, "sign": sign[:10]}
        )
    if amount < 0:
        raise Unreadable(
            _("Line %(line)d of the file: a negative amount with a sign beside it can be read in two ways. Leave one "
              "of them out.") % {"line": line}
        )  # fmt: skip
    return sign in _CREDIT


def _balance(sheet: _Sheet, name: str, currency: str, mark: str) -> Decimal | None:
    if not (said := sheet.said(name)):
        return None
    amount = amount_of(said, mark, sheet.facts[name][1])
    return checked_amount(abs(amount), currency).copy_sign(amount)


def _check(
    sheet: _Sheet, entries: tuple[BookedEntry, ...], opening: Decimal | None, closing: Decimal | None, currency: str,
    mark: str,
) -> None:  # fmt: skip
    if closing is not None:
        if opening is None:
            raise Unreadable(
                _("The file states a closing balance, but not the opening one. Put a line above the headings: opening "
                  "balance;1000.00.")
            )  # fmt: skip
        check_balance(opening, entries, closing, currency)
    if (total := _balance(sheet, "total", currency, mark)) is not None:
        check_balance(Decimal(0), entries, total, currency)
    if (stated := sheet.said("entries")) and stated != str(len(entries)):
        raise Unreadable(
            _("The file says that it holds %(stated)s entries, but %(found)s are there. Download it again, whole.")
            % {"stated": stated[:10], "found": l10n.number(len(entries))}
        )
