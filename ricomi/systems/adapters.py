"""What an information system is to the network: one class in one file, found by its entry point.

docs/adding-a-system.md adds one. A package names its class in the group `ricomi.systems`; those of the network itself
stand in pyproject.toml, which is read where the network runs from a checkout that was never installed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from ricomi.systems.reading.source import Source

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from ricomi.catalogue.listing import Content

GROUP = "ricomi.systems"
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


@dataclass(frozen=True)
class Record:
    """One thing that a system knows, as plain data: `key` names it in every edition, `row` is where in the file it is.

    What `content` holds is compared from edition to edition; its values are texts, numbers, None and lists of them.
    """

    key: str
    content: dict[str, Any]
    row: int


@dataclass(frozen=True)
class Fact:
    """What an entry says besides what every entry does, in the reader's language; `badge` is the class of one."""

    label: _StrOrPromise
    value: str
    badge: str = ""


class Adapter:
    """How one information system is read. A subclass states what it is and reads its files."""

    code: ClassVar[str]
    """Its name in addresses, such as `sicremi`."""
    title: ClassVar[_StrOrPromise]
    about: ClassVar[_StrOrPromise]
    """What it is, in a sentence or two."""
    form: ClassVar[_StrOrPromise]
    """In which forms its files come, for whoever has one to hand in."""
    every: ClassVar[int] = 30
    """After how many days its address is read again."""
    whole: ClassVar[bool] = True
    """Whether a file holds all there is, so that what it does not name has gone; a feed holds only what is new."""
    keeps: ClassVar[str] = "record"
    """The model of `ricomi.systems` in which records are kept: `record`, `figure` or `programme`."""
    columns: ClassVar[Mapping[str, _StrOrPromise]] = {}
    """What tables show of a record's content, with its title."""
    leads: ClassVar[str] = ""
    """The column that leads to the record's entry in the catalogue."""
    narrows: ClassVar[tuple[str, ...]] = ()
    """By which parts of their content the page of its records narrows them; `themes` are codes of the thesaurus."""
    series: ClassVar[Mapping[str, _StrOrPromise]] = {}
    """The titles of its series by their codes, where it keeps figures."""

    def read(self, source: Source) -> Iterator[Record]:
        """The records of a file, one after the other, never all at once: how far it is shows from what was read of it.

        Raises `Broken` at the first that is not as it must be; then nothing is taken.
        """
        raise NotImplementedError

    def entry(self, key: str, content: dict[str, Any]) -> Content | None:
        """What a record becomes in the catalogue, if anything; its origin there is the record's key."""
        return None

    def facts(self, facts: dict[str, Any]) -> list[Fact]:
        """The facts of an entry, as `entry` gave them, for its page in the catalogue."""
        return []

    def cell(self, column: str, content: dict[str, Any]) -> str:
        """What a table shows in a column."""
        found = content.get(column)
        return ", ".join(map(str, found)) if isinstance(found, list) else "" if found is None else str(found)


@lru_cache(maxsize=1)
def adapters() -> dict[str, Adapter]:
    """All information systems by their code. Raises ImproperlyConfigured for one that cannot be used."""
    found: dict[str, Adapter] = {}
    for point in _points():
        made = point.load()()
        if not isinstance(made, Adapter) or not getattr(made, "code", ""):
            raise ImproperlyConfigured(f"{point.value} of the entry point {point.name} is no adapter with a code.")
        if made.code in found:
            raise ImproperlyConfigured(f"Two information systems have the code {made.code}.")
        found[made.code] = made
    return dict(sorted(found.items()))


def _points() -> Iterator[EntryPoint]:
    """The entry points of what is installed, and ours."""
    installed = entry_points(group=GROUP)
    ours = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["entry-points"][GROUP] if PROJECT.exists() else {}
    known = {point.value for point in installed}
    yield from (EntryPoint(name, value, GROUP) for name, value in ours.items() if value not in known)
    yield from installed


def enter(using: str = "default", **_signal: object) -> None:
    """Make a row for each system that has none, after each migration; one that is no longer found keeps its own."""
    from ricomi.systems.models import System

    if not router.allow_migrate_model(using, System):
        return
    if System._meta.db_table not in connections[using].introspection.table_names():
        return
    System.objects.using(using).bulk_create(
        [System(code=code, every=one.every) for code, one in adapters().items()], ignore_conflicts=True
    )
