"""Fields that forms of all rooms share: amounts of money, days, paragraphs."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import l10n

LONG = 20_000


class Amount(forms.DecimalField):
    """An amount of money: nothing below zero, at most two decimals, twelve digits before them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=14, decimal_places=2, **kwargs)
        self.widget.attrs["inputmode"] = "decimal"

    def to_python(self, value: Any) -> Any:
        amount = super().to_python(value)
        # A signalling NaN raises wherever it is compared, before the validators look at it.
        if amount is not None and not amount.is_finite():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return amount


class Day(forms.DateField):
    """A day between 1990 and 2100."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)

    def clean(self, value: Any) -> datetime.date | None:
        day = super().clean(value)
        if day is not None and not datetime.date(1990, 1, 1) <= day <= datetime.date(2100, 12, 31):
            raise ValidationError(_("Enter a day between 1990 and 2100."))
        return day


def long_text(label: Any, *, required: bool = False, rows: int = 5, help_text: Any = "", limit: int = LONG) -> Any:
    """A field for paragraphs of at most `limit` characters."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=limit,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class Currency(forms.CharField):
    """A currency by its code of ISO 4217, however it is typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Currency"), "max_length": 3, "initial": "USD", **kwargs})

    def clean(self, value: Any) -> str:
        code = str(super().clean(value) or "").strip().upper()
        if code and not l10n.is_currency(code):
            raise ValidationError(_("“%(code)s” is no currency of ISO 4217.") % {"code": code})
        return code
