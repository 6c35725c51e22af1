"""The pages on which the secretariat hands in a file, looks at what it would change, and sets whence it is read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ricomi.directory.authority import rights_of
from ricomi.directory.views import me
from ricomi.systems import importing, tasks
from ricomi.systems.forms import FileForm, SettingsForm
from ricomi.systems.models import Edition, System
from ricomi.systems.views import system_of

LOOK_AGAIN = 3
"""Seconds after which the page of an edition that is under way asks for itself again."""


@login_required
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, code: str) -> HttpResponse:
    """Hand in a file of a system, or have its address read now."""
    found = system_of(code)
    if not importing.may_import(rights_of(request)):
        raise Http404
    if "address" in request.POST:
        return _fetch(request, found)
    form = FileForm(request.POST or None, request.FILES or None, system=found)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "systems/import.html", {"system": found, "form": form}, status=status)
    file = form.cleaned_data["file"]
    name = "".join(char for char in file.name if char.isprintable())[-200:]
    try:
        edition = importing.arrive(found, file.file, source=name, by=me(request))
    except importing.AlreadyHere as known:
        messages.warning(request, _("This very file is here already. Nothing has changed."))
        edition = known.edition
    return redirect(edition)


def _fetch(request: HttpRequest, found: System) -> HttpResponse:
    if not found.address:
        raise Http404
    tasks.fetch.defer(code=found.pk, by_id=me(request).pk)
    said = _("The address is being read. Only what is new makes an edition; otherwise only “Last read” changes.")
    messages.info(request, said)
    return redirect(found)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edition(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """An edition: how far it is read, what it would change, and the press that takes it in."""
    found, rights = system_of(code), rights_of(request)
    if not importing.may_look(rights) or number > 2**31 - 1:
        raise Http404
    one = get_object_or_404(found.editions.select_related("by", "decided_by", "base", "system"), number=number)
    may_decide = importing.may_import(rights)
    if request.method == "POST":
        return _decide(request, one, may_decide)
    context = {"system": found, "edition": one, "may_decide": may_decide and one.state == Edition.State.WAITING,
               "samples": _samples(found, one)}  # fmt: skip
    answer = render(request, "systems/edition.html", context)
    if one.is_under_way:
        answer["Refresh"] = str(LOOK_AGAIN)
    return answer


def _decide(request: HttpRequest, one: Edition, may_decide: bool) -> HttpResponse:
    if not may_decide:
        raise Http404
    try:
        importing.decide(one, take="take" in request.POST, by=me(request))
    except importing.Moved:
        messages.warning(request, _("Somebody decided on this edition before you. Nothing has changed by your press."))
    return redirect(one)


def _samples(found: System, one: Edition) -> list[dict[str, Any]]:
    """A few of each kind of change, with the parts of each that its adapter shows, before and after."""
    adapter, shown = found.adapter, []
    titles = {"added": _("Added"), "changed": _("Changed"), "gone": _("Gone")}
    for what, title in titles.items():
        rows = []
        for sample in one.samples.get(what, []):
            cells = []
            for name, label in adapter.columns.items():
                before, after = (adapter.cell(name, of) if of else "" for of in (sample["before"], sample["after"]))
                cells.append({"label": label, "before": before, "after": after, "differs": before != after})
            rows.append(cells)
        shown.append({"what": what, "title": title, "count": getattr(one, what), "rows": rows})
    return shown


@login_required
@require_http_methods(["GET", "POST"])
def settings_of(request: HttpRequest, code: str) -> HttpResponse:
    """Set from where a system is read, how often, and whether what comes is taken in by itself."""
    found = system_of(code)
    if not importing.may_set(rights_of(request)):
        raise Http404
    form = SettingsForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        kept.set_by, kept.set_at = me(request), timezone.now()
        kept.save(update_fields=["address", "every", "by_itself", "set_by", "set_at"])
        messages.success(request, _("The settings are saved."))
        return redirect(kept)
    context = {"system": system_of(code), "form": form}
    return render(request, "systems/settings.html", context, status=422 if form.errors else 200)
