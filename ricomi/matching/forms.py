"""Whom to invite, out of the ranking; and how much each factor counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.step_form import StepForm
from ricomi.directory.models import Body
from ricomi.matching.factors import FACTORS
from ricomi.matching.models import Weights
from ricomi.matching.ranking import rank


class InvitationForm(StepForm):
    """Whom to invite: those who offer one of the themes in the order of the ranking, the proposed ones ticked."""

    bodies = forms.ModelMultipleChoiceField(
        Body.objects.none(), label=_("States to invite"), widget=forms.CheckboxSelectMultiple, required=False,
        template_name="matching/invitation.html",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ranking = rank(self.subject)
        listed = [one.body for one in self.ranking.ranked] + [*self.ranking.others, *self.ranking.asked]
        field = self.field("bodies")
        field.queryset = Body.objects.filter(pk__in=[body.pk for body in listed])
        field.choices = [(body.pk, body.name) for body in listed]
        self.initial.setdefault("bodies", [one.body.pk for one in self.ranking.proposed])

    @property
    def sections(self) -> dict[str, list[tuple[Any, Any]]]:
        """The tick boxes with what stands beside each: the ranked states, those without offer, those asked before."""
        boxes = iter(self["bodies"].subwidgets)
        ranking = self.ranking
        return {
            "ranked": [(next(boxes), one) for one in ranking.ranked],
            "others": [(next(boxes), body) for body in ranking.others],
            "asked": [(next(boxes), body) for body in ranking.asked],
        }


class WeightsForm(forms.Form):
    """The points of each factor, and why they change."""

    why = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Kept with the weights, for all to read."))

    def __init__(self, *args: Any, before: Weights, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        numbers = {
            factor.code: forms.IntegerField(
                label=factor.title, help_text=factor.means, min_value=0, max_value=Weights.MOST,
                initial=before.of(factor.code),
            )
            for factor in FACTORS
        }  # fmt: skip
        self.fields = {**numbers, "why": self.fields["why"]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        values = values_of(cleaned)
        if len(values) == len(FACTORS):
            if not any(values.values()):
                raise forms.ValidationError(_("At least one factor must count."))
            if all(self.before.of(code) == value for code, value in values.items()):
                raise forms.ValidationError(_("These are the weights that count now."))
        return cleaned


def values_of(data: Mapping[str, Any]) -> dict[str, int]:
    """The points by factor, as far as a form or a preview holds them."""
    return {factor.code: data[factor.code] for factor in FACTORS if data.get(factor.code) is not None}
