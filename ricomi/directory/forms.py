"""What is typed about people and states."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import ROLES_OF, Body, Delegation, Membership, Participation, Role, State, User, VotingRule


class InviteForm(forms.Form):
    """Whom to ask to join a body, in which role."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"))
    represents = forms.ModelChoiceField(
        State.objects.none(), label=_("Speaks for"), required=False, help_text=_("Only for reviewers and chairs.")
    )
    rank = forms.IntegerField(
        label=_("Place in the delegation"), min_value=1, max_value=9, initial=1, required=False,
        help_text=_("1 for the titular, 2 and more for alternates."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of letters"), choices=l10n.LANGUAGES)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: dict[str, Any] = self.fields
        asked["role"].choices = [(role.value, role.label) for role in ROLES_OF[Body.Kind(body.kind)]]
        if body.kind == Body.Kind.CEAM:
            asked["represents"].queryset = State.objects.participating()
        else:
            del self.fields["represents"], self.fields["rank"]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class VotingRuleForm(forms.ModelForm):
    """How a body decides from now on."""

    class Meta:
        model = VotingRule
        fields = ("method", "quorum_numerator", "quorum_denominator", "casting_vote", "open_voting", "days")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        top, bottom = cleaned.get("quorum_numerator"), cleaned.get("quorum_denominator")
        if top is not None and bottom is not None and (not bottom or top > bottom):
            self.add_error("quorum_numerator", _("A quorum is a share: 1 of 3, 2 of 3, 1 of 1."))
        if not 1 <= (cleaned.get("days") or 1) <= 120:
            self.add_error("days", _("A vote lasts from 1 to 120 working days."))
        return cleaned


class HandOverForm(forms.ModelForm):
    """To whom a person's tasks in one role go, from which day to which, and why."""

    class Meta:
        model = Delegation
        fields = ("taker", "since", "until", "reason")
        labels = {"taker": _("Hand the tasks to")}
        widgets = {
            "since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, held: Membership, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = Membership.objects.active().filter(body=held.body).values("person")
        taker: Any = self.fields["taker"]
        taker.queryset = User.objects.filter(pk__in=present).exclude(pk__in=[held.person_id, by.pk])

    def _post_clean(self) -> None:
        """The rules stand in members.delegate; the model's own would be said twice, and less plainly."""


class ProfileForm(forms.ModelForm):
    """What people say of themselves."""

    class Meta:
        model = User
        fields = ("name", "language", "time_zone")

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in zoneinfo.available_timezones():
            raise ValidationError(_("This is no time zone. An example is America/Asuncion."))
        return zone


class ParticipationForm(forms.ModelForm):
    """A period in which a state held one standing; the period before it ends the day before."""

    class Meta:
        model = Participation
        fields = ("status", "since", "source")
        widgets = {"since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
