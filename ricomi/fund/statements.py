"""Bank statements: what a file brings, and which pledge each entry may settle. A person confirms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from ricomi.directory.models import User
from ricomi.fund import giving
from ricomi.fund.bank import matching, reading
from ricomi.fund.bank.statement import BookedEntry
from ricomi.fund.models import BankEntry, Contribution, StatementFile

OPEN = (Contribution.Stage.PLEDGED, Contribution.Stage.PARTLY)


@dataclass(frozen=True)
class Taken:
    """What a file brought: how many entries it holds, and how many were not known before."""

    held: int
    new: int


@dataclass(frozen=True)
class Waiting:
    """An entry that waits for a person, the contributions that it may settle, and what is proposed for it, if any."""

    entry: BankEntry
    choices: list[Contribution]
    proposed: Contribution | None
    reasons: tuple[str, ...]


@transaction.atomic
def take_in(upload: Any, *, by: User) -> Taken:
    """Keep the entries of a statement file that are not known yet. Raises Unreadable; then nothing is kept."""
    read = reading.read(upload.read())
    entries = [(statement.account, entry) for statement in read.statements for entry in statement.entries]
    known = StatementFile.objects.filter(sha256=read.sha256).exists()
    if known:
        return Taken(len(entries), 0)
    file = StatementFile.objects.create(sha256=read.sha256, name=upload.name[-200:], format=read.format, imported_by=by)
    before = BankEntry.objects.count()
    BankEntry.objects.bulk_create((_row(file, account, one) for account, one in entries), ignore_conflicts=True)
    return Taken(len(entries), BankEntry.objects.count() - before)


def _row(file: StatementFile, account: str, one: BookedEntry) -> BankEntry:
    return BankEntry(
        file=file, key=one.key, account=account, amount=one.amount, credit=one.credit, currency=one.currency,
        booked_on=one.booked_on, value_on=one.value_on, bank_reference=one.bank_reference[:140],
        counterparty=one.counterparty[:200], remittance=one.remittance,
    )  # fmt: skip


def waiting() -> list[Waiting]:
    """The entries that wait for a person, each with what may be done with it."""
    entries = list(BankEntry.objects.waiting())
    pledges = {one.reference: one for one in Contribution.objects.filter(stage__in=OPEN).select_related("donor__state")}
    expected = [
        matching.Expected(
            one.reference, one.reference, one.donor.name, one.donor.state_id or "", giving.missing(one), one.currency,
            giving.next_due(one),
        )
        for one in pledges.values()
    ]  # fmt: skip
    booked = {_said(entry): entry for entry in entries}
    found = {booked[match.entry].pk: match for match in matching.propose(booked, expected)}
    rows = []
    for entry in entries:
        match = found.get(entry.pk)
        choices = [one for one in pledges.values() if one.currency == entry.currency]
        proposed = pledges[match.expected.key] if match else None
        rows.append(Waiting(entry, choices, proposed, match.reasons if match else ()))
    return rows


def _said(entry: BankEntry) -> BookedEntry:
    return BookedEntry(
        entry.bank_reference, entry.amount, entry.credit, entry.currency, entry.booked_on, entry.value_on,
        counterparty=entry.counterparty, remittance=entry.remittance, key=entry.key,
    )  # fmt: skip
