"""What somebody typed, understood: each word by its stems, its neighbours if it is misspelt, the terms it names."""

from __future__ import annotations

import dataclasses
import difflib
import re
import unicodedata

from django.db import connection

from ricomi.catalogue.search import lexeme

MOST_WORDS = 10
NEIGHBOURS = 3
LIKE_ENOUGH = 0.8
# Shorter words have too many neighbours to guess among.
SHORTEST_GUESSED = 4

_WORDS = """
    SELECT w.typed, catalogue_folded(w.typed), known.stems,
        ARRAY(
            SELECT DISTINCT q FROM (
                SELECT catalogue_folded(plainto_tsquery(catalogue_config(l), w.typed)::text) AS q
                FROM unnest(ARRAY['es', 'en', 'pt', 'fr']) l
            ) asked ORDER BY q
        ),
        CASE WHEN known.form IS NULL AND length(w.typed) >= %(shortest)s THEN (
            WITH close AS MATERIALIZED (
                SELECT form, stems FROM catalogue_word
                WHERE near && catalogue_near(catalogue_folded(w.typed)) AND (public OR %(private)s)
            )
            SELECT json_agg(json_build_array(near.form, near.stems)) FROM (
                SELECT * FROM close UNION ALL (
                    SELECT form, stems FROM catalogue_word
                    WHERE (SELECT count(*) FROM close) = 0 AND (public OR %(private)s)
                        AND form LIKE left(catalogue_folded(w.typed), %(shortest)s) || '%%'
                    ORDER BY form LIMIT 300
                )
            ) near
        ) END
    FROM unnest(%(typed)s::text[]) WITH ORDINALITY w(typed, place) LEFT JOIN catalogue_word known
        ON known.form = catalogue_folded(w.typed) AND (known.public OR %(private)s)
    ORDER BY w.place
"""
_LABELS = "SELECT code, stems FROM catalogue_label WHERE stems[1] = ANY(%s) AND stems <@ %s ORDER BY code"


@dataclasses.dataclass(frozen=True)
class Need:
    """One word of a question: the stems that answer it, and the terms or countries that do."""

    typed: str
    stems: tuple[str, ...]
    codes: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()

    @property
    def guessed(self) -> bool:
        """Whether the word is known nowhere, so that its nearest neighbours stand in for it."""
        return bool(self.meant)

    def query(self, weights: str = "") -> str:
        """What of a card's words answers it by its stems, as text of a tsquery; empty when nothing could."""
        return " | ".join(lexeme(stem, weights) for stem in self.stems)

    def named(self, weights: str = "") -> str:
        """What of a card's words answers it by a term's or a country's code."""
        return " | ".join(lexeme(code, weights) for code in self.codes)

    @property
    def either(self) -> str:
        """What answers it one way or the other."""
        return " | ".join(part for part in (self.query(), self.named()) if part)


def understand(text: str, *, private: bool = False) -> list[Need]:
    """The words of a text that say something, at most ten, each with all that would answer it; two queries.

    Words that stand only on cards that visitors may not read are known, and guessed, only if `private`.
    """
    typed = re.findall(r"[^\W_]+(?:[-./][^\W_]+)*", unicodedata.normalize("NFC", text))[:MOST_WORDS]
    typed = [word for word in typed if len(word) > 1 or word.isdigit()]
    if not typed:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, {"shortest": SHORTEST_GUESSED, "typed": typed, "private": private})
        rows = cursor.fetchall()
    needs = [_need(*row) for row in rows]
    telling = [need for row, need in zip(rows, needs, strict=True) if need.stems and "" not in row[3]]
    return _with_terms(telling or [need for need in needs if need.stems])


def _need(typed: str, form: str, known: list[str] | None, queries: list[str], near: list | None) -> Need:
    stems = {stem for query in queries for stem in re.findall(r"'((?:[^']|'')+)'", query)} | set(known or ())
    if known is not None or not near:
        return Need(typed, tuple(sorted(stems)))
    likely = sorted(dict(near).items(), key=lambda one: (-_likeness(form, one[0]), one[0]))[:NEIGHBOURS]
    likely = [one for one in likely if _likeness(form, one[0]) >= LIKE_ENOUGH or one[0].startswith(form)]
    if any(stems & set(kept) for _form, kept in likely):
        return Need(typed, tuple(sorted(stems)))
    return Need(
        typed, tuple(sorted(stems.union(*(kept for _form, kept in likely)))), meant=tuple(form for form, _ in likely)
    )


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _with_terms(needs: list[Need]) -> list[Need]:
    """Each word with the terms and countries whose labels the words of the question make up together."""
    every = sorted({stem for need in needs for stem in need.stems})
    with connection.cursor() as cursor:
        cursor.execute(_LABELS, [every, every])
        labels = cursor.fetchall()
    found: list[set[str]] = [set() for _need in needs]
    for code, stems in labels:
        for place, need in enumerate(needs):
            if not set(stems).isdisjoint(need.stems):
                found[place].add(code)
    return [dataclasses.replace(need, codes=tuple(sorted(codes))) for need, codes in zip(needs, found, strict=True)]
