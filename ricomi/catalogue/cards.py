"""Writes the card index, in PostgreSQL: what the search finds is what stood when its thing was last written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, connections, transaction

from ricomi.catalogue.models.card import Writing
from ricomi.catalogue.models.entry import HELPING, HELPS
from ricomi.catalogue.search import KEY, WORD_TOKENS

# Terms by their labels in all four languages, so that a word of any of them finds what is classified by the term.
_LABELS = """
    SELECT setweight(string_agg(catalogue_words(l.key, l.value)::text, ' ')::tsvector, 'B')
    FROM catalogue_term t, jsonb_each_text(t.labels) l WHERE t.code = ANY(s.terms)
"""
_NAMES = """
    SELECT setweight(string_agg(catalogue_words(l.language, l.text)::text, ' ')::tsvector, 'B')
    FROM catalogue_label l WHERE l.code = ANY(s.countries)
"""
# A term that the text itself names, in its own language, as a word that no language has: its code. A label is held
# against the text only when its first stem stands there.
_MENTIONS = """
    SELECT string_agg(quote_literal(m.code) || ':1' || CASE WHEN m.titled THEN 'A' ELSE 'D' END, ' ')::tsvector
    FROM (
        SELECT l.code, bool_or(s.titled @@ l.phrase) AS titled
        FROM unnest(tsvector_to_array(s.every)) stem JOIN catalogue_label l ON l.stems[1] = stem
        WHERE l.language = s.language AND s.every @@ l.phrase GROUP BY l.code
    ) m
"""
_CODES = """
    SELECT string_agg(quote_literal(c) || ':1B', ' ')::tsvector FROM unnest(s.terms || s.countries) c
"""
# What a search is narrowed to stands among the words, so that one index answers both.
_KEYS = f"array_to_tsvector(ARRAY(SELECT '{KEY}' || k FROM unnest(s.keys) k))"
_HELPING = ", ".join(f"'{part.value}'" for part in HELPING)
_ENTRIES = f"""
    SELECT e.id AS entry_id, NULL::bigint AS offer_id, e.kind, e.language, TRUE AS public, e.published_at,
        NULL::date AS until, e.year, e.title, e.summary, concat_ws(' ', e.text, e.lessons, e.origin) AS text,
        ARRAY(SELECT term_id FROM catalogue_entry_terms WHERE entry_id = e.id ORDER BY 1)::text[] AS terms,
        ARRAY(
            SELECT DISTINCT 'country:' || state_id FROM catalogue_place WHERE entry_id = e.id ORDER BY 1
        ) AS countries,
        ARRAY(
            SELECT DISTINCT CASE WHEN part IN ({_HELPING}) THEN '{HELPS}' ELSE part END || ':' || state_id
            FROM catalogue_place WHERE entry_id = e.id AND part <> 'concerned' ORDER BY 1
        ) AS parts
    FROM catalogue_entry e WHERE e.id = ANY(%s) AND e.withdrawn_at IS NULL
"""
_OFFERS = f"""
    SELECT NULL::bigint AS entry_id, o.id AS offer_id, 'offer' AS kind, o.language, FALSE AS public,
        o.changed_at AS published_at, o.until, extract(year FROM o.since)::int AS year, o.title, '' AS summary, o.text,
        ARRAY(
            SELECT term_id FROM catalogue_standingoffer_themes WHERE standingoffer_id = o.id
            UNION SELECT term_id FROM catalogue_standingoffer_populations WHERE standingoffer_id = o.id
            UNION SELECT 'help-' || replace(o.modality, '_', '-') ORDER BY 1
        )::text[] AS terms,
        ARRAY(SELECT 'country:' || b.state_id) AS countries, ARRAY(SELECT '{HELPS}:' || b.state_id) AS parts
    FROM catalogue_standingoffer o JOIN directory_body b ON b.id = o.body_id
    WHERE o.id = ANY(%s) AND o.withdrawn_at IS NULL AND o.since <= (now() AT TIME ZONE 'UTC')::date
"""
_THESAURUS = "SELECT language, text AS title, '' AS summary, '' AS text, TRUE AS public FROM catalogue_label"
# Cards of what was withdrawn, has ended or has not begun.
_FORGET = """
    WITH source AS ({source})
    DELETE FROM catalogue_card WHERE {column} = ANY(%s) AND {column} NOT IN (SELECT {column} FROM source)
