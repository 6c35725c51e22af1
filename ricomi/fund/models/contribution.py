"""What a donor promised to the Fund, by when, for what, and each sum that came of it."""

from __future__ import annotations

import datetime
import secrets
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory.authority import Authority
from ricomi.directory.models import Body, User
from ricomi.directory.subject import Subject, stage_needs_entry
from ricomi.fund import guards
from ricomi.fund.amounts import LARGEST, SMALLEST, Amount, currency_is_a_code, is_an_amount


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, rights: Authority) -> ContributionQuerySet:
        """Contributions that a person may read: see `access`."""
        from ricomi.fund import access

        return self if access.reads_all(rights) else self.filter(donor__in=access.gives(rights))

    def outstanding(self) -> ContributionQuerySet:
        """Contributions of which something is promised that has not come in."""
        return self.exclude(stage__in=Contribution.ENDED)

    def overdue(self, on: datetime.date | None = None) -> ContributionQuerySet:
        """Promised contributions of which an instalment's day has passed on a day (UTC; today when none is given)."""
        late = Instalment.objects.filter(due_on__lt=on or l10n.today(), settled_on__isnull=True)
        return self.outstanding().filter(pk__in=late.values("contribution"))


def new_reference() -> str:
    """A short name for a contribution that can be read out and can't be guessed, e.g. `A-7F3K9QXM2P`."""
    return "A-" + "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _place in range(10))


class Contribution(Subject):
    """What a donor promised to the Fund, and what became of the promise. Written by the functions in `giving`.

    A promise is not money: nothing is reserved from it before it came in. An earmark narrows what it may be used for:
    every one that is set must fit the case (`ledger.Purpose`).
    """

    class Stage(models.TextChoices):
        PLEDGED = "pledged", _("Pledged")
        REPORTED = "reported", _("Reported as received, to be confirmed")
        PARTLY = "partly", _("Received in part")
        WRITING_OFF = "writing_off", _("To be written off")
        RECEIVED = "received", _("Received")
        WRITTEN_OFF = "written_off", _("Written off")

    class Likelihood(models.TextChoices):
        """How sure the Fund is that a pledge will come; a forecast counts with it (percent in `CHANCES`)."""

        SIGNED = "signed", _("agreement signed")
        LIKELY = "likely", _("likely")
        UNSURE = "unsure", _("unsure")

    CHANCES = {Likelihood.SIGNED: 95, Likelihood.LIKELY: 75, Likelihood.UNSURE: 40}

    reference = models.CharField(_("reference"), max_length=40, unique=True, default=new_reference, editable=False)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.PLEDGED, editable=False)
    donor = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="contributions", verbose_name=_("donor"))
    amount = Amount(_("amount"), validators=[MinValueValidator(SMALLEST), MaxValueValidator(LARGEST)])
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Enter a currency's code of three letters, such as USD."))],
    )
    likelihood = models.CharField(_("likelihood"), max_length=6, choices=Likelihood.choices, default=Likelihood.LIKELY)
    theme = models.ForeignKey(
        Term, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only for the theme")
    )
    population = models.ForeignKey(
        Term, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("only for the population"),
    )  # fmt: skip
    country = models.CharField(_("only for the country"), max_length=2, blank=True, default="")
    only_case = models.CharField(_("only for the case"), max_length=40, blank=True, default="")
    pledged_on = models.DateField(_("pledged on"), default=l10n.today)
    note = models.TextField(_("note"), max_length=2000, blank=True, default="")
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)

    objects = ContributionQuerySet.as_manager()

    BODIES = frozenset({"fund", "donor"})
    ENDED = frozenset({Stage.RECEIVED, Stage.WRITTEN_OFF})
    WITH = ("donor",)

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["-pledged_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="contribution_is_an_amount"),
            models.CheckConstraint(condition=currency_is_a_code(), name="contribution_currency_is_a_code"),
        ]
        triggers = [guards.CONTRIBUTION_KEEPS_ITS_WORD, *stage_needs_entry("contribution")]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("fund:contribution", args=[self.reference])

    @property
    def title(self) -> str:
        return f"{self.donor}, {l10n.money(self.amount, self.currency)}"

    @property
    def earmarks(self) -> list[str]:
        """What the money may be used for, in the reader's language; empty for any purpose."""
        country = l10n.country(self.country) if self.country else ""
        return [str(part) for part in (self.theme, self.population, country, self.only_case) if part]

    def party_states(self) -> set[str]:
        """The code of the donor's state: none of its people has a hand in what goes back to it."""
        return {self.donor.state_id} if self.donor.state_id else set()

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """The bodies that have a part in a contribution, as keys."""
        if name == "donor":
            return [self.donor_id]
        return super().bodies(name, item)


class Instalment(models.Model):
    """A part of a contribution and the day on which it is due, in the contribution's currency."""

    contribution = models.ForeignKey(Contribution, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField(_("number"))
    amount = Amount(_("amount"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    settled_on = models.DateField(_("settled on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="instalment_is_an_amount"),
            models.UniqueConstraint(fields=["contribution", "number"], name="instalment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id}/{self.number}"


class Receipt(models.Model):
    """A sum that came from a donor: reported by one person of the Fund, confirmed by another.

    `amount` is what the bank has, in `currency`; `settles` is what of the pledge it settles, in the pledge's currency.
    `rate` is how much of the pledge's currency one unit was worth on the day, by `rate_source`; 1 for the
    same currency.
    """

    contribution = models.ForeignKey(
        Contribution, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("contribution")
    )
    amount = Amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    settles = Amount(_("settles"))
    rate = models.DecimalField(_("exchange rate"), max_digits=20, decimal_places=10, default=Decimal(1))
    rate_source = models.CharField(_("source of the rate"), max_length=200, blank=True, default="")
    received_on = models.DateField(_("received on"))
    bank_reference = models.CharField(_("bank reference"), max_length=140)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("reported by"))
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    sent_back = models.BooleanField(_("sent back"), default=False)
    posting = models.OneToOneField(
        "fund.Posting", on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )

    class Meta:
        verbose_name = _("receipt of money")
        verbose_name_plural = _("receipts of money")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=is_an_amount(), name="receipt_is_an_amount"),
            models.CheckConstraint(condition=is_an_amount("settles"), name="receipt_settles_an_amount"),
            models.CheckConstraint(condition=currency_is_a_code(), name="receipt_currency_is_a_code"),
            models.CheckConstraint(condition=Q(rate__gt=0, rate__lt=Decimal("1e10")), name="receipt_has_a_rate"),
            models.CheckConstraint(condition=~Q(bank_reference=""), name="receipt_names_the_bank"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("reported_by")),
                name="receipt_by_two_people",
            ),
            # The same sum comes in once, however often and by however many it is reported.
            models.UniqueConstraint(
                fields=["bank_reference", "currency"], condition=Q(sent_back=False), name="receipt_once"
            ),
            models.UniqueConstraint(
                fields=["contribution"],
                condition=Q(posting__isnull=True, sent_back=False),
                name="receipt_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.bank_reference
