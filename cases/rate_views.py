"""The pages of the table of daily subsistence allowances: what counts, its editions, and bringing in a new one."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import rate_sheet, rates, travel
from cases.forms import Day
from cases.models import Edition
from cases.rate_sheet import Fault, Line
from ricomi import l10n
from ricomi.directory.authority import SEE_CASES, rights_of
from ricomi.directory.views import me

SALT = "cases.rates"
A_DAY = 24 * 60 * 60


class ImportForm(forms.Form):
    """A table to import: the sheet, on whose word, of which day, and from when it counts."""

    file = forms.FileField(
        label=_("Table"),
        help_text=_(
            "CSV or XLSX with the columns country, place, amount, currency, valid_from, valid_to; the place is empty "
            "for elsewhere in the country, the days are written like 2027-01-31."
        ),
    )
    source = forms.CharField(label=_("Source"), max_length=300, help_text=_("Who published the table, and where."))
    dated = Day(label=_("Dated"), help_text=_("The day of the table, as its source gives it."))
    in_force_from = Day(
        label=_("In force from"),
        help_text=_("No rate of the table counts before this day; a rate without a first day of its own begins on it."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("dated") and cleaned["dated"] > l10n.today():
            self.add_error("dated", _("This day is still to come."))
        elif cleaned.get("dated") and (why := rates.cannot_be(cleaned)):
            self.add_error("dated", why)
        self.faults: list[Fault] = []
        if cleaned.get("file") and cleaned.get("in_force_from"):
            try:
                cleaned["lines"], self.faults = rate_sheet.read(cleaned["file"], cleaned["in_force_from"])
            except ValidationError as wrong:
                self.add_error("file", wrong)
            if self.faults:
                self.add_error("file", _("The table has rows that cannot be imported: see them below."))
        return cleaned


@login_required
@require_GET
def table(request: HttpRequest) -> HttpResponse:
    """The rates that count today and later, with their source, for whoever may see cases."""
    rights = rights_of(request)
    if not rights.bodies(SEE_CASES):
        raise Http404
    context = {
        "rates": rates.in_use(l10n.today()), "editions": list(Edition.objects.select_related("imported_by")[:12]),
        "rule": travel.rule(), "may_import": rates.may_import(rights),
    }  # fmt: skip
    return render(request, "rates/table.html", context)


@login_required
@require_GET
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition as it was imported."""
    if not rights_of(request).bodies(SEE_CASES) or pk > 2**62:
        raise Http404
    found = get_object_or_404(Edition.objects.select_related("imported_by"), pk=pk)
    return render(request, "rates/edition.html", {"edition": found, "rates": list(found.rates.all())})


@login_required
@require_http_methods(["GET", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """Import a table: choose the sheet, look at what it changes, confirm."""
    if not rates.may_import(rights_of(request)):
        raise Http404
    if "checked" in request.POST:
        return _confirm(request)
    if request.method == "GET":
        return render(request, "rates/import.html", {"form": ImportForm()})
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "rates/import.html", {"form": form, "faults": form.faults}, status=422)
    known = Edition.objects.filter(sha256=form.cleaned_data["file"].sha256).first()
    if known is not None:
        return _already(request, known)
    about = {name: form.cleaned_data[name] for name in ("source", "dated", "in_force_from")}
    about |= {"file_name": form.cleaned_data["file"].name, "sha256": form.cleaned_data["file"].sha256}
    return _preview(request, form.cleaned_data["lines"], about)


def _preview(
    request: HttpRequest, lines: list[Line], about: dict[str, Any], *, moved: bool = False, status: int = 200
) -> HttpResponse:
    """What the table changes, with the table itself, signed, to be confirmed."""
    last = rates.newest()
    held: dict[str, Any] = {"by": request.user.pk, "seen": last.pk if last else None, "about": _kept(about)}
    held["lines"] = [_kept(asdict(line)) for line in lines]
    context = {
        "changes": rates.changes(lines), "count": len(lines), "about": about, "moved": moved,
        "checked": signing.dumps(held, salt=SALT, compress=True),
    }  # fmt: skip
    return render(request, "rates/preview.html", context, status=status)


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(one) if isinstance(one, (datetime.date, Decimal)) else one for name, one in values.items()}


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _confirm(request: HttpRequest) -> HttpResponse:
    try:
        held = signing.loads(request.POST["checked"], salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        held = {}
    if held.get("by") != request.user.pk:
        messages.error(request, _("The preview came back incomplete or is too old. Nothing was imported; try again."))
        return redirect("rates:import")
    about = {**held["about"], "dated": _day(held["about"]["dated"]),
             "in_force_from": _day(held["about"]["in_force_from"])}  # fmt: skip
    lines = [
        Line(**{**one, "amount": Decimal(one["amount"]), "valid_from": datetime.date.fromisoformat(one["valid_from"]),
                "valid_to": _day(one["valid_to"])})
        for one in held["lines"]
    ]  # fmt: skip
    try:
        found = rates.bring_in(lines, about, by=me(request), seen=held["seen"])
    except rates.AlreadyImported as known:
        return _already(request, known.edition)
    except rates.Moved:
        return _preview(request, lines, about, moved=True, status=409)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("rates:import")
    messages.success(request, _("The table is imported. Trips that were authorised keep their rates."))
    return redirect("rates:edition", found.pk)


def _already(request: HttpRequest, known: Edition) -> HttpResponse:
    said = {"day": l10n.day(known.imported_at), "person": known.imported_by}
    messages.warning(request, _("This very file was imported on %(day)s by %(person)s. Nothing has changed.") % said)
    return redirect("rates:edition", known.pk)
