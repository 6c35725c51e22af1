"""Bank statements put together for the tests, in each version of camt.053 and as sheets."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from ricomi.fund.bank import reading
from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.statement import BookedEntry

ACCOUNT = "GB33BUKB20201555555555"
DONOR_ACCOUNT = "DE89370400440532013000"
DAY = datetime.date(2026, 11, 24)
# What the first entry of every sample says.
RECEIVED = BookedEntry(
    bank_reference="F-17", amount=Decimal("500.00"), credit=True, currency="USD", booked_on=DAY, value_on=DAY,
    counterparty="Government of Canada", counterparty_account=DONOR_ACCOUNT, remittance="RICOMI 2026-0001",
    end_to_end_id="E2E-1",
)  # fmt: skip
# From this version on a status is a code in an element of its own, and a party is a person or a bank.
WITH_CHOICES = 7
# In these each payment must say its amount.
WITH_AMOUNTS = range(3, 7)


@dataclass
class Transfer:
    """One payment inside an entry."""

    amount: str = ""
    name: str = "Government of Canada"
    account: str = DONOR_ACCOUNT
    text: str = "RICOMI 2026-0001"
    end_to_end: str = "E2E-1"
    reference: str = ""
    sign: str = ""
    currency: str = ""


@dataclass
class Entry:
    """One booking; its sign is CRDT or DBIT."""

    amount: str = "500.00"
    sign: str = "CRDT"
    reference: str = "F-17"
    day: str = "2026-11-24"
    status: str = "BOOK"
    reversal: bool = False
    currency: str = ""
    transfers: Sequence[Transfer] = field(default_factory=lambda: (Transfer(),))


@dataclass
class Sample:
    """A file with one statement, sound unless told otherwise; `summary` and `closing` follow from the entries."""

    version: int = 8
    entries: Sequence[Entry] = field(default_factory=lambda: (Entry(), Entry("120.50", "DBIT", "F-18")))
    opening: str = "1000.00"
    closing: str = ""
    currency: str = "USD"
    account: str = ACCOUNT
    number: str = "2026-11"
    summary: str | None = ""
    codes: tuple[str, str] = ("OPBD", "CLBD")
    statements: int = 1

    @property
    def message(self) -> str:
        return f"camt.053.001.{self.version:02d}"

    def text(self) -> str:
        """The file as text."""
        said = "".join(self._statement(self.number) for _one in range(self.statements))
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{self.message}">\n<BkToCstmrStmt>\n'
            f"<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-25T06:00:00</CreDtTm></GrpHdr>\n{said}</BkToCstmrStmt>\n</Document>\n"
        )

    def file(self) -> bytes:
        """The file as the bank sends it."""
        return self.text().encode()

    def _statement(self, number: str) -> str:
        entries = "".join(self._entry(entry) for entry in self.entries)
        return (
            f"<Stmt><Id>{number}</Id><ElctrncSeqNb>11</ElctrncSeqNb><CreDtTm>2026-11-25T06:00:00</CreDtTm>"
            f"<FrToDt><FrDtTm>2026-11-24T00:00:00</FrDtTm><ToDtTm>2026-11-24T23:59:59</ToDtTm></FrToDt>\n"
            f"<Acct><Id>{account(self.account)}</Id><Ccy>{self.currency}</Ccy></Acct>\n"
            f"{self._balance(self.codes[0], Decimal(self.opening))}{self._balance(self.codes[1], self._closing())}"
            f"{self._summary()}{entries}</Stmt>\n"
        )

    def _closing(self) -> Decimal:
        if self.closing:
            return Decimal(self.closing)
        booked = [one for one in self.entries if one.status == "BOOK"]
        return Decimal(self.opening) + sum(Decimal(one.amount) * (1 if one.sign == "CRDT" else -1) for one in booked)

    def _balance(self, code: str, amount: Decimal) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{self._amount(str(abs(amount)))}"
            f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>\n"
        )

    def _summary(self) -> str:
        if self.summary is None:
            return ""
        if self.summary:
            return f"<TxsSummry>{self.summary}</TxsSummry>"
        found = ""
        for name, sign in (("TtlNtries", None), ("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
            amounts = [Decimal(one.amount) for one in self.entries if sign in {None, one.sign}]
            total = sum(amounts, Decimal(0))
            found += f"<{name}><NbOfNtries>{len(amounts)}</NbOfNtries><Sum>{total}</Sum></{name}>"
        return f"<TxsSummry>{found}</TxsSummry>\n"

    def _amount(self, amount: str, currency: str = "") -> str:
        return f'<Amt Ccy="{currency or self.currency}">{amount}</Amt>'

    def _entry(self, entry: Entry) -> str:
        status = f"<Cd>{entry.status}</Cd>" if self.version >= WITH_CHOICES else entry.status
        details = "".join(self._transfer(one, entry) for one in entry.transfers)
        reference = f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef>" if entry.reference else ""
        return (
            f"<Ntry>{self._amount(entry.amount, entry.currency)}<CdtDbtInd>{entry.sign}</CdtDbtInd>"
            f"{'<RvslInd>true</RvslInd>' if entry.reversal else ''}<Sts>{status}</Sts>"
            f"<BookgDt><Dt>{entry.day}</Dt></BookgDt><ValDt><Dt>{entry.day}</Dt></ValDt>{reference}<BkTxCd/>"
            f"{f'<NtryDtls>{details}</NtryDtls>' if details else ''}</Ntry>\n"
        )

    def _transfer(self, one: Transfer, entry: Entry) -> str:
        role = "Dbtr" if (entry.sign == "CRDT") != entry.reversal else "Cdtr"
        name = f"<Nm>{escape(one.name)}</Nm>"
        party = f"<Pty>{name}</Pty>" if self.version >= WITH_CHOICES else name
        own = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
        return (
            f"<TxDtls><Refs>{own}<EndToEndId>{one.end_to_end}</EndToEndId></Refs>{self._part(one, entry)}"
            f"<RltdPties><{role}>{party}</{role}><{role}Acct><Id>{account(one.account)}</Id></{role}Acct></RltdPties>"
            f"<RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf></TxDtls>"
        )

    def _part(self, one: Transfer, entry: Entry) -> str:
        if not one.amount and self.version not in WITH_AMOUNTS:
            return ""
        amount = self._amount(one.amount or entry.amount, one.currency)
        if self.version < WITH_AMOUNTS[0]:
            return f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
        return f"{amount}<CdtDbtInd>{one.sign or entry.sign}</CdtDbtInd>"


def account(number: str) -> str:
    """An account as ISO 20022 identifies it: by its IBAN, or as its bank does."""
    return f"<IBAN>{number}</IBAN>" if number[:2].isalpha() else f"<Othr><Id>{number}</Id></Othr>"


COLUMNS = "booking day;value day;amount;currency;sign;bank reference;counterparty;counterparty account;remittance"
ROWS = (
    f"2026-11-24;2026-11-24;500.00;USD;C;F-17;Government of Canada;{DONOR_ACCOUNT};RICOMI 2026-0001",
    "2026-11-24;2026-11-23;120.50;USD;D;F-18;Ministerio de Educación;;Viaje 2026-0002",
)


def sheet(
    *rows: str,
    above: Sequence[str] = ("opening balance;1000.00",),
    below: Sequence[str] = ("closing balance;1379.50",),
    columns: str = COLUMNS,
    whose: str = ACCOUNT,
) -> str:
    """A statement as a sheet, sound unless told otherwise."""
    lines = [f"account;{whose}", "currency;USD", "statement;2026-11", *above, columns, *(rows or ROWS), *below]
    return "\n".join(lines) + "\n"


def entries(content: bytes | str) -> tuple[BookedEntry, ...]:
    """What a file holds."""
    read = reading.read(content.encode() if isinstance(content, str) else content)
    return tuple(entry for one in read.statements for entry in one.entries)


def amounts(found: Sequence[BookedEntry]) -> list[str]:
    """What entries add to the account."""
    return [str(entry.signed) for entry in found]


def refusal(content: bytes | str, *, sha256: str = "") -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(Unreadable) as caught:
        reading.read(content.encode() if isinstance(content, str) else content, sha256=sha256)
    (sentence,) = caught.value.messages
    assert "%(" not in sentence
    assert sentence.endswith(".")
    return str(sentence)
