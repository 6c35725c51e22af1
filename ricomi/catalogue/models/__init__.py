"""What states can learn from: the thesaurus, what each state offers, and what the region knows."""

from ricomi.catalogue.models.card import Card, Word, Writing
from ricomi.catalogue.models.draft import Draft
from ricomi.catalogue.models.entry import CASES, HELPING, HELPS, Entry, Part, Place, Version
from ricomi.catalogue.models.offer import StandingOffer
from ricomi.catalogue.models.saved import SavedSearch
from ricomi.catalogue.models.shown import Shown
from ricomi.catalogue.models.term import POPULATIONS, THEMES, Label, Term

__all__ = [
    "CASES", "HELPING", "HELPS", "POPULATIONS", "THEMES", "Card", "Draft", "Entry", "Label", "Part", "Place",
    "SavedSearch", "Shown", "StandingOffer", "Term", "Version", "Word", "Writing",
]  # fmt: skip
