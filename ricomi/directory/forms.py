"""What is typed about people and states."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import ROLES_OF, Body, Participation, Role, State, User


class InviteForm(forms.Form):
    """Whom to ask to join a body, in which role."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"))
    represents = forms.ModelChoiceField(
        State.objects.none(), label=_("Speaks for"), required=False, help_text=_("Only for reviewers and chairs.")
    )
    language = forms.ChoiceField(label=_("Language of letters"), choices=l10n.LANGUAGES)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: dict[str, Any] = self.fields
        asked["role"].choices = [(role.value, role.label) for role in ROLES_OF[Body.Kind(body.kind)]]
        if body.kind == Body.Kind.CEAM:
            asked["represents"].queryset = State.objects.participating()
        else:
            del self.fields["represents"]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


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
