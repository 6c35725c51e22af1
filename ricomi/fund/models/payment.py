"""What the bank is told to pay, and from which account of the Fund."""

from __future__ import annotations

import secrets

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.authority import Authority
from ricomi.directory.models import User
from ricomi.directory.subject import Subject, stage_needs_entry
from ricomi.fund.amounts import Amount, currency_is_a_code, is_an_amount
from ricomi.fund.models.posting import Posting


class BankAccount(models.Model):
    """An account of the Fund at a bank: from it payments go, and its statements are read. One for each currency.

    Set by the terms that one person proposed and another approved (`workflows/fund_terms.py`).
    """

    currency = models.CharField(_("currency"), max_length=3, unique=True)
    holder = models.CharField(_("holder"), max_length=70)
    account = models.CharField(_("IBAN or account number"), max_length=34)
    bic = models.CharField(_("BIC of the bank"), max_length=11, blank=True, default="")
    country = models.CharField(_("country of the bank"), max_length=2)

    class Meta:
        verbose_name = _("bank account of the Fund")
        verbose_name_plural = _("bank accounts of the Fund")
        ordering = ["currency"]
        constraints = [models.CheckConstraint(condition=currency_is_a_code(), name="bank_account_currency_is_a_code")]
        triggers = [pgtrigger.Protect(name="bank_account_is_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.account} {self.currency}"


class PaymentFile(models.Model):
    """A payment instruction of ISO 20022 (pain.001) as it was handed to the bank, with what it said then.

    A payment that the bank refused goes into another file later, so what this one held is kept here.
    """

    message_id = models.CharField(_("message"), max_length=35, unique=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by"))
    currency = models.CharField(_("currency"), max_length=3)
    count = models.PositiveIntegerField(_("number of payments"))
    total = Amount(_("total"))
    executed_on = models.DateField(_("to be paid on"))
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Protect(name="payment_file_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.message_id


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, rights: Authority) -> PaymentQuerySet:
        """Payments that a person may read: all, or none; they hold bank accounts of people."""
        from ricomi.fund import access

        return self if access.reads_payments(rights) else self.none()

    def ready(self) -> PaymentQuerySet:
        """Payments that can be sent to the bank, the oldest first."""
        return self.filter(stage=Payment.Stage.READY).order_by("pk")

    def to_pay(self, case: str) -> PaymentQuerySet:
        """Payments of a case that the bank has not made."""
        return self.filter(case_reference=case).exclude(stage=Payment.Stage.PAID)


def new_reference() -> str:
    """The name by which the bank and the Fund know a payment, e.g. `P-7F3K9QXM2P`."""
    return "P-" + "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _place in range(10))


class Payment(Subject):
    """One payment of what was released, in its posting's currency. Its bank details are set by one, sent by another."""

    class Stage(models.TextChoices):
        RELEASED = "released", _("Released, without bank details")
        READY = "ready", _("Ready to be sent")
        SENT = "sent", _("Sent to the bank")
        PAID = "paid", _("Paid")

    reference = models.CharField(_("reference"), max_length=40, unique=True, default=new_reference, editable=False)
    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices, default=Stage.RELEASED, editable=False)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="payments", verbose_name=_("posting"))
    case_reference = models.CharField(_("case"), max_length=40, blank=True, default="")
    amount = Amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    purpose = models.CharField(_("purpose"), max_length=300)
    payee = models.CharField(_("payee"), max_length=140)
    account = models.CharField(_("IBAN or account number"), max_length=34, blank=True, default="")
    bic = models.CharField(_("BIC of the bank"), max_length=11, blank=True, default="")
    country = models.CharField(_("country of the payee"), max_length=2, blank=True, default="")
    # Codes of the states to whose people it may go: none of them has a hand in it.
    parties = models.JSONField(default=list, editable=False)
    file = models.ForeignKey(
        PaymentFile, on_delete=models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("file")
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True, default="")

    objects = PaymentQuerySet.as_manager()

    BODIES = frozenset({"fund"})
    ENDED = frozenset({Stage.PAID})
    WITH = ("posting",)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="payment_is_an_amount"),
            models.CheckConstraint(condition=currency_is_a_code(), name="payment_currency_is_a_code"),
            models.CheckConstraint(condition=Q(stage="released") | ~Q(account=""), name="payment_has_an_account"),
            models.CheckConstraint(
                condition=~Q(stage="paid") | (Q(paid_on__isnull=False) & ~Q(bank_reference="")),
                name="payment_paid_on_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["case_reference"], condition=~Q(stage="paid"), name="payment_to_be_made"),
        ]
        triggers = stage_needs_entry("payment")

    def __str__(self) -> str:
        return self.reference

    def party_states(self) -> set[str]:
        """Codes of the states of the case, or of the donor, for which it is made."""
        return set(self.parties)

    def get_absolute_url(self) -> str:
        return reverse("fund:payment", args=[self.reference])

    @property
    def title(self) -> str:
        return f"{self.payee}, {l10n.money(self.amount, self.currency)}"
