"""What a reader asks of a series, and what the secretariat hands in and sets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.search import folded
from ricomi.systems import fetching
from ricomi.systems.models import Edition, Figure, System
from ricomi.systems.sicremi import ALL, SEXES, shown


class FileForm(forms.Form):
    """A file of a system."""

    file = forms.FileField(label=_("File"))

    def __init__(self, *args: Any, system: System, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = str(system.adapter.form)

    def clean_file(self) -> Any:
        """Raises ValidationError for a file that is too large."""
        file = self.cleaned_data["file"]
        if file.size > settings.SYSTEM_MAX_BYTES:
            limit = filesizeformat(settings.SYSTEM_MAX_BYTES)
            raise ValidationError(_("The file is larger than %(limit)s.") % {"limit": limit})
        return file


class SettingsForm(forms.ModelForm):
    """From where and how often a system is read, and whether what comes is taken in by itself."""

    class Meta:
        model = System
        fields = ["address", "every", "by_itself"]
        help_texts = {
            "address": _("An https:// address from which the file is read; empty when files are handed in only."),
            "by_itself": _(
                "What comes from the address counts at once, unless more than a tenth of the records would go."
            ),
        }

    address = forms.CharField(label=_("Address"), max_length=500, required=False, widget=forms.URLInput)
    every = forms.IntegerField(label=_("Read again after days"), min_value=1, max_value=366)

    def clean_address(self) -> str:
        """Raises ValidationError for an address that is never read."""
        address = self.cleaned_data["address"].strip()
        if address:
            fetching.check_address(address)
        return str(address)


class EditionForm(forms.Form):
    """As of which edition a table is shown."""

    edition = forms.ChoiceField(label=_("As of edition"), required=False)

    def __init__(self, *args: Any, system: System, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.system = system
        self.editions = {str(one.number): one for one in system.editions.filter(state=Edition.State.TAKEN_IN)}
        self._choose("edition", [(key, f"{key}, {l10n.day(one.arrived_at)}") for key, one in self.editions.items()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("The newest") if name == "edition" else _("All")), *choices]

    @property
    def asked(self) -> dict[str, Any]:
        """The filters in force; one that makes no sense is left out and its error is shown."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def chosen(self) -> Edition | None:
        """The edition that was asked for, else the one that stands."""
        return self.editions.get(self.asked.get("edition", "")) or self.system.current


class FigureForm(EditionForm):
    """What a series is narrowed to."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    year = forms.ChoiceField(label=_("Year"), required=False)
    sex = forms.ChoiceField(label=_("Sex"), required=False)
    origin = forms.ChoiceField(label=_("Country of origin"), required=False)
    field_order = ["country", "year", "sex", "origin", "edition"]

    def __init__(self, *args: Any, series: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        figures = Figure.objects.filter(system=self.system, series=series, until__isnull=True)
        for name in ("country", "origin"):
            codes = set(figures.order_by(name).values_list(name, flat=True).distinct())
            named = [(code, shown(name, code)) for code in codes]
            self._choose(name, sorted(named, key=lambda one: (one[0] != ALL, folded(one[1]))))
        years = figures.order_by("-year").values_list("year", flat=True).distinct()
        self._choose("year", [(str(year), str(year)) for year in years])
        self._choose("sex", [(code, str(label)) for code, label in SEXES.items()])

    @property
    def narrowing(self) -> dict[str, Any]:
        """The filters on the figures themselves."""
        return {name: value for name, value in self.asked.items() if name != "edition"}
