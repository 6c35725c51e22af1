"""What states did before, as the factors count it: taught, agreed to, were asked, refused, and have to do now."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from cases.models import PARTNERS, Case, Invitation, Part, Party, Stage
from ricomi.matching.asked import Asked
from ricomi.matching.models import Proposal

# “Lately” is so long, and so many rounds of invitations.
LATELY = datetime.timedelta(days=365)
ROUNDS = 10
REFUSALS = (Invitation.Answer.DECLINED, Invitation.Answer.SILENT)


@dataclass(frozen=True)
class History:
    """What each state did, by the key of its body; `rounds` is how many rounds there were to come first in."""

    taught: Counter[int]
    agreed: Counter[int]
    busy: Counter[int]
    asked: Counter[int]
    refused: Counter[int]
    firsts: Counter[int]
    rounds: int


# Of whom nothing is known, or nothing is asked.
NOTHING = History(Counter(), Counter(), Counter(), Counter(), Counter(), Counter(), 0)


def history(asked: Asked, at: datetime.datetime) -> History:
    """What all states did up to a moment, the request itself left out. Five queries.

    All who offered help in a case taught and agreed; a third party that supported it did not, but has it to do. Whoever
    was asked to support was neither invited by the ranking's measure nor refused.
    """
    others = Case.objects.exclude(pk=asked.case).order_by()
    # Parties stay in force when a case is closed; who left or was let go before is none.
    helping = Party.objects.filter(part__in=PARTNERS, until__isnull=True).order_by().values("body")
    offering = helping.filter(part=Part.OFFERING)
    closed = others.filter(stage=Stage.CLOSED, themes__in=asked.themes)
    taught = offering.filter(case__in=closed).annotate(n=Count("case__requesting", distinct=True))
    agreed = offering.filter(case__in=others.filter(_of_size(asked), endorsement_round__gte=1)).annotate(n=Count("pk"))
    carrying = helping.filter(case__in=others.open()).annotate(n=Count("pk"))
    since = at - LATELY
    by_name = Q(open_call=False, support="", sent_at__gte=since)
    waiting = Q(answer=Invitation.Answer.WAITING) & ~Q(case__stage__in=Case.ENDED)
    sent = Invitation.objects.exclude(case=asked.case).filter(sent_at__gte=since).order_by().values("body").annotate(
        asked=Count("pk", filter=by_name), refused=Count("pk", filter=by_name & Q(answer__in=REFUSALS)),
        waiting=Count("pk", filter=waiting),
    )  # fmt: skip
    rows = list(sent)
    busy = Counter({row["body"]: row["n"] for row in carrying})
    busy.update({row["body"]: row["waiting"] for row in rows})
    lately = Proposal.objects.filter(place=1).exclude(case=asked.case).order_by("-at", "-pk")
    firsts = list(lately.values_list("body", flat=True)[:ROUNDS])
    return History(
        taught=Counter({row["body"]: row["n"] for row in taught}),
        agreed=Counter({row["body"]: row["n"] for row in agreed}),
        busy=busy,
        asked=Counter({row["body"]: row["asked"] for row in rows}),
        refused=Counter({row["body"]: row["refused"] for row in rows}),
        firsts=Counter(firsts),
        rounds=len(firsts),
    )


def _of_size(asked: Asked) -> Q:
    """Cases whose whole budget is within a factor of two of the request's, in its currency; none where it has none."""
    nothing = Q(stated_total__isnull=True) | Q(stated_total=0)
    if not asked.size:
        return nothing & (Q(amount_asked__isnull=True) | Q(amount_asked=0))
    least, most = asked.size / Decimal(2), asked.size * 2
    whole = Q(stated_total__range=(least, most)) | (nothing & Q(amount_asked__range=(least, most)))
    return whole & Q(currency=asked.currency)
