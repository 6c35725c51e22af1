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
from math import comb
from typing import Any

from django.core.cache import cache
from django.db import connection

from ricomi import l10n
from ricomi.catalogue.question import Need, understand
from ricomi.catalogue.search import KEY, lexeme

# Among more answers than these the newest are ranked.
MOST_RANKED = 300
# So many answers are counted once and remembered, in seconds at most.
MANY = 2000
REMEMBERED = 86_400
# With fewer answers than these, those that have not all the words are found as well: all but one, then all but two.
ENOUGH = 5
# In how many ways so many words may be left out at most; more than a few ways are asked as one condition.
MOST_WAYS, FEW_WAYS = 24, 6
SORTS = ("relevance", "newest", "oldest")
# The ways in which a card may answer, each a list of what it must have for it: texts of tsquery.
Question = list[list[str]]

# What a word is worth by where it stands: in the title, in a term that classifies, in the summary, in the text; first
# when it is said there, then when the code of a term that it names stands there.
_WORTH = (("A", 1.0, 0.9), ("B", 0.55, 0.8), ("C", 0.6, 0.6), ("D", 0.45, 0.45))

# Each looser question is asked only when the one before it had too few answers, and holds all of those. Many cards bear
# the same keys, so the keys of those that are alike are taken apart once.
_FIND = """
    WITH {levels}, hits AS MATERIALIZED ({hits}), counts AS (
        SELECT key, sum(n)::bigint AS n FROM (
            SELECT unnest(keys) AS key, n FROM (SELECT keys, count(*) AS n FROM hits GROUP BY keys) alike
        ) bears GROUP BY key
    ), ranked AS ({ranked})
    SELECT (SELECT array_agg(id ORDER BY place) FROM ranked), (SELECT jsonb_object_agg(key, n) FROM counts), {many}
"""
_LEVEL = """
    level{n} AS MATERIALIZED (SELECT id, published_at, keys FROM catalogue_card WHERE {where}),
    many{n} AS MATERIALIZED (SELECT count(*) AS n FROM level{n})
"""
# When all counts are known, the cards themselves.
_FIND_AGAIN = """
    WITH hits AS NOT MATERIALIZED (SELECT id, published_at FROM catalogue_card WHERE {where}), ranked AS ({ranked})
    SELECT array_agg(id ORDER BY place) FROM ranked
"""
_BY_DAY = """
    SELECT id, row_number() OVER (ORDER BY published_at {way}, id {way}) AS place FROM hits
    ORDER BY published_at {way}, id {way} LIMIT %(limit)s OFFSET %(offset)s
"""
_BY_WORTH = """
    SELECT id, row_number() OVER (ORDER BY worth DESC, share DESC, published_at DESC, id DESC) AS place FROM (
        SELECT c.id, c.published_at, {worth} AS worth,
            ts_rank('{{0.1, 0.3, 0.6, 1.0}}', c.words, %(any)s::tsquery, 1) AS share
        FROM (SELECT id FROM hits ORDER BY published_at DESC, id DESC LIMIT %(ranked)s) newest
        -- Joined to nothing, the words are unpacked once, not for each of the comparisons.
        JOIN LATERAL (
            SELECT id, published_at, words || '' AS words FROM catalogue_card WHERE id = newest.id OFFSET 0
        ) c ON TRUE
    ) weighed ORDER BY worth DESC, share DESC, published_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
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
    and so on; not so if `strict`. Four queries for a text, two without."""
    needs = understand(text, private=terms.private)
    questions = ever_looser(needs)[:1] if strict else ever_looser(needs)
    values: dict[str, Any] = {
        "any": in_one([[need.either] for need in needs]), "today": l10n.today(), "since": terms.since,
        "before": terms.before, "limit": terms.limit, "offset": terms.offset, "ranked": MOST_RANKED, "enough": ENOUGH,
    }  # fmt: skip
    if needs and terms.sort == "relevance":
        ranked = _BY_WORTH.format(worth=_worth(needs, values))
    else:
        ranked = _BY_DAY.format(way="ASC" if terms.sort == "oldest" else "DESC")
    known = f"catalogue:{_as_of()}:{_digest(questions, terms)}"
    kept: _Counted | None = cache.get(known)
    with connection.cursor() as cursor:
        if kept is not None:
            cursor.execute(
                _FIND_AGAIN.format(where=_answering(questions[kept.level], terms, values), ranked=ranked), values
            )
            return Found(kept.total, kept.counts, cursor.fetchone()[0] or [], needs, kept.exact)
        cursor.execute(_at_first([_answering(one, terms, values) for one in questions], ranked), values)
        cards, counted, *many = cursor.fetchone()
    exact, total, counts = many[0], max(many), json.loads(counted or "{}")
    level = next((n for n, found in enumerate(many) if found >= ENOUGH), len(many) - 1)
    if total >= MANY:
        cache.set(known, _Counted(total, exact, counts, level), REMEMBERED)
    return Found(total, counts, cards or [], needs, exact)


