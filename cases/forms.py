"""What each step asks for. A form reads and checks what was typed; it neither asks who may act nor writes anything."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.budget_forms import BudgetForm, SharedBudgetForm, budget_items
from cases.models import Audience, Blocks, Condition
from cases.step_form import StepForm
from ricomi import l10n, uploads
from ricomi.catalogue.models import Term
from ricomi.directory.models import User
from ricomi.fields import Amount, Day, long_text


class OpeningForm(StepForm):
    """What a draft needs to begin."""

    title = forms.CharField(label=_("Title"), max_length=300)
    language = forms.ChoiceField(label=_("Language of the request"), choices=l10n.LANGUAGES)


class RequestForm(BudgetForm):
    """The whole request. Nearly nothing is required until it is submitted, so that a draft can be kept at any time."""

    title = forms.CharField(label=_("Title"), max_length=300)
    language = forms.ChoiceField(label=_("Language of the request"), choices=l10n.LANGUAGES)
    need = long_text(_("What help is asked for"), help_text=_("What should the other state teach, share or send?"))
    objectives = long_text(_("Objectives"))
    expected_results = long_text(_("Expected results"))
    themes = forms.ModelMultipleChoiceField(
        Term.objects.none(), label=_("Themes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    populations = forms.ModelMultipleChoiceField(
        Term.objects.none(), label=_("Populations"), required=False, widget=forms.CheckboxSelectMultiple
    )
    starts_on = Day(label=_("Begins on"), required=False)
    ends_on = Day(label=_("Ends on"), required=False)
    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Three letters, such as USD."))
    amount_asked = Amount(
        label=_("Asked from the Fund"), required=False, help_text=_("Leave empty when no money is asked for.")
    )
    stated_total = Amount(label=_("Total of the budget"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("themes").queryset = Term.objects.filter(kind="theme")
        self.field("populations").queryset = Term.objects.filter(kind="population")
        case = self.subject
        if case is not None:
            for name in self.fields:
                value = getattr(case, name)
                self.initial.setdefault(name, list(value.all()) if name in ("themes", "populations") else value)

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if not l10n.is_currency(currency):
            raise ValidationError(_("“%(code)s” is no currency of ISO 4217.") % {"code": currency})
        return currency


class PlanForm(SharedBudgetForm):
    """The work plan, with the dates and the budget on which both sides agree."""

    plan = long_text(_("Work plan"), rows=10, help_text=_("Activities, who does what, and when."))
    starts_on = Day(label=_("Begins on"))
    ends_on = Day(label=_("Ends on"))
    amount_asked = Amount(label=_("Asked from the Fund"), required=False)
    stated_total = Amount(label=_("Total of the budget"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.initial.setdefault(name, getattr(self.subject, name, None))


class AnswerForm(StepForm):
    """What an invited state offers."""

    terms = long_text(_("What your state offers"), rows=4)
    starts_on = Day(label=_("From"), required=False)
    ends_on = Day(label=_("To"), required=False)
    cost = Amount(label=_("Cost, in the case's currency"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.check_dates(cleaned)
        return cleaned


class EndorsementForm(StepForm):
    """The conditions under which a delegation endorses: what, by whom, by which day, and what they hold back."""

    MOST = 3
    folded = _("Conditions, if you endorse with any")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, self.MOST + 1):
            numbered = {"number": n}
            self.fields[f"text_{n}"] = long_text(_("Condition %(number)d") % numbered, rows=2, limit=1000)
            self.fields[f"owner_{n}"] = forms.ChoiceField(
                label=_("Who meets condition %(number)d") % numbered, required=False, choices=Condition.OWNERS
            )
            self.fields[f"due_on_{n}"] = Day(label=_("By which day") + f" ({n})", required=False)
            self.fields[f"blocks_{n}"] = forms.ChoiceField(
                label=_("What it holds back until then") + f" ({n})", required=False, choices=Blocks.choices
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        conditions = []
        for n in range(1, self.MOST + 1):
            text, due = (cleaned.get(f"text_{n}") or "").strip(), cleaned.get(f"due_on_{n}")
            if not text:
                continue
            if due is None and f"due_on_{n}" not in self.errors:
                self.add_error(f"due_on_{n}", _("Say by which day the condition is to be met."))
            elif due is not None and due <= l10n.today():
                self.add_error(f"due_on_{n}", _("Choose a day to come."))
            elif due is not None:
                owner, blocks = cleaned[f"owner_{n}"], cleaned[f"blocks_{n}"]
                conditions.append({"text": text, "owner": owner, "due_on": due.isoformat(), "blocks": blocks})
        return cleaned | {"conditions": conditions, "voice": {"conditions": conditions}}


class MeetingForm(StepForm):
    """The meeting at which a deferred case is taken up."""

    meeting_on = Day(label=_("Meeting on"), help_text=_("The vote is open until the end of that day."))

    def clean_meeting_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["meeting_on"]
        if day <= l10n.today():
            raise ValidationError(_("Choose a day to come."))
        return day


class AccountForm(StepForm):
    """How a condition of the endorsement was met."""

    account = long_text(_("How the condition was met"), rows=4)


class ReservationForm(StepForm):
    """How much to reserve when it is not all that was asked."""

    amount = Amount(label=_("Amount of the part"), help_text=_("Only for a part; in the case's currency."))


class DisbursementForm(StepForm):
    """Money asked for a line of the budget other than a trip."""

    purpose = forms.CharField(label=_("Purpose"), max_length=300)
    amount = Amount(label=_("Amount"), help_text=_("In the case's currency."))
    line = forms.ChoiceField(label=_("Line of the budget"), required=False)
    payee = forms.CharField(label=_("Payee"), max_length=140, help_text=_("Who is to be paid, as the bank knows them."))
    not_before = Day(label=_("Not before"), required=False, help_text=_("Leave empty if it may be paid at once."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("line").choices = budget_items(getattr(self.subject, "case", self.subject))

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise ValidationError(_("Enter an amount above zero."))
        return amount


class TermsForm(StepForm):
    """What must come before a disbursement is released."""

    not_before = Day(label=_("Not before"), required=False)
    needs_report = forms.BooleanField(label=_("Only once a report was handed in"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.initial.setdefault(name, getattr(self.subject, name, None))


class TrancheReportForm(StepForm):
    """The report that the Fund wants before it releases a disbursement."""

    report = long_text(_("Report"), rows=8)


class TrancheAccountForm(StepForm):
    """What the state spent of a disbursement, and on what."""

    spent = Amount(label=_("Spent"), help_text=_("In the case's currency. What was not spent goes back to the Fund."))
    account = long_text(_("What it was spent on"), required=True, rows=6)
    file = forms.FileField(
        label=_("Receipts or statement of accounts"), required=False,
        help_text=_("As one file. All parties to the case can read it."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        return uploads.check(upload) if upload else None


class CameBackForm(StepForm):
    """That money came back, as the bank names it."""

    bank_reference = forms.CharField(label=_("Bank reference"), max_length=140)


class ReportForm(StepForm):
    """The final report of a cooperation."""

    report = long_text(_("Final report"), rows=8)
    results = long_text(_("Results, for the public"), help_text=_("Anybody can read this once the case is closed."))
    lessons = long_text(_("What was learnt, for the public"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.initial.setdefault(name, getattr(self.subject, name))


class CommentForm(StepForm):
    """A remark on the case."""

    text = long_text(_("Comment"), required=True, rows=3, limit=5000)
    audience = forms.ChoiceField(label=_("Who may read it"), choices=Audience.choices)


class DocumentForm(StepForm):
    """A file to keep with the case."""

    file = forms.FileField(label=_("File"))
    audience = forms.ChoiceField(label=_("Who may read it"), choices=Audience.choices)

    def clean_file(self) -> Any:
        return uploads.check(self.cleaned_data["file"])


class GrantForm(StepForm):
    """Leave for one person to see the case."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True), label=_("E-mail address of the person"), to_field_name="email",
        widget=forms.EmailInput,
    )  # fmt: skip
    until = Day(label=_("Until"), required=False)

    def clean_until(self) -> datetime.datetime | None:
        day = self.cleaned_data["until"]
        if day is None:
            return None
        if day <= l10n.today():
            raise ValidationError(_("Choose a day to come."))
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time.max), datetime.UTC)
