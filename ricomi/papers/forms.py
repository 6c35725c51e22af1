"""The form by which anybody verifies a paper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import uploads


class VerificationForm(forms.Form):
    code = forms.CharField(
        label=_("Verification code"),
        max_length=60,
        required=False,
        help_text=_("The twenty letters and digits at the foot of each page. Spaces, hyphens and case don't matter."),
    )
    file = forms.FileField(
        label=_("The PDF"),
        required=False,
        help_text=_("Only comparing the file proves that it is unaltered. It is compared and not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
    )

    def clean_file(self) -> bytes | None:
        upload = self.cleaned_data["file"]
        if upload is None:
            return None
        content = uploads.read(upload, settings.PAPER_MAX_BYTES)
        if uploads.sniff(content, "pdf") != uploads.KINDS["pdf"]:
            raise ValidationError(_("This file is not a PDF."))
        return content

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("code") and data.get("file") is None:
            raise ValidationError(_("Type the code, or choose the PDF, or both."))
        return data
