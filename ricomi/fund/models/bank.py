"""What the bank's statements say, entry by entry, and which receipt each became."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import User
from ricomi.fund.amounts import Amount, currency_is_a_code, is_an_amount
from ricomi.fund.models.contribution import Receipt


class StatementFile(models.Model):
    """A bank's statement as it was read (camt.053 or CSV); the same file is kept once."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("file"), max_length=200)
    format = models.CharField(_("form"), max_length=20)
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by"))
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Protect(name="statement_file_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.name


class BankEntryQuerySet(models.QuerySet["BankEntry"]):
    def waiting(self) -> BankEntryQuerySet:
        """What came in and is neither a receipt that stands nor set aside, the oldest first."""
        open_ = Q(receipt__isnull=True) | Q(receipt__sent_back=True)
        return self.filter(open_, credit=True, set_aside="").order_by("booked_on", "pk")


class BankEntry(models.Model):
    """One movement on the Fund's account, as the bank booked it. The same movement is kept once, from whatever file."""

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField(max_length=64, unique=True)
    account = models.CharField(_("account"), max_length=34)
    amount = Amount(_("amount"))
    credit = models.BooleanField(_("came in"))
    currency = models.CharField(_("currency"), max_length=3)
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(_("value on"))
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True)
    counterparty = models.CharField(_("counterparty"), max_length=200, blank=True)
    remittance = models.TextField(_("remittance"), blank=True)
    receipt = models.OneToOneField(
        Receipt, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_entry", verbose_name=_("receipt")
    )
    set_aside = models.CharField(_("set aside because"), max_length=300, blank=True, default="")
    set_aside_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = BankEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        ordering = ["-booked_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="bank_entry_is_an_amount"),
            models.CheckConstraint(condition=currency_is_a_code(), name="bank_entry_currency_is_a_code"),
        ]
        triggers = [pgtrigger.Protect(name="bank_entry_is_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """How the bank names the movement; where it does not, the beginning of the key by which it is known."""
        return self.bank_reference or self.key[:16]
