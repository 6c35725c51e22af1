"""What the catalogue says of cooperation, as layers of the map: asked and given, between whom, offers, programmes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ricomi.atlas.layers import Group, History, Layer, Pair, sources
from ricomi.catalogue.asking import OFFER
from ricomi.catalogue.models import HELPING, HELPS, Entry, Part, Place, StandingOffer

INITIATIVE, PROGRAMME = Entry.Kind.INITIATIVE, Entry.Kind.PROGRAMME


def layers() -> Iterable[Layer]:
    """In the order in which they are offered; the first is shown unless another is asked for."""
    return (
        Layer(
            "received", _("Cooperation received"), _("Published initiatives in which a state asked for help."),
            Group.COOPERATION, lambda year: by_state([Part.REQUESTING], year), lambda: _years(INITIATIVE),
            kind=INITIATIVE, found_by=(Part.REQUESTING.value,),
        ),
        Layer(
            "given", _("Cooperation given"), _("Published initiatives in which a state helped another."),
            Group.COOPERATION, lambda year: by_state(HELPING, year), lambda: _years(INITIATIVE),
            kind=INITIATIVE, found_by=(HELPS,),
        ),
        Layer(
            "between", _("Who helps whom"),
            _("Published initiatives, from the state that helped to the one that asked."),
            Group.COOPERATION, lambda year: _between(INITIATIVE, HELPING, Part.REQUESTING, year),
            lambda: _years(INITIATIVE), between=(_("Helping state"), _("Requesting state")), kind=INITIATIVE,
            found_by=(HELPS, Part.REQUESTING.value),
        ),
        Layer(
            "offers", _("Standing offers"), _("What states are ready to share with any other that asks, as of today."),
            Group.COOPERATION, lambda _year: _offers(), public=False, kind=OFFER,
        ),
        Layer(
            "programmes", _("Seasonal employment"),
            _("Programmes of temporary and seasonal employment, from the state of origin to that of destination."),
            Group.COOPERATION, lambda year: _between(PROGRAMME, [Part.ORIGIN], Part.DESTINATION, year),
            lambda: _years(PROGRAMME), between=(_("State of origin"), _("State of destination")), kind=PROGRAMME,
            found_by=(Part.ORIGIN.value, Part.DESTINATION.value),
        ),
    )  # fmt: skip


def histories(code: str) -> Iterable[History]:
    """How many initiatives a country had a part in, year by year; one query."""
    found: dict[bool, dict[int, int]] = defaultdict(dict)
    parts = _places(INITIATIVE, None).filter(state=code, part__in=(Part.REQUESTING, *HELPING))
    asked = ExpressionWrapper(Q(part=Part.REQUESTING), output_field=BooleanField())
    rows = parts.annotate(asked=asked).values_list("asked", "entry__year")
    for requesting, year, number in rows.annotate(Count("entry", distinct=True)):
        found[requesting][year] = number
    return (
        History(_("Initiatives in which it asked for help"), found[True]),
        History(_("Initiatives in which it helped"), found[False]),
    )


def _places(kind: str, year: int | None) -> QuerySet[Place]:
    """The parts that states have in published entries of a kind, of a year or all of them."""
    found = Place.objects.filter(entry__kind=kind, entry__withdrawn_at__isnull=True).order_by()
    return found.filter(entry__year=year) if year else found


def by_state(parts: Iterable[str], year: int | None = None) -> dict[str, int]:
    """In how many published initiatives each state has one of these parts, in a year or ever; one query."""
    found = _places(INITIATIVE, year).filter(part__in=list(parts))
    return dict(found.values_list("state").annotate(Count("entry", distinct=True)))


def _between(kind: str, start: Iterable[str], end: str, year: int | None) -> dict[Pair, int]:
    found = _places(kind, year).filter(part__in=list(start), entry__places__part=end)
    rows = found.values_list("state", "entry__places__state").annotate(Count("entry", distinct=True))
    return {(first, second): number for first, second, number in rows if first != second}


def _offers() -> dict[str, int]:
    found = StandingOffer.objects.in_force().order_by()
    return dict(found.values_list("body__state").annotate(Count("pk")))


def _years(kind: str) -> list[int]:
    found = Entry.objects.published().filter(kind=kind)
    return list(found.order_by("-year").values_list("year", flat=True).distinct())


sources.add(layers, histories)
