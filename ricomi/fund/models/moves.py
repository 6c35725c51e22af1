"""What the Fund does with money that came beside giving it to cases: it goes back, or into another currency."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.subject import Subject, stage_needs_entry
from ricomi.fund.amounts import Amount, currency_is_a_code, is_an_amount
from ricomi.fund.models.contribution import Contribution


class MoveStage(models.TextChoices):
    """Where a refund or an exchange stands; written by its flow alone."""

    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class OfContribution(Subject):
    """A subject of a flow of its own that belongs to a contribution and locks with it."""

    BODIES = Contribution.BODIES
    ENDED = frozenset({MoveStage.APPROVED, MoveStage.REFUSED})
    WITH: ClassVar[tuple[str, ...]] = ("contribution", "contribution__donor")

    contribution = models.ForeignKey(Contribution, on_delete=models.PROTECT, related_name="%(class)ss")
    amount = Amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.TextField(_("reason"), max_length=2000)
    stage = models.CharField(
        _("stage"), max_length=8, choices=MoveStage.choices, default=MoveStage.PROPOSED, editable=False
    )

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return f"{reverse('fund:contribution', args=[self.contribution.reference])}#{self.anchor}"

    @property
    def anchor(self) -> str:
        """Where it stands on the page of its contribution."""
        return f"{self._meta.model_name}-{self.pk}"

    @property
    def root(self) -> Contribution:
        """The row that every act on this subject locks."""
        return self.contribution

    @property
    def reference(self) -> str:
        return f"{self.contribution.reference}/{self._meta.model_name}-{self.pk}"

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in the contribution, as keys."""
        return self.contribution.bodies(name, item)

    def party_states(self) -> set[str]:
        """The code of the donor's state, if it is one."""
        return self.contribution.party_states()


class Refund(OfContribution):
    """Money of a contribution that no case needs goes back to its donor, in the currency of the pledge."""

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="refund_is_an_amount"),
            models.CheckConstraint(condition=currency_is_a_code(), name="refund_currency_is_a_code"),
        ]
        triggers = stage_needs_entry("refund")

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return str(_("Refund of %(amount)s to the donor") % {"amount": l10n.money(self.amount, self.currency)})


class Conversion(OfContribution):
    """Money of a contribution was exchanged by the bank: `amount` in `currency` became `into` in `into_currency`."""

    into = Amount(_("into"))
    into_currency = models.CharField(_("currency bought"), max_length=3)
    bank_reference = models.CharField(_("bank reference"), max_length=140)

    class Meta:
        verbose_name = _("exchange of currencies")
        verbose_name_plural = _("exchanges of currencies")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount() & is_an_amount("into"), name="conversion_of_amounts"),
            models.CheckConstraint(condition=currency_is_a_code(), name="conversion_currency_is_a_code"),
        ]
        triggers = stage_needs_entry("conversion")

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        said = {"sold": l10n.money(self.amount, self.currency), "bought": l10n.money(self.into, self.into_currency)}
        return str(_("Exchange of %(sold)s for %(bought)s") % said)
