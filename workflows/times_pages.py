"""The pages on which those who act for the network as a whole see where time goes."""

from __future__ import annotations

import csv
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ricomi import l10n
from ricomi.directory.authority import rights_of
from ricomi.directory.models import Body
from ricomi.sheets import harmless
from workflows import picture, policy, times
from workflows.engine import FLOWS, Flow
from workflows.models import Run


class TimesFilter(forms.Form):
    """Of whose steps, and in which year they ended. A value that makes no sense is told, and left out."""

    body = forms.ChoiceField(label=_("Body"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Any, flow: type[Flow]) -> None:
        super().__init__(data or None)
        body: Any = self.fields["body"]
        body.choices = [
            ("", _("All")),
            *sorted(((one.code, one.name) for one in Body.objects.all()), key=lambda one: one[1]),
        ]
        first = Run.objects.filter(flow_class=flow).aggregate(first=Min("created"))["first"]
        this = l10n.today().year
        year: Any = self.fields["year"]
        year.choices = [("", _("All")), *((y, y) for y in range(this, (first.year if first else this) - 1, -1))]

    def chosen(self) -> dict[str, Any]:
        """What to ask `times.waits` for."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {"body": self.cleaned_data.get("body") or "", "year": self.cleaned_data.get("year")}


@login_required
@require_GET
def page(request: HttpRequest, flow: str) -> HttpResponse:
    """How long subjects wait at each step of a flow: drawn, and as a table."""
    shown = _readable(request, flow)
    asked = TimesFilter(request.GET, shown)
    found = times.waits(shown, **asked.chosen())
    fields = picture.fields(shown, {row.step.name: row for row in found})
    height = sum(one.height for one in fields)
    context = {
        "flow": shown,
        "asked": asked,
        "rows": found,
        "fields": fields,
        "height": height,
        "flows": list(FLOWS.values()),
    }
    return render(request, "workflows/times.html", context)


@login_required
@require_GET
def sheet(request: HttpRequest, flow: str) -> HttpResponse:
    """Each step as a whole, by body, by year, and by both, as a sheet; days as decimals."""
    rows = list(times.table(_readable(request, flow)))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{flow}-times.csv"'
    answer.write("\ufeff")
    write = csv.writer(answer).writerow
    write(times.COLUMNS)
    for row in rows:
        write(["" if row[name] is None else harmless(row[name]) for name in times.COLUMNS])
    return answer


@login_required
@require_GET
def data(request: HttpRequest, flow: str) -> JsonResponse:
    """What the sheet holds, as JSON; null where a row is about all bodies or years, or nobody has taken the step."""
    rows = list(times.table(_readable(request, flow)))
    answer = JsonResponse({"flow": flow, "rows": rows}, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{flow}-times.json"'
    return answer


def _readable(request: HttpRequest, flow: str) -> type[Flow]:
    """The flow of that name. Raises Http404 when there is none, or its times are not for the reader."""
    if flow not in FLOWS or not policy.reads_times(rights_of(request)):
        raise Http404
    return FLOWS[flow]
