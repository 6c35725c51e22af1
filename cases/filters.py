"""The filters of the case list: what may be asked of it, and how it is asked of the query set."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import CaseQuerySet, Stage
from cases.models.case import ENDED
from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory.models import State


class Filters(forms.Form):
    """What a reader looks for. A value that makes no sense is told, and left out."""

    text = forms.CharField(label=_("Text"), required=False, max_length=200)
    stage = forms.MultipleChoiceField(
        label=_("Stage"), required=False, choices=Stage.choices, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    population = forms.ChoiceField(label=_("Population"), required=False)
    year = forms.ChoiceField(label=_("Year"), required=False)
    way = forms.ChoiceField(
        label=_("Open or ended"), required=False,
        choices=[("", _("All")), ("open", _("Open")), ("ended", _("Ended"))],
    )  # fmt: skip

    def __init__(self, data: Any) -> None:
        super().__init__(data or None)
        members = State.objects.filter(kind=State.Kind.MEMBER)
        states = sorted(((state.pk, state.name) for state in members), key=lambda pair: pair[1])
        terms: dict[str, list[Any]] = {kind: [("", _("All"))] for kind in ("theme", "population")}
        for term in Term.objects.filter(kind__in=list(terms)):
            terms[term.kind].append((term.pk, term.label))
        self.offer("state", [("", _("All")), *states])
        self.offer("theme", terms["theme"])
        self.offer("population", terms["population"])
        self.offer("year", [("", _("All")), *((str(y), str(y)) for y in range(l10n.today().year, 2009, -1))])
        self.fields["text"].validators.append(ProhibitNullCharactersValidator())

    def offer(self, name: str, choices: list[Any]) -> None:
        """Let a filter choose among these."""
        field: Any = self.fields[name]
        field.choices = choices

    def apply(self, cases: CaseQuerySet) -> CaseQuerySet:
        """The cases that fit every filter that makes sense."""
        if not self.is_bound:
            return cases
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("stage"):
            cases = cases.filter(stage__in=wanted["stage"])
        if wanted.get("state"):
            cases = cases.filter(Q(requesting__state=wanted["state"]) | Q(offering__state=wanted["state"]))
        if wanted.get("theme"):
            cases = cases.filter(themes=wanted["theme"])
        if wanted.get("population"):
            cases = cases.filter(populations=wanted["population"])
        if wanted.get("year"):
            cases = cases.filter(opened_at__year=int(wanted["year"]))
        if wanted.get("way"):
            ended = Q(stage__in=ENDED)
            cases = cases.filter(ended if wanted["way"] == "ended" else ~ended)
        return cases.about(wanted.get("text", ""))

    def chips(self) -> list[tuple[str, str]]:
        """What is filtered by now, as the reader would say it."""
        if not self.is_bound:
            return []
        said = []
        for name, value in self.cleaned_data.items():
            labels = dict(getattr(self.fields[name], "choices", []))
            for one in value if isinstance(value, list) else [value]:
                if one:
                    said.append((str(self.fields[name].label), str(labels.get(one, one))))
        return said
