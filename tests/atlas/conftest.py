"""What the tests of the atlas read: initiatives, offers and people, as the catalogue's tests make them."""

from tests.catalogue.conftest import (
    _english,
    delegation,
    member,
    offer,
    result,
    signed_in,
    visitor,
)

__all__ = ["_english", "delegation", "member", "offer", "result", "signed_in", "visitor"]
