"""What a map may show, and what a country's page draws over years; other rooms' figures join in by `add`.

A layer is one map: a number for each state (`Layer.read` gives them by ISO code) or for each pair of states (by the
pair from, to). A source gives the layers that there are now, since which series exist is data. One that shows series of
figures gives besides, for a country, how each went over the years:

    def layers() -> Iterable[Layer]:
        return [Layer("figures-inflow", _("Inflow"), _("People who came to live there."), Group.FIGURES, read, years)]

    sources.add(layers, histories)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

Number = int | Decimal
Pair = tuple[str, str]


class Group(models.TextChoices):
    """The headings under which layers are offered."""

    COOPERATION = "cooperation", _("Cooperation")
    FIGURES = "figures", _("Figures")


@dataclass(frozen=True)
class Layer:
    """One map. `code` names it in the address, `says` what the number counts, `group` where it is offered.

    `read` is asked for a year, or None for all of them; `years` are those that it knows, the newest first.
    """

    code: str
    title: Text
    says: Text
    group: Group
    read: Callable[[int | None], Mapping[Any, Number]]
    years: Callable[[], list[int]] = list
    # Between two states each, from one to the other: headings of both.
    between: tuple[Text, Text] | None = None
    # Of which a state that is not named has none; of others nothing is known of it, and years can't be added up.
    counted: bool = True
    # The kind of what is counted, by which the catalogue's search is narrowed.
    kind: str = ""
    # By which dimensions of the search what is counted is found: of a state, or of both of a pair.
    found_by: tuple[str, ...] = ("country",)
    public: bool = True
    sample: bool = False


@dataclass(frozen=True)
class History:
    """How a number went in one country: values by year."""

    title: Text
    values: Mapping[int, Number]
    sample: bool = False


@dataclass
class Sources:
    """Where layers and histories come from, in the order in which they were added."""

    layers: list[Callable[[], Iterable[Layer]]] = field(default_factory=list)
    histories: list[Callable[[str], Iterable[History]]] = field(default_factory=list)

    def add(
        self, layers: Callable[[], Iterable[Layer]], histories: Callable[[str], Iterable[History]] | None = None
    ) -> None:
        """Let a room's layers be chosen, and its histories be drawn on the countries' pages."""
        self.layers.append(layers)
        if histories:
            self.histories.append(histories)

    def all(self, *, signed_in: bool) -> dict[str, Layer]:
        """The layers that a reader may see, by code."""
        return {one.code: one for source in self.layers for one in source() if one.public or signed_in}

    def of_country(self, code: str) -> list[History]:
        """What is known of a country over the years."""
        return [one for source in self.histories for one in source(code) if one.values]


sources = Sources()
