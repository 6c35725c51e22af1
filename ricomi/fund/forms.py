"""What is typed about contributions: what was promised, by when and for what, and that it came."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory.models import Body, State
from ricomi.fields import Amount, Currency, Day, long_text
from ricomi.fund import amounts, giving, moving
from ricomi.fund.bank.faults import NotPayable
from ricomi.fund.bank.payment import Party, check_party
from ricomi.fund.models import Contribution


def no_day_to_come(day: datetime.date) -> datetime.date:
    """A day that is not still to come. Raises ValidationError."""
    if day > l10n.today():
        raise ValidationError(_("This day is still to come."))
    return day


class FundForm(forms.Form):
    """The form of a step on a contribution."""

    def __init__(self, *args: Any, subject: Any = None, person: Any = None, **kwargs: Any) -> None:
        self.subject, self.person = subject, person
        super().__init__(*args, **kwargs)

    def check_amount(self, cleaned: dict[str, Any], name: str, currency: str) -> None:
        """Refuse an amount that has more decimals than its currency."""
        if cleaned.get(name):
            try:
                amounts.check(cleaned[name], currency)
            except amounts.NotAnAmount as refused:
                self.add_error(name, refused)


class DayForm(forms.Form):
    """The day at whose end the Fund's position is asked for."""

    on = Day(label=_("Where the Fund stood at the end of"))

    def clean_on(self) -> datetime.date:
        return no_day_to_come(self.cleaned_data["on"])


