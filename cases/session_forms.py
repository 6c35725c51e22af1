"""What the steps of a session ask for: its day and agenda, who attends, and which case is meant."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases.models import PARTNERS, AgendaItem, Case, Part, Party, Session, Stage
from cases.step_form import StepForm
from ricomi import l10n
from ricomi.directory.authority import authority, fixed_body
from ricomi.directory.models import Membership
from ricomi.fields import long_text

TABLED = (Stage.ENDORSEMENT, Stage.DEFERRED)
ON = re.compile(r"case-(\d{1,18})-on")


class Moment(forms.DateTimeField):
    """A day and time to come, in the reader's time zone, not beyond the year 2100."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        last = datetime.datetime(2100, 12, 31, tzinfo=datetime.UTC)
        if moment is not None and not timezone.now() < moment <= last:
            raise ValidationError(_("Choose a day and time to come, not later than in the year 2100."))
        return moment


class SessionForm(StepForm):
    """When and where a session is held."""

    begins_at = Moment(label=_("Day and time"))
    place = forms.CharField(label=_("Place or link"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("begins_at").help_text = _("In your time zone: %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }
        if self.subject is not None:
            self.initial = {"begins_at": self.subject.begins_at, "place": self.subject.place, **self.initial}


class RowForm(forms.Form):
    """One case that may stand on the agenda: whether it does, in which place, and whether by consent."""

    on = forms.BooleanField(label=_("On the agenda"), required=False)
    position = forms.IntegerField(label=_("Order"), required=False, min_value=1, max_value=999)
    consent = forms.BooleanField(label=_("Consent list"), required=False)

    def __init__(self, data: Any, case: Case, item: AgendaItem | None) -> None:
        self.case, self.item = case, item
        initial = {
            "on": item is not None, "position": item.position if item else None,
            "consent": item.consent if item else True,
        }  # fmt: skip
        super().__init__(data, prefix=f"case-{case.pk}", initial=initial)
        self.taken_off = bool(item and item.taken_off)
        if self.taken_off:
            self.fields["consent"].disabled = True


class AgendaForm(SessionForm):
    """The agenda: each case that waits for the CEAM, in rows of which those on the agenda come first."""

    @cached_property
    def agenda(self) -> list[RowForm]:
        """A row for each case that may be chosen, and for each that stands on the agenda already."""
        items = {item.case_id: item for item in self.subject.items.all()}
        elsewhere = AgendaItem.objects.filter(outcome="").exclude(session=self.subject).values("case")
        cases = Case.objects.filter(Q(stage__in=TABLED) | Q(pk__in=items)).exclude(pk__in=elsewhere)
        found = sorted(
            cases.select_related("requesting", "rule").prefetch_related(Party.helping()).order_by("submitted_at", "pk"),
            key=lambda case: items[case.pk].position if case.pk in items else 2**15,
        )
        return [RowForm(self.data if self.is_bound else None, case, items.get(case.pk)) for case in found]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        sound = [row.is_valid() for row in self.agenda]
        if not all(sound):
            self.add_error(None, _("A place on the agenda is a number from 1 to 999: see the cases below."))
            return cleaned
        known = {row.case.pk for row in self.agenda}
        sent = {int(found[1]) for name in self.data if (found := ON.fullmatch(name))}
        if sent - known:
            gone = Case.objects.filter(pk__in=[pk for pk in sent - known if pk < 2**62]).values_list(
                "reference", flat=True
            )
            self.add_error(
                None,
                _("No longer to be chosen, because decided or on another agenda meanwhile: %(cases)s.")
                % {"cases": ", ".join(gone) or "?"},
            )
        chosen = [row for row in self.agenda if row.cleaned_data["on"]]
        chosen.sort(key=lambda row: row.cleaned_data["position"] or 2**15)
        return cleaned | {"agenda": [{"case": row.case.pk, "consent": row.cleaned_data["consent"]} for row in chosen]}


class AttendanceForm(StepForm):
    """Which delegations of the CEAM attend."""

    attending = forms.MultipleChoiceField(
        label=_("Delegations that attend"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("attending").choices = sorted(
            ((state, l10n.country(state)) for state in delegations()), key=lambda pair: pair[1]
        )
        if self.subject is not None:
            self.initial = {"attending": self.subject.attending, **self.initial}


def delegations() -> list[str]:
    """Codes of the states that have a delegation in the CEAM today."""
    seats = Membership.objects.speaking_in(fixed_body("ceam") or 0)
    return sorted(set(seats.values_list("represents_id", flat=True)))


class ItemChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.position}. {obj.case.reference} {obj.case.title}"


class ItemForm(StepForm):
    """Which case of the agenda that waits for its outcome is meant. A link may name one beforehand."""

    preset = ("item",)
    item = ItemChoice(AgendaItem.objects.none(), label=_("Case"), empty_label=_("Choose a case"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            self.field("item").queryset = self.items()

    def items(self) -> Any:
        session: Session = self.subject
        return session.items.filter(outcome="").select_related("case")


class TakeOffForm(ItemForm):
    """Which case of the consent list a reviewer asks to have discussed; not one in which their state is a party."""

    def items(self) -> Any:
        body = fixed_body("ceam") or 0
        own = authority(self.person).speaks_for(body) if self.person is not None else frozenset()
        parties = Party.states_in(own, Part.REQUESTING, *PARTNERS)
        return super().items().filter(consent=True).exclude(case__in=parties.values("case"))


class RemarksForm(StepForm):
    """What the minutes say beside what was recorded."""

    remarks = long_text(_("Remarks for the minutes"), rows=8)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            self.initial = {"remarks": self.subject.remarks, **self.initial}
