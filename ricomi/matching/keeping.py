"""What was proposed for a round of invitations is kept with it, in the act that sends them."""

from __future__ import annotations

import datetime

from cases.models import Case
from ricomi.matching.models import Proposal
from ricomi.matching.ranking import Ranking, rank


def keep(case: Case, at: datetime.datetime) -> Ranking:
    """Keep the ranking for the round of invitations that is about to be sent: places, parts and weights."""
    found = rank(case, at=at)
    Proposal.objects.bulk_create(
        Proposal(
            case=case, round=case.matching_round + 1, body=one.body, place=place, total=one.total,
            parts=[part.kept() for part in one.parts], offer_id=one.offer.pk if one.offer else None,
            weights=found.weights, at=at,
        )
        for place, one in enumerate(found.ranked, 1)
    )  # fmt: skip
    return found
