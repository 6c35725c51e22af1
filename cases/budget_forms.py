"""The budget as it is typed: its lines, what the parties themselves put in, and a revision of both."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.counterpart import HOW, SIDES, Counterpart
from cases.models import BudgetLine, Case
from cases.models.request import as_budget, contradictions
from cases.step_form import StepForm
from ricomi.fields import Amount, long_text

UNIT = re.compile(r"^\s*(?P<quantity>\d{1,9}(?:[.,]\d{1,4})?)\s+(?P<unit>\S.{0,39}?)\s*$")


LINE = ("number", "concept", "unit_cost", "units", "amount")


class LineForm(forms.Form):
    """One line of the budget. A row left empty is no line."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    number = forms.CharField(label=_("Line"), max_length=12, required=False)
    concept = forms.CharField(label=_("Concept"), max_length=300, required=False)
    unit_cost = Amount(label=_("Unit cost"), required=False)
    units = forms.CharField(
        label=_("Units"), max_length=120, required=False, help_text=_("For example: 3 days × 10 persons")
    )
    amount = Amount(label=_("Amount"), required=False)

    def clean_number(self) -> str:
        number = self.cleaned_data["number"].strip()
        if number and not re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,2}", number):
            raise ValidationError(_("A line is numbered like 2 or 2.1."))
        return number

    def clean_units(self) -> list[list[str]]:
        text = self.cleaned_data["units"].strip()
        units = []
        for part in re.split(r"[×;]", text) if text else []:
            found = UNIT.match(part)
            if not found:
                raise ValidationError(_("Write units as a number and a word, for example: 3 days × 10 persons."))
            units.append([found["unit"], found["quantity"].replace(",", ".")])
        return units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        filled = any(cleaned.get(name) not in (None, "", []) for name in ("number", "concept", "unit_cost", "amount"))
        if filled and not cleaned.get("number") and "number" not in self.errors:
            self.add_error("number", _("Give the line a number."))
        if filled and not cleaned.get("concept") and "concept" not in self.errors:
            self.add_error("concept", _("Say what the line pays for."))
        return cleaned


LINES: dict[str, Any] = {"max_num": 200, "validate_max": True, "absolute_max": 220}


def units_as_text(units: list[Any]) -> str:
    """Units as they are typed: `3 days × 10 persons`."""
    return " × ".join(f"{quantity} {unit}" for unit, quantity in units)


class BudgetForm(StepForm):
    """A form with the lines of the budget under it."""

    # How many empty rows there are; whether saving brings more.
    more_lines, saves = 3, True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        initial = [
            {"pk": line.pk, **{name: getattr(line, name) for name in LINE}, "units": units_as_text(line.units)}
            for line in self.present_lines()
        ]
        self.lines = forms.formset_factory(LineForm, extra=self.more_lines, **LINES)(
            self.data if self.is_bound else None, initial=initial, prefix="lines"
        )

    def present_lines(self) -> list[Any]:
        """The lines as they stand."""
        case: Case | None = self.subject
        return list(case.lines.all()) if case is not None and case.pk else []

    def is_valid(self) -> bool:
        fields, lines = super().is_valid(), self.lines.is_valid()
        return fields and lines

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.check_dates(cleaned)
        if self.lines.is_valid():
            cleaned["lines"] = [line for line in self.lines.cleaned_data if line.get("number")]
        else:
            self.add_error(None, _("The budget has lines that cannot be read: see them below."))
        return cleaned


def budget_items(case: Case | None) -> list[tuple[str, str]]:
    """The items of a case's budget, of which one is chosen, or none."""
    lines = [line for line in case.lines.all() if not line.is_section] if case is not None else []
    return [("", "–"), *((line.number, str(line)) for line in lines)]


class CounterpartForm(forms.Form):
    """What a party itself puts in. A row left empty is none."""

    side = forms.ChoiceField(label=_("Who gives it"), choices=SIDES, required=False)
    how = forms.ChoiceField(label=_("In cash or in kind"), choices=HOW, required=False)
    what = forms.CharField(label=_("What it is"), max_length=300, required=False)
    amount = Amount(label=_("Worth"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("what") and not cleaned.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Say what it is worth."))
        if cleaned.get("amount") and not cleaned.get("what") and "what" not in self.errors:
            self.add_error("what", _("Say what it is."))
        for name, first in (("side", "requesting"), ("how", "kind")):
            cleaned[name] = cleaned.get(name) or first
        return cleaned


CounterpartFormSet = forms.formset_factory(CounterpartForm, extra=2, max_num=20, validate_max=True, absolute_max=24)


class SharedBudgetForm(BudgetForm):
    """A budget of which the parties themselves pay a part, in cash or in kind."""

    below = "workflows/counterparts.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = CounterpartForm.base_fields
        rows = [{name: getattr(one, name) for name in names} for one in self.present_counterparts()]
        # A form that says nothing of it leaves what is there.
        sent = self.data if self.is_bound and "counterparts-TOTAL_FORMS" in self.data else None
        self.counterparts = CounterpartFormSet(sent, initial=rows, prefix="counterparts")

    def present_counterparts(self) -> list[Counterpart]:
        """What the parties put in as it stands."""
        return self.subject.counterparts if isinstance(self.subject, Case) else []

    def is_valid(self) -> bool:
        rows = not self.counterparts.is_bound or self.counterparts.is_valid()
        return super().is_valid() and rows

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.counterparts.is_bound:
            return cleaned
        if self.counterparts.is_valid():
            cleaned["counterparts"] = [
                Counterpart(**one) for one in self.counterparts.cleaned_data if one.get("amount")
            ]
        else:
            self.add_error(None, _("What the parties put in has errors: see below."))
        return cleaned


class RevisionForm(SharedBudgetForm):
    """Another budget in place of the one that was agreed, and why. It adds up before it is proposed."""

    more_lines, saves = 10, False

    reason_given = long_text(_("Why the budget is to change"), required=True, rows=4, limit=5000)
    amount = Amount(label=_("From the Fund"), required=False, help_text=_("In the case's currency."))
    total = Amount(label=_("Total of the budget"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subject, stands = self.subject, {}
        if isinstance(subject, Case):
            stands = {"amount": subject.amount_proposed, "total": subject.stated_total}
        elif subject is not None:
            stands = {"reason_given": subject.reason, "amount": subject.amount, "total": subject.total}
        self.initial = {**stands, **self.initial}

    def present_lines(self) -> list[Any]:
        return super().present_lines() if isinstance(self.subject, Case) else self.subject.budget_lines()

    def present_counterparts(self) -> list[Counterpart]:
        return super().present_counterparts() if isinstance(self.subject, Case) else self.subject.own_parts()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors or self.subject is None:
            return cleaned
        case: Case = self.subject.root
        lines = [BudgetLine(**{name: line[name] for name in LINE}) for line in cleaned["lines"]]
        parts = cleaned.setdefault("counterparts", self.present_counterparts())
        if not lines:
            self.add_error(None, _("Write at least one line."))
        planned = as_budget(lines, parts, cleaned["amount"], cleaned["total"], case.currency)
        for sentence in contradictions(planned, cleaned["amount"]):
            self.add_error(None, sentence)
        if case.amount_proposed and cleaned["amount"] is None:
            self.add_error("amount", _("Enter what the Fund is to give, 0 for nothing."))
        return cleaned