class PledgeForm(FundForm):
    """What a donor promised to the Fund, in up to four instalments, for any purpose or for some."""

    MOST = 4

    donor = forms.ModelChoiceField(Body.objects.filter(kind__in=("delegation", "observer")), label=_("Donor"))
    amount = Amount(label=_("Amount"))
    currency = Currency()
    due_on = Day(label=_("Due on"), required=False, help_text=_("Leave empty when it comes in instalments."))
    likelihood = forms.ChoiceField(
        label=_("Likelihood"), choices=Contribution.Likelihood.choices, initial=Contribution.Likelihood.LIKELY,
        required=False,
    )  # fmt: skip
    theme = forms.ModelChoiceField(
        Term.objects.filter(kind="theme"), label=_("Only for the theme"), required=False, empty_label=_("any")
    )
    population = forms.ModelChoiceField(
        Term.objects.filter(kind="population"), label=_("Only for the population"), required=False, empty_label=_("any")
    )
    country = forms.ChoiceField(label=_("Only for the country"), required=False)
    only_case = forms.CharField(
        label=_("Only for the case"), required=False, max_length=40, help_text=_("Its reference, such as 2026-0012.")
    )
    note = long_text(_("Note"), rows=3, limit=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = sorted((l10n.country(code), code) for code in State.objects.values_list("pk", flat=True))
        self.fields["country"].choices = [("", _("any")), *((code, name) for name, code in states)]  # type: ignore[attr-defined]
        for n in range(1, self.MOST + 1):
            said = {"number": n}
            self.fields[f"amount_{n}"] = Amount(label=_("Instalment %(number)d") % said, required=False)
            self.fields[f"due_on_{n}"] = Day(label=_("Instalment %(number)d is due on") % said, required=False)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise ValidationError(_("Enter an amount above zero."))
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        currency = cleaned.get("currency", "")
        if currency:
            self.check_amount(cleaned, "amount", currency)
        for name in ("due_on", *(f"due_on_{n}" for n in range(1, self.MOST + 1))):
            if cleaned.get(name) and cleaned[name] < l10n.today():
                self.add_error(name, _("The day has passed"))
        parts: list[tuple[Decimal, datetime.date | None]] = []
        for n in range(1, self.MOST + 1):
            if part := cleaned.pop(f"amount_{n}", None):
                parts.append((part, cleaned.pop(f"due_on_{n}", None)))
            elif cleaned.pop(f"due_on_{n}", None):
                self.add_error(f"amount_{n}", _("Enter the amount of this instalment."))
        if parts and cleaned.get("amount") and sum(part for part, _day in parts) != cleaned["amount"]:
            self.add_error("amount_1", _("The instalments do not add up to the amount."))
        due_on, likelihood = cleaned.pop("due_on", None), cleaned.get("likelihood")
        if not parts and cleaned.get("amount"):
            parts = [(cleaned["amount"], due_on)]
        return cleaned | {"instalments": parts, "likelihood": likelihood or Contribution.Likelihood.LIKELY}


class ReceiptForm(FundForm):
    """That money came, and how the bank names it."""

    received_on = Day(label=_("Received on"))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=140)
    amount = Amount(label=_("Amount received"), help_text=_("What the bank has credited."))
    currency = Currency(label=_("Currency received"))
    rate = forms.DecimalField(
        label=_("Exchange rate of the day"), required=False, min_value=Decimal("0.0000000001"), max_digits=20,
        decimal_places=10,
        help_text=_("How much of the pledge's currency one unit is worth; only for another currency."),
    )  # fmt: skip
    rate_source = forms.CharField(
        label=_("Source of the rate"), required=False, max_length=200,
        help_text=_("Where the rate of that day is published."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            self.initial.setdefault("amount", giving.missing(self.subject))
            self.initial.setdefault("currency", self.subject.currency)

    def clean_received_on(self) -> datetime.date:
        return no_day_to_come(self.cleaned_data["received_on"])

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise ValidationError(_("Enter an amount above zero."))
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("currency"):
            self.check_amount(cleaned, "amount", cleaned["currency"])
        return cleaned


class PartyForm(FundForm):
    """Whose account it is, and in which country: what a bank would refuse is refused here, at its field."""

    # The field that holds whose it is.
    named = "payee"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        countries = sorted((name, code) for code, name in l10n.countries().items())
        self.fields["country"].choices = [("", "–"), *((code, name) for name, code in countries)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get(self.named) and cleaned.get("country") and cleaned.get("account") and "bic" in cleaned:
            try:
                check_party(Party(cleaned[self.named], cleaned["country"], cleaned["account"], cleaned["bic"]))
            except NotPayable as refused:
                self.add_error(self.named if refused.code == "name" else refused.code, refused)
        return cleaned


class DetailsForm(PartyForm):
    """Who is paid, and into which account."""

    payee = forms.CharField(label=_("Payee"), max_length=70)
    account = forms.CharField(label=_("IBAN or account number"), max_length=34)
    bic = forms.CharField(label=_("BIC of the bank"), max_length=11, required=False)
    country = forms.ChoiceField(label=_("Country of the payee"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.initial.setdefault(name, getattr(self.subject, name, "")[:70])


class PaidForm(FundForm):
    """That the bank paid, and how it names that."""

    paid_on = Day(label=_("Paid on"))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=140)

    def clean_paid_on(self) -> datetime.date:
        return no_day_to_come(self.cleaned_data["paid_on"])


class TermsForm(PartyForm):
    """From which amount two approve in a currency, the account from which the Fund pays in it, or both."""

    named = "holder"
    WHOLE = ("holder", "account", "country")

    currency = Currency()
    second_above = Amount(
        label=_("Two people approve above"), required=False, help_text=_("Leave empty to keep the rule as it is.")
    )
    holder = forms.CharField(
        label=_("Holder of the account"), max_length=70, required=False,
        help_text=_("Leave holder, account and bank empty to keep the account as it is."),
    )  # fmt: skip
    account = forms.CharField(label=_("IBAN or account number"), max_length=34, required=False)
    bic = forms.CharField(label=_("BIC of the bank"), max_length=11, required=False)
    country = forms.ChoiceField(label=_("Country of the bank"), required=False)
    reason = long_text(_("Reason"), required=True, rows=3, limit=2000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("currency"):
            self.check_amount(cleaned, "second_above", cleaned["currency"])
        account = any(cleaned.get(name) for name in (*self.WHOLE, "bic"))
        for name in self.WHOLE:
            if account and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("An account needs its holder, its number and the country of its bank."))
        if not account and cleaned.get("second_above") is None and not self.errors:
            raise ValidationError(_("Give the amount above which two people approve, the Fund's account, or both."))
        return cleaned


class RefundForm(FundForm):
    """How much of a contribution goes back to its donor."""

    amount = Amount(label=_("Amount"), help_text=_("In the currency of the pledge."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            self.initial.setdefault("amount", moving.available(self.subject, self.subject.currency))


class ConversionForm(FundForm):
    """What the bank exchanged: so much of one currency for so much of another."""

    amount = Amount(label=_("Amount sold"))
    currency = Currency(label=_("Currency sold"))
    into = Amount(label=_("Amount bought"))
    into_currency = Currency(label=_("Currency bought"))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=140)
