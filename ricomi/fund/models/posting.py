"""The entries of the ledger: a posting and its legs, which balance. Never changed, never deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import User
from ricomi.fund import chart, guards
from ricomi.fund.amounts import LARGEST, Amount, currency_is_a_code, is_an_amount
from ricomi.fund.chart import Movement
from ricomi.fund.models.account import Account
from ricomi.fund.models.contribution import Contribution


class PostingQuerySet(models.QuerySet["Posting"]):
    def of_case(self, case_reference: str) -> PostingQuerySet:
        """What was moved for one case, oldest first."""
        return self.filter(case_reference=case_reference).order_by("pk")

    def with_names(self) -> PostingQuerySet:
        """Everything a line of the ledger shows, in the same query."""
        return self.select_related("contribution__donor", "made_by", "approved_by", "also_approved_by")


class Posting(models.Model):
    """One movement of money, by whom, and what it was about; its legs say which accounts it touched.

    `amount` is what was moved in `currency`: the database holds it equal to the sum of the debits.
    """

    Kind = Movement

    kind = models.CharField(_("kind"), max_length=14, choices=Movement.choices)
    amount = Amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    case_reference = models.CharField(_("case"), max_length=40, blank=True, default="")
    trip_reference = models.CharField(_("trip"), max_length=40, blank=True, default="")
    contribution = models.ForeignKey(
        Contribution, on_delete=models.PROTECT, null=True, blank=True, related_name="postings",
        verbose_name=_("contribution"),
    )  # fmt: skip
    made_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    also_approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("also approved by")
    )
    # Of which release this brings something back.
    released = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="returned", verbose_name=_("released by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True, default="")
    posted_at = models.DateTimeField(_("posted"), default=timezone.now)
    # Which transaction of the database wrote it: legs come with their posting or not at all.
    transaction = models.PositiveBigIntegerField(editable=False, default=0)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="posting_is_an_amount"),
            models.CheckConstraint(condition=currency_is_a_code(), name="posting_currency_is_a_code"),
            models.CheckConstraint(
                condition=(Q(made_by__isnull=True) | Q(approved_by__isnull=True) | ~Q(made_by=F("approved_by")))
                & (
                    Q(also_approved_by__isnull=True)
                    | (
                        Q(made_by__isnull=False, approved_by__isnull=False)
                        & ~Q(also_approved_by=F("approved_by"))
                        & ~Q(also_approved_by=F("made_by"))
                    )
                ),
                name="posting_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=chart.ALONE) | Q(made_by__isnull=False, approved_by__isnull=False),
                name="posting_names_both_people",
            ),
        ]
        indexes = [
            models.Index(fields=["case_reference", "id"], condition=~Q(case_reference=""), name="posting_of_a_case"),
        ]
        triggers = [guards.POSTING_TAKES_ITS_TURN, guards.POSTING_IS_APPEND_ONLY, guards.POSTING_HAS_LEGS]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"


class Leg(models.Model):
    """What a posting does to one account: a debit is positive, a credit negative, in the account's currency."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="legs", verbose_name=_("posting"))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="legs", verbose_name=_("account"))
    amount = Amount(_("amount"))

    class Meta:
        verbose_name = _("leg of a posting")
        verbose_name_plural = _("legs of postings")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0) & Q(amount__gte=-LARGEST, amount__lte=LARGEST), name="leg_is_an_amount"
            ),
        ]
        triggers = [guards.LEG_MOVES_BALANCES, guards.LEG_IS_APPEND_ONLY, guards.LEG_BALANCES]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount}"
