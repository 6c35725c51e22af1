"""What a reader asks of the catalogue, and what a delegation writes in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.models import StandingOffer, Term
from ricomi.catalogue.search import folded
from ricomi.directory.models import Body, State

Choices = list[tuple[str, str]]


def term_choices() -> dict[str, Choices]:
    """Themes and populations with their labels in the reader's language, by kind; one query."""
    choices: dict[str, Choices] = {Term.Kind.THEME: [], Term.Kind.POPULATION: []}
    for term in Term.objects.filter(kind__in=list(choices)):
        choices[term.kind].append((term.code, term.label))
    return choices


def country_choices() -> Choices:
    """The member states by name in the reader's language; one query."""
    codes = State.objects.filter(kind=State.Kind.MEMBER).values_list("pk", flat=True)
    return sorted(((code, l10n.country(code)) for code in codes), key=lambda state: folded(state[1]))


class Narrowing(forms.Form):
    """What a list is narrowed to, from the address of the page."""

    def choose(self, name: str, choices: Choices, none: Any = None) -> None:
        """Let a filter be one of these, or none: “All”, unless it is called otherwise."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", none or _("All")), *choices]

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The filters in force; one that makes no sense is left out and its error is shown."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class Filters(Narrowing):
    """The filters of the list of standing offers."""

    theme = forms.ChoiceField(label=_("Theme"), required=False)
    population = forms.ChoiceField(label=_("Population"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = term_choices()
        self.choose("theme", terms[Term.Kind.THEME])
        self.choose("population", terms[Term.Kind.POPULATION])
        self.choose("country", country_choices())


class OfferForm(forms.ModelForm):
    """A delegation says what it offers."""

    themes = forms.MultipleChoiceField(label=_("Themes"), widget=forms.CheckboxSelectMultiple)
    populations = forms.MultipleChoiceField(
        label=_("Populations"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Leave all unmarked when it serves everybody."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Working languages"),
        choices=l10n.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The languages in which your people can work."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    class Meta:
        model = StandingOffer
        fields = [
            "title", "text", "language", "modality", "themes", "populations", "languages", "costs", "since", "until",
        ]  # fmt: skip
        widgets = {
            "since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, delegations: list[Body], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.delegations = delegations
        terms = term_choices()
        self._choose("themes", terms[Term.Kind.THEME])
        self._choose("populations", terms[Term.Kind.POPULATION])
        if self.instance.pk:
            self.initial["revision"] = self.instance.revision
            self.initial["themes"] = [term.pk for term in self.instance.themes.all()]
            self.initial["populations"] = [term.pk for term in self.instance.populations.all()]
        elif len(delegations) > 1:
            self.fields["body"] = forms.ChoiceField(
                label=_("Delegation"), choices=[(str(body.pk), body.name) for body in delegations]
            )
            self.order_fields(["body"])

    def _choose(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices

    def delegation(self) -> Body:
        """The delegation that offers: the one chosen, or the only one for which the person may write."""
        chosen = self.cleaned_data.get("body")
        return next((body for body in self.delegations if str(body.pk) == chosen), self.delegations[0])

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError on `until` when the offer would end before it begins."""
        content = super().clean() or self.cleaned_data
        since, until = content.get("since"), content.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return content

    def differing(self, offer: StandingOffer) -> list[tuple[str, str]]:
        """The fields in which an offer as it stands differs from what was typed: label and what stands."""
        stands: dict[str, Any] = {
            name: getattr(offer, name) for name in ("title", "text", "language", "modality", "costs", "since", "until")
        }
        stands["languages"] = sorted(offer.languages)
        for name in ("themes", "populations"):
            stands[name] = sorted(term.pk for term in getattr(offer, name).all())
        return [
            (str(self.fields[name].label), _shown(offer, name))
            for name, value in stands.items()
            if value != (sorted(self.cleaned_data[name]) if isinstance(value, list) else self.cleaned_data[name])
        ]


def _shown(offer: StandingOffer, name: str) -> str:
    """A field of an offer for a person to read."""
    if name in ("themes", "populations"):
        return ", ".join(term.label for term in getattr(offer, name).all()) or "–"
    if name == "languages":
        return ", ".join(offer.language_names)
    if name in ("language", "modality"):
        return str(getattr(offer, f"get_{name}_display")())
    value = getattr(offer, name)
    return "–" if value is None else str(value) if isinstance(value, str) else l10n.day(value)
