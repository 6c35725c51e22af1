"""What pages of other rooms show of who can help whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from ricomi import l10n
from ricomi.catalogue.models import StandingOffer
from ricomi.directory.authority import rights_of
from ricomi.matching import access, fitting

register = template.Library()


@register.filter
def points(value: Decimal) -> str:
    """Points, or a value of a factor, with two decimals."""
    return l10n.hundredths(value)


@register.inclusion_tag("matching/fitting.html", takes_context=True)
def fitting_requests(context: Any, offer: StandingOffer) -> dict[str, Any]:
    """The requests that an offer fits, for its delegation and the secretariat; nothing for others."""
    rights = rights_of(context["request"])
    stands = offer.withdrawn_at is None
    shown = stands and fitting.may_learn(offer, rights)
    return {
        "shown": shown, "reads_all": access.reads_proposals(rights),
        "fits": fitting.requests_for(offer, rights) if shown else [],
    }  # fmt: skip


@register.inclusion_tag("matching/links.html", takes_context=True)
def matching_links(context: Any) -> dict[str, Any]:
    """Where the reader may look at how states are ranked, and how well that predicted."""
    rights = rights_of(context["request"])
    return {"weights": access.reads_weights(rights), "quality": access.reads_proposals(rights)}