"""
_WRITE = """
    WITH source AS ({source}), told AS MATERIALIZED (
        SELECT *, catalogue_words(language, title) AS titled, catalogue_words(language, summary) AS summed,
            catalogue_words(language, text) AS said
        FROM source
    ), s AS MATERIALIZED (
        SELECT *, titled || summed || said AS every, terms || countries || parts
            || ARRAY['kind:' || kind, 'year:' || year, 'language:' || language] AS keys
        FROM told
    )
    INSERT INTO catalogue_card (entry_id, offer_id, kind, language, public, published_at, until, found_at, keys, words)
    SELECT s.entry_id, s.offer_id, s.kind, s.language, s.public, s.published_at, s.until, now(),
        s.keys, setweight(s.titled, 'A') || setweight(s.summed, 'C') || setweight(s.said, 'D')
            || coalesce(({labels}), '') || coalesce(({names}), '') || coalesce(({codes}), '')
            || coalesce(({mentions}), '') || {keys}
    FROM s
    ON CONFLICT ({column}) DO UPDATE SET kind = EXCLUDED.kind, language = EXCLUDED.language, public = EXCLUDED.public,
        published_at = EXCLUDED.published_at, until = EXCLUDED.until, keys = EXCLUDED.keys, words = EXCLUDED.words
"""
_LEARN = """
    WITH source AS ({source}), forms AS (
        SELECT DISTINCT catalogue_folded(t.token) AS form, s.language, lower(t.token) AS token, s.public
        FROM source s, ts_parse('default', concat_ws(' ', s.title, s.summary, s.text)) t
        WHERE t.tokid IN ({tokens}) AND length(t.token) BETWEEN 2 AND 40
    )
    INSERT INTO catalogue_word (form, public, stems)
    SELECT form, bool_or(public), array_agg(DISTINCT stem ORDER BY stem) FROM (
        SELECT form, public, unnest(tsvector_to_array(catalogue_words(language, token))) AS stem FROM forms
    ) stemmed GROUP BY form ORDER BY form
    ON CONFLICT (form) DO UPDATE
    SET stems = ARRAY(SELECT DISTINCT s FROM unnest(catalogue_word.stems || EXCLUDED.stems) s ORDER BY 1),
        public = catalogue_word.public OR EXCLUDED.public
    WHERE NOT catalogue_word.stems @> EXCLUDED.stems OR (EXCLUDED.public AND NOT catalogue_word.public)
"""


_LATER: ContextVar[list[int] | None] = ContextVar("entries whose words are learnt later", default=None)


@transaction.atomic
def write(*, entries: Iterable[int] = (), offers: Iterable[int] = ()) -> None:
    """Write the cards of these anew, by key: what was withdrawn, has ended or has not begun loses its card."""
    later = _LATER.get()
    for column, source, keys in (("entry_id", _ENTRIES, list(entries)), ("offer_id", _OFFERS, list(offers))):
        if not keys:
            continue
        Writing.objects.create()
        parts = {"column": column, "source": source, "labels": _LABELS, "names": _NAMES, "codes": _CODES, "keys": _KEYS}
        with connection.cursor() as cursor:
            cursor.execute(_FORGET.format(**parts), [keys, keys])
            cursor.execute(_WRITE.format(**parts, mentions=_MENTIONS), [keys])
            if later is not None and source is _ENTRIES:
                later += keys
            else:
                _learn(cursor, source, [keys])


@contextmanager
def learning_at_the_end() -> Iterator[None]:
    """A long transaction learns its words last and all at once: others who write the same word wait for it but briefly,
    and two such transactions ask for the words in one order."""
    keys: list[int] = []
    token = _LATER.set(keys)
    try:
        yield
    finally:
        _LATER.reset(token)
    if keys:
        with connection.cursor() as cursor:
            _learn(cursor, _ENTRIES, [keys])


def learn_thesaurus(using: str) -> None:
    """The words of the thesaurus's labels are known, whether they stand on a card or not."""
    with connections[using].cursor() as cursor:
        _learn(cursor, _THESAURUS, [])


def _learn(cursor: Any, source: str, values: list[Any]) -> None:
    cursor.execute(_LEARN.format(source=source, tokens=WORD_TOKENS), values)
