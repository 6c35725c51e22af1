"""The search: which cards answer a question, how many of them bear each key, and which come first.

The words are matched by PostgreSQL's text search. What is asked in one language finds what is written in another,
because a card bears the labels of its terms in all four, and the codes of the terms that its own text names.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from django.core.cache import cache
from django.db import connection

from ricomi import l10n
from ricomi.catalogue.question import Need, together, understand

# Among more answers than these the newest are ranked.
MOST_RANKED = 300
# So many answers are counted once and remembered, in seconds at most.
MANY = 2000
REMEMBERED = 86_400
# With fewer answers than these, those that have not all the words are found as well.
ENOUGH = 5
SORTS = ("relevance", "newest", "oldest")

# What a word is worth by where it stands: in the title, in a term that classifies, in the summary, in the text.
_WORTH = (("A", 1.0, 0.9), ("B", 0.55, 0.8), ("C", 0.6, 0.6), ("D", 0.45, 0.45))

# Each looser question is asked only when the one before it had too few answers, and holds all of those.
_FIND = """
    WITH {levels}, hits AS MATERIALIZED ({hits}), counts AS (
        SELECT key, count(*) AS n FROM (SELECT unnest(keys) AS key FROM hits) bears GROUP BY key
    ), ranked AS ({ranked})
    SELECT (SELECT array_agg(id ORDER BY place) FROM ranked), (SELECT count(*) FROM hits),
        (SELECT count(*) FROM level0), (SELECT jsonb_object_agg(key, n) FROM counts), ({level})
"""
_LEVEL = """
    level{n} AS MATERIALIZED (SELECT id, published_at, keys FROM catalogue_card WHERE {where} AND {asked})
"""
# When all counts are known, the cards themselves.
_FIND_AGAIN = """
    WITH hits AS NOT MATERIALIZED (SELECT id, published_at FROM catalogue_card WHERE {where} AND {asked}),
    ranked AS ({ranked})
    SELECT array_agg(id ORDER BY place) FROM ranked
"""
_BY_DAY = """
    SELECT id, row_number() OVER (ORDER BY published_at {way}, id {way}) AS place FROM hits
    ORDER BY published_at {way}, id {way} LIMIT %(limit)s OFFSET %(offset)s
"""
_BY_WORTH = """
    SELECT id, row_number() OVER (ORDER BY worth DESC, close DESC, published_at DESC, id DESC) AS place FROM (
        SELECT c.id, c.published_at, {worth} AS worth,
            ts_rank_cd('{{0.1, 0.3, 0.6, 1.0}}', c.words, %(any)s::tsquery, 1) AS close
        FROM (SELECT id FROM hits ORDER BY published_at DESC, id DESC LIMIT %(ranked)s) newest
        JOIN catalogue_card c ON c.id = newest.id
    ) weighed ORDER BY worth DESC, close DESC, published_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclasses.dataclass(frozen=True)
class Found:
    """What a question found: how many cards, how many of them bear each key, and the keys of those on this page."""

    total: int
    counts: dict[str, int]
    cards: list[int]
    needs: list[Need]
    # How many have all the words; the others have most of them.
    exact: int = 0

    @property
    def relaxed(self) -> bool:
        """Whether some of what was found has not all the words."""
        return self.exact < self.total


@dataclasses.dataclass(frozen=True)
class Terms:
    """Within what to look, and what to hand out: the keys that a card must bear, whether it may be one that only people
    who signed in can read, from when until before when it came to be found (UTC), the order, and which part of it."""

    keys: Sequence[str] = ()
    private: bool = False
    since: datetime.datetime | None = None
    before: datetime.datetime | None = None
    sort: str = "relevance"
    limit: int = 20
    offset: int = 0


@dataclasses.dataclass(frozen=True)
class _Counted:
    """What is remembered of a search with many answers until a card is written: counts, and which question it was."""

    total: int
    exact: int
    counts: dict[str, int]
    level: int


