"""What a country's page tells: what it asked for and gave, what was learnt, its laws, programmes and offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ricomi.catalogue.asking import Ask
from ricomi.catalogue.models import Entry, Part, StandingOffer

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
    learnt: bool = False


SECTIONS = (
    Section(_("What it asked for"), (Kind.INITIATIVE,), (Part.REQUESTING,)),
    Section(_("What it gave"), (Kind.INITIATIVE,), (Part.OFFERING, Part.THIRD)),
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
    """The sections of a country's page that have something; a constant number of queries."""
    found = []
    for section in SECTIONS:
        entries = Entry.objects.published().of_country(code, *section.parts).filter(kind__in=section.kinds)
        entries = entries.defer("text", "facts") if section.learnt else entries.defer("text", "lessons", "facts")
        if section.learnt:
            entries = entries.exclude(lessons="")
        rows = list(entries[: ROWS + 1])
        kind = section.kinds[0] if len(section.kinds) == 1 else ""
        found.append(Found(section, rows[:ROWS], search(code, kind=kind) if len(rows) > ROWS else ""))
    prefetch_related_objects([entry for one in found for entry in one.entries], "places")
    return [one for one in found if one.entries]


def offers(code: str) -> list[StandingOffer]:
    """What a state offers today, the newest first."""
    return list(StandingOffer.objects.in_force().filter(body__state=code).order_by("-changed_at")[:ROWS])


def search(*codes: str, kind: str = "", year: int | None = None) -> str:
    """The address at which the catalogue finds what concerns all of these countries, of a kind and year or of any."""
    narrowed = [("kind", kind)] if kind else []
    narrowed += [("country", code) for code in codes] + ([("year", str(year))] if year else [])
    return f"{reverse('catalogue:search')}?{Ask(chosen=tuple(narrowed)).query}"
