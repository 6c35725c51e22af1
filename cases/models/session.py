"""A session of the CEAM: its agenda of cases, which delegations attend, and what came of each case."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, Stage
from cases.models.endorsement import Decision
from ricomi import l10n
from ricomi.directory.authority import SEE_CASES, Authority, fixed_body
from ricomi.directory.subject import Subject, stage_needs_entry

READERS = ("ceam", "secretariat", "oversight")


class SessionStage(models.TextChoices):
    """Where a session stands; written by its flow alone."""

    PREPARING = "preparing", _("Agenda being prepared")
    CONVENED = "convened", _("Convened")
    SITTING = "sitting", _("In session")
    DRAFTING = "drafting", _("Minutes being drafted")
    APPROVAL = "approval", _("Minutes to be approved")
    ISSUED = "issued", _("Minutes issued")
    CANCELLED = "cancelled", _("Cancelled")


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, rights: Authority) -> SessionQuerySet:
        """All sessions for members of the CEAM, the secretariat and oversight; none for anybody else."""
        return self if reads_sessions(rights) else self.none()

    def under_way(self) -> SessionQuerySet:
        """Sessions whose way has not ended, the next one first."""
        return self.exclude(stage__in=Session.ENDED).order_by("begins_at", "pk")


def reads_sessions(rights: Authority) -> bool:
    """Whether a person reads the sessions of the CEAM."""
    bodies = [fixed_body(code) for code in READERS]
    return any(rights.may(SEE_CASES, body) for body in bodies if body)


class Session(Subject):
    """One meeting of the CEAM. `attending` are the states that came, of all the `delegations` that it then had."""

    BODIES = frozenset({"ceam", "secretariat"})
    ENDED = frozenset({SessionStage.ISSUED, SessionStage.CANCELLED})

    reference = models.CharField(_("number"), max_length=20, unique=True)
    begins_at = models.DateTimeField(_("day and time"))
    place = models.CharField(_("place or link"), max_length=300)
    stage = models.CharField(_("stage"), max_length=10, choices=SessionStage.choices, default=SessionStage.PREPARING)
    delegations = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    attending = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session of the CEAM")
        verbose_name_plural = _("sessions of the CEAM")
        ordering = ["-begins_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")), name="session_closes_once_open"
            )
        ]
        triggers = stage_needs_entry("session")

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("sessions:session", args=[self.reference])

    @property
    def title(self) -> str:
        return gettext("Session of the CEAM, %(day)s") % {"day": l10n.day(self.begins_at)}

    @property
    def absent(self) -> list[str]:
        """The delegations that did not come."""
        return [state for state in self.delegations if state not in self.attending]

    @property
    def is_over(self) -> bool:
        """Whether the sitting was held and is closed, so that there is something to put into minutes."""
        return self.closed_at is not None

    def letter_facts(self) -> dict[str, Any]:
        """What a letter says of the session, with its agenda; put into words in each reader's language and zone."""
        return {
            "reference": self.reference,
            "title": lambda: self.title,
            "stage": lambda: str(SessionStage(self.stage).label),
            "begins": self.begins_at,
            "place": self.place,
            "agenda": [
                {"number": item.position, "case": item.case.reference, "title": item.case.title,
                 "consent": int(item.consent)}
                for item in self.items.select_related("case")
            ],
        }  # fmt: skip


class AgendaItem(models.Model):
    """A case on the agenda of a session. While it has no outcome, it stands on no other agenda.

    `taken_off` says who asked, for which state and why, that it be discussed and not decided by consent list.
    `found` is the case's stage when it could not be decided, kept because the case goes on.
    """

    class Outcome(models.TextChoices):
        OPEN = "", _("To be decided")
        DECIDED = "decided", _("Decided")
        SKIPPED = "skipped", _("Not decided: the case was not before the CEAM")
        PUT_OFF = "put_off", _("Put off to a later session; the vote stays open")
        NOT_REACHED = "not_reached", _("Not reached; the vote stays open")
        DROPPED = "dropped", _("Dropped: the session was cancelled")

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="agenda_items")
    position = models.PositiveSmallIntegerField(_("place on the agenda"))
    consent = models.BooleanField(_("on the consent list"), default=True)
    taken_off = models.JSONField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    found = models.CharField(_("stage in which it was found"), max_length=14, choices=Stage.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("item of an agenda")
        verbose_name_plural = _("items of agendas")
        ordering = ["session", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "case"], name="agenda_case_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(outcome=""), name="agenda_case_on_one_session"),
            models.CheckConstraint(
                condition=~Q(outcome="decided") | Q(decision__isnull=False), name="agenda_decided_by_a_decision"
            ),
            models.CheckConstraint(
                condition=Q(taken_off__isnull=True) | Q(consent=False), name="agenda_taken_off_is_not_by_consent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.case.reference}"


__all__ = ["AgendaItem", "Session", "SessionQuerySet", "SessionStage", "reads_sessions"]
