"""Sample entries, invented for trying the site out and for measuring its search; each says that it is one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ricomi.catalogue.listing import Content, list_entries
from ricomi.catalogue.models import Entry
from ricomi.catalogue.models.shown import day_of

SOURCE = "sample"


def load(path: Path) -> list[Entry]:
    """Put the sample entries of a file into the catalogue; twice changes nothing."""
    return list_entries(read(path), source=SOURCE)


def read(path: Path) -> Iterator[Content]:
    """The sample entries of a file."""
    for one in json.loads(path.read_text("utf-8")):
        parts = {name: one.get(name, ()) for name in ("requesting", "offering", "third")}
        parts["concerned"] = one["countries"]
        yield Content(
            origin=one["origin"], kind=one["kind"], title=one["title"], summary=one["summary"], text=one["text"],
            language=one["language"], terms=frozenset([*one["themes"], *one["populations"], *one["help"]]),
            states=frozenset((part, state) for part, states in parts.items() for state in states),
            since=day_of(one["since"]), until=day_of(one["until"]), year=one["year"], sample=True,
        )  # fmt: skip
