"""What the ranking reads of standing offers, the weights by which it counts, and what it proposed."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from ricomi.catalogue.models import StandingOffer
from ricomi.directory.models import Body, User


class Outline(models.Model):
    """What the ranking compares of a standing offer, in a row narrow enough that many are read quickly.

    Written by triggers on the offers and their themes, whatever writes those; an offer that was withdrawn has none.
    """

    offer = models.OneToOneField(StandingOffer, on_delete=models.CASCADE, primary_key=True, related_name="outline")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+", db_index=False)
    # A bit for each of its themes, by the number of the objective: what two have in common is counted in no time.
    mask = models.BigIntegerField()
    since = models.DateField()
    until = models.DateField(null=True)
    languages = ArrayField(models.TextField())
    modality = models.TextField()

    class Meta:
        verbose_name = _("outline of an offer")
        verbose_name_plural = _("outlines of offers")
        ordering = ["offer"]

    def __str__(self) -> str:
        return str(self.offer_id)


class WeightsQuerySet(models.QuerySet["Weights"]):
    def newest(self) -> Weights:
        """The weights that count now."""
        return self.latest("number")


class Weights(models.Model):
    """How much each factor counts, from a moment on. Append-only: each proposal names those by which it was made."""

    MOST = 100

    number = models.PositiveIntegerField(_("version"), unique=True)
    values = models.JSONField(_("weights"), help_text=_("Points by the code of the factor."))
    why = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("since"), default=timezone.now)

    objects = WeightsQuerySet.as_manager()

    class Meta:
        verbose_name = _("weights")
        verbose_name_plural = _("weights")
        ordering = ["-number"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.number)

    def of(self, code: str) -> int:
        """The points that a factor is worth; 0 for one that came after these weights."""
        return int(self.values.get(code, 0))

    @property
    def most(self) -> int:
        """The points of a state that has all of every factor."""
        return sum(self.of(code) for code in self.values)


class Proposal(models.Model):
    """A state as it was ranked for a round of a case's invitations, when they were sent. Append-only.

    What came of it is read from the invitation of that round and from the case.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="proposals")
    round = models.PositiveSmallIntegerField(_("round"))
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+", verbose_name=_("state"))
    place = models.PositiveSmallIntegerField(_("place"))
    total = models.DecimalField(_("points"), max_digits=8, decimal_places=2)
    # Each factor's code, weight, value in hundredths, and the facts that its sentence says.
    parts = models.JSONField(default=list)
    offer = models.ForeignKey(StandingOffer, on_delete=models.PROTECT, null=True, related_name="+")
    weights = models.ForeignKey(Weights, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["-at", "case", "round", "place"]
        constraints = [
            models.UniqueConstraint(fields=["case", "round", "body"], name="proposal_once_a_round"),
            models.UniqueConstraint(fields=["case", "round", "place"], name="proposal_one_a_place"),
        ]
        indexes = [models.Index(fields=["-at"], condition=models.Q(place=1), name="proposal_first_lately")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.place}. {self.body}"

    @property
    def values(self) -> dict[str, Decimal]:
        """The value of each factor by its code."""
        return {part["code"]: Decimal(part["value"]) for part in self.parts}
