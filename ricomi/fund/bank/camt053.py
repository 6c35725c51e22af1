"""Reads the statement of a bank as ISO 20022 camt.053, from version 02 on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from lxml import etree

from ricomi import l10n
from ricomi.fund.bank import schema
from ricomi.fund.bank.bounded_xml import root_of
from ricomi.fund.bank.camt053_entries import Line, at, day, entries_of, signed, text
from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.identifiers import compact, iban_is_sound
from ricomi.fund.bank.statement import (
    BookedEntry,
    Statement,
    check_balance,
    check_count,
    checked_currency,
)  # fmt: skip

MESSAGE = "camt.053.001"
_OTHER = re.compile(r"([a-z]{4}\.[0-9]{3})\.[0-9]{3}\.[0-9]{2}")


def read(content: bytes) -> tuple[str, str, list[Statement]]:
    """The message with its version, its identification and its statements. Raises Unreadable."""
    root = root_of(content)
    message = _message(root)
    check_count(sum(1 for _entry in root.iter("{*}Ntry")))
    check_count(sum(1 for _details in root.iter("{*}TxDtls")))
    schema.check(root, message)
    _check_accounts(root)
    body = root[0]
    statements = [_statement(part) for part in at(body, "Stmt")]
    _check_said_once(body)
    return message, text(body, "GrpHdr/MsgId"), statements


def versions() -> list[str]:
    """The versions of camt.053 that can be read, oldest first; the first of all was never in use."""
    return [name for name in schema.known(MESSAGE) if not name.endswith(".01")]


def _message(root: etree._Element) -> str:
    name = etree.QName(root)
    message = (name.namespace or "").removeprefix(schema.NAMESPACE)
    if message in versions() and name.localname == "Document":
        return message
    facts = {"found": message[:40], "first": versions()[0], "last": versions()[-1]}
    if message.startswith("camt.053."):
        raise Unreadable(
            _("The file is a statement in version %(found)s; versions from %(first)s to %(last)s can be read. Ask the "
              "bank for one of these.") % facts
        )  # fmt: skip
    if _OTHER.fullmatch(message):
        raise Unreadable(
            _("The file is a message %(found)s, not a bank statement. Export the statement (camt.053) at the bank.")
            % facts
        )
    raise Unreadable(
        _("The file is XML, but no message of ISO 20022: it begins with “%(found)s”. Export the statement (camt.053) "
          "at the bank.") % {"found": name.localname[:40]}
    )  # fmt: skip


def _check_accounts(root: etree._Element) -> None:
    for account in root.iter("{*}IBAN"):
        if not iban_is_sound(account.text or ""):
            raise Unreadable(
                _("Line %(line)d of the file: the check digits of the account %(account)s are wrong. Ask the bank for "
                  "a corrected file.") % {"line": account.sourceline, "account": (account.text or "").strip()[:40]}
            )  # fmt: skip


def _check_said_once(body: etree._Element) -> None:
    said = [
        (_account(part), text(part, "Id"), text(part, "StmtPgntn/PgNb"), text(part, "CreDtTm"))
        for part in at(body, "Stmt")
    ]
    for one in said:
        if said.count(one) > 1:
            raise Unreadable(
                _("The file holds the statement %(number)s twice. Ask the bank for a corrected file.")
                % {"number": one[1]}
            )


def _statement(part: etree._Element) -> Statement:
    account, currency = _account(part), _currency(part)
    opening, closing = _balances(part, currency)
    lines = entries_of(part, currency, booked_otherwise=day(closing, "Dt/Dt", "Dt/DtTm"))
    entries = _fitting(lines, signed(opening, currency), signed(closing, currency), currency)
    _check_totals(part, lines, currency)
    return Statement(
        account=account, currency=currency,
        number=text(part, "ElctrncSeqNb", "LglSeqNb", "Id"),
        opening=signed(opening, currency), closing=signed(closing, currency),
        from_day=day(part, "FrToDt/FrDtTm"), to_day=day(part, "FrToDt/ToDtTm"),
        entries=tuple(entry for entry in entries if entry.amount),
    )  # fmt: skip


def _account(part: etree._Element) -> str:
    return compact(text(part, "Acct/Id/IBAN")) or text(part, "Acct/Id/Othr/Id")


def _currency(part: etree._Element) -> str:
    return checked_currency(text(part, "Acct/Ccy") or next(at(part, "Bal/Amt")).get("Ccy", ""))


def _balances(part: etree._Element, currency: str) -> tuple[etree._Element, etree._Element]:
    """The balances before and after; on a page that ends or begins in between, the interim ones."""
    by_kind: dict[str, list[etree._Element]] = {}
    for balance in at(part, "Bal"):
        by_kind.setdefault(text(balance, "Tp/CdOrPrtry/Cd"), []).append(balance)
    interim = by_kind.get("ITBD", [])
    before = by_kind.get("OPBD", []) + by_kind.get("PRCD", []) + interim[:1]
    after = by_kind.get("CLBD", []) + interim[-1:]
    if not before or not after or before[0] is after[0]:
        raise Unreadable(
            _("The statement %(number)s does not say what the account held before and after (OPBD and CLBD), so "
              "nothing shows that it is whole. Ask the bank for statements with both balances.")
            % {"number": text(part, "Id")}
        )  # fmt: skip
    return before[0], after[0]


def _fitting(lines: list[Line], opening: Decimal, closing: Decimal, currency: str) -> list[BookedEntry]:
    """The booked entries, read so that they lead from one balance to the other.

    By the standard an entry's own sign says which way the money went, also when it takes another back. Some banks give
    the sign of what is taken back instead; where only that leads to the closing balance, it is what was meant.
    """
    booked = [line for line in lines if line.booked]
    usual = [entry for line in booked for entry in line.entries()]
    if any(line.reversal for line in booked) and opening + sum(entry.signed for entry in usual) != closing:
        turned = [entry for line in booked for entry in line.entries(turned=True)]
        if opening + sum(entry.signed for entry in turned) == closing:
            return turned
    check_balance(opening, usual, closing, currency)
    return usual


def _check_totals(part: etree._Element, lines: list[Line], currency: str) -> None:
    """What the bank counted itself, over what is booked or over all that the statement lists."""
    for summary in at(part, "TxsSummry"):
        stated = list(_stated_totals(summary, currency))
        readings = [_totals([line for line in lines if line.booked]), _totals(lines)]
        if not any(all(totals[name] == value for name, value in stated) for totals in readings):
            name, value = next((n, v) for n, v in stated if readings[0][n] != v)
            raise Unreadable(
                _("The file says %(stated)s in its summary (%(name)s), but its entries come to %(reckoned)s. Entries "
                  "are missing or were changed: download the statement again from the bank, whole.")
                % {"stated": l10n.number(value), "name": name, "reckoned": l10n.number(readings[0][name])}
            )  # fmt: skip


def _stated_totals(summary: etree._Element, currency: str) -> Iterator[tuple[str, Decimal]]:
    for kind in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries"):
        for name in ("NbOfNtries", "Sum"):
            if value := text(summary, f"{kind}/{name}"):
                yield f"{kind}/{name}", Decimal(value)
    net = text(summary, "TtlNtries/TtlNetNtryAmt", "TtlNtries/TtlNetNtry/Amt")
    sign = text(summary, "TtlNtries/CdtDbtInd", "TtlNtries/TtlNetNtry/CdtDbtInd")
    if net and sign:
        yield "TtlNtries/TtlNetNtryAmt", Decimal(net) if sign == "CRDT" else -Decimal(net)


def _totals(lines: list[Line]) -> dict[str, Decimal]:
    credits = [line.amount for line in lines if line.credit]
    debits = [line.amount for line in lines if not line.credit]
    found = {}
    for kind, amounts in (("TtlNtries", credits + debits), ("TtlCdtNtries", credits), ("TtlDbtNtries", debits)):
        found[f"{kind}/NbOfNtries"], found[f"{kind}/Sum"] = Decimal(len(amounts)), sum(amounts, Decimal(0))
    found["TtlNtries/TtlNetNtryAmt"] = sum(credits, Decimal(0)) - sum(debits, Decimal(0))
    return found
