"""The thesaurus as data, put into the database after each migration; loading it twice changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import router

TERMS = Path(__file__).parent / "data" / "terms.json"


def load(using: str = "default", apps: Any = None, **_signal: object) -> None:
    """Write the terms of data/terms.json; terms that are no longer there stay, for history may name them."""
    from ricomi.catalogue.models import Term

    if not router.allow_migrate_model(using, Term) or not _has_table(using, Term):
        return
    wanted = [
        Term(code=entry["code"], kind=kind, labels=entry["labels"], order=place)
        for kind, entries in json.loads(TERMS.read_text("utf-8")).items()
        for place, entry in enumerate(entries, 1)
    ]
    kept = {term.code: (term.kind, term.labels, term.order) for term in Term.objects.using(using).all()}
    changed = [term for term in wanted if kept.get(term.code) != (term.kind, term.labels, term.order)]
    Term.objects.using(using).bulk_create(
        changed, update_conflicts=True, unique_fields=["code"], update_fields=["kind", "labels", "order"]
    )


def _has_table(using: str, model: Any) -> bool:
    """Whether the migration that makes the table has been applied: not when migrating backwards."""
    from django.db import connections

    return model._meta.db_table in connections[using].introspection.table_names()
