"""What the steps of a trip ask for: the plan with its legs, the advance, the report, the expense claim."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases import rates, travel
from cases.budget_forms import budget_items
from cases.models import Case, Kind, Leg, Trip
from cases.step_form import StepForm
from ricomi import l10n
from ricomi.directory.models import Membership, Role, User
from ricomi.fields import Amount, Day, long_text

CODED = re.compile(r"^(?:([A-Za-z]{3})\s*)?([-+]?[\d.,\s]+?)(?:\s*([A-Za-z]{3}))?$")
OTHERS = (Kind.VISA, Kind.INSURANCE, Kind.LOCAL, Kind.OTHER)


class CaseAmount(Amount):
    """An amount in the case's currency, with no more decimals than it has; a currency typed beside it is looked at."""

    currency = ""

    def to_python(self, value: Any) -> Any:
        found = CODED.match(value.strip()) if isinstance(value, str) else None
        code = (found[1] or found[3] or "").upper() if found else ""
        if found and code:
            if self.currency and code != self.currency:
                said = {"currency": self.currency, "other": code}
                raise ValidationError(_("All amounts of this case are in %(currency)s, not in %(other)s.") % said)
            value = found[2].strip()
        amount = super().to_python(value)
        if amount is not None and self.currency:
            digits = l10n.currency_digits(self.currency)
            if amount.copy_abs() <= Decimal(10) ** 14 and amount != amount.quantize(Decimal(1).scaleb(-digits)):
                said = {"currency": self.currency, "digits": digits}
                raise ValidationError(_("%(currency)s has no more than %(digits)d decimals.") % said)
        return amount


def in_currency(form: forms.BaseForm, currency: str) -> None:
    """Have the amounts of a form be those of a currency."""
    for field in form.fields.values():
        if isinstance(field, CaseAmount):
            field.currency = currency


