"""How well the ranking predicted who would help: what was kept of each round, held against what came of it.

Recall at 5 is the share of those who helped that stood among the first five; the reciprocal rank is 1 for a first place
of the first who helped, 1/2 for a second, 0 for none. Both are means over the rounds in which somebody helped. A state
that was not invited could not accept, so the figures favour what was proposed: they compare weights, they prove none.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cases.models import Case, Invitation, Stage
from ricomi.matching.models import Proposal, Weights
from ricomi.matching.ranking import FIRST

# So many of the newest rounds are looked at.
ROUNDS = 300
ACCEPTED, SUCCEEDED = "accepted", "succeeded"


@dataclass
class Round:
    """A round of invitations: whom the ranking named in which order, and what came of it, by keys of bodies."""

    case: Case
    number: int
    at: datetime.datetime
    weights: int
    # (key, code, values by factor) of each proposed state, the first in place first.
    proposed: list[tuple[int, str, dict[str, Decimal]]] = field(default_factory=list)
    invited: set[int] = field(default_factory=set)
    accepted: set[int] = field(default_factory=set)
    chosen: set[int] = field(default_factory=set)

    @property
    def succeeded(self) -> set[int]:
        """Who was chosen and helped until the case was closed."""
        return self.chosen if self.case.stage == Stage.CLOSED else set()

    def helped(self, how: str) -> set[int]:
        """Who accepted, or who succeeded."""
        return self.accepted if how == ACCEPTED else self.succeeded

    def order(self, weights: Weights | None = None) -> list[int]:
        """The states as they were ranked, or as they would have been by other weights."""
        if weights is None:
            return [body for body, _code, _values in self.proposed]

        def total(values: dict[str, Decimal]) -> Decimal:
            return sum((weights.of(code) * value for code, value in values.items()), Decimal(0))

        return [one[0] for one in sorted(self.proposed, key=lambda one: (-total(one[2]), one[1]))]


@dataclass(frozen=True)
class Measure:
    """Recall at 5 and mean reciprocal rank over so many rounds; None over none."""

    rounds: int
    recall: Decimal | None
    reciprocal: Decimal | None


def rounds(most: int = ROUNDS, *, values: bool = False) -> list[Round]:
    """The newest rounds for which somebody was proposed, the newest first; with the factors' values if asked.

    Four queries, however many rounds there are.
    """
    newest = Proposal.objects.filter(place=1).order_by("-at", "-pk")[:most]
    firsts = list(newest.values_list("case", "round", "at", "weights__number"))
    keys = {case for case, *_rest in firsts}
    cases = Case.objects.for_cards().in_bulk(keys)
    found = {(case, number): Round(cases[case], number, at, weights) for case, number, at, weights in firsts}
    columns = ["case", "round", "body", "body__code", *(["parts"] if values else [])]
    for case, number, body, code, *parts in (
        Proposal.objects.filter(case__in=keys).order_by("place").values_list(*columns)
    ):
        if (case, number) in found:
            known = {one["code"]: Decimal(one["value"]) for one in parts[0]} if parts else {}
            found[case, number].proposed.append((body, code, known))
    # Third parties that were asked to support are no answer to what was proposed.
    sent = Invitation.objects.filter(case__in=keys, support="").values_list("case", "round", "body", "answer", "chosen")
    for case, number, body, answer, chosen in sent:
        if (case, number) in found:
            one = found[case, number]
            one.invited.add(body)
            if answer in (Invitation.Answer.ACCEPTED, Invitation.Answer.COUNTERED):
                one.accepted.add(body)
            if chosen:
                one.chosen.add(body)
    return list(found.values())


def measure(found: Iterable[Round], how: str, weights: Weights | None = None) -> Measure:
    """How well the rounds were predicted in which somebody helped, as they were ranked or by other weights."""
    recalls: list[Fraction] = []
    ranks: list[Fraction] = []
    for one in found:
        helped = one.helped(how)
        if not helped:
            continue
        order = one.order(weights)
        recalls.append(Fraction(len(helped & set(order[:FIRST])), len(helped)))
        places = [place for place, body in enumerate(order, 1) if body in helped]
        ranks.append(Fraction(1, places[0]) if places else Fraction(0))
    return Measure(len(recalls), _mean(recalls), _mean(ranks))


def _mean(values: Sequence[Fraction]) -> Decimal | None:
    if not values:
        return None
    mean = sum(values, Fraction(0)) / len(values)
    return (Decimal(mean.numerator) / mean.denominator).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Row:
    """What was measured over some of the rounds: those of a version of the weights, or of a quarter."""

    of: Any
    accepted: Measure
    succeeded: Measure


def _row(of: Any, some: list[Round]) -> Row:
    return Row(of, measure(some, ACCEPTED), measure(some, SUCCEEDED))


def by_weights(found: Sequence[Round]) -> list[Row]:
    """A row for each version of the weights by which something was proposed, the newest first."""
    numbers = sorted({one.weights for one in found}, reverse=True)
    return [_row(number, [one for one in found if one.weights == number]) for number in numbers]


def over_time(found: Sequence[Round]) -> list[Row]:
    """A row for each quarter, named by its year and number, the oldest first."""
    quarters = sorted({_quarter(one.at) for one in found})
    return [_row(quarter, [one for one in found if _quarter(one.at) == quarter]) for quarter in quarters]


def _quarter(at: datetime.datetime) -> tuple[int, int]:
    return at.year, (at.month + 2) // 3
