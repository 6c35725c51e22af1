"""Letters: what was written to whom, and whether it left."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n


class LetterQuerySet(models.QuerySet["Letter"]):
    def written_to(self, person: AbstractBaseUser | AnonymousUser) -> LetterQuerySet:
        """The letters that a person may read: their own, the newest first."""
        return self.filter(recipient=person).order_by("-queued_at", "-pk")

    def waiting(self) -> LetterQuerySet:
        """Letters that are neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None)


class Letter(models.Model):
    """One letter to one person, as it was written. Announcing the same thing twice is one letter.

    The key of the row is drawn before the row is written, so that whoever writes it can tell whether it was theirs.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("on its way")
        SENT = "sent", _("sent")
        FAILED = "failed", _("could not be delivered")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("template"), max_length=64)
    key = models.CharField(_("what it announces"), max_length=200)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="letters", verbose_name=_("recipient")
    )
    address = models.EmailField(_("e-mail address"), help_text=_("As it was when the letter was written."))
    language = models.CharField(_("language"), max_length=2, choices=l10n.LANGUAGES)
    about = models.CharField(_("case"), max_length=64, blank=True, db_index=True)
    body_code = models.CharField(_("body"), max_length=50, blank=True)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(_("formatted text"))
    url = models.CharField(_("link"), max_length=500)
    message_id = models.CharField(_("Message-ID"), max_length=255, unique=True)
    queued_at = models.DateTimeField(_("written"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failed_at = models.DateTimeField(_("given up"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=200, blank=True)

    objects: ClassVar[models.Manager[Letter]] = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-queued_at", "-pk"]
        indexes = [models.Index(fields=["recipient", "-queued_at"], name="letter_to_a_person")]
        constraints = [
            models.UniqueConstraint(fields=["key", "name", "recipient"], name="letter_once"),
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(failed_at__isnull=True),
                name="letter_sent_or_given_up",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def state(self) -> State:
        """Where the letter is on its way."""
        if self.sent_at:
            return self.State.SENT
        return self.State.FAILED if self.failed_at else self.State.QUEUED
