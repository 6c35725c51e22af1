"""The other way round: the requests that a standing offer fits, for those who may learn of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from cases.models import Case, Invitation, Part, Party, Stage
from notifications import letters
from ricomi import l10n
from ricomi.catalogue.models import StandingOffer
from ricomi.directory.authority import SEE_CASES, Authority, act_as, people_with
from ricomi.directory.models import Role
from ricomi.matching import factors
from ricomi.matching.access import reads_proposals
from ricomi.matching.asked import Asked, asked_by
from ricomi.matching.best import Offer, best_offers
from ricomi.matching.history import NOTHING
from ricomi.matching.models import Weights

# Of so many of the newest requests, so many that fit best are shown.
LOOKED_AT, SHOWN = 100, 10


@dataclass(frozen=True)
class Fit:
    """A request that an offer fits, and why."""

    case: Case
    parts: tuple[factors.Part, ...]

    @property
    def total(self) -> Decimal:
        """The points of what the offer and the request have to do with each other."""
        return sum((part.points for part in self.parts), Decimal(0))


def may_learn(offer: StandingOffer, rights: Authority) -> bool:
    """Whether a person may learn which requests an offer fits: its own delegation, the secretariat, oversight."""
    return offer.body_id in rights.bodies(SEE_CASES) or reads_proposals(rights)


def requests_for(offer: StandingOffer, rights: Authority) -> list[Fit]:
    """The requests that look for a partner and share a theme with an offer in force, those that fit best first.

    A delegation learns only of those to which it is invited, by name or by an open call, and has not declined; who may
    not learn of any gets none. The same number of queries however many requests there are.
    """
    if not may_learn(offer, rights) or not StandingOffer.objects.in_force().filter(pk=offer.pk).exists():
        return []
    open_to = Case.objects.visible_to(rights).filter(stage=Stage.MATCHING).exclude(requesting=offer.body_id)
    if not reads_proposals(rights):
        invited = Party.objects.filter(
            case=OuterRef("pk"), body=offer.body_id, part=Part.INVITED, until__isnull=True
        )  # fmt: skip
        open_to = open_to.filter(Exists(invited))
    themes = {term.pk for term in offer.themes.all()}
    shared = Case.themes.through.objects.filter(case=OuterRef("pk"), term__in=themes)
    newest = open_to.filter(Exists(shared)).select_related("requesting__state").order_by("-stage_since", "-pk")
    cases = newest.prefetch_related("themes", "requesting__state__forums")[:LOOKED_AT]
    weights, day = Weights.objects.newest(), l10n.today()
    fits = [Fit(case, _between(asked_by(case, day), offer, themes, weights)) for case in cases]
    return sorted(fits, key=lambda fit: (-fit.total, fit.case.reference))[:SHOWN]


def _between(asked: Asked, offer: StandingOffer, themes: set[str], weights: Weights) -> tuple[factors.Part, ...]:
    known = Offer(
        offer.body_id, offer.pk, offer.title, offer.language, offer.languages, offer.modality, offer.since, offer.until,
        covered=len(themes & set(asked.themes)),
    )  # fmt: skip
    one = factors.Candidate(offer.body, known, {}, NOTHING)
    return tuple(factor.part(asked, one, weights.of(factor.code)) for factor in factors.BETWEEN)


def write_of_call(case: Case) -> None:
    """Tell the officers of each delegation with an offer that fits of a call on all states that was just made.

    Called within the transaction that calls.
    """
    called = case.invitations.filter(round=case.matching_round, open_call=True).values_list("body", flat=True)
    for body, offer in best_offers(asked_by(case, l10n.today()), called).items():
        _write(case, body, offer.title)


def write_of_offer(sender: object, *, offer: StandingOffer, **_more: Any) -> None:
    """Tell the officers of a delegation of each open call that their new or changed offer has come to fit.

    Called within the transaction that writes the offer. A state that has answered a call is told nothing more of it.
    """
    if not StandingOffer.objects.in_force().filter(pk=offer.pk).exists():
        return
    for case in open_calls(offer):
        _write(case, offer.body_id, offer.title)


def open_calls(offer: StandingOffer) -> Iterable[Case]:
    """The cases with an open call that waits for the offering state's answer and shares a theme with its offer."""
    called = Invitation.objects.filter(
        case=OuterRef("pk"), body=offer.body_id, round=OuterRef("matching_round"), open_call=True,
        answer=Invitation.Answer.WAITING,
    )  # fmt: skip
    shared = Case.themes.through.objects.filter(case=OuterRef("pk"), term__in=offer.themes.values("pk"))
    open_now = Case.objects.filter(Exists(called), Exists(shared), stage=Stage.MATCHING)
    return open_now.select_related("requesting", "offering", "rule").order_by("pk")


def _write(case: Case, body: int, title: str) -> None:
    letters.queue(
        "offer_fits", people_with(act_as(Role.OFFICER), [body]),
        # One letter a state for each round, however many of its offers fit and however often they change.
        key=f"case:{case.pk}:round:{case.matching_round}:body:{body}", url=case.get_absolute_url(),
        context={"case": case.letter_facts(), "what": title}, about=case.reference,
    )  # fmt: skip
