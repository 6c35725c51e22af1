"""What a person may do, as rights held by their groups on bodies; the only place that reads those rows."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat
from guardian.models import GroupObjectPermission

from ricomi.directory.compiled import Compiled
from ricomi.directory.models import Body, Delegation, Membership, Role, User
from ricomi.l10n import today

SEE_CASES = "see_cases"
READ_ALL = ("secretariat", "oversight")


def act_as(role: Role | str) -> str:
    """The codename of the right to act in a role."""
    return f"act_as_{Role(role).value}"


def group_name(body_code: str, role: str) -> str:
    """The name of the Django group in which everybody who holds a role in a body stands."""
    return f"{body_code}:{role}"


@dataclass(frozen=True)
class Hand:
    """How a person may act in a body: for themselves, or for somebody who gave them their authority.

    `states` are those for which is spoken, the giver's when there is one, and `rank` the place in their delegation, 1
    the titular's. `own_states` are the person's own.
    """

    person_id: int
    giver_id: int | None = None
    states: frozenset[str] = frozenset()
    own_states: frozenset[str] = frozenset()
    rank: int = 1

    @property
    def people(self) -> set[int]:
        """Keys of whoever acts and of whom they act for."""
        return {self.person_id} | ({self.giver_id} if self.giver_id else set())

    @property
    def bearer(self) -> int:
        """Key of the person whose authority it is."""
        return self.giver_id or self.person_id


@dataclass(frozen=True)
class Authority:
    """All rights of one person at one moment, read with two queries and passed along.

    `given` holds, for a right on a body, the hands in which others put it; `through` names the first giver of each
    right that the person holds by delegation only.
    """

    person_id: int | None = None
    rights: frozenset[tuple[str, int]] = frozenset()
    # By body, the states for which the person speaks, each with their place in its delegation.
    represents: dict[int, dict[str, int]] = field(default_factory=dict)
    given: dict[tuple[str, int], tuple[Hand, ...]] = field(default_factory=dict)
    through: dict[tuple[str, int], int] = field(default_factory=dict)

    def may(self, codename: str, body: Body | int) -> bool:
        """Whether the person holds a right on a body, be it on behalf of another."""
        return (codename, body if isinstance(body, int) else body.pk) in self.rights

    def holds(self, codename: str, body: Body | int) -> bool:
        """Whether the person holds a right on a body by a membership of their own."""
        return self.may(codename, body) and (codename, body if isinstance(body, int) else body.pk) not in self.through

    def bodies(self, codename: str) -> list[int]:
        """The bodies on which the person holds a right."""
        return sorted(body for name, body in self.rights if name == codename)

    def speaks_for(self, body: Body | int) -> frozenset[str]:
        """Codes of the states for which the person speaks in a body; empty when for none."""
        return frozenset(self.represents.get(body if isinstance(body, int) else body.pk, ()))

    def voice_in(self, body: int, recused: Collection[str]) -> tuple[str, int]:
        """The state for which the person speaks in a body, of those not recused, and their place in its delegation.

        Raises KeyError when they speak for none.
        """
        voices = [(rank, state) for state, rank in self.represents.get(body, {}).items() if state not in recused]
        if not voices:
            raise KeyError(body)
        rank, state = min(voices)
        return state, rank

    def hands(self, codename: str, body: int) -> list[Hand]:
        """The ways in which the person may use a right: for themselves first, then for each who gave it to them."""
        found = list(self.given.get((codename, body), ()))
        if self.person_id is not None and self.holds(codename, body):
            own = self.represents.get(body, {})
            states = frozenset(own)
            found.insert(0, Hand(self.person_id, None, states, states, min(own.values(), default=1)))
        return found

    def acting(self, hand: Hand, body: int) -> Authority:
        """The same person, speaking in a body for those states alone for which the hand speaks."""
        if hand.giver_id is None:
            return self
        return replace(self, represents={**self.represents, body: dict.fromkeys(hand.states, hand.rank)})


def authority(person: User | AnonymousUser | None) -> Authority:
    """The rights of a person; none for a visitor, a deactivated person, or a technical administrator as such.

    Memberships out of their period give nothing even before the daily clean-up takes the group away, nor does what was
    delegated by somebody who no longer holds it.
    """
    if person is None or not person.is_authenticated or not person.is_active:
        return Authority()
    places = PLACES.rows(person=person.pk, day=today())
    if not places:
        return Authority(person_id=person.pk)
    groups = {group_name(code, role) for _body, code, role, *_rest in places}
    bearers = {giver or person.pk for *_rest, giver in places}
    granted: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for name, bearer, codename, pk in GRANTED.rows(groups=sorted(groups), bearers=sorted(bearers)):
        granted.setdefault((name, bearer), []).append((codename, int(pk)))
    represents: dict[int, dict[str, int]] = {}
    for body, _code, _role, state, rank, giver in places:
        if state and giver is None:
            ranks = represents.setdefault(body, {})
            ranks[state] = min(rank, ranks.get(state, rank))
    own: set[tuple[str, int]] = set()
    given: dict[tuple[str, int], tuple[Hand, ...]] = {}
    for body, code, role, state, rank, giver in places:
        for pair in granted.get((group_name(code, role), giver or person.pk), []):
            if giver is None:
                own.add(pair)
            else:
                states = frozenset({state} if state else ())
                hand = Hand(person.pk, giver, states, frozenset(represents.get(body, ())), rank or 1)
                given[pair] = given.get(pair, ()) + (() if hand in given.get(pair, ()) else (hand,))
    return Authority(
        person_id=person.pk,
        rights=frozenset(own | given.keys()),
        represents=represents,
        given=given,
        through={pair: hands[0].giver_id for pair, hands in given.items() if pair not in own and hands[0].giver_id},
    )


def _places(person: int, day: datetime.date) -> Any:
    """(body, its code, role, state spoken for, place in its delegation, giver) of all in which a person acts on a day.

    The giver is None for a membership of their own; of what was given, the state and the place are the giver's.
    """
    own = Membership.objects.active(day).filter(person=person).annotate(giver=Value(None, IntegerField()))
    of_giver = Membership.objects.filter(person=OuterRef("giver"), body=OuterRef("body"), role=OuterRef("role"))
    lent = Delegation.objects.in_force(day).filter(taker=person)
    lent = lent.annotate(state=Subquery(of_giver.values("represents_id")), rank=Subquery(of_giver.values("rank")))
    return (
        own.order_by().values_list("body_id", "body__code", "role", "represents_id", "rank", "giver")
        .union(lent.order_by().values_list("body_id", "body__code", "role", "state", "rank", "giver_id"), all=True)
    )  # fmt: skip


def _granted(groups: list[str], bearers: list[int]) -> Any:
    """(group, person, codename, key of the body) of the rights that these people hold by these groups."""
    return GroupObjectPermission.objects.filter(
        group__name__in=groups, group__user__in=bearers, permission__content_type__app_label="directory"
    ).values_list("group__name", "group__user", "permission__codename", "object_pk")


def rights_of(request: Any) -> Authority:
    """The rights of whoever sent a request, read once for the whole answer."""
    if not hasattr(request, "_rights"):
        request._rights = authority(request.user)
    return request._rights


@lru_cache(maxsize=32)
def fixed_body(code: str) -> int | None:
    """The key of a body that every network has once, such as `ceam`; forgotten when reference data is loaded again."""
    return Body.objects.filter(code=code).values_list("pk", flat=True).first()


def oversees(rights: Authority) -> bool:
    """Whether a person sees what concerns the whole network: the secretariat's people and oversight's."""
    return any(rights.may(SEE_CASES, body) for code in READ_ALL if (body := fixed_body(code)))


def heads_secretariat(rights: Authority) -> bool:
    """Whether a person acts as the head of the secretariat."""
    body = fixed_body("secretariat")
    return body is not None and rights.may(act_as(Role.HEAD), body)


def people_with(codename: str, bodies: Iterable[Body | int]) -> list[User]:
    """People who hold a right on any of these bodies now, themselves or on behalf of another, in order of name."""
    ids = sorted({body if isinstance(body, int) else body.pk for body in bodies})
    if not ids:
        return []
    keys = [str(one) for one in ids]
    return list(User.objects.raw(*PEOPLE_WITH.sql(codename=codename, bodies=ids, keys=keys, day=today())))


def _people_with(codename: str, bodies: list[int], keys: list[str], day: datetime.date) -> Any:
    rows = GroupObjectPermission.objects.filter(permission__codename=codename, object_pk__in=keys)
    granted = rows.filter(group__user=OuterRef("pk"))
    lent = rows.filter(group__user=OuterRef("giver"), group__name=_group_of_row())
    taken = Delegation.objects.in_force(day).filter(Exists(lent), taker=OuterRef("pk"), body__in=bodies)
    active = Membership.objects.active(day).filter(person=OuterRef("pk"), body__in=bodies)
    return User.objects.filter(Exists(granted) | Exists(taken), Exists(active), Q(is_active=True))


def _group_of_row() -> Concat:
    """The name of the group to which a row with a body and a role belongs, in a subquery of it."""
    return Concat(OuterRef("body__code"), Value(":"), OuterRef("role"))


def hands_on(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[Hand]]:
    """Everybody's hands for each of these rights on bodies, themselves first. One query, however many are asked."""
    asked = set(pairs)
    found: dict[tuple[str, int], list[Hand]] = {pair: [] for pair in asked}
    if not asked:
        return found
    bodies = sorted({body for _codename, body in asked})
    codenames = sorted({codename for codename, _body in asked})
    places = PLACES_OF_ALL.rows(codenames=codenames, bodies=bodies, keys=[str(one) for one in bodies], day=today())
    states: dict[tuple[int, int], frozenset[str]] = {}
    for person, body, state, giver, _rights in places:
        if state and giver is None:
            states[person, body] = states.get((person, body), frozenset()) | {state}
    for person, body, state, giver, rights in places:
        own = states.get((person, body), frozenset())
        hand = Hand(person, giver, frozenset({state} if state else ()) if giver else own, own)
        for codename, pk in (right.split(":") for right in rights):
            if hand not in found.get((codename, int(pk)), [hand]):
                found[codename, int(pk)].append(hand)
    return found


