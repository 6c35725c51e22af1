"""What a country's page tells: what it asked for and gave, what was learnt, its laws, programmes and offers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet, Value, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ricomi.catalogue.asking import Ask
from ricomi.catalogue.models import HELPING, HELPS, Entry, Part, StandingOffer

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ROWS = 5
Kind = Entry.Kind


@dataclass(frozen=True)
class Section:
    """Entries of some kinds in which a country has one of these parts; any part when none is named."""

    title: _StrPromise
    kinds: tuple[str, ...]
    parts: tuple[str, ...] = ()
    # By which part the catalogue's search finds the rest of them.
    found_by: str = "country"
    learnt: bool = False


SECTIONS = (
    Section(_("What it asked for"), (Kind.INITIATIVE,), (Part.REQUESTING,), Part.REQUESTING.value),
    Section(_("What it gave"), (Kind.INITIATIVE,), HELPING, HELPS),
    Section(_("What was learnt"), (Kind.INITIATIVE, Kind.PRACTICE), learnt=True),
    Section(_("Its laws"), (Kind.LAW,)),
    Section(_("Its programmes of seasonal employment"), (Kind.PROGRAMME,)),
    Section(_("Practices, studies and publications"), (Kind.PRACTICE, Kind.STUDY, Kind.SERIES, Kind.PUBLICATION)),
)


@dataclass(frozen=True)
class Found:
    """The newest entries of a section."""

    section: Section
    entries: list[Entry]
    # Where the catalogue has the rest; empty when there is none.
    more: str


def sections(code: str) -> list[Found]:
    """The sections of a country's page that have something; two queries."""
    first, *others = (_newest(code, place, section) for place, section in enumerate(SECTIONS))
    rows: dict[int, list[Entry]] = defaultdict(list)
    for entry in sorted(first.union(*others, all=True), key=lambda entry: (entry.published_at, entry.pk), reverse=True):
        rows[entry.section].append(entry)
    found = []
    for place, section in enumerate(SECTIONS):
        kind = section.kinds[0] if len(section.kinds) == 1 else ""
        more = search((section.found_by, code), kind=kind) if len(rows[place]) > ROWS else ""
        found.append(Found(section, rows[place][:ROWS], more))
    prefetch_related_objects([entry for one in found for entry in one.entries], "places")
    return [one for one in found if one.entries]


def _newest(code: str, place: int, section: Section) -> QuerySet[Any]:
    """The newest entries of a section and one more, each with the section's place."""
    entries = Entry.objects.published().of_country(code, *section.parts).filter(kind__in=section.kinds)
    if section.learnt:
        entries = entries.exclude(lessons="")
    return entries.defer("text", "facts").annotate(section=Value(place))[: ROWS + 1]


def offers(code: str) -> list[StandingOffer]:
    """What a state offers today, the newest first."""
    return list(StandingOffer.objects.in_force().filter(body__state=code).order_by("-changed_at")[:ROWS])


def search(*states: tuple[str, str], kind: str = "", year: int | None = None) -> str:
    """The address at which the catalogue finds what these states have a part in, of a kind and year or of any.

    A state comes with the dimension of the search: `country` for any part, `requesting`, `helping` and so on.
    """
    narrowed = [("kind", kind)] if kind else []
    narrowed += [*states, *([("year", str(year))] if year else [])]
    return f"{reverse('catalogue:search')}?{Ask(chosen=tuple(narrowed)).query}"
