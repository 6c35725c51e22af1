"""What a delegation does with its standing offers; each act checks, locks, writes and returns what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from ricomi.catalogue import cards
from ricomi.catalogue.models import StandingOffer
from ricomi.catalogue.signals import offered
from ricomi.directory.authority import Authority, act_as, authority
from ricomi.directory.models import Body, Role, State, User

WRITTEN = ("title", "text", "language", "modality", "languages", "since", "until")
CHOSEN = ("themes", "populations")


class AlreadyOffered(Exception):
    """The delegation has an offer of this title already; `offer` is that one."""

    def __init__(self, offer: StandingOffer) -> None:
        super().__init__(str(offer))
        self.offer = offer


class Withdrawn(Exception):
    """Somebody withdrew the offer before; `offer` says who and when."""

    def __init__(self, offer: StandingOffer) -> None:
        super().__init__(str(offer))
        self.offer = offer


class Stale(Exception):
    """Somebody changed the offer since the form was opened; `offer` is what stands now."""

    def __init__(self, offer: StandingOffer) -> None:
        super().__init__(str(offer))
        self.offer = offer


def delegations(rights: Authority) -> list[Body]:
    """The delegations of participating states for which a person may offer something."""
    mine = rights.bodies(act_as(Role.OFFICER))
    return list(
        Body.objects.filter(
            pk__in=mine, kind=Body.Kind.DELEGATION, state__in=State.objects.participating().values("pk")
        ).order_by("code")
    )


def is_officer(rights: Authority, offer: StandingOffer) -> bool:
    """Whether a person is an officer of the delegation that offers."""
    return rights.may(act_as(Role.OFFICER), offer.body_id)


def may_change(rights: Authority, offer: StandingOffer) -> bool:
    """Whether a person may change or withdraw an offer: an officer of its delegation, while it stands."""
    return offer.withdrawn_at is None and is_officer(rights, offer)


@transaction.atomic
def create(person: User, body: Body, content: Mapping[str, Any]) -> StandingOffer:
    """A delegation offers something; `content` is the form's cleaned data.

    Raises PermissionDenied for who is no officer of a delegation of a participating state,
    AlreadyOffered when an offer of that title stands, as after a second press of the button.
    """
    if body not in delegations(authority(person)):
        raise PermissionDenied
    offer = StandingOffer(body=body, created_by=person, changed_by=person)
    return _keep(offer, content)


@transaction.atomic
def change(person: User, offer: StandingOffer, content: Mapping[str, Any], *, revision: int) -> StandingOffer:
    """A delegation puts other words to its offer, which was at `revision` when the form was opened.

    Raises PermissionDenied, Withdrawn, Stale, AlreadyOffered.
    """
    offer = _locked(person, offer)
    if offer.revision != revision:
        raise Stale(offer)
    offer.changed_by, offer.changed_at = person, timezone.now()
    offer.revision += 1
    return _keep(offer, content)


@transaction.atomic
def withdraw(person: User, offer: StandingOffer) -> StandingOffer:
    """A delegation no longer offers this; the offer stays in the record.

    Raises PermissionDenied, and Withdrawn when it happened before.
    """
    offer = _locked(person, offer)
    offer.withdrawn_by, offer.withdrawn_at = person, timezone.now()
    offer.save(update_fields=["withdrawn_by", "withdrawn_at"])
    cards.write(offers=[offer.pk])
    return offer


def _locked(person: User, offer: StandingOffer) -> StandingOffer:
    """The offer as it stands, its row locked until the end of the transaction."""
    offer = StandingOffer.objects.select_for_update(of=("self",)).select_related("body").get(pk=offer.pk)
    if not is_officer(authority(person), offer):
        raise PermissionDenied
    if offer.withdrawn_at is not None:
        raise Withdrawn(offer)
    return offer


def _keep(offer: StandingOffer, content: Mapping[str, Any]) -> StandingOffer:
    for name in WRITTEN:
        setattr(offer, name, content[name])
    offer.costs = content.get("costs", "")
    try:
        with transaction.atomic():
            offer.save()
    except IntegrityError:
        same = StandingOffer.objects.filter(body=offer.body, title=offer.title, withdrawn_at__isnull=True)
        if (other := same.exclude(pk=offer.pk).first()) is None:
            raise
        raise AlreadyOffered(other) from None
    for name in CHOSEN:
        getattr(offer, name).set(content[name])
    cards.write(offers=[offer.pk])
    offered.send(StandingOffer, offer=offer)
    return offer
