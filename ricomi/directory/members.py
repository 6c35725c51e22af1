"""Who becomes what in which body: the only functions that change memberships, and with them groups."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.authority import act_as, authority, fixed_body, group_name
from ricomi.directory.models import ROLES_OF, Body, Membership, Role, State, User

SPEAKS = frozenset({Role.REVIEWER, Role.CHAIR})


def may_manage(by: User | None, body: Body) -> bool:
    """Whether a person may appoint to a body: the secretariat everywhere, a focal point in their own delegation."""
    rights = authority(by)
    secretariat = fixed_body("secretariat")
    if secretariat and rights.may(act_as(Role.CASE_OFFICER), secretariat):
        return True
    return body.kind == Body.Kind.DELEGATION and rights.may(act_as(Role.FOCAL_POINT), body)


@transaction.atomic
def appoint(
    person: User, body: Body, role: Role, *, by: User | None, represents: State | None = None,
    since: datetime.date | None = None,
) -> Membership:  # fmt: skip
    """Give a person a role in a body from a day on. `by` None is the site's operator, at the command line.

    Raises PermissionDenied when `by` may not, ValidationError when the role does not belong to the body or a
    reviewer speaks for no state that takes part.
    """
    if by is not None and not may_manage(by, body):
        raise PermissionDenied(_("You may not appoint people to this body."))
    if role not in ROLES_OF[body.kind]:
        raise ValidationError(_("This body has no such role."))
    if role in SPEAKS and (represents is None or not represents.participates()):
        raise ValidationError(_("A reviewer speaks for a state that takes part in the network."))
    membership, _new = Membership.objects.update_or_create(
        person=person, body=body, role=role,
        defaults={"represents": represents if role in SPEAKS else None, "since": since or l10n.today(), "until": None},
    )  # fmt: skip
    person.groups.add(Group.objects.get(name=group_name(body.code, role)))
    return membership


@transaction.atomic
def end(membership: Membership, *, by: User | None, on: datetime.date | None = None) -> None:
    """End a membership with a day, its last; the group goes at once when that day is past or today.

    Raises PermissionDenied when `by` may not.
    """
    if by is not None and not may_manage(by, membership.body):
        raise PermissionDenied(_("You may not change the members of this body."))
    last = on or l10n.today() - datetime.timedelta(days=1)
    membership.until = max(last, membership.since)
    membership.save(update_fields=["until"])
    if membership.until <= l10n.today():
        group = Group.objects.get(name=group_name(membership.body.code, membership.role))
        membership.person.groups.remove(group)
