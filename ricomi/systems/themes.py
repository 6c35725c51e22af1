"""The codes of the thesaurus that a source may name."""

from __future__ import annotations

import json

from ricomi.catalogue.reference import TERMS


def known_codes() -> frozenset[str]:
    """All codes of the thesaurus as the network ships it."""
    return frozenset(term["code"] for terms in json.loads(TERMS.read_text("utf-8")).values() for term in terms)
