"""How things come into the catalogue: results of cases, what information systems tell, what delegations write."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from ricomi import l10n
from ricomi.catalogue import cards
from ricomi.catalogue.models import CASES, Entry, Part, Place, Term, Version
from ricomi.directory.models import Body, State, User

COLUMNS = (
    "kind", "title", "summary", "text", "lessons", "language", "url", "since", "until", "year", "amount_spent",
    "currency", "facts", "sample",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """What an entry says. `terms` are codes of the thesaurus, `states` pairs of a part and an ISO code.

    The amount is in units of its currency; days are UTC.
    """

    origin: str
    kind: str
    title: str
    language: str
    summary: str = ""
    text: str = ""
    lessons: str = ""
    url: str = ""
    terms: frozenset[str] = frozenset()
    states: frozenset[tuple[str, str]] = frozenset()
    since: datetime.date | None = None
    until: datetime.date | None = None
    year: int | None = None
    amount_spent: Decimal = Decimal(0)
    currency: str = "USD"
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    sample: bool = False

    def kept(self) -> dict[str, Any]:
        """As versions keep it: what JSON can say."""
        days = {name: day.isoformat() if (day := getattr(self, name)) else None for name in ("since", "until")}
        said = {name: getattr(self, name) for name in COLUMNS} | days
        return said | {
            "year": self.counts_for, "amount_spent": str(self.amount_spent), "terms": sorted(self.terms),
            "states": sorted(list(pair) for pair in self.states),
        }  # fmt: skip

    @property
    def counts_for(self) -> int:
        """The year it counts for: that which is stated, else that of its end, or of today before that has come."""
        today = l10n.today()
        return self.year or min(self.until or today, today).year


def check(contents: Iterable[Content]) -> None:
    """Raises ValueError for a kind, language, currency, term, part or state that is not known."""
    known = {
        "term of the thesaurus": set(Term.objects.values_list("pk", flat=True)),
        "state of the network": set(State.objects.values_list("pk", flat=True)),
        "kind of entry": set(Entry.Kind.values), "part": set(Part.values),
        "language of the network": set(dict(l10n.LANGUAGES)),
    }  # fmt: skip
    for one in contents:
        said = {
            "term of the thesaurus": one.terms, "state of the network": {state for _part, state in one.states},
            "kind of entry": {one.kind}, "part": {part for part, _state in one.states},
            "language of the network": {one.language},
        }  # fmt: skip
        for what, values in said.items():
            if unknown := sorted(value for value in values if value not in known[what]):
                raise ValueError(f"{', '.join(unknown)!r} is not a {what}: {one.origin}.")
        if not l10n.is_currency(one.currency):
            raise ValueError(f"{one.currency!r} is not a currency of ISO 4217.")


@transaction.atomic
def list_entries(
    contents: Iterable[Content], *, source: str, body: Body | None = None, by: User | None = None
) -> list[Entry]:
    """Put these into the catalogue, each as a new entry or as the next version of the one of its origin.

    What is the same as what stands changes nothing; one that was withdrawn stands again. Raises ValueError as `check`.
    """
    wanted = {one.origin: one for one in contents}
    check(wanted.values())
    kept = {
        entry.origin: entry
        for entry in Entry.objects.select_for_update().filter(source=source, origin__in=wanted).order_by("pk")
    }
    stood = dict(
        Version.objects.filter(entry__in=kept.values()).order_by("entry", "-number").distinct("entry")
        .values_list("entry", "content")
    )  # fmt: skip
    now, changed = timezone.now(), []
    for origin, one in wanted.items():
        entry = kept.get(origin)
        if entry is not None and entry.withdrawn_at is None and stood.get(entry.pk) == one.kept():
            continue
        entry = entry or Entry(source=source, origin=origin, version=0, body=body)
        _fill(entry, one, now)
        changed.append((entry, one))
    _write(changed, by)
    return [entry for entry, _one in changed]


def _fill(entry: Entry, one: Content, now: datetime.datetime) -> None:
    for name in COLUMNS:
        setattr(entry, name, getattr(one, name))
    entry.year, entry.version, entry.changed_at = one.counts_for, entry.version + 1, now
    entry.withdrawn_at, entry.withdrawn_why = None, ""


def _write(changed: list[tuple[Entry, Content]], by: User | None) -> None:
    """Write entries with their terms, places, versions and cards: as many statements for a thousand as for one."""
    entries = [entry for entry, _one in changed]
    standing = [entry.pk for entry in entries if entry.pk]
    Entry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["source", "origin"],
        update_fields=[*COLUMNS, "version", "changed_at", "withdrawn_at", "withdrawn_why"],
    )  # fmt: skip
    links = Entry.terms.through.objects
    links.filter(entry__in=standing).delete()
    Place.objects.filter(entry__in=standing).delete()
    links.bulk_create(links.model(entry=entry, term_id=term) for entry, one in changed for term in sorted(one.terms))
    Place.objects.bulk_create(
        Place(entry=entry, part=part, state_id=state) for entry, one in changed for part, state in sorted(one.states)
    )
    Version.objects.bulk_create(
        Version(entry=entry, number=entry.version, content=one.kept(), at=entry.changed_at, by=by)
        for entry, one in changed
    )
    cards.write(entries=[entry.pk for entry in entries])


@transaction.atomic
def withdraw(entries: Iterable[Entry], why: str) -> int:
    """Take entries off the lists and out of the search; their pages stay, and say since when and why.

    Returns how many stood until now.
    """
    keys = [entry.pk for entry in entries]
    standing = Entry.objects.filter(pk__in=keys, withdrawn_at__isnull=True)
    count = standing.update(withdrawn_at=timezone.now(), withdrawn_why=why)
    cards.write(entries=keys)
    return count


def take_in(source: str, contents: Iterable[Content], gone: Iterable[str]) -> None:
    """What an information system tells: these stand as they are now, and those of the origins `gone` no longer.

    Raises ValueError as `check`.
    """
    list_entries(contents, source=source)
    withdraw(Entry.objects.filter(source=source, origin__in=list(gone)), "")


@transaction.atomic
def publish(content: Content) -> Entry:
    """Publish the result of a closed case, whose reference is its origin; once, however often it is called.

    The result that was published first stands; a later call returns it unchanged. Raises ValueError as `check`.
    """
    if found := Entry.objects.filter(source=CASES, origin=content.origin).first():
        return found
    return list_entries([content], source=CASES)[0]
