"""What a reader asks of the catalogue, as the address of the page has it: words, what narrows the search, order."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from ricomi import l10n
from ricomi.catalogue.finding import SORTS, Terms
from ricomi.catalogue.models import HELPS, Entry, Part, Term
from ricomi.printable import clean

# What a search may be narrowed to, as a page lists it. Those that are no kind of term go before the key with a colon.
DIMENSIONS = {
    "kind": gettext_lazy("Kind of entry"), "theme": gettext_lazy("Theme"), "population": gettext_lazy("Population"),
    "country": gettext_lazy("Country"), "help": gettext_lazy("Kind of help"), "year": gettext_lazy("Year"),
    "concept": gettext_lazy("Subject"), "forum": gettext_lazy("Forum"),
    "sector": gettext_lazy("Sector of aid (DAC/CRS)"),
    Part.REQUESTING.value: Part.REQUESTING.label, HELPS: gettext_lazy("Helping state"),
    Part.ORIGIN.value: Part.ORIGIN.label, Part.DESTINATION.value: Part.DESTINATION.label,
    "target": gettext_lazy("Target of the Sustainable Development Goals"), "language": gettext_lazy("Language"),
}  # fmt: skip
OF_STATES = ("country", Part.REQUESTING.value, HELPS, Part.ORIGIN.value, Part.DESTINATION.value)
BARE = ("kind", "year", "language", *OF_STATES)
MOST_KEYS = 12
LONGEST_TEXT = 200
LONGEST_KEY = 60
OFFER = "offer"


@dataclasses.dataclass(frozen=True)
class Ask:
    """A search: its words, the pairs of a dimension and a code that it is narrowed to, and its order."""

    text: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    sort: str = "relevance"

    @classmethod
    def read(cls, asked: QueryDict) -> Ask:
        """What an address asks; what makes no sense in it is left out."""
        chosen = [
            (name, clean(code))
            for name in DIMENSIONS for code in asked.getlist(name) if code and len(code) <= LONGEST_KEY
        ]  # fmt: skip
        sort = asked.get("sort", "")
        return cls(
            text=" ".join(clean(asked.get("q", "")).split())[:LONGEST_TEXT],
            chosen=tuple(dict.fromkeys(chosen))[:MOST_KEYS], sort=sort if sort in SORTS else "relevance",
        )  # fmt: skip

    @property
    def keys(self) -> list[str]:
        """The keys that every card found must bear."""
        return [f"{name}:{code}" if name in BARE else code for name, code in self.chosen]

    def within(self, *, private: bool) -> Terms:
        """Within what to look; what only people who signed in can read is found for them alone."""
        return Terms(keys=self.keys, private=private, sort=self.sort)

    @property
    def query(self) -> str:
        """The search as the query of an address."""
        words = [("q", self.text)] if self.text else []
        order = [("sort", self.sort)] if self.sort != "relevance" else []
        return urlencode([*words, *self.chosen, *order])

    def narrowed(self, name: str, code: str) -> Ask:
        """The same search, narrowed to one thing more."""
        return dataclasses.replace(self, chosen=(*self.chosen, (name, code)))

    def widened(self, name: str, code: str) -> Ask:
        """The same search without one of the things that narrow it."""
        return dataclasses.replace(self, chosen=tuple(pair for pair in self.chosen if pair != (name, code)))

    @property
    def unnarrowed(self) -> Ask:
        """The same words, narrowed to nothing."""
        return dataclasses.replace(self, chosen=())

    def said(self, names: Names) -> str:
        """The search in the reader's words, for titles of feeds, letters and files."""
        parts = [f"“{self.text}”"] if self.text else []
        parts += [names.of(name, code) for name, code in self.chosen]
        return ", ".join(parts) or gettext("everything in the catalogue")


@dataclasses.dataclass(frozen=True)
class Choice:
    """One thing to which a search may be narrowed: its name, and how many of what was found bear it."""

    code: str
    label: str
    count: int
    query: str


@dataclasses.dataclass(frozen=True)
class Facet:
    """One dimension with its choices: first those that most bear."""

    name: str
    label: str
    choices: list[Choice]
    few: int = 6

    @property
    def first(self) -> list[Choice]:
        return self.choices[: self.few]

    @property
    def rest(self) -> list[Choice]:
        return self.choices[self.few :]


class Names:
    """What the codes of keys are called in the reader's language; one query for all terms."""

    def __init__(self) -> None:
        self._terms: dict[str, tuple[str, str]] = {term.code: (term.kind, term.label) for term in Term.objects.all()}

    def of(self, name: str, code: str) -> str:
        """The name of a code in a dimension; the code itself when it names nothing."""
        if name in OF_STATES:
            return l10n.country(code)
        if name == "kind":
            return kind_label(code)
        if name == "language":
            return dict(l10n.LANGUAGES).get(code, code)
        return self._terms[code][1] if self._terms.get(code, ("",))[0] == name else code

    def split(self, key: str) -> tuple[str, str] | None:
        """The dimension and code of a card's key; nothing for a term that the thesaurus no longer has."""
        name, colon, code = key.partition(":")
        if colon:
            return name, code
        return (self._terms[key][0], key) if key in self._terms else None


def kind_label(code: str) -> str:
    """What kind of thing a card stands for, in the reader's language."""
    if code == OFFER:
        return _("standing offer")
    return str(dict(Entry.Kind.choices).get(code, code))


def facets(ask: Ask, counts: Mapping[str, int], total: int, names: Names) -> Iterator[Facet]:
    """What a search may be narrowed to further; what all of it bears narrows nothing and is left out."""
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in DIMENSIONS}
    for key, count in counts.items():
        pair = names.split(key)
        if pair and pair not in ask.chosen and count < total:
            found[pair[0]].append((pair[1], count))
    for name, label in DIMENSIONS.items():
        choices = [
            Choice(code, names.of(name, code), count, ask.narrowed(name, code).query) for code, count in found[name]
        ]
        choices.sort(key=(lambda one: (-int(one.code),)) if name == "year" else (lambda one: (-one.count, one.label)))
        if choices:
            yield Facet(name, str(label), choices)


def chips(ask: Ask, names: Names) -> list[dict[str, Any]]:
    """What narrows a search, each with its name and the search without it."""
    return [
        {"label": str(DIMENSIONS[name]), "value": names.of(name, code), "query": ask.widened(name, code).query}
        for name, code in ask.chosen
    ]
