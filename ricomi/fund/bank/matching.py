"""Proposes which expected payment an entry settles. A person confirms; nothing here decides."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from ricomi import l10n
from ricomi.fund.bank.identifiers import folded
from ricomi.fund.bank.statement import BookedEntry

# What speaks for a pair, of a hundred in all. Amount and day alone are not enough to propose it.
REFERENCE, AMOUNT, NAME, COUNTRY, DAY = 45, 25, 15, 10, 5
ENOUGH = 40
NEAR_DAYS = 30
SHORTEST_REFERENCE = 4
_SMALL_WORDS = 3


@dataclass(frozen=True)
class Expected:
    """A payment that is awaited: `donor_country` by ISO 3166-1 alpha-2, or empty; `due_on` when a day was agreed."""

    key: str
    reference: str
    donor_name: str
    donor_country: str
    amount: Decimal
    currency: str
    due_on: datetime.date | None = None


@dataclass(frozen=True)
class Match:
    """A proposal: `score` from ENOUGH to 100, `reasons` in the reader's language; as much speaks for the `rivals`."""

    entry: BookedEntry
    expected: Expected
    score: int
    reasons: tuple[str, ...]
    rivals: tuple[str, ...] = ()


class _Said:
    """What an entry says, prepared once for all expected payments."""

    def __init__(self, entry: BookedEntry) -> None:
        self.entry = entry
        self.references = folded(f"{entry.remittance} | {entry.end_to_end_id}").upper()
        self.squeezed = _squeezed(self.references)
        self.words = _words(f"{entry.counterparty} {entry.remittance}")


class _Words:
    """What is sought of an expected payment, prepared once for all entries."""

    def __init__(self, expected: Expected) -> None:
        self.expected = expected
        self.squeezed = _squeezed(expected.reference)
        signs = r"[\W_]*".join(self.squeezed)
        self.reference = re.compile(rf"(?<![0-9A-Z]){signs}(?![0-9A-Z])")
        self.name = _words(expected.donor_name)
        country = expected.donor_country
        self.country = [_words(l10n.country_in(country, code)) for code, _name in l10n.LANGUAGES] if country else []


def propose(entries: Iterable[BookedEntry], expected: Iterable[Expected]) -> list[Match]:
    """For money that came in, the expected payments that it may settle, best first; none of either stands twice.

    What the Fund had paid and got back is left out. Only entries and payments in one currency are compared; the order
    of the arguments does not matter.
    """
    sought: dict[str, list[_Words]] = defaultdict(list)
    for one in sorted(expected, key=lambda one: one.key):
        sought[one.currency].append(_Words(one))
    pairs = []
    for entry in entries:
        if entry.credit and not entry.reversal:
            said = _Said(entry)
            fitting = [match for words in sought[entry.currency] if (match := _match(said, words))]
            pairs += [_with_rivals(match, fitting) for match in fitting]
    pairs.sort(key=_rank)
    taken: set[tuple[str, str]] = set()
    proposed = []
    for match in pairs:
        both = {("entry", match.entry.key), ("expected", match.expected.key)}
        if not both & taken:
            taken |= both
            proposed.append(match)
    return proposed


def _rank(match: Match) -> tuple[int, int, str, str]:
    away = _days_away(match.entry, match.expected)
    return -match.score, 10**6 if away is None else away, match.expected.key, match.entry.key


def _with_rivals(match: Match, fitting: list[Match]) -> Match:
    rivals = tuple(one.expected.key for one in fitting if one.score == match.score and one is not match)
    return Match(match.entry, match.expected, match.score, match.reasons, rivals)


def _match(said: _Said, words: _Words) -> Match | None:
    entry, expected = said.entry, words.expected
    score, reasons = 0, []
    same = entry.amount == expected.amount
    if _names_reference(said, words):
        score += REFERENCE
        reasons.append(_("The reference %(reference)s stands in the remittance.") % {"reference": expected.reference})
    if same:
        score += AMOUNT
        reasons.append(_("Amount and currency are the same."))
    if score == 0:
        return None
    if words.name and 2 * len(words.name & said.words) > len(words.name):
        score += NAME
        reasons.append(_("The donor's name is on it: %(name)s.") % {"name": expected.donor_name})
    if any(name and name <= said.words for name in words.country):
        score += COUNTRY
        reasons.append(_("The donor's country is named."))
    away = _days_away(entry, expected)
    if expected.due_on and away is not None and away <= NEAR_DAYS:
        score += DAY
        reasons.append(_("It came near the day on which it is due, %(day)s.") % {"day": l10n.day(expected.due_on)})
    if score < ENOUGH:
        return None
    if not same:
        came, awaited = (l10n.money(amount, entry.currency) for amount in (entry.amount, expected.amount))
        reasons.append(
            _("But the amount is not the same: %(came)s came, %(expected)s is expected.")
            % {"came": came, "expected": awaited}
        )
    return Match(entry, expected, score, tuple(reasons))


def _names_reference(said: _Said, words: _Words) -> bool:
    if len(words.squeezed) < SHORTEST_REFERENCE or words.squeezed not in said.squeezed:
        return False
    return words.reference.search(said.references) is not None


def _days_away(entry: BookedEntry, expected: Expected) -> int | None:
    return None if expected.due_on is None else abs((entry.booked_on - expected.due_on).days)


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]", "", folded(text)).upper()


def _words(text: str) -> frozenset[str]:
    """The words of a name that say something, whatever their order, accents and capitals."""
    found = re.findall(r"\w+", folded(text).casefold())
    return frozenset(word for word in found if len(word) > _SMALL_WORDS) or frozenset(found)
