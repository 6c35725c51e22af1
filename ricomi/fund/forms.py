"""What is typed about contributions: what was promised, and that it came."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import Body


class FundForm(forms.Form):
    """The form of a step on a contribution."""

    def __init__(self, *args: Any, subject: Any = None, person: Any = None, **kwargs: Any) -> None:
        self.subject, self.person = subject, person
        super().__init__(*args, **kwargs)


class PledgeForm(FundForm):
    """What a donor promised to the Fund."""

    donor = forms.ModelChoiceField(Body.objects.filter(kind__in=("delegation", "observer")), label=_("Donor"))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2)
    currency = forms.CharField(label=_("Currency"), max_length=3, initial="USD")
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if not l10n.is_currency(currency):
            raise ValidationError(_("“%(code)s” is no currency of ISO 4217.") % {"code": currency})
        return currency


class ReceiptForm(FundForm):
    """That the money came, and how the bank names it."""

    received_on = forms.DateField(
        label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=140)

    def clean_received_on(self) -> Any:
        day = self.cleaned_data["received_on"]
        if day > l10n.today():
            raise ValidationError(_("This day is still to come."))
        return day
