"""Who takes part: states and their periods, bodies, roles, people and their memberships."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")

    def create_user(self, email: str, name: str = "", password: str | None = None, **fields: object) -> User:
        """Create a person who signs in with `email`; without a password they set one by letter."""
        user = self.model(email=self.normalize_email(email).lower(), name=name or email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str = "", password: str | None = None, **fields: object) -> User:
        """Create a technical administrator: reaches Django's admin, has no right over any case."""
        return self.create_user(email, name, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Deactivated when they leave, never deleted: history names them."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language of letters"), max_length=2, choices=l10n.LANGUAGES, default="es")
    time_zone = models.CharField(_("time zone"), max_length=64, default="America/New_York")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("technical administrator"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        triggers = [pgtrigger.Protect(name="deactivated_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        """Refused: the history of cases names people. Deactivate instead.

        Raises TypeError always.
        """
        raise TypeError("People are deactivated, never deleted.")


class Forum(models.Model):
    """A sub-regional forum on migration, such as the Puebla Process."""

    code = models.SlugField(primary_key=True)
    names = models.JSONField(help_text="Names by language code.")

    class Meta:
        verbose_name = _("forum")
        verbose_name_plural = _("forums")
        ordering = ["code"]

    def __str__(self) -> str:
        return l10n.in_language(self.names)


class StateQuerySet(models.QuerySet["State"]):
    def participating(self, on: datetime.date | None = None) -> StateQuerySet:
        """Member states that take part on a day (UTC; today when none is given)."""
        day = on or timezone.now().date()
        return self.filter(
            Q(participations__until__isnull=True) | Q(participations__until__gte=day),
            kind=State.Kind.MEMBER,
            participations__status=Participation.Status.MEMBER,
            participations__since__lte=day,
        ).distinct()


class State(models.Model):
    """A state of the Americas that has joined the OAS, or a permanent observer, by ISO 3166-1 code."""

    class Kind(models.TextChoices):
        MEMBER = "member", _("member state")
        OBSERVER = "observer", _("permanent observer")

    code = models.CharField(_("ISO code"), max_length=2, primary_key=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    forums = models.ManyToManyField(Forum, related_name="states", blank=True, verbose_name=_("forums"))

    objects = StateQuerySet.as_manager()

    class Meta:
        verbose_name = _("state")
        verbose_name_plural = _("states")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The state's name in the reader's language, as CLDR gives it."""
        return l10n.country(self.code)

    def participates(self, on: datetime.date | None = None) -> bool:
        """Whether the state takes part in the network on a day (UTC; today when none is given)."""
        return State.objects.participating(on).filter(pk=self.pk).exists()


class Participation(models.Model):
    """A period in which a state held one standing in the OAS. Periods of one state never overlap."""

    class Status(models.TextChoices):
        MEMBER = "member", _("takes part")
        EXCLUDED = "excluded", _("excluded from participation")
        SUSPENDED = "suspended", _("suspended")
        WITHDRAWN = "withdrawn", _("withdrawn")
        OBSERVER = "observer", _("permanent observer")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="participations", verbose_name=_("state"))
    status = models.CharField(_("standing"), max_length=10, choices=Status.choices)
    since = models.DateField(_("since"), help_text=_("The first day of the period."))
    until = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day; empty while it lasts."))
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        ordering = ["state", "since"]
        constraints = [
            models.UniqueConstraint(fields=["state", "since"], name="participation_one_a_day"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="participation_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state_id} {self.status} {self.since}"


class Body(models.Model):
    """Something that acts: a state's delegation, an observer's mission, the CEAM, the Fund, the secretariat, oversight.

    Rights are held on bodies only, so what a person may do is a handful of rows however many cases there are.
    """

    class Kind(models.TextChoices):
        DELEGATION = "delegation", _("delegation of a member state")
        OBSERVER = "observer", _("mission of a permanent observer")
        CEAM = "ceam", _("Committee on Migration Issues (CEAM)")
        FUND = "fund", _("Fund")
        SECRETARIAT = "secretariat", _("Technical secretariat")
        OVERSIGHT = "oversight", _("Oversight")

    code = models.SlugField(_("code"), unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.OneToOneField(State, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("state"))

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        ordering = ["kind", "code"]
        permissions: ClassVar[Any] = [("see_cases", "See the cases this body is a party to")] + [
            (f"act_as_{role}", f"Act as {role.replace('_', ' ')} of this body")
            for role in (
                "officer",
                "focal_point",
                "expert",
                "donor",
                "case_officer",
                "head",
                "reviewer",
                "chair",
                "fund_manager",
                "fund_approver",
                "auditor",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["delegation", "observer"], state__isnull=False)
                | (~Q(kind__in=["delegation", "observer"]) & Q(state__isnull=True)),
                name="body_of_a_state_names_it",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The state's name for its delegation or mission, else what the body is."""
        return l10n.country(self.state_id) if self.state_id else str(self.get_kind_display())

    @property
    def rule(self) -> VotingRule | None:
        """The rule by which the body decides now; None for one that decides nothing by vote."""
        return self.rules.order_by("-since", "-pk").first()


class VotingRule(models.Model):
    """How a body decides, from a moment on. Append-only: what was opened under a rule keeps it; docs/endorsement.md."""

    class Method(models.TextChoices):
        CONSENSUS = "consensus", _("consensus: nobody objects before the deadline")
        MAJORITY = "majority", _("majority of those voting")
        TWO_THIRDS = "two_thirds", _("two thirds of those voting")
        UNANIMITY = "unanimity", _("unanimity of those voting")

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="rules", verbose_name=_("body"))
    method = models.CharField(_("decides by"), max_length=10, choices=Method.choices)
    quorum_numerator = models.PositiveSmallIntegerField(_("quorum: how many"), default=1)
    quorum_denominator = models.PositiveSmallIntegerField(_("quorum: of how many delegations"), default=3)
    casting_vote = models.BooleanField(_("the chair decides at a tie"), default=False)
    open_voting = models.BooleanField(_("reviewers read each other's signed positions"), default=True)
    days = models.PositiveSmallIntegerField(_("working days for the vote"), default=15)
    since = models.DateTimeField(_("since"), default=timezone.now)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("set by"))

    class Meta:
        verbose_name = _("voting rule")
        verbose_name_plural = _("voting rules")
        ordering = ["body", "-since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quorum_denominator__gt=0, quorum_numerator__lte=F("quorum_denominator")),
                name="quorum_is_a_share",
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=120), name="a_vote_lasts_days"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_method_display()}, {self.quorum_says}"

    @property
    def quorum(self) -> Fraction:
        """The share of all delegations of the body that must be present."""
        return Fraction(self.quorum_numerator, self.quorum_denominator)

    @property
    def quorum_says(self) -> str:
        """The quorum in the reader's language."""
        if not self.quorum_numerator:
            return str(_("no quorum"))
        share = f"{self.quorum_numerator}/{self.quorum_denominator}"
        return str(_("quorum %(share)s of all delegations") % {"share": share})


class Role(models.TextChoices):
    """What a person may be in a body. `WIDER` says which roles one role contains."""

    OFFICER = "officer", _("officer")
    FOCAL_POINT = "focal_point", _("focal point")
    EXPERT = "expert", _("expert")
    DONOR = "donor", _("donor")
    CASE_OFFICER = "case_officer", _("case officer")
    HEAD = "head", _("head of the secretariat")
    REVIEWER = "reviewer", _("reviewer")
    CHAIR = "chair", _("chair")
    FUND_MANAGER = "fund_manager", _("fund manager")
    FUND_APPROVER = "fund_approver", _("fund approver")
    AUDITOR = "auditor", _("auditor")


ROLES_OF: dict[str, tuple[Role, ...]] = {
    Body.Kind.DELEGATION: (Role.OFFICER, Role.FOCAL_POINT, Role.EXPERT, Role.DONOR),
    Body.Kind.OBSERVER: (Role.DONOR, Role.FOCAL_POINT),
    Body.Kind.CEAM: (Role.REVIEWER, Role.CHAIR),
    Body.Kind.FUND: (Role.FUND_MANAGER, Role.FUND_APPROVER),
    Body.Kind.SECRETARIAT: (Role.CASE_OFFICER, Role.HEAD),
    Body.Kind.OVERSIGHT: (Role.AUDITOR,),
}
WIDER: dict[Role, tuple[Role, ...]] = {
    Role.FOCAL_POINT: (Role.OFFICER,),
    Role.HEAD: (Role.CASE_OFFICER,),
    Role.CHAIR: (Role.REVIEWER,),
}


def held_with(role: Role, kind: str) -> tuple[Role, ...]:
    """A role with those that it contains, as far as bodies of a kind have them."""
    return (role, *(one for one in WIDER.get(role, ()) if one in ROLES_OF[kind]))


SEES_NO_CASES = frozenset({Role.DONOR})


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self, on: datetime.date | None = None) -> MembershipQuerySet:
        """Memberships in force on a day (UTC; today when none is given) of people who are active."""
        day = on or timezone.now().date()
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day, person__is_active=True)

    def speaking_in(self, body: Body | int) -> MembershipQuerySet:
        """Who speaks today for a delegation in a body that votes: its reviewers and chair, of states that take part."""
        roles, states = (Role.REVIEWER, Role.CHAIR), State.objects.participating()
        return self.active().filter(body=body, role__in=roles, represents__in=states)


class Membership(models.Model):
    """A person holds a role in a body for a period; a reviewer speaks for a state."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person"))
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("body"))
    role = models.CharField(_("role"), max_length=14, choices=Role.choices)
    represents = models.ForeignKey(
        State,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("speaks for"),
        help_text=_("The state for which a reviewer or a chair speaks in the CEAM."),
    )
    rank = models.PositiveSmallIntegerField(
        _("place in the delegation"), default=1, help_text=_("1 for the titular, 2 and more for alternates.")
    )
    since = models.DateField(_("since"), default=l10n.today)
    until = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day; empty while it lasts."))

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["body", "role", "person"]
        constraints = [
            models.UniqueConstraint(fields=["person", "body", "role"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="membership_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.get_role_display()}, {self.body}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_force(self, on: datetime.date | None = None) -> DelegationQuerySet:
        """Delegations that count on a day (UTC; today when none is given): the giver still holds what they gave."""
        day = on or timezone.now().date()
        held = Membership.objects.active(day).filter(
            person=OuterRef("giver"), body=OuterRef("body"), role=OuterRef("role")
        )
        present = Membership.objects.active(day).filter(person=OuterRef("taker"), body=OuterRef("body"))
        return self.filter(Exists(held), Exists(present), since__lte=day, until__gte=day, ended_at__isnull=True)

    def standing(self) -> DelegationQuerySet:
        """Those that are in force or still to come."""
        return self.filter(until__gte=timezone.now().date(), ended_at__isnull=True)

    def run_out(self, on: datetime.date | None = None) -> DelegationQuerySet:
        """Those whose last day is past, or whose giver or taker has left, and of whose end nobody was told yet."""
        day = on or timezone.now().date()
        stays = Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=day), person__is_active=True)
        held = stays.filter(person=OuterRef("giver"), body=OuterRef("body"), role=OuterRef("role"))
        present = stays.filter(person=OuterRef("taker"), body=OuterRef("body"))
        return self.filter(Q(until__lt=day) | ~Exists(held) | ~Exists(present), ended_at__isnull=True)


class Delegation(models.Model):
    """One person acts for another of the same body, in a role, for a period. Append-only but for how it ended."""

    LONGEST = datetime.timedelta(days=365)

    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="given", verbose_name=_("given by"))
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="taken", verbose_name=_("given to"))
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("body"))
    role = models.CharField(_("role"), max_length=14, choices=Role.choices)
    since = models.DateField(_("since"), default=l10n.today, help_text=_("The first day."))
    until = models.DateField(_("until"), help_text=_("The last day."))
    reason = models.CharField(_("reason"), max_length=300)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    # The giver, unless somebody gave it in their name while they were away.
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    # When its end was noticed and told to both: at once when it was revoked, else by the daily clean-up.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["since", "pk"]
        indexes = [models.Index(fields=["taker", "until"], name="delegation_of_taker")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")) & Q(until__lte=F("since") + datetime.timedelta(days=365)),
                name="delegation_at_most_a_year",
            ),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="delegation_to_another"),
        ]
        triggers = [
            pgtrigger.Protect(name="delegation_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="delegation_only_ends", exclude=["revoked_at", "ended_at"]),
            pgtrigger.Protect(
                name="delegation_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}: {self.get_role_display()}, {self.body}"

    @property
    def in_their_name(self) -> bool:
        """Whether another than the giver gave it."""
        return self.given_by_id != self.giver_id


class Invitation(models.Model):
    """A letter that asks somebody to join a body in a role; accepted when they first sign in."""

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=150)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("body"))
    role = models.CharField(_("role"), max_length=14, choices=Role.choices)
    represents = models.ForeignKey(
        State, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("speaks for")
    )
    rank = models.PositiveSmallIntegerField(_("place in the delegation"), default=1)
    language = models.CharField(_("language of letters"), max_length=2, choices=l10n.LANGUAGES, default="es")
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("invited by"))
    invited_at = models.DateTimeField(_("invited"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at"]

    def __str__(self) -> str:
        return f"{self.email} – {self.get_role_display()}, {self.body}"


class Record(models.Model):
    """Who changed what about whom in the directory. Append-only."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    what = models.CharField(max_length=20)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("person"))
    body = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("body"))
    state = models.ForeignKey(State, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("state"))
    role = models.CharField(max_length=14, blank=True, choices=Role.choices)

    class Meta:
        verbose_name = _("directory record")
        verbose_name_plural = _("directory records")
        ordering = ["-pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.what} {self.person}"
