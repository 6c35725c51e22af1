"""The Fund's ledger: accounts, the postings that move amounts between them, and what donors promise.

An account's balance is the sum of its postings; the database alone maintains it (see `guards`).
"""

from __future__ import annotations

import datetime
import secrets
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.authority import Authority
from ricomi.directory.models import Body, User
from ricomi.directory.subject import Subject
from ricomi.fund import guards

SMALLEST = Decimal("0.01")
# Also what keeps NaN out: PostgreSQL holds NaN to be greater than every number.
LARGEST = Decimal("9999999999999999.99")


def _currency_is_a_code() -> Q:
    return Q(currency__regex=r"^[A-Z]{3}$")


class Account(models.Model):
    """Where money of one currency is: outside the Fund, in it, or set aside, advanced or spent for a case.

    `outside` is the world that contributes; its balance is minus what all the others hold together.
    """

    class Kind(models.TextChoices):
        OUTSIDE = "outside", _("outside the Fund")
        AVAILABLE = "available", _("available")
        RESERVED = "reserved", _("reserved")
        ADVANCED = "advanced", _("advanced")
        SPENT = "spent", _("spent")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    case_reference = models.CharField(_("case"), max_length=40, blank=True, default="")
    trip_reference = models.CharField(_("trip"), max_length=40, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3)
    balance = models.DecimalField(_("balance"), max_digits=18, decimal_places=2, default=Decimal(0), editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["currency", "case_reference", "trip_reference", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["case_reference", "trip_reference", "kind", "currency"], name="account_once"
            ),
            models.CheckConstraint(condition=_currency_is_a_code(), name="account_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(kind="outside", balance__lte=0)
                | (~Q(kind="outside") & Q(balance__gte=0, balance__lte=LARGEST)),
                name="account_is_not_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["outside", "available"], case_reference="", trip_reference="")
                | (Q(kind="reserved", trip_reference="") & ~Q(case_reference=""))
                | (Q(kind="advanced") & ~Q(case_reference="") & ~Q(trip_reference=""))
                | (Q(kind="spent") & ~Q(case_reference="")),
                name="account_names_what_it_is_for",
            ),
        ]
        indexes = [
            models.Index(fields=["trip_reference"], condition=~Q(trip_reference=""), name="account_of_a_trip"),
        ]
        triggers = [guards.ACCOUNT_OPENS_EMPTY, guards.ACCOUNT_MOVES_BY_POSTING]

    def __str__(self) -> str:
        parts = [str(self.get_kind_display()), self.case_reference, self.trip_reference, self.currency]
        return " ".join(part for part in parts if part)


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, rights: Authority) -> ContributionQuerySet:
        """Contributions that a person may read: see `access`."""
        from ricomi.fund import access

        return self if access.reads_all(rights) else self.filter(donor__in=access.gives(rights))

    def outstanding(self) -> ContributionQuerySet:
        """Contributions that are promised and have not come in."""
        return self.filter(stage__in=[Contribution.Stage.PLEDGED, Contribution.Stage.REPORTED])

    def overdue(self, on: datetime.date | None = None) -> ContributionQuerySet:
        """Promised contributions whose due day has passed on a day (UTC; today when none is given)."""
        return self.outstanding().filter(due_on__lt=on or l10n.today())


def new_reference() -> str:
    """A short name for a contribution that can be read out and can't be guessed, e.g. `A-7F3K9QXM2P`."""
    return "A-" + "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _place in range(10))


