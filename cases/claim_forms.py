"""The expense claim of a trip, line by line, each with its receipt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases import travel
from cases.models import Kind, Trip
from cases.step_form import StepForm
from cases.trip_forms import CaseAmount, in_currency
from ricomi import l10n, uploads
from ricomi.fields import Day, long_text

MOST_LINES = 40


class ClaimLineForm(forms.Form):
    """One expense. A line left empty is none; one handed in before keeps its receipt unless it gets another."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput, max_value=2**62)
    kind = forms.ChoiceField(label=_("What it was for"), choices=[("", "–"), *Kind.choices], required=False)
    day = Day(label=_("Day"), required=False)
    amount = CaseAmount(label=_("Amount"), required=False)
    what = forms.CharField(label=_("Details"), max_length=200, required=False)
    file = forms.FileField(label=_("Receipt"), required=False)

    def __init__(self, *args: Any, receipts: dict[int, Any], **kwargs: Any) -> None:
        self.receipts = receipts
        super().__init__(*args, **kwargs)
        self.kept = receipts.get(self.initial.get("pk") or 0)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        return uploads.check(upload) if upload else None

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day is not None and day > l10n.today():
            raise ValidationError(_("This day is still to come."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in ("kind", "amount", "what", "file")) and not self.errors:
            return cleaned
        for name in ("kind", "day", "amount"):
            if cleaned.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        if cleaned.get("amount") is not None and cleaned["amount"] <= 0:
            self.add_error("amount", _("Enter an amount above zero."))
        kept = self.receipts.get(cleaned.get("pk") or 0)
        needs = cleaned.get("kind") and cleaned["kind"] != Kind.SUBSISTENCE
        if needs and not cleaned.get("file") and kept is None and "file" not in self.errors:
            self.add_error("file", _("Add the receipt; only subsistence needs none."))
        return cleaned | {"kept": kept}


ClaimFormSet = forms.formset_factory(
    ClaimLineForm, extra=6, max_num=MOST_LINES, validate_max=True, absolute_max=MOST_LINES + 5
)


class ExpensesForm(StepForm):
    """What the trip cost, line by line; the lines stand below the form."""

    below = "workflows/claim.html"

    over_reason = long_text(_("Why more was spent than was estimated"), rows=3, limit=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trip: Trip | None = self.subject
        before = list(trip.claim.select_related("receipt")) if trip is not None else []
        initial = [{name: getattr(line, name) for name in ("pk", "kind", "day", "amount", "what")} for line in before]
        receipts = {line.pk: line.receipt for line in before if line.receipt}
        self.claim = ClaimFormSet(
            self.data if self.is_bound else None, self.files if self.is_bound else None, initial=initial,
            prefix="claim", form_kwargs={"receipts": receipts},
        )  # fmt: skip
        said = {"percent": travel.OVER_ESTIMATE}
        self.field("over_reason").help_text = (
            _("Needed when the claim is more than %(percent)d%% above the estimate.") % said
        )
        if trip is not None:
            self.initial.setdefault("over_reason", trip.over_reason)
            for line in self.claim.forms:
                in_currency(line, trip.currency)

    @property
    def most_subsistence(self) -> str:
        """The subsistence that the rule gives for the days actually travelled."""
        return l10n.money(self.subject.most_subsistence, self.subject.currency)

    def is_valid(self) -> bool:
        lines = self.claim.is_valid()
        return super().is_valid() and lines

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.claim.is_valid():
            self.add_error(None, _("The claim has lines that cannot be read: see them below."))
            for error in self.claim.non_form_errors():
                self.add_error(None, error)
        else:
            cleaned["lines"] = [line for line in self.claim.cleaned_data if line.get("amount")]
            trip: Trip | None = self.subject
            if trip is not None and (why := excess(trip, cleaned["lines"], cleaned.get("over_reason", ""))):
                self.add_error("over_reason" if cleaned["lines"] and _is_over(trip, cleaned["lines"]) else None, why)
        if self.errors and any(line.files for line in self.claim.forms):
            self.add_error(None, _("Choose the receipts again: browsers do not keep the files that were chosen."))
        return cleaned


def _total(lines: list[dict[str, Any]], *kinds: str) -> Decimal:
    return sum((line["amount"] for line in lines if not kinds or line["kind"] in kinds), Decimal(0))


def _is_over(trip: Trip, lines: list[dict[str, Any]]) -> bool:
    return _total(lines) * 100 > trip.estimate * (100 + travel.OVER_ESTIMATE)


def excess(trip: Trip, lines: list[dict[str, Any]], reason: str) -> str | None:
    """Why a claim cannot be handed in: more subsistence than the rule gives, or far above the estimate with no reason.

    Amounts are in the case's currency.
    """
    most = trip.most_subsistence
    if _total(lines, Kind.SUBSISTENCE) > most:
        said = {"most": l10n.money(most, trip.currency)}
        return str(_("For the days actually travelled the rule gives a subsistence of %(most)s at most.") % said)
    if _is_over(trip, lines) and not reason.strip():
        said = {"claimed": l10n.money(_total(lines), trip.currency),
                "estimate": l10n.money(trip.estimate, trip.currency)}  # fmt: skip
        return str(_("%(claimed)s is claimed, %(estimate)s was estimated. Say why more was spent.") % said)
    return None