def find(text: str, terms: Terms = Terms(), *, strict: bool = False) -> Found:
    """The cards that answer a text. When fewer than five have all the words, those with all but one come after them,
    else those with any; not so if `strict`. Four queries for a text, two without."""
    needs = understand(text, private=terms.private)
    questions = ever_looser(needs)[:1] if strict else ever_looser(needs)
    values: dict[str, Any] = {
        "any": together(needs, " | "), "keys": list(terms.keys), "today": l10n.today(), "limit": terms.limit,
        "offset": terms.offset, "since": terms.since, "before": terms.before, "ranked": MOST_RANKED, "enough": ENOUGH,
    } | {f"q{n}": question for n, question in enumerate(questions)}  # fmt: skip
    if needs and terms.sort == "relevance":
        ranked = _BY_WORTH.format(worth=_worth(needs, values))
    else:
        ranked = _BY_DAY.format(way="ASC" if terms.sort == "oldest" else "DESC")
    known = f"catalogue:{_as_of()}:{_digest(questions, terms)}"
    with connection.cursor() as cursor:
        counted: _Counted | None = cache.get(known)
        if counted is not None:
            cursor.execute(_again(questions[counted.level], counted.level, terms, ranked), values)
            return Found(counted.total, counted.counts, cursor.fetchone()[0] or [], needs, counted.exact)
        cursor.execute(_at_first(questions, terms, ranked), values)
        cards, total, exact, counts, level = cursor.fetchone()
    counted = _Counted(total, exact, json.loads(counts or "{}"), level)
    if total >= MANY:
        cache.set(known, counted, REMEMBERED)
    return Found(total, counted.counts, cards or [], needs, exact)


def _as_of() -> str:
    """Which cards a reader of the database sees now: it changes whenever a card is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) || '.' || coalesce(max(id), 0) FROM catalogue_writing")
        return cursor.fetchone()[0]


def _digest(questions: list[str], terms: Terms) -> str:
    asked = [*questions, *sorted(terms.keys), terms.private, terms.since, terms.before, l10n.today()]
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _at_first(questions: list[str], terms: Terms, ranked: str) -> str:
    levels = _levels(questions, _within(terms))
    return _FIND.format(levels=levels, hits=_last(len(questions)), ranked=ranked, level=_which(len(questions)))


def _again(question: str, level: int, terms: Terms, ranked: str) -> str:
    asked = f"words @@ %(q{level})s::tsquery" if question else "TRUE"
    return _FIND_AGAIN.format(where=_within(terms), asked=asked, ranked=ranked)


def ever_looser(needs: list[Need]) -> list[str]:
    """The questions to ask in turn, as texts of tsquery: all of the words, all but one, any of them."""
    if len(needs) < 2:
        return [together(needs)]
    most = " | ".join(f"({together(some)})" for some in combinations(needs, len(needs) - 1))
    return list(dict.fromkeys([together(needs), most, together(needs, " | ")]))


def _within(terms: Terms) -> str:
    """The part of a condition that has to do with no word."""
    where = ["(until IS NULL OR until >= %(today)s)"]
    if terms.keys:
        where.append("keys @> %(keys)s::text[]")
    if not terms.private:
        where.append("public")
    if terms.since is not None:
        where.append("found_at >= %(since)s")
    if terms.before is not None:
        where.append("found_at < %(before)s")
    return " AND ".join(where)


def _too_few(level: int) -> str:
    return f"(SELECT count(*) FROM level{level}) < %(enough)s"


def _levels(questions: list[str], where: str) -> str:
    levels = []
    for n, question in enumerate(questions):
        asked = [f"words @@ %(q{n})s::tsquery"] if question else ["TRUE"]
        levels.append(_LEVEL.format(n=n, where=where, asked=" AND ".join([*asked, *map(_too_few, range(n))])))
    return ", ".join(levels)


def _last(count: int) -> str:
    """The loosest question that was asked: one that had too few answers leaves the word to the next."""
    parts = []
    for n in range(count):
        enough = f" WHERE NOT ({' AND '.join(map(_too_few, range(n + 1)))})" if n < count - 1 else ""
        parts.append(f"SELECT * FROM level{n}{enough}")
    return " UNION ALL ".join(parts)


def _which(count: int) -> str:
    """The number of that question: the first that had enough answers, for those after it were not asked."""
    enough = " ".join(f"WHEN NOT ({_too_few(n)}) THEN {n}" for n in range(count))
    return f"CASE {enough} ELSE {count - 1} END"


def _worth(needs: list[Need], values: dict[str, Any]) -> str:
    """The sum over the words of the most that any place is worth in which a card answers it."""
    parts = []
    for place, need in enumerate(needs):
        cases = []
        for weight, said, classified in _WORTH:
            for name, query, worth in (("s", need.query(weight), said), ("c", need.named(weight), classified)):
                if query:
                    key = f"{name}{weight}{place}"
                    values[key] = query
                    cases.append((worth, f"WHEN c.words @@ %({key})s::tsquery THEN {worth}"))
        best_first = " ".join(case for _worth, case in sorted(cases, key=lambda one: -one[0]))
        parts.append(f"CASE {best_first} ELSE 0 END")
    return " + ".join(parts)
