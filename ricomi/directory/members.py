"""Who becomes what in which body: the only functions that change memberships, and with them groups."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.authority import act_as, authority, fixed_body, group_name
from ricomi.directory.models import ROLES_OF, Body, Invitation, Membership, Record, Role, State, User
from ricomi.directory.signals import invited

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
    check_role(body, role, represents)
    membership, _new = Membership.objects.update_or_create(
        person=person, body=body, role=role,
        defaults={"represents": represents if role in SPEAKS else None, "since": since or l10n.today(), "until": None},
    )  # fmt: skip
    person.groups.add(Group.objects.get(name=group_name(body.code, role)))
    note(by, "appointed", person, body, role)
    return membership


def check_role(body: Body, role: str, represents: State | None) -> None:
    """Raise ValidationError when the role is none of the body's, or a reviewer speaks for no state that takes part."""
    if role not in ROLES_OF[Body.Kind(body.kind)]:
        raise ValidationError(_("This body has no such role."))
    if role in SPEAKS and (represents is None or not represents.participates()):
        raise ValidationError(_("A reviewer speaks for a state that takes part in the network."))


def note(by: User | None, what: str, person: User, body: Body | None = None, role: str = "") -> None:
    """Write down who changed what about whom; these records are never changed."""
    Record.objects.create(by=by, what=what, person=person, body=body, role=role)


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
    note(by, "ended", membership.person, membership.body, membership.role)


@transaction.atomic
def invite(
    email: str, name: str, body: Body, role: Role, *, by: User, language: str, represents: State | None = None
) -> Invitation:
    """Ask somebody by letter to join a body. The letter holds no secret: they set their password by its own letter.

    Raises PermissionDenied when `by` may not, ValidationError when the role does not fit.
    """
    if not may_manage(by, body):
        raise PermissionDenied(_("You may not invite people to this body."))
    check_role(body, role, represents)
    person = User.objects.filter(email__iexact=email).first() or User.objects.create_user(
        email, name, language=language
    )
    invitation = Invitation.objects.create(
        email=person.email, name=name, body=body, role=role, represents=represents if role in SPEAKS else None,
        language=language, invited_by=by, expires_at=timezone.now() + datetime.timedelta(days=30),
    )  # fmt: skip
    note(by, "invited", person, body, role)
    invited.send(sender=Invitation, invitation=invitation, person=person)
    return invitation


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    """Take an invitation back that was not accepted. Raises PermissionDenied when `by` may not."""
    if not may_manage(by, invitation.body):
        raise PermissionDenied(_("You may not change the members of this body."))
    if invitation.accepted_at is None:
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])


@transaction.atomic
def accept(person: User) -> int:
    """Give a person who signs in the roles to which they were invited; how many those were."""
    waiting = Invitation.objects.select_for_update(of=("self",)).filter(
        email__iexact=person.email, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    )
    count = 0
    for invitation in waiting.select_related("body", "represents"):
        role = Role(invitation.role)
        if role in SPEAKS and (invitation.represents is None or not invitation.represents.participates()):
            continue
        appoint(person, invitation.body, role, by=None, represents=invitation.represents)
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        count += 1
    return count


@transaction.atomic
def deactivate(person: User, *, by: User) -> None:
    """End all that a person may do; their name stays in the history. Raises PermissionDenied when `by` may not."""
    secretariat = fixed_body("secretariat")
    if not secretariat or not authority(by).may(act_as(Role.CASE_OFFICER), secretariat) or by.pk == person.pk:
        raise PermissionDenied(_("You may not deactivate this person."))
    for membership in person.memberships.active().select_related("body"):
        end(membership, by=None)
    person.is_active = False
    person.save(update_fields=["is_active"])
    note(by, "deactivated", person)


def expire() -> int:
    """Take groups from people whose memberships ran out; how many did. Run daily."""
    gone = Membership.objects.filter(until__lt=l10n.today()).select_related("person", "body")
    count = 0
    for membership in gone:
        group = membership.person.groups.filter(name=group_name(membership.body.code, membership.role)).first()
        if group is not None:
            membership.person.groups.remove(group)
            count += 1
    return count
