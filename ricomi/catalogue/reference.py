"""The thesaurus as data, put into the database after each migration; loading it twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pycountry
from django.db import connections, router

from ricomi import l10n

TERMS = Path(__file__).parent / "data" / "terms.json"
# What the people of a country are called, and other names for it than CLDR's.
PEOPLE = TERMS.parent / "countries.json"
WRITTEN = ("kind", "labels", "others", "order")

_LABELS = """
    WITH wanted AS (
        SELECT x.code, x.language, x.text, tsvector_to_array(catalogue_words(x.language, x.text)) AS stems,
            catalogue_phrase(x.language, x.text) AS phrase
        FROM jsonb_to_recordset(%s::jsonb) AS x(code text, language text, text text)
    ), gone AS (
        DELETE FROM catalogue_label l WHERE NOT EXISTS (
            SELECT FROM wanted w WHERE (w.code, w.language, w.text) = (l.code, l.language, l.text)
        )
    )
    INSERT INTO catalogue_label (code, language, text, stems, phrase)
    SELECT * FROM wanted WHERE stems <> '{}'
    ON CONFLICT (code, language, text) DO UPDATE SET stems = EXCLUDED.stems, phrase = EXCLUDED.phrase
    WHERE (catalogue_label.stems, catalogue_label.phrase) IS DISTINCT FROM (EXCLUDED.stems, EXCLUDED.phrase)
"""


def load(using: str = "default", apps: Any = None, **_signal: object) -> None:
    """Write the terms of data/terms.json and the labels by which they and countries are found.

    Terms that are no longer there stay, for history may name them.
    """
    from ricomi.catalogue import cards
    from ricomi.catalogue.models import Label, Term

    if not router.allow_migrate_model(using, Term) or not _has_table(using, Label):
        return
    wanted = [
        Term(code=entry["code"], kind=kind, labels=entry["labels"], others=entry.get("others", {}), order=place)
        for kind, entries in json.loads(TERMS.read_text("utf-8")).items()
        for place, entry in enumerate(entries, 1)
    ]
    kept = {term.code: _said(term) for term in Term.objects.using(using).all()}
    changed = [term for term in wanted if kept.get(term.code) != _said(term)]
    Term.objects.using(using).bulk_create(changed, update_conflicts=True, unique_fields=["code"], update_fields=WRITTEN)
    labels = {(one["code"], one["language"], one["text"]): one for one in _labels(wanted)}
    if labels.keys() == set(Label.objects.using(using).values_list("code", "language", "text")):
        return
    with connections[using].cursor() as cursor:
        cursor.execute(_LABELS, [json.dumps([*labels.values()])])
    cards.learn_thesaurus(using)


def _said(term: Any) -> list[Any]:
    return [getattr(term, name) for name in WRITTEN]


def _labels(terms: list[Any]) -> Iterator[dict[str, str]]:
    """Every word or phrase for a term or a country, once a language."""
    for term in terms:
        for language, label in term.labels.items():
            for text in dict.fromkeys([label, *term.others.get(language, ())]):
                yield {"code": term.code, "language": language, "text": text}
    people = json.loads(PEOPLE.read_text("utf-8"))
    for country in pycountry.countries:
        for language, _name in l10n.LANGUAGES:
            said = [l10n.country_in(country.alpha_2, language), *people.get(country.alpha_2, {}).get(language, ())]
            for text in dict.fromkeys(said):
                yield {"code": f"country:{country.alpha_2}", "language": language, "text": text}


def _has_table(using: str, model: Any) -> bool:
    """Whether the migration that makes the table has been applied: not when migrating backwards."""
    return model._meta.db_table in connections[using].introspection.table_names()
