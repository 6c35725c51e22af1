"""The best standing offer of each state for a request, found by PostgreSQL from the outlines of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ricomi.catalogue.search import lexeme
from ricomi.matching.asked import Asked

# Of a state's offers that do equally well, so many of the newest are compared word by word.
COMPARED = 30
# Best is what covers most of the themes; among those what is in the request's language, then what holds through the
# time asked, then what is of the kind of help asked; among those what shares most words; then the oldest.
# All are read twice, for two numbers each: the rest is asked only of those that cover most.
_BEST = """
    WITH states AS MATERIALIZED (
        SELECT body_id, max({shared}) AS most, bit_count(bit_or({bits})::bit(64)) AS covered
        FROM matching_outline WHERE {bits} <> 0 AND {holds} GROUP BY body_id
    ), fitting AS (
        SELECT offer_id, body_id, covered, {traits} AS traits
        FROM matching_outline JOIN states USING (body_id) WHERE {bits} <> 0 AND {shared} = most AND {holds}
    ), best AS (
        SELECT *, max(traits) OVER (PARTITION BY body_id) AS best FROM fitting
    ), alike AS (
        SELECT *, row_number() OVER (PARTITION BY body_id ORDER BY offer_id DESC) AS n FROM best WHERE traits = best
    ), compared AS (
        SELECT a.offer_id, a.body_id, a.covered, c.words, coalesce(ts_rank(c.words, %(query)s::tsquery), 0) AS likeness
        FROM alike a LEFT JOIN catalogue_card c ON c.offer_id = a.offer_id WHERE a.n <= %(compared)s
    ), chosen AS (
        SELECT DISTINCT ON (body_id) * FROM compared ORDER BY body_id, likeness DESC, offer_id
    )
    SELECT c.body_id, c.offer_id, o.title, o.language, o.languages, o.modality, o.since, o.until, c.covered,
        ARRAY(SELECT unnest(tsvector_to_array(c.words)) INTERSECT SELECT unnest(%(stems)s::text[]) ORDER BY 1)
    FROM chosen c JOIN catalogue_standingoffer o ON o.id = c.offer_id ORDER BY c.body_id
"""


@dataclass(frozen=True)
class Offer:
    """The best offer of a state, how many of the request's themes all its offers cover, and the stems shared."""

    body: int
    pk: int
    title: str
    language: str
    languages: list[str]
    modality: str
    since: Any
    until: Any
    covered: int
    stems: tuple[str, ...] = ()


_BITS = "(mask & matching_mask(%(themes)s::text[]))"
_SHARED = f"bit_count({_BITS}::bit(64))"
# What else speaks for an offer, in the order in which it does, and whether it counts at all.
_TRAITS = """
    (%(language)s = ANY(languages))::int * 4 + (since <= %(begins)s AND (until IS NULL OR until >= %(ends)s))::int * 2
    + (modality = ANY(%(kinds)s))::int
"""
_HOLDS = "since <= %(day)s AND (until IS NULL OR until >= %(day)s) AND body_id = ANY(%(bodies)s::bigint[])"
_STATEMENT = _BEST.format(bits=_BITS, shared=_SHARED, traits=_TRAITS, holds=_HOLDS)


def best_offers(asked: Asked, bodies: Iterable[int]) -> dict[int, Offer]:
    """By body, of these, the best of its offers in force on one of the request's themes. One query."""
    if not asked.themes:
        return {}
    begins = asked.begins or asked.day
    given: dict[str, Any] = {
        "themes": list(asked.themes), "day": asked.day, "language": asked.language, "begins": begins,
        "ends": asked.ends or begins, "kinds": sorted(asked.kinds), "stems": sorted(asked.words),
        "query": " | ".join(lexeme(stem) for stem in sorted(asked.words)), "compared": COMPARED,
        "bodies": list(bodies),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, given)
        return {row[0]: Offer(*(*row[:-1], tuple(row[-1]))) for row in cursor.fetchall()}
