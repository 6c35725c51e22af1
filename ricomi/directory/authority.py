"""What a person may do, as rights held by their groups on bodies; the only place that reads those rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q
from guardian.models import GroupObjectPermission

from ricomi.directory.models import Body, Membership, Role, User

SEE_CASES = "see_cases"


def act_as(role: Role | str) -> str:
    """The codename of the right to act in a role."""
    return f"act_as_{Role(role).value}"


def group_name(body_code: str, role: str) -> str:
    """The name of the Django group in which everybody who holds a role in a body stands."""
    return f"{body_code}:{role}"


@dataclass(frozen=True)
class Authority:
    """All rights of one person at one moment, read with two queries and passed along."""

    person_id: int | None = None
    rights: frozenset[tuple[str, int]] = frozenset()
    represents: dict[int, frozenset[str]] = field(default_factory=dict)

    def may(self, codename: str, body: Body | int) -> bool:
        """Whether the person holds a right on a body."""
        return (codename, body if isinstance(body, int) else body.pk) in self.rights

    def bodies(self, codename: str) -> list[int]:
        """The bodies on which the person holds a right."""
        return sorted(body for name, body in self.rights if name == codename)

    def speaks_for(self, body: Body | int) -> frozenset[str]:
        """Codes of the states for which the person speaks in a body; empty when for none."""
        return self.represents.get(body if isinstance(body, int) else body.pk, frozenset())


def authority(person: User | AnonymousUser | None) -> Authority:
    """The rights of a person; none for a visitor, a deactivated person, or a technical administrator as such.

    Memberships out of their period give nothing even before the daily clean-up takes the group away.
    """
    if person is None or not person.is_authenticated or not person.is_active:
        return Authority()
    memberships = list(
        Membership.objects.active().filter(person=person).values_list("body_id", "body__code", "role", "represents_id")
    )
    groups = [group_name(code, role) for _body, code, role, _state in memberships]
    if not groups:
        return Authority(person_id=person.pk)
    rows = GroupObjectPermission.objects.filter(
        group__name__in=groups, group__user=person, permission__content_type__app_label="directory"
    ).values_list("permission__codename", "object_pk")
    represents: dict[int, set[str]] = {}
    for body, _code, _role, state in memberships:
        if state:
            represents.setdefault(body, set()).add(state)
    return Authority(
        person_id=person.pk,
        rights=frozenset((codename, int(pk)) for codename, pk in rows),
        represents={body: frozenset(states) for body, states in represents.items()},
    )


def rights_of(request: Any) -> Authority:
    """The rights of whoever sent a request, read once for the whole answer."""
    if not hasattr(request, "_rights"):
        request._rights = authority(request.user)
    return request._rights


@lru_cache(maxsize=32)
def fixed_body(code: str) -> int | None:
    """The key of a body that every network has once, such as `ceam`; forgotten when reference data is loaded again."""
    return Body.objects.filter(code=code).values_list("pk", flat=True).first()


def people_with(codename: str, bodies: Iterable[Body | int]) -> Any:
    """People who hold a right on any of these bodies now, in order of name."""
    ids = [body if isinstance(body, int) else body.pk for body in bodies]
    granted = GroupObjectPermission.objects.filter(
        permission__codename=codename, object_pk__in=[str(i) for i in ids], group__user=OuterRef("pk")
    )
    active = Membership.objects.active().filter(person=OuterRef("pk"), body__in=ids)
    return User.objects.filter(Exists(granted), Exists(active), Q(is_active=True))


__all__ = ["SEE_CASES", "Authority", "act_as", "authority", "fixed_body", "group_name", "people_with", "rights_of"]
