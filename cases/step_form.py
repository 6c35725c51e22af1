"""What the forms of all steps of a case share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class StepForm(forms.Form):
    """The form of a step of one subject, filled in by one person."""

    def __init__(self, *args: Any, subject: Any = None, person: Any = None, **kwargs: Any) -> None:
        self.subject, self.person = subject, person
        super().__init__(*args, **kwargs)

    def field(self, name: str) -> Any:
        """One of the form's fields, of whatever kind it is."""
        return self.fields[name]

    def check_dates(self, cleaned: dict[str, Any]) -> None:
        """Refuse an end before the beginning."""
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The end is before the beginning."))