def _places_of_all(codenames: list[str], bodies: list[int], keys: list[str], day: datetime.date) -> Any:
    """(person, body, state, giver, rights) of all who act in these bodies; the giver is None for themselves.

    Each of the rights is a codename and the body on which it is held, with a colon between them.
    """
    stands = User.groups.through.objects.filter(group__name=_group_of_row())
    granted = GroupObjectPermission.objects.filter(
        group__name=_group_of_row(), permission__codename__in=codenames, object_pk__in=keys
    )
    rights = ArraySubquery(granted.values_list(Concat("permission__codename", Value(":"), "object_pk")))
    own = (
        Membership.objects.active(day)
        .filter(Exists(stands.filter(user=OuterRef("person"))), body__in=bodies)
        .annotate(state=F("represents_id"), giver_id=Value(None, IntegerField()), rights=rights)
    )
    of_giver = Membership.objects.filter(person=OuterRef("giver"), body=OuterRef("body"), role=OuterRef("role"))
    lent = (
        Delegation.objects.in_force(day)
        .filter(Exists(stands.filter(user=OuterRef("giver"))), body__in=bodies)
        .annotate(state=Subquery(of_giver.values("represents_id")), rights=rights)
    )
    return (
        own.order_by().values_list("person_id", "body_id", "state", "giver_id", "rights")
        .union(lent.order_by().values_list("taker_id", "body_id", "state", "giver_id", "rights"), all=True)
    )  # fmt: skip


PLACES, GRANTED, PEOPLE_WITH = Compiled(_places), Compiled(_granted), Compiled(_people_with)
PLACES_OF_ALL = Compiled(_places_of_all)


__all__ = [
    "SEE_CASES", "Authority", "Hand", "act_as", "authority", "fixed_body", "group_name", "hands_on",
    "heads_secretariat", "oversees", "people_with", "rights_of",
]  # fmt: skip
