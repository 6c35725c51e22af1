"""What is said in choosing among the answers to invitations, and in answering whether one supports as a third party."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import partners
from cases.models import Case, Invitation, Part, Party, Support
from cases.partners import Asked, Chosen
from cases.step_form import StepForm
from ricomi.directory.models import Body
from ricomi.fields import long_text

LEADING = "leading"
PLACES = [
    ("", _("Not chosen")), (LEADING, _("Leading partner")), (Part.OFFERING, _("Partner")),
    (Part.THIRD, _("Third party that supports")),
]  # fmt: skip
KINDS = [("", "–"), *Support.choices]


@dataclass(frozen=True)
class Compared:
    """An offer beside what was asked for: days and cost hold what differs from it, in the case's currency."""

    offer: Invitation
    case: Case

    @property
    def starts_on(self) -> datetime.date | None:
        """When it begins: as offered, else as asked."""
        return self.offer.starts_on or self.case.starts_on

    @property
    def ends_on(self) -> datetime.date | None:
        return self.offer.ends_on or self.case.ends_on

    @property
    def begins_otherwise(self) -> bool:
        return self.starts_on != self.case.starts_on

    @property
    def ends_otherwise(self) -> bool:
        return self.ends_on != self.case.ends_on

    @property
    def beyond(self) -> Decimal:
        """By how much it costs more than is asked from the Fund; negative when less, zero when nothing was said."""
        return Decimal(0) if self.offer.cost is None else self.offer.cost - (self.case.amount_asked or Decimal(0))

    @property
    def below(self) -> Decimal:
        return -self.beyond


class OfferForm(forms.Form):
    """What becomes of one offer."""

    place = forms.ChoiceField(label=_("Part in the cooperation"), choices=PLACES, required=False)
    does = long_text(_("What it will do"), rows=2, limit=500)
    support = forms.ChoiceField(
        label=_("Kind of support"), choices=KINDS, required=False, help_text=_("Only of a third party.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        place = cleaned.get("place")
        if place in PARTS_BESIDE and not (cleaned.get("does") or "").strip() and "does" not in self.errors:
            self.add_error("does", _("Say in a sentence what it will do."))
        if place == Part.THIRD and not cleaned.get("support"):
            self.add_error("support", _("Say what kind of support it gives."))
        return cleaned


PARTS_BESIDE = {Part.OFFERING.value, Part.THIRD.value}


class ThirdForm(forms.Form):
    """A state or permanent observer that made no offer, to be asked whether it supports as a third party."""

    body = forms.ModelChoiceField(Body.objects.none(), label=_("State or permanent observer to ask"), required=False)
    support = forms.ChoiceField(label=_("Kind of support"), choices=KINDS, required=False)
    does = long_text(_("What it is asked to do"), rows=2, limit=500)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("body"):
            if not cleaned.get("support"):
                self.add_error("support", _("Say what kind of support it is asked for."))
            if not (cleaned.get("does") or "").strip() and "does" not in self.errors:
                self.add_error("does", _("Say in a sentence what it is asked to do."))
        return cleaned


class ChoiceForm(StepForm):
    """Which of the offers the requesting state accepts, in which parts, and whom else it asks to support."""

    below = "workflows/choosing.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data if self.is_bound else None
        self.offers = [
            (Compared(offer, self.subject), OfferForm(sent, prefix=f"offer-{offer.pk}"))
            for offer in partners.offers(self.subject)
        ]
        self.third = ThirdForm(sent, prefix="third")
        field: Any = self.third.fields["body"]
        field.queryset = partners.may_be_asked(self.subject)
        named = sorted(((body.pk, body.name) for body in field.queryset), key=lambda pair: pair[1])
        field.choices = [("", _("Nobody")), *named]

    @cached_property
    def parts(self) -> list[Any]:
        """The forms of which this one is made."""
        return [*(form for _offer, form in self.offers), self.third]

    def is_valid(self) -> bool:
        # Each of them is checked, so that all that is wrong is shown at once.
        good = [form.is_valid() for form in self.parts]
        return super().is_valid() and all(good)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for form in self.parts:
            if not form.is_valid():
                self.add_error(None, _("Something is missing or wrong: see below."))
                return cleaned
        chosen = [_chosen(one.offer, form.cleaned_data) for one, form in self.offers if form.cleaned_data["place"]]
        third = self.third.cleaned_data
        return cleaned | {
            "chosen": chosen,
            "third": Asked(third["body"], third["support"], third["does"]) if third["body"] else None,
        }


def _chosen(offer: Invitation, said: dict[str, Any]) -> Chosen:
    leads = said["place"] == LEADING
    part = Part.OFFERING if leads else Part(said["place"])
    support = said["support"] if part == Part.THIRD else ""
    return Chosen(offer, part, leads, said["does"] or (offer.terms if leads else ""), support)


class PartingForm(StepForm):
    """Without which partner the requesting state goes on."""

    partner = forms.ModelChoiceField(
        Party.objects.none(), label=_("Partner"),
        help_text=_("Not the leading one: without it the cooperation ends, and others are looked for."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("partner").queryset = partners.can_be_let_go(self.subject)


class SupportForm(StepForm):
    """What a third party will do, in its own words; left empty, what it was asked for."""

    terms = long_text(
        _("What you will do"), rows=3, limit=500, help_text=_("Leave empty if you do what you are asked for.")
    )
