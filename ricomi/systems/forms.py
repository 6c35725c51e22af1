"""What a reader asks of a series, and what the secretariat hands in and sets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.catalogue.forms import Narrowing
from ricomi.catalogue.models import Term
from ricomi.catalogue.search import folded
from ricomi.systems import fetching
from ricomi.systems.models import Edition, System
from ricomi.systems.sicremi import ALL, SEXES, shown

THEMES = "themes"


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


class EditionForm(Narrowing):
    """As of which edition a table is shown."""

    edition = forms.ChoiceField(label=_("As of edition"), required=False)

    def __init__(self, *args: Any, system: System, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.system = system
        self.editions = {str(one.number): one for one in system.editions.filter(state=Edition.State.TAKEN_IN)}
        named = [(key, f"{key}, {l10n.day(one.arrived_at)}") for key, one in self.editions.items()]
        self.choose("edition", named, none=_("The newest"))

    @property
    def chosen(self) -> Edition | None:
        """The edition that was asked for, else the one that stands."""
        return self.editions.get(self.asked.get("edition", "")) or self.system.current


class RecordForm(EditionForm):
    """What the records of a system are narrowed to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.system.current.holds if self.system.current else {}
        self.values = {name: {str(one): one for one in held.get(name, ())} for name in self.system.adapter.narrows}
        for name, values in self.values.items():
            label = self.system.adapter.columns.get(name) or (_("Theme") if name == THEMES else name)
            self.fields[name] = forms.ChoiceField(label=label, required=False)
            named = _named(self.system, name, values)
            self.choose(name, sorted(named, key=lambda one: folded(one[1]), reverse=name == "year"))
        self.order_fields([*self.values, "edition"])

    def narrowed(self, records: QuerySet[Any]) -> QuerySet[Any]:
        """Those of these records that were asked for."""
        for name, text in self.asked.items():
            if name in self.values:
                value = self.values[name][text]
                kept = self.system.shelf.FIELDS == ("content",)
                records = records.filter(content__contains={name: [value] if name == THEMES else value}) if kept else (
                    records.filter(**{name: value}))  # fmt: skip
        return records


def _named(system: System, name: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """Values in the reader's language; one query where they are terms of the thesaurus."""
    if name == THEMES:
        return [(term.code, term.label) for term in Term.objects.filter(pk__in=values)]
    return [(text, system.adapter.cell(name, {name: value})) for text, value in values.items()]


class FigureForm(EditionForm):
    """What a series is narrowed to."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    year = forms.ChoiceField(label=_("Year"), required=False)
    sex = forms.ChoiceField(label=_("Sex"), required=False)
    origin = forms.ChoiceField(label=_("Country of origin"), required=False)
    field_order = ["country", "year", "sex", "origin", "edition"]

    def __init__(self, *args: Any, series: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.system.current.holds.get(series, {}) if self.system.current else {}
        for name, among in (("country", "countries"), ("origin", "origins")):
            named = [(code, shown(name, code)) for code in held.get(among, ())]
            self.choose(name, sorted(named, key=lambda one: (one[0] != ALL, folded(one[1]))))
        self.choose("year", [(str(year), str(year)) for year in reversed(held.get("years", ()))])
        self.choose("sex", [(code, str(label)) for code, label in SEXES.items()])

    @property
    def narrowing(self) -> dict[str, Any]:
        """The filters on the figures themselves."""
        return {name: value for name, value in self.asked.items() if name != "edition"}
