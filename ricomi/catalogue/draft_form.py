"""The form in which a delegation writes an entry of the catalogue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ricomi.catalogue.drafting import KINDS, TEXTS
from ricomi.catalogue.forms import Choices, country_choices
from ricomi.catalogue.models import Draft, Part, Term
from ricomi.catalogue.search import folded
from ricomi.directory.authority import act_as, authority
from ricomi.directory.models import Body, Role
from ricomi.fields import Day, long_text
from ricomi.l10n import LANGUAGES

# How the form names the choice of each kind of term; those of the kinds in OPEN are shown without being asked for.
TERMS = {
    Term.Kind.THEME: _("Themes"), Term.Kind.POPULATION: _("Populations"), Term.Kind.HELP: _("Kinds of help"),
    Term.Kind.CONCEPT: _("Subjects"), Term.Kind.SECTOR: _("Sectors of aid (DAC/CRS)"),
    Term.Kind.TARGET: _("Targets of the Sustainable Development Goals"), Term.Kind.FORUM: _("Forums"),
}  # fmt: skip
OPEN = (Term.Kind.THEME, Term.Kind.POPULATION, Term.Kind.HELP)
STATES = {
    Part.CONCERNED: _("States concerned"), Part.REQUESTING: _("Requesting states"),
    Part.OFFERING: _("Offering states"), Part.THIRD: _("Supporting partners"),
    Part.ORIGIN: _("States of origin"), Part.DESTINATION: _("States of destination"),
}  # fmt: skip


class Folded(forms.CheckboxSelectMultiple):
    """Boxes to mark that are shown when asked for; how many are marked is said before."""

    template_name = "catalogue/folded.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["marked"] = len(value or ())
        return context


def _kinds() -> Choices:
    """The kinds of entries that a delegation may write."""
    return [(kind.value, capfirst(str(kind.label))) for kind in KINDS]


class DraftForm(forms.Form):
    """What an entry says. `cleaned_data["content"]` has it as `Draft.content` keeps it."""

    kind = forms.ChoiceField(label=_("Kind of entry"), choices=_kinds)
    title = forms.CharField(label=_("Title"), max_length=300)
    language = forms.ChoiceField(label=_("Language of this text"), choices=LANGUAGES)
    summary = long_text(_("Summary"), rows=3, limit=2000, help_text=_("What lists and letters show of it."))
    text = long_text(_("Text"), rows=8, help_text=_("Of an initiative its results."))
    lessons = long_text(_("What was learnt"), rows=4)
    url = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    since = Day(label=_("Began"), required=False)
    until = Day(label=_("Ended"), required=False)
    year = forms.IntegerField(
        label=_("Year"), required=False, min_value=1900, max_value=2100,
        help_text=_("For which it counts; leave it empty when the day of its end says it."),
    )  # fmt: skip

    def __init__(self, *args: Any, subject: Draft | None = None, person: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms: dict[str, Choices] = {kind: [] for kind in TERMS}
        for term in Term.objects.all():
            terms[term.kind].append((term.code, term.label))
        for kind, label in TERMS.items():
            widget = forms.CheckboxSelectMultiple if kind in OPEN else Folded
            choices = terms[kind] if kind == Term.Kind.THEME else sorted(terms[kind], key=lambda one: folded(one[1]))
            self.fields[kind.value] = forms.MultipleChoiceField(
                label=label, choices=choices, widget=widget, required=False
            )
        states = country_choices()
        for part, label in STATES.items():
            self.fields[part.value] = forms.MultipleChoiceField(
                label=label, choices=states, widget=Folded, required=False
            )
        self.initial = {**(self._stands(subject) if subject else _begun(person)), **self.initial}

    def _stands(self, draft: Draft) -> dict[str, Any]:
        """What the form shows of a draft; a term that the thesaurus no longer has is left out."""
        said = draft.content
        states = {part.value: [state for its, state in said["states"] if its == part] for part in STATES}
        fields: Any = self.fields
        terms = {
            kind.value: [code for code, _label in fields[kind.value].choices if code in said["terms"]] for kind in TERMS
        }
        return said | states | terms

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError on `until` when it would have ended before it began."""
        said = super().clean() or self.cleaned_data
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        if self.errors:
            return said
        content = {name: said[name] for name in TEXTS} | {
            "since": since and since.isoformat(), "until": until and until.isoformat(), "year": said["year"],
            "terms": sorted(code for kind in TERMS for code in said[kind.value]),
            "states": sorted([part.value, state] for part in STATES for state in said[part.value]),
        }  # fmt: skip
        return said | {"content": content}


def _begun(person: Any) -> dict[str, Any]:
    """What a new draft begins with: the writer's language, and their state where they write for one alone."""
    bodies = Body.objects.filter(pk__in=authority(person).bodies(act_as(Role.OFFICER)), state__isnull=False)
    states = list(bodies.values_list("state", flat=True)[:2])
    return {"language": person.language, Part.CONCERNED.value: states if len(states) == 1 else []}


__all__ = ["DraftForm"]
