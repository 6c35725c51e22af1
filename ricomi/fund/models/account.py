"""Accounts, and what each held at the end of each day on which it moved. The database alone writes their amounts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import User
from ricomi.fund import chart, guards
from ricomi.fund.amounts import LARGEST, Amount, currency_is_a_code
from ricomi.fund.chart import Kind


class Account(models.Model):
    """One account of the ledger, in one currency. A debit is positive, a credit negative.

    Which account it is follows from its kind and from what it names: see `chart.NAMES`.
    """

    Kind = Kind

    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    currency = models.CharField(_("currency"), max_length=3)
    contribution = models.ForeignKey(
        "fund.Contribution", on_delete=models.PROTECT, null=True, blank=True, related_name="accounts",
        verbose_name=_("contribution"),
    )  # fmt: skip
    case_reference = models.CharField(_("case"), max_length=40, blank=True, default="")
    trip_reference = models.CharField(_("trip"), max_length=40, blank=True, default="")
    traveller = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("traveller")
    )
    line = models.CharField(_("budget line"), max_length=12, blank=True, default="")
    balance = models.DecimalField(_("balance"), max_digits=18, decimal_places=2, default=0, editable=False)
    # All that it names in one word, by which it is found.
    key = models.GeneratedField(
        expression=Concat(
            "kind", Value(" "), "currency", Value(" "), Cast("contribution_id", models.TextField()), Value(" "),
            "case_reference", Value(" "), "trip_reference", Value(" "), Cast("traveller_id", models.TextField()),
            Value(" "), "line", output_field=models.TextField(),
        ),
        output_field=models.TextField(), db_persist=True,
    )  # fmt: skip

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["currency", "case_reference", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="account_once"),
            models.CheckConstraint(condition=currency_is_a_code(), name="account_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(kind=Kind.EXCHANGE, balance__gte=-LARGEST, balance__lte=LARGEST)
                | Q(kind__in=chart.DEBIT, balance__gte=0, balance__lte=LARGEST)
                | Q(kind__in=chart.CREDIT, balance__gte=-LARGEST, balance__lte=0),
                name="account_is_not_overdrawn",
            ),
            models.CheckConstraint(condition=guards.names_what_it_is_for(), name="account_names_what_it_is_for"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["case_reference"], condition=~Q(case_reference=""), name="account_of_a_case"),
            # The currencies that there are, found without reading a case's accounts.
            models.Index(fields=["currency"], condition=Q(kind__in=["bank", "pledges"]), name="account_of_the_fund"),
            models.Index(fields=["trip_reference"], condition=~Q(trip_reference=""), name="account_of_a_trip"),
        ]
        triggers = [guards.ACCOUNT_OPENS_EMPTY, guards.ACCOUNT_MOVES_BY_POSTING]

    def __str__(self) -> str:
        named = [self.case_reference, self.trip_reference, self.line, str(self.contribution or "")]
        return " ".join(part for part in [str(self.get_kind_display()), *named, self.currency] if part)

    @staticmethod
    def key_of(kind: str, currency: str, **names: Any) -> str:
        """The key of the account that names these; contribution and traveller are given by key."""
        given = [names.get(name) for name in ("contribution", "case_reference", "trip_reference", "traveller", "line")]
        return " ".join([kind, currency, *("" if one is None else str(one) for one in given)])


class Held(models.Model):
    """What an account held at the end of a day (UTC) on which it moved: so that any day is one look-up."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    balance = Amount(_("balance"))

    class Meta:
        verbose_name = _("balance of a day")
        verbose_name_plural = _("balances of days")
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="held_once_a_day")]
        triggers = [guards.HELD_IS_WRITTEN_BY_POSTINGS]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.balance}"


class Total(models.Model):
    """What all accounts of a kind and currency held together at the end of a day (UTC) on which one of them moved."""

    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("day"))
    balance = Amount(_("balance"))

    class Meta:
        verbose_name = _("total of a day")
        verbose_name_plural = _("totals of days")
        constraints = [models.UniqueConstraint(fields=["kind", "currency", "day"], name="total_once_a_day")]
        triggers = [guards.TOTAL_IS_WRITTEN_BY_POSTINGS]

    def __str__(self) -> str:
        return f"{self.kind} {self.currency} {self.day} {self.balance}"
