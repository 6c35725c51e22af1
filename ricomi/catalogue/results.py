"""What the search found, as lists, feeds and sheets show it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

from ricomi import l10n
from ricomi.catalogue import asking
from ricomi.catalogue.models import Card, Entry, StandingOffer, Term


@dataclasses.dataclass(frozen=True)
class Result:
    """One thing found, as a list shows it."""

    kind: str
    thing: Entry | StandingOffer
    published_at: datetime.datetime

    @property
    def kind_label(self) -> str:
        """What kind of thing it is, in the reader's language."""
        return asking.kind_label(self.kind)

    @property
    def summary(self) -> str:
        """What it is about."""
        return (
            self.thing.summary or getattr(self.thing, "begins", "")
            if isinstance(self.thing, Entry)
            else self.thing.text
        )

    @property
    def state_codes(self) -> list[str]:
        """ISO codes of the states that have a part in it, each once."""
        if isinstance(self.thing, Entry):
            return self.thing.state_codes
        return [self.thing.body.state_id or ""]

    @property
    def states(self) -> list[str]:
        """Names of those states in the reader's language."""
        return [l10n.country(code) for code in self.state_codes]

    @property
    def themes(self) -> list[str]:
        """Its themes in the reader's language."""
        return [term.label for term in self._themes]

    @property
    def theme_codes(self) -> list[str]:
        """The codes of its themes."""
        return [term.code for term in self._themes]

    @property
    def _themes(self) -> list[Term]:
        return self.thing.themes if isinstance(self.thing, Entry) else list(self.thing.themes.all())

    @property
    def year(self) -> int:
        """The year it counts for."""
        return self.thing.year if isinstance(self.thing, Entry) else self.thing.since.year


def results(keys: Sequence[int]) -> list[Result]:
    """What cards stand for, in this order; a constant number of queries."""
    cards = Card.objects.only("kind", "entry_id", "offer_id", "published_at").in_bulk(keys)
    kept = [cards[key] for key in keys if key in cards]
    entries = Entry.objects.for_list().in_bulk([card.entry_id for card in kept if card.entry_id])
    offers = StandingOffer.objects.for_list().in_bulk([card.offer_id for card in kept if card.offer_id])
    things: list[tuple[Card, Any]] = [
        (card, entries.get(card.entry_id) if card.entry_id else offers.get(card.offer_id)) for card in kept
    ]
    return [Result(card.kind, thing, card.published_at) for card, thing in things if thing is not None]
