"""What an information system adds to the page of an entry in the catalogue."""

from __future__ import annotations

from typing import Any

from django import template

from ricomi.systems.adapters import adapters
from ricomi.systems.models import Edition, Figure, System

register = template.Library()


@register.inclusion_tag("systems/facts.html")
def facts_of(entry: Any) -> dict[str, Any]:
    """The facts of an entry, and the system it comes from with its edition; nothing for others. One query."""
    adapter = adapters().get(getattr(entry, "source", ""))
    if adapter is None:
        return {}
    return {"adapter": adapter, "facts": adapter.facts(entry.facts), "edition": _edition(adapter.code, entry)}


def _edition(code: str, entry: Any) -> Edition | None:
    """The edition since which a record stands as it does; for a series the last good one, for what has gone none."""
    system = System(code=code)
    if entry.withdrawn_at is not None:
        return None
    if system.shelf is Figure:
        return system.editions.filter(state=Edition.State.TAKEN_IN).first()
    record = system.shelf.objects.standing(system).filter(key=entry.origin).select_related("since").first()
    return record.since if record else None
