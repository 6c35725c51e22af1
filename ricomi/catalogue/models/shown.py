"""What a draft or a former version says, made into what the page of an entry shows."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ricomi import l10n
from ricomi.catalogue.models.entry import Entry, Part, Place, by_kind, by_part, period
from ricomi.catalogue.models.term import Term


@dataclasses.dataclass(frozen=True)
class Shown:
    """A content as `Version` and `Draft` keep it, by the names under which templates know an entry; one query."""

    content: Mapping[str, Any]
    origin: str = ""
    published_at: datetime.datetime | None = None
    is_of_a_case: bool = False

    def __getattr__(self, name: str) -> Any:
        """What the content holds under a name that needs no putting into words."""
        try:
            return self.content[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def get_kind_display(self) -> str:
        """What kind of entry it is, in the reader's language."""
        return str(Entry.Kind(self.content["kind"]).label)

    @property
    def get_language_display(self) -> str:
        """The language of its text, by its own name."""
        return dict(l10n.LANGUAGES)[self.content["language"]]

    @property
    def grouped_terms(self) -> Iterator[tuple[str, list[Term]]]:
        """The kinds of terms that classify it, each with its terms; without those that the thesaurus no longer has."""
        return by_kind(list(Term.objects.filter(pk__in=self.content["terms"])))

    @property
    def grouped_places(self) -> Iterator[tuple[str, list[Place]]]:
        """The parts that states have in it, each with its states."""
        return by_part([Place(part=part, state_id=state) for part, state in self.content["states"] if part in Part])

    @property
    def period(self) -> str:
        """From when to when, as the reader writes days; empty when neither is known."""
        return period(day_of(self.content["since"]), day_of(self.content["until"]))

    @property
    def published(self) -> str:
        """The day of publication, as the reader writes it; empty for what is not published."""
        return l10n.day(self.published_at) if self.published_at else ""

    @property
    def amount_spent(self) -> Decimal:
        """What the Fund spent on it, in units of its currency; nothing on what a delegation writes."""
        return Decimal(self.content.get("amount_spent", 0))

    @property
    def spent(self) -> str:
        """The amount spent with its currency, as the reader writes it."""
        return l10n.money(self.amount_spent, self.content["currency"])


def day_of(text: str | None) -> datetime.date | None:
    """A day as a kept content writes it (ISO 8601, UTC)."""
    return datetime.date.fromisoformat(text) if text else None
