"""Reads the entries of a statement in camt.053, whose versions differ in where some facts stand."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from lxml import etree

from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.identifiers import compact
from ricomi.fund.bank.statement import BookedEntry, checked_amount, checked_day

TEXT_CHARACTERS = 2000


@dataclass(frozen=True)
class Line:
    """One `Ntry` of the file, as the bank lists it; `parts` are the payments of which it is the sum, one or more."""

    amount: Decimal
    credit: bool
    reversal: bool
    booked: bool
    parts: tuple[BookedEntry, ...]

    def entries(self, *, turned: bool = False) -> list[BookedEntry]:
        """Its payments; with `turned`, the sign of a reversal is read as that of what it takes back."""
        if turned and self.reversal:
            return [replace(part, credit=not part.credit) for part in self.parts]
        return list(self.parts)


@lru_cache(maxsize=256)
def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def at(node: etree._Element, path: str) -> Iterator[etree._Element]:
    """The elements at a path of names, e.g. `NtryDtls/TxDtls`, in any version's namespace."""
    return node.iterfind(_path(path))


def text(node: etree._Element, *paths: str) -> str:
    """The first text that stands at one of the paths, in one line; empty when none does."""
    for path in paths:
        if found := " ".join((node.findtext(_path(path)) or "").split()):
            return found
    return ""


def day(node: etree._Element, *paths: str) -> datetime.date | None:
    """The first day that stands at one of the paths. Raises Unreadable for one that is not in the calendar."""
    found = text(node, *paths)
    return checked_day(found) if found else None


def money(node: etree._Element, currency: str) -> Decimal:
    """The amount of an `Amt`. Raises Unreadable when it is in another currency than the account."""
    if node.get("Ccy") != currency:
        raise Unreadable(
            _("Line %(line)d of the file: an amount in %(found)s stands on an account in %(currency)s. Ask the bank "
              "for a corrected file.") % {"line": node.sourceline, "found": node.get("Ccy"), "currency": currency}
        )  # fmt: skip
    return checked_amount(Decimal((node.text or "").strip()), currency)


def signed(node: etree._Element, currency: str) -> Decimal:
    """What a balance adds to the account: above zero unless it is overdrawn."""
    amount = money(next(at(node, "Amt")), currency)
    return amount if text(node, "CdtDbtInd") == "CRDT" else -amount


def entries_of(part: etree._Element, currency: str, *, booked_otherwise: datetime.date | None) -> list[Line]:
    """The entries of a `Stmt`; one that bears no day was booked on the day given. Raises Unreadable."""
    return [_line(entry, currency, booked_otherwise) for entry in at(part, "Ntry")]


def _line(entry: etree._Element, currency: str, booked_otherwise: datetime.date | None) -> Line:
    value_on = day(entry, "ValDt/Dt", "ValDt/DtTm")
    booked_on = day(entry, "BookgDt/Dt", "BookgDt/DtTm") or value_on or booked_otherwise
    assert booked_on is not None, "the schema wants a day of every balance"
    status = text(entry, "Sts/Cd", "Sts/Prtry", "Sts")
    whole = BookedEntry(
        bank_reference=text(entry, "AcctSvcrRef"), amount=money(next(at(entry, "Amt")), currency),
        credit=text(entry, "CdtDbtInd") == "CRDT", currency=currency, booked_on=booked_on,
        value_on=value_on or booked_on, status=status, reversal=text(entry, "RvslInd") in {"true", "1"},
    )  # fmt: skip
    return Line(whole.amount, whole.credit, whole.reversal, status == "BOOK", _parts(entry, whole))


def _parts(entry: etree._Element, whole: BookedEntry) -> tuple[BookedEntry, ...]:
    details = list(at(entry, "NtryDtls/TxDtls"))
    if len(details) == 1:
        return (_described(details[0], whole, text(entry, "AddtlNtryInf")),)
    amounts = [_part_amount(one, whole) for one in details]
    found = [
        _described(one, replace(whole, amount=abs(amount), credit=whole.credit == (amount > 0)))
        for one, amount in zip(details, amounts, strict=True) if amount
    ]  # fmt: skip
    if found and None not in amounts and sum(amount or 0 for amount in amounts) == whole.amount:
        return tuple(found)
    words = [text(entry, "AddtlNtryInf"), *(_remittance(one) for one in details)]
    return (replace(whole, remittance=" ".join(filter(None, words))[:TEXT_CHARACTERS]),)


def _part_amount(details: etree._Element, whole: BookedEntry) -> Decimal | None:
    """What a payment adds to its entry; None when the bank does not say, or says it in another currency."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        for amount in at(details, path):
            if amount.get("Ccy") == whole.currency:
                value = money(amount, whole.currency)
                sign = text(details, "CdtDbtInd")
                return -value if sign and (sign == "CRDT") != whole.credit else value
    return None


def _described(details: etree._Element, entry: BookedEntry, otherwise: str = "") -> BookedEntry:
    # Who stands on the other side of a movement stays there when it is taken back.
    role = "Dbtr" if entry.credit != entry.reversal else "Cdtr"
    people, accounts = f"RltdPties/{role}", f"RltdPties/{role}Acct/Id"
    end_to_end = text(details, "Refs/EndToEndId")
    return replace(
        entry,
        bank_reference=text(details, "Refs/AcctSvcrRef") or entry.bank_reference,
        counterparty=text(
            details, f"{people}/Nm", f"{people}/Pty/Nm", f"{people}/Agt/FinInstnId/Nm", f"RltdPties/Ultmt{role}/Nm",
            f"RltdPties/Ultmt{role}/Pty/Nm", f"{people}/Agt/FinInstnId/BICFI",
        ),
        counterparty_account=compact(text(details, f"{accounts}/IBAN")) or text(details, f"{accounts}/Othr/Id"),
        remittance=(_remittance(details) or text(details, "AddtlTxInf") or otherwise)[:TEXT_CHARACTERS],
        end_to_end_id="" if end_to_end == "NOTPROVIDED" else end_to_end,
    )  # fmt: skip


def _remittance(details: etree._Element) -> str:
    found = [
        element.text or ""
        for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf")
        for element in at(details, path)
    ]
    return " ".join(" ".join(found).split())
