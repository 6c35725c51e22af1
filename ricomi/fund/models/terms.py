"""What the Fund is to hold to in a currency from now on: proposed by one person, approved by another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ricomi.directory.authority import Authority
from ricomi.directory.subject import Subject, stage_needs_entry
from ricomi.fund import guards
from ricomi.fund.amounts import Amount, currency_is_a_code


class TermsQuerySet(models.QuerySet["Terms"]):
    def visible_to(self, rights: Authority) -> TermsQuerySet:
        """Terms that a person may read: all, or none, as with payments."""
        from ricomi.fund import access

        return self if access.reads_payments(rights) else self.none()

    def decided(self) -> TermsQuerySet:
        """Terms that were put in force or refused, the newest first."""
        return self.exclude(stage=Terms.Stage.PROPOSED)

    def under_way(self) -> TermsQuerySet:
        """Terms that wait for approval, the oldest first."""
        return self.filter(stage=Terms.Stage.PROPOSED).order_by("pk")


class Terms(Subject):
    """New terms for one currency: from which amount two approve, the account from which the Fund pays, or both."""

    class Stage(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        IN_FORCE = "in_force", _("Put in force")
        REFUSED = "refused", _("Refused")

    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices, default=Stage.PROPOSED, editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    second_above = Amount(_("two approve above"), null=True, blank=True)
    holder = models.CharField(_("holder"), max_length=70, blank=True, default="")
    account = models.CharField(_("IBAN or account number"), max_length=34, blank=True, default="")
    bic = models.CharField(_("BIC of the bank"), max_length=11, blank=True, default="")
    country = models.CharField(_("country of the bank"), max_length=2, blank=True, default="")
    reason = models.TextField(_("reason"), max_length=2000)

    objects = TermsQuerySet.as_manager()

    BODIES = frozenset({"fund", "oversight"})
    ENDED = frozenset({Stage.IN_FORCE, Stage.REFUSED})

    class Meta:
        verbose_name = _("terms of the Fund")
        verbose_name_plural = _("terms of the Fund")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=currency_is_a_code(), name="terms_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(second_above__isnull=True) | Q(second_above__gte=0), name="terms_are_sound"
            ),
            models.CheckConstraint(
                condition=Q(second_above__isnull=False) | ~Q(account=""), name="terms_say_something"
            ),
            models.CheckConstraint(
                condition=Q(holder="", account="", bic="", country="")
                | (~Q(holder="") & ~Q(account="") & ~Q(country="")),
                name="terms_name_a_whole_account",
            ),
        ]  # fmt: skip
        triggers = [guards.TERMS_STAY_AS_PROPOSED, *stage_needs_entry("terms")]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("fund:proposal", args=[self.pk])

    @property
    def reference(self) -> str:
        return f"T-{self.pk}"

    @property
    def title(self) -> str:
        return str(_("Terms of the Fund in %(currency)s") % {"currency": self.currency})