class Country(forms.CharField):
    """A country by its ISO 3166 code, or by its name in one of the four languages."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "countries", "autocomplete": "off"})
        super().__init__(max_length=100, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        if l10n.is_country(text.upper()):
            return str(text).upper()
        wanted = travel.key_of(text)
        for code, _name in countries():
            if wanted in {travel.key_of(l10n.country_in(code, language)) for language, _own in l10n.LANGUAGES}:
                return code
        raise ValidationError(_("“%(code)s” is no country of ISO 3166.") % {"code": text[:40]})


def countries() -> list[tuple[str, str]]:
    """The countries of ISO 3166 by code, with their names in the reader's language, in the names' order."""
    return sorted(((one.alpha_2, l10n.country(one.alpha_2)) for one in pycountry.countries), key=lambda pair: pair[1])


def experts_of(case: Case) -> QuerySet[User]:
    """Who may travel for an offering state of a case."""
    held = Membership.objects.active().filter(body__in=case.bodies("offering"), role=Role.EXPERT)
    return User.objects.filter(pk__in=held.values("person"))


class TravellerForm(StepForm):
    """Who travels, or answers for the trip, from now on."""

    traveller = forms.ModelChoiceField(User.objects.none(), label=_("Traveller"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            others = experts_of(self.subject.case).exclude(pk=self.subject.traveller_id)
            self.field("traveller").queryset = others


@dataclass
class Planned:
    """A leg as it was planned, before it is a row."""

    from_place: str
    from_country: str
    to_place: str
    to_country: str
    departs: datetime.date
    arrives: datetime.date
    mode: str
    fare: Decimal
    rate: Decimal | None = None
    rate_source: str = ""


class LegForm(forms.Form):
    """One leg of a trip. A leg left empty is none; where it begins may be left empty: where the one before it ends."""

    from_place = forms.CharField(label=_("Place of departure"), max_length=100, required=False)
    from_country = Country(label=_("Country of departure"), required=False)
    to_place = forms.CharField(label=_("Place of arrival"), max_length=100, required=False)
    to_country = Country(label=_("Country of arrival"), required=False)
    departs = Day(label=_("Departs on"), required=False)
    arrives = Day(label=_("Arrives on"), required=False)
    mode = forms.ChoiceField(label=_("Means"), choices=Leg.Mode.choices, required=False)
    fare = CaseAmount(label=_("Fare"), required=False)
    rate = CaseAmount(
        label=_("Daily rate, if the table has none"), required=False, help_text=_("For the place of arrival.")
    )
    rate_source = forms.CharField(label=_("Source of the daily rate"), max_length=200, required=False)

    @property
    def is_filled(self) -> bool:
        """Whether anything was typed."""
        data = self.cleaned_data if hasattr(self, "cleaned_data") else {}
        return bool(self.errors) or any(data.get(name) not in (None, "") for name in data if name != "mode")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) not in (None, "") for name in cleaned if name != "mode") and not self.errors:
            return cleaned
        for name in ("to_place", "to_country", "departs", "arrives", "fare"):
            if cleaned.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        cleaned["mode"] = cleaned.get("mode") or Leg.Mode.AIR.value
        if cleaned.get("rate") is not None and cleaned["rate"] <= 0:
            self.add_error("rate", _("A rate of zero is no rate."))
        elif cleaned.get("rate") is not None and not cleaned.get("rate_source"):
            self.add_error("rate_source", _("Say where the daily rate comes from."))
        return cleaned


LegFormSet = forms.formset_factory(
    LegForm, extra=travel.MOST_LEGS, max_num=travel.MOST_LEGS, validate_max=True, absolute_max=travel.MOST_LEGS + 2
)


class TripForm(StepForm):
    """A trip of an expert: its legs stand below the form."""

    below = "workflows/legs.html"

    traveller = forms.ModelChoiceField(User.objects.none(), label=_("Traveller"))
    purpose = forms.CharField(label=_("Purpose"), max_length=300)
    line = forms.ChoiceField(label=_("Line of the budget"), required=False)
    visa = CaseAmount(label=_("Visa"), required=False)
    insurance = CaseAmount(label=_("Insurance"), required=False)
    local = CaseAmount(label=_("Terminals and local transport"), required=False)
    other = CaseAmount(label=_("Other costs"), required=False, help_text=_("All amounts are in the case's currency."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trip: Trip | None = self.subject if isinstance(self.subject, Trip) else None
        case = getattr(self.subject, "case", self.subject)
        self.currency: str = case.currency if case is not None else ""
        initial: list[dict[str, Any]] = []
        if case is not None:
            self.field("traveller").queryset = experts_of(case)
        self.field("line").choices = budget_items(case)
        if self.trip is not None:
            for field in self.fields:
                self.initial.setdefault(field, getattr(self.trip, field))
            names = LegForm.base_fields
            initial = [{name: getattr(leg, name) for name in names} for leg in self.trip.legs.all()]
        self.legs = LegFormSet(self.data if self.is_bound else None, initial=initial, prefix="legs")
        in_currency(self, self.currency)
        for leg in self.legs.forms:
            in_currency(leg, self.currency)

    @property
    def rule(self) -> str:
        """How days are counted, for the page."""
        return travel.rule()

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        """The countries that the fields of the legs propose."""
        return countries()

    def is_valid(self) -> bool:
        legs = self.legs.is_valid()
        return super().is_valid() and legs

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in OTHERS:
            cleaned[name] = cleaned.get(name) or Decimal(0)
        if not self.legs.is_valid():
            self.add_error(None, _("The trip has legs that cannot be read: see them below."))
            for error in self.legs.non_form_errors():
                self.add_error(None, error)
            return cleaned
        filled = [form for form in self.legs.forms if form.is_filled]
        if not filled:
            self.add_error(None, _("Write at least one leg."))
            return cleaned
        cleaned["legs"] = self._connected(filled)
        self._check(filled, cleaned)
        return cleaned

    def _connected(self, filled: list[Any]) -> list[Planned]:
        """The legs, each beginning where the one before it ends unless it says otherwise."""
        found: list[Planned] = []
        for form in filled:
            values = dict(form.cleaned_data)
            if found:
                values["from_place"] = values.get("from_place") or found[-1].to_place
                values["from_country"] = values.get("from_country") or found[-1].to_country
            found.append(Planned(**values))
        return found

    def _check(self, filled: list[Any], cleaned: dict[str, Any]) -> None:
        legs: list[Planned] = cleaned["legs"]
        for name in ("from_place", "from_country"):
            if not getattr(legs[0], name):
                filled[0].add_error(name, self.fields["purpose"].error_messages["required"])
        for number, field, wrong in travel.disorder(legs):
            filled[number].add_error(field, wrong)
        if not any(form.errors for form in filled):
            try:
                rates.subsistence(legs, self.currency)
            except rates.NoRate as none:
                filled[none.leg].add_error("rate", none)
        if any(form.errors for form in filled):
            self.add_error(None, _("The trip has legs that cannot be read: see them below."))
        elif cleaned.get("traveller"):
            own = self.trip.pk if self.trip else None
            if why := clash(cleaned["traveller"], legs[0].departs, legs[-1].arrives, but=own):
                self.add_error("traveller", why)


def clash(traveller: User, first: datetime.date, last: datetime.date, *, but: int | None = None) -> str | None:
    """Why a person cannot travel on these days: another trip of theirs, that is not `but`, touches them."""
    found = Trip.objects.clashing(traveller.pk, first, last).exclude(pk=but or 0).first()
    if found is None:
        return None
    said = {"person": traveller, "first": l10n.day(found.starts_on), "last": l10n.day(found.ends_on)}
    return str(_("%(person)s has another trip from %(first)s to %(last)s.") % said)


class AdvanceForm(StepForm):
    """How much the traveller gets in advance: a share of the estimate at most, which the Fund sets."""

    advance = CaseAmount(label=_("Advance"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is None:
            return
        trip: Trip = self.subject
        in_currency(self, trip.currency)
        most = trip.most_advance
        self.initial.setdefault("advance", trip.advance or most)
        said = {"share": travel.ADVANCE_SHARE, "most": l10n.money(most, trip.currency)}
        self.field("advance").help_text = _("At most %(share)d%% of the trip's estimate: %(most)s.") % said

    def clean_advance(self) -> Decimal:
        advance: Decimal = self.cleaned_data["advance"]
        if self.subject is not None and advance > self.subject.most_advance:
            raise ValidationError(self.field("advance").help_text)
        return advance


class TripReportForm(StepForm):
    """On which days the traveller was away, what they did, what was learnt, whom they met."""

    left_on = Day(label=_("Left on"))
    returned_on = Day(label=_("Returned on"))
    report = long_text(_("What was done"), required=True, rows=6)
    lessons = long_text(_("What was learnt"), required=True, rows=4)
    met = long_text(_("People and institutions met"), rows=4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            trip: Trip = self.subject
            planned = {"left_on": trip.starts_on, "returned_on": min(trip.ends_on, l10n.today())}
            self.initial = {**planned, **self.initial}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        left, returned = cleaned.get("left_on"), cleaned.get("returned_on")
        if left and self.subject is not None and left < self.subject.starts_on:
            said = {"day": l10n.day(self.subject.starts_on)}
            self.add_error("left_on", _("The trip was authorised from %(day)s on.") % said)
        if returned and returned > l10n.today():
            self.add_error("returned_on", _("This day is still to come."))
        if left and returned and not 0 <= (returned - left).days <= travel.LONGEST:
            self.add_error("returned_on", _("The return is before the departure, or more than a year after it."))
        return cleaned