def _as_of() -> str:
    """Which cards a reader of the database sees now: it changes whenever a card is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) || '.' || coalesce(max(id), 0) FROM catalogue_writing")
        return cursor.fetchone()[0]


def _digest(questions: list[Question], terms: Terms) -> str:
    asked = [questions, sorted(terms.keys), terms.private, terms.since, terms.before, l10n.today()]
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def ever_looser(needs: list[Need]) -> list[Question]:
    """The questions to ask in turn while there are too few answers; each finds what the one before it does.

    What can be said in the fewest ways comes first: it is likely the rarest, and an index's reader begins with it.
    """
    every = sorted((need.either for need in needs), key=lambda either: either.count("|"))
    sizes = [size for size in range(len(every) - 1, 0, -1) if comb(len(every), size) <= MOST_WAYS]
    return [[every], *([list(some) for some in combinations(every, size)] for size in sizes)]


def in_one(question: Question) -> str:
    """A question as one tsquery; empty when it asks for nothing."""
    return " | ".join("(" + " & ".join(f"({part})" for part in way) + ")" for way in question if way)


def _answering(question: Question, terms: Terms, values: dict[str, Any]) -> str:
    """The condition on a card that answers a question within these terms; what it compares with is put into `values`.

    What a card must have together is asked part by part: so an index's reader skips from each part to the next of the
    rarest, where it would otherwise look at every card that has any of them. But each part has to be planned for, so
    many ways are one part.
    """
    where = ["(until IS NULL OR until >= %(today)s)"]
    if not terms.private:
        where.append("public")
    if terms.since is not None:
        where.append("found_at >= %(since)s")
    if terms.before is not None:
        where.append("found_at < %(before)s")
    where += [_has(lexeme(KEY + key), values) for key in terms.keys]
    if len(question) > FEW_WAYS:
        question = [[in_one(question)]]
    if any(question):
        ways = (" AND ".join(_has(part, values) for part in way) for way in question)
        where.append("(" + " OR ".join(f"({way})" for way in ways) + ")")
    return " AND ".join(where)


def _has(part: str, values: dict[str, Any]) -> str:
    name = f"has{len(values)}"
    values[name] = part
    return f"words @@ %({name})s::tsquery"


def _at_first(answering: list[str], ranked: str) -> str:
    """The statement that asks each question in turn, and counts what answers the last that had to be asked."""
    few = [f"(SELECT n FROM many{n}) < %(enough)s" for n in range(len(answering))]
    levels, hits = [], []
    for n, where in enumerate(answering):
        levels.append(_LEVEL.format(n=n, where=" AND ".join([*few[:n], where])))
        enough = f" WHERE NOT {few[n]}" if n < len(answering) - 1 else ""
        hits.append(f"SELECT * FROM level{n}{enough}")
    many = ", ".join(f"(SELECT n FROM many{n})" for n in range(len(answering)))
    return _FIND.format(levels=", ".join(levels), hits=" UNION ALL ".join(hits), ranked=ranked, many=many)


def _worth(needs: list[Need], values: dict[str, Any]) -> str:
    """The sum over the words of the most that any place is worth in which a card answers it."""
    parts = []
    for need in needs:
        ways: dict[float, list[str]] = {}
        for weight, said, named in _WORTH:
            for query, worth in ((need.query(weight), said), (need.named(weight), named)):
                if query:
                    ways.setdefault(worth, []).append(query)
        cases = (f"WHEN c.{_has(' | '.join(ways[worth]), values)} THEN {worth}" for worth in sorted(ways, reverse=True))
        parts.append(f"CASE {' '.join(cases)} ELSE 0 END")
    return " + ".join(parts)