class Contribution(Subject):
    """What a donor promised to the Fund, and what became of the promise. Written by the functions in `ledger`.

    A promise is not money: only what was received stands in the ledger. The stage is the flow's own; the database
    lets `received` stand exactly when the ledger has the posting.
    """

    class Stage(models.TextChoices):
        PLEDGED = "pledged", _("Pledged")
        REPORTED = "reported", _("Reported as received, to be confirmed")
        RECEIVED = "received", _("Received")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(_("reference"), max_length=40, unique=True, default=new_reference, editable=False)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.PLEDGED, editable=False)
    donor = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="contributions", verbose_name=_("donor"))
    amount = models.DecimalField(
        _("amount"),
        max_digits=18,
        decimal_places=2,
        validators=[MinValueValidator(SMALLEST), MaxValueValidator(LARGEST)],
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Enter a currency's code of three letters, such as USD."))],
    )
    pledged_on = models.DateField(_("pledged on"), default=l10n.today)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True, default="")
    note = models.TextField(_("note"), max_length=2000, blank=True, default="")
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    reported_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("receipt reported by"),
    )

    objects = ContributionQuerySet.as_manager()

    BODIES = frozenset({"fund", "donor"})
    ENDED = frozenset({Stage.RECEIVED, Stage.WITHDRAWN})
    WITH = ("donor",)

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["-pledged_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=SMALLEST, amount__lte=LARGEST), name="contribution_is_an_amount"
            ),
            models.CheckConstraint(condition=_currency_is_a_code(), name="contribution_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("pledged_on")),
                name="contribution_due_after_pledge",
            ),
            models.CheckConstraint(
                condition=~Q(stage="received") | (Q(received_on__isnull=False) & ~Q(bank_reference="")),
                name="contribution_received_on_a_day",
            ),
        ]
        triggers = [guards.CONTRIBUTION_KEEPS_ITS_WORD, guards.CONTRIBUTION_STAGE_IS_TRUE]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("fund:contribution", args=[self.reference])

    @property
    def title(self) -> str:
        return f"{self.donor}, {l10n.money(self.amount, self.currency)}"

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in a contribution, as keys."""
        if name == "donor":
            return [self.donor_id]
        return super().bodies(name, item)


class PostingQuerySet(models.QuerySet["Posting"]):
    def of_case(self, case_reference: str) -> PostingQuerySet:
        """What was moved for one case, oldest first."""
        return self.filter(case_reference=case_reference).order_by("pk")

    def with_names(self) -> PostingQuerySet:
        """Everything a line of the ledger shows, in the same query."""
        return self.select_related("source", "target", "donor", "made_by", "approved_by", "contribution")

    def total(self) -> Decimal:
        """The sum of the amounts; to be asked of postings in one currency only."""
        return self.aggregate(total=Sum("amount"))["total"] or Decimal(0)


class Posting(models.Model):
    """One amount that moved from one account to another: so every entry balances. Never changed, never deleted."""

    class Kind(models.TextChoices):
        CONTRIBUTION = "contribution", _("contribution received")
        RESERVATION = "reservation", _("reservation")
        RETURN_TO_FUND = "return_to_fund", _("return to the Fund")
        ADVANCE = "advance", _("advance")
        RECOVERY = "recovery", _("recovery of an advance")
        SETTLEMENT = "settlement", _("settlement")
        DISBURSEMENT = "disbursement", _("disbursement")
        REFUND = "refund", _("refund to the donor")

    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits", verbose_name=_("from"))
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits", verbose_name=_("to"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    case_reference = models.CharField(_("case"), max_length=40, blank=True, default="")
    trip_reference = models.CharField(_("trip"), max_length=40, blank=True, default="")
    contribution = models.ForeignKey(
        Contribution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name=_("contribution"),
    )
    donor = models.ForeignKey(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("donor")
    )
    made_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    bank_reference = models.CharField(_("bank reference"), max_length=140, blank=True, default="")
    posted_at = models.DateTimeField(_("posted"), default=timezone.now)

    objects = PostingQuerySet.as_manager()

    # Returned by the system as well, when a case ends; every other kind takes two people.
    ALONE: ClassVar[frozenset[str]] = frozenset({Kind.RETURN_TO_FUND.value})

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=SMALLEST, amount__lte=LARGEST), name="posting_is_an_amount"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="posting_moves"),
            models.CheckConstraint(
                condition=Q(made_by__isnull=True) | Q(approved_by__isnull=True) | ~Q(made_by=F("approved_by")),
                name="posting_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(kind="return_to_fund") | Q(made_by__isnull=False, approved_by__isnull=False),
                name="posting_names_both_people",
            ),
            models.CheckConstraint(
                condition=Q(kind="contribution", donor__isnull=False, contribution__isnull=False)
                | Q(kind="refund", donor__isnull=False)
                | (~Q(kind__in=["contribution", "refund"]) & Q(donor__isnull=True, contribution__isnull=True)),
                name="posting_names_the_donor",
            ),
            # A contribution comes in once, however often and by however many it is confirmed.
            models.UniqueConstraint(
                fields=["contribution"], condition=Q(kind="contribution"), name="posting_contribution_once"
            ),
        ]
        indexes = [
            models.Index(fields=["case_reference", "id"], condition=~Q(case_reference=""), name="posting_of_a_case"),
        ]
        triggers = [guards.POSTING_IS_SOUND, guards.POSTING_MOVES_BALANCES, guards.POSTING_IS_APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"
