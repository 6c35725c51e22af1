"""What a source may name: the codes of the thesaurus and the states of the network, as the network ships them."""

from __future__ import annotations

import json
from functools import lru_cache

from ricomi.catalogue.reference import TERMS
from ricomi.directory.reference import STATES


@lru_cache(maxsize=1)
def terms() -> frozenset[str]:
    """All codes of the thesaurus."""
    data = json.loads(TERMS.read_text("utf-8"))
    return frozenset(term["code"] for kind in data.values() for term in kind)


@lru_cache(maxsize=1)
def states() -> frozenset[str]:
    """Members and observers by their codes of ISO 3166-1."""
    data = json.loads(STATES.read_text("utf-8"))
    return frozenset([*data["members"], *data["observers"]["states"]])


@lru_cache(maxsize=1)
def members() -> tuple[str, ...]:
    """The member states by their codes."""
    return tuple(json.loads(STATES.read_text("utf-8"))["members"])
