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
from ricomi.directory.models import (
    ROLES_OF,
    Body,
    Delegation,
    Invitation,
    Membership,
    Record,
    Role,
    State,
    User,
    VotingRule,
)
from ricomi.directory.signals import delegated, delegation_ended, invited, left

SPEAKS = frozenset({Role.REVIEWER, Role.CHAIR})


def may_manage(by: User | None, body: Body, *, themselves: bool = False) -> bool:
    """Whether a person may appoint to a body: the secretariat everywhere, a focal point in their own delegation.

    `themselves` leaves out those who may only on behalf of another.
    """
    rights = authority(by)
    may = rights.holds if themselves else rights.may
    secretariat = fixed_body("secretariat")
    if secretariat and may(act_as(Role.CASE_OFFICER), secretariat):
        return True
    return body.kind == Body.Kind.DELEGATION and may(act_as(Role.FOCAL_POINT), body)


@transaction.atomic
def appoint(
    person: User, body: Body, role: Role, *, by: User | None, represents: State | None = None,
    since: datetime.date | None = None, rank: int = 1,
) -> Membership:  # fmt: skip
    """Give a person a role in a body from a day on. `by` None is the site's operator, at the command line.

    Raises PermissionDenied when `by` may not, ValidationError when the role does not belong to the body or a
    reviewer speaks for no state that takes part. `rank` is a reviewer's place in the delegation, 1 the titular's.
    """
    if by is not None and not may_manage(by, body):
        raise PermissionDenied(_("You may not appoint people to this body."))
    check_role(body, role, represents)
    membership, _new = Membership.objects.update_or_create(
        person=person, body=body, role=role,
        defaults={"represents": represents if role in SPEAKS else None, "since": since or l10n.today(), "until": None,
                  "rank": rank},
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


def may_set_rule(by: User, body: Body) -> bool:
    """Whether a person may set the rule by which a body decides: its chair, or the head of the secretariat."""
    rights = authority(by)
    secretariat = fixed_body("secretariat")
    heads = secretariat is not None and rights.may(act_as(Role.HEAD), secretariat)
    return body.rules.exists() and (heads or rights.may(act_as(Role.CHAIR), body))


@transaction.atomic
def set_rule(rule: VotingRule, *, by: User) -> None:
    """Let a body decide by another rule from now on; what was opened before keeps the rule of its day.

    Raises PermissionDenied when `by` may not.
    """
    if not may_set_rule(by, rule.body):
        raise PermissionDenied(_("You may not set the rule of this body."))
    rule.set_by = by
    rule.save(force_insert=True)
    Record.objects.create(by=by, what="rule", body=rule.body)


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
    _end(membership, by, on)
    end_delegations()
    if membership.until and membership.until <= l10n.today():
        left.send(sender=Membership, bodies=[membership.body_id])


def _end(membership: Membership, by: User | None, on: datetime.date | None = None) -> None:
    last = on or l10n.today() - datetime.timedelta(days=1)
    membership.until = max(last, membership.since)
    membership.save(update_fields=["until"])
    if membership.until <= l10n.today():
        group = Group.objects.get(name=group_name(membership.body.code, membership.role))
        membership.person.groups.remove(group)
    note(by, "ended", membership.person, membership.body, membership.role)


@transaction.atomic
def invite(
    email: str, name: str, body: Body, role: Role, *, by: User, language: str, represents: State | None = None,
    rank: int = 1,
) -> Invitation:  # fmt: skip
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
        rank=rank, language=language, invited_by=by, expires_at=timezone.now() + datetime.timedelta(days=30),
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
        appoint(person, invitation.body, role, by=None, represents=invitation.represents, rank=invitation.rank)
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
    memberships = list(person.memberships.active().select_related("body"))
    for membership in memberships:
        _end(membership, None)
    person.is_active = False
    person.save(update_fields=["is_active"])
    note(by, "deactivated", person)
    end_delegations()
    left.send(sender=Membership, bodies=sorted({membership.body_id for membership in memberships}))


@transaction.atomic
def expire() -> int:
    """Take groups from people whose memberships ran out, end what they gave or took; how many did. Run daily."""
    gone = Membership.objects.filter(until__lt=l10n.today()).select_related("person", "body")
    bodies = []
    for membership in gone:
        group = membership.person.groups.filter(name=group_name(membership.body.code, membership.role)).first()
        if group is not None:
            membership.person.groups.remove(group)
            bodies.append(membership.body_id)
    end_delegations()
    if bodies:
        left.send(sender=Membership, bodies=sorted(set(bodies)))
    return len(bodies)


@transaction.atomic
def delegate(
    giver: User, taker: User, body: Body, role: Role, *, by: User, until: datetime.date, reason: str,
    since: datetime.date | None = None,
) -> Delegation:  # fmt: skip
    """Let one person act for another of the same body, from a day (today when none is given) to a day, both included.

    The giver gives it themselves; whoever manages the body may do so in the name of somebody who is away.

    Raises PermissionDenied when `by` may do neither, ValidationError when the giver does not hold the role by a
    membership of their own for the whole time, the taker is no other active member of the body or speaks there for
    another state, or the days are wrong.
    """
    if by.pk != giver.pk and not may_manage(by, body, themselves=True):
        raise PermissionDenied(_("You may not hand over this person's tasks."))
    if by.pk == taker.pk:
        raise ValidationError(_("Nobody gives another person's authority to themselves."))
    since = since or l10n.today()
    check_days(since, until)
    # Two at once are then one after the other.
    held = Membership.objects.select_for_update(of=("self",)).filter(person=giver, body=body, role=role)
    mine = held.active(since).first()
    if mine is None or not giver.is_active or (mine.until and mine.until < until):
        raise ValidationError(_("Only what a person holds by their own membership, for all that time, can be given."))
    if giver.pk == taker.pk or not Membership.objects.active(since).filter(person=taker, body=body).exists():
        raise ValidationError(_("Authority is given to another active member of the same body."))
    seats = Membership.objects.active(since).filter(person=taker, body=body, represents__isnull=False)
    if mine.represents_id and seats.exclude(represents=mine.represents_id).exists():
        raise ValidationError(
            _("A state's voice stays in its delegation: name somebody who speaks for the same state.")
        )
    same = Delegation.objects.standing().filter(giver=giver, taker=taker, body=body, role=role)
    if same.filter(since__lte=until, until__gte=since).exists():
        raise ValidationError(_("This person already acts for them in these days."))
    made = Delegation.objects.create(
        giver=giver, taker=taker, body=body, role=role, since=since, until=until, reason=reason, given_by=by
    )
    note(by, "delegated", giver, body, role)
    delegated.send(sender=Delegation, delegation=made)
    return made


def check_days(since: datetime.date, until: datetime.date) -> None:
    """Raise ValidationError when a delegation would begin in the past, end before it begins, or last over a year."""
    if since < l10n.today():
        raise ValidationError(_("A delegation begins today or later."))
    if until < since:
        raise ValidationError(_("The last day comes before the first."))
    if until - since > Delegation.LONGEST:
        raise ValidationError(_("A delegation lasts a year at most."))


@transaction.atomic
def revoke_delegation(delegation: Delegation, *, by: User) -> None:
    """End a delegation at once; one that has ended already stays as it is.

    Raises PermissionDenied when `by` is neither of the two and does not manage the body.
    """
    found = Delegation.objects.select_for_update(of=("self",)).select_related("giver", "taker", "body")
    fresh = found.get(pk=delegation.pk)
    if by.pk not in (fresh.giver_id, fresh.taker_id) and not may_manage(by, fresh.body, themselves=True):
        raise PermissionDenied(_("You may not revoke this delegation."))
    if fresh.ended_at is None:
        fresh.revoked_at = timezone.now()
        _end_delegation(fresh, by)


def end_delegations() -> int:
    """End the delegations that ran out, or whose giver or taker has left, and tell both; how many those were."""
    over = Delegation.objects.run_out().select_for_update(of=("self",)).select_related("giver", "taker", "body")
    ended = list(over)
    for delegation in ended:
        _end_delegation(delegation, None)
    return len(ended)


def _end_delegation(delegation: Delegation, by: User | None) -> None:
    delegation.ended_at = timezone.now()
    delegation.save(update_fields=["revoked_at", "ended_at"])
    note(by, "delegation_ended", delegation.giver, delegation.body, delegation.role)
    delegation_ended.send(sender=Delegation, delegation=delegation)
