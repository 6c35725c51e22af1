"""The states most likely to help with a request, ranked, each with the parts of which its total is the sum."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils import timezone

from cases.models import Case
from ricomi.directory.models import Body, State
from ricomi.matching.asked import asked_by, words_of
from ricomi.matching.best import Offer, best_offers
from ricomi.matching.factors import FACTORS, Candidate, Part
from ricomi.matching.history import history
from ricomi.matching.models import Weights

# So many are proposed to be invited, if they have this share of all points or more.
FIRST, BOUND = 5, Decimal("0.50")


@dataclass(frozen=True)
class Ranked:
    """A state with its best offer and what each factor adds."""

    body: Body
    offer: Offer | None
    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal:
        """The sum of its parts."""
        return sum((part.points for part in self.parts), Decimal(0))

    def under(self, weights: Weights) -> Ranked:
        """The same state counted by other weights."""
        return replace(self, parts=tuple(replace(part, weight=weights.of(part.factor.code)) for part in self.parts))


@dataclass(frozen=True)
class Ranking:
    """Who offers one of the themes, ranked; who offers none of them, by name; who was asked in the last round."""

    weights: Weights
    ranked: tuple[Ranked, ...]
    others: tuple[Body, ...]
    asked: tuple[Body, ...]

    @property
    def proposed(self) -> list[Ranked]:
        """Those who are proposed to be invited: the first five, as far as they reach the bound."""
        least = self.weights.most * BOUND
        return [one for one in self.ranked[:FIRST] if one.total >= least]

    def under(self, weights: Weights) -> Ranking:
        """The same states ranked by other weights."""
        return replace(self, weights=weights, ranked=in_order(one.under(weights) for one in self.ranked))


def in_order(found: Iterable[Ranked]) -> tuple[Ranked, ...]:
    """The highest total first; of equal ones by code, so that the order is the same each time."""
    return tuple(sorted(found, key=lambda one: (-one.total, one.body.code)))


def rank(case: Case, *, weights: Weights | None = None, at: datetime.datetime | None = None) -> Ranking:
    """Rank the states for a request at a moment (now when none is given), by the newest weights unless told.

    The requesting state is none of them, nor one that does not take part on that day. The same number of queries
    however many offers, states and cases there are.
    """
    at = at or timezone.now()
    weights = weights or Weights.objects.newest()
    asked = replace(asked_by(case, at.date()), words=words_of(case))
    before = set(case.invitations.filter(round=case.matching_round).values_list("body", flat=True))
    past = history(asked, at)
    states = State.objects.participating(asked.day)
    bodies = Body.objects.filter(kind=Body.Kind.DELEGATION, state__in=states).exclude(pk=case.requesting_id)
    delegations = list(bodies.order_by("code").prefetch_related("state__forums").select_related("state"))
    offers = best_offers(asked, [body.pk for body in delegations])
    ranked = []
    for body in delegations:
        if body.pk in before or body.pk not in offers:
            continue
        forums = {forum.pk: forum.names for forum in body.state.forums.all()} if body.state else {}
        one = Candidate(body, offers[body.pk], forums, past)
        parts = tuple(factor.part(asked, one, weights.of(factor.code)) for factor in FACTORS)
        ranked.append(Ranked(body, one.offer, parts))
    rest = sorted((body for body in delegations if body.pk not in offers), key=lambda body: body.name)
    asked_already = sorted((body for body in delegations if body.pk in before), key=lambda body: body.name)
    others = tuple(body for body in rest if body.pk not in before)
    return Ranking(weights, in_order(ranked), others, tuple(asked_already))
