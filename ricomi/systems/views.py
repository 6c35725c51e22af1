"""The pages of information systems for everybody: what they are, what they hold, and their series as files."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ricomi.catalogue.models import Entry
from ricomi.directory.authority import rights_of
from ricomi.systems import exports, importing
from ricomi.systems.adapters import adapters
from ricomi.systems.forms import FigureForm, RecordForm
from ricomi.systems.models import Edition, Figure, System

ROWS = 60
EDITIONS = 12


def system_of(code: str) -> System:
    """A system by its code. Raises Http404 when there is none, or none any more."""
    if code not in adapters():
        raise Http404
    return get_object_or_404(System.objects.select_related("current"), pk=code)


@require_safe
def systems(request: HttpRequest) -> HttpResponse:
    """All information systems with their last good edition."""
    found = System.objects.filter(pk__in=adapters()).select_related("current")
    waiting = Count("editions", filter=Q(editions__state=Edition.State.WAITING))
    context = {"systems": list(found.annotate(waiting=waiting)), "may_look": importing.may_look(rights_of(request))}
    return render(request, "systems/list.html", context)


@require_safe
def system(request: HttpRequest, code: str) -> HttpResponse:
    """One system: what it is, where its data come from, what it holds, and whether its source is broken."""
    found, rights = system_of(code), rights_of(request)
    may_look = importing.may_look(rights)
    editions = found.editions.select_related("by", "decided_by")
    newest = editions.exclude(state__in=[Edition.State.SAME, Edition.State.REFUSED]).first()
    shown = editions if may_look else editions.filter(state=Edition.State.TAKEN_IN)
    context = {
        "system": found, "editions": list(shown[:EDITIONS]), "may_look": may_look,
        "may_import": importing.may_import(rights), "may_set": importing.may_set(rights),
        "broken": newest if newest and newest.state == Edition.State.BROKEN else None, "series": _series(found),
    }  # fmt: skip
    return render(request, "systems/system.html", context)


def _series(found: System) -> list[dict[str, Any]]:
    """The series that a system of figures has now, each with its years and how many countries it covers."""
    if found.shelf is not Figure or found.current is None:
        return []
    return [
        {
            "series": code, "title": found.adapter.series.get(code, code), "first": held["years"][0],
            "last": held["years"][-1], "countries": len(held["countries"]), "figures": held["figures"],
        }
        for code, held in sorted(found.current.holds.items())
    ]  # fmt: skip


@require_safe
def records(request: HttpRequest, code: str) -> HttpResponse:
    """The records of a system as they stand now, or stood in an edition, narrowed to what the reader asks for."""
    found = system_of(code)
    form = RecordForm(request.GET, system=found)
    known = form.chosen.standing if form.chosen and not form.asked.keys() & form.values.keys() else None
    page = _page(request, form.narrowed(found.shelf.objects.at(found, form.chosen)), known)
    columns, entries = found.adapter.columns, _entries(found, list(page))
    rows = [
        [(columns[name], found.adapter.cell(name, one.said()), entries.get(one.key) if name == found.adapter.leads
          else None) for name in columns]
        for one in page
    ]  # fmt: skip
    context = {"system": found, "filters": form, "asked": form.asked, "page": page, "columns": columns, "rows": rows,
               "edition": form.chosen}  # fmt: skip
    return render(request, "systems/records.html", context)


def _entries(found: System, rows: list[Any]) -> dict[str, str]:
    """The addresses of what some records are in the catalogue, by their keys; at most one query."""
    if not found.adapter.leads:
        return {}
    published = Entry.objects.published().filter(source=found.pk, origin__in=[one.key for one in rows])
    return {one.origin: one.get_absolute_url() for one in published.only("origin")}


@require_safe
def series(request: HttpRequest, code: str, series: str) -> HttpResponse:
    """The figures of a series, narrowed to what the reader asks for."""
    found, title = _of_series(code, series)
    form = FigureForm(request.GET, system=found, series=series)
    figures = _figures(found, form, series)
    held = form.chosen.holds.get(series, {}) if form.chosen and not form.narrowing else {}
    page, columns = _page(request, figures, held.get("figures")), found.adapter.columns
    names = [name for name in columns if name != "series"]
    rows = [[(name, columns[name], found.adapter.cell(name, one.said())) for name in names] for one in page]
    context = {
        "system": found, "series": series, "title": title, "filters": form, "asked": form.asked, "page": page,
        "columns": [(name, columns[name]) for name in names], "rows": rows,
        "edition": form.chosen, "query": _query(form.asked),
        "as_sheet": page.paginator.count <= exports.MOST_IN_SHEET,
    }  # fmt: skip
    return render(request, "systems/series.html", context)


@require_safe
def series_file(request: HttpRequest, code: str, series: str, form: str) -> HttpResponseBase:
    """The figures of a series, narrowed as on its page, as a file that comes while it is written."""
    found, title = _of_series(code, series)
    asked = FigureForm(request.GET, system=found, series=series)
    answer = exports.answer(_figures(found, asked, series), form, f"{code}-{series}", str(title))
    if answer is None:
        raise Http404
    return answer


def _of_series(code: str, series: str) -> tuple[System, Any]:
    found = system_of(code)
    if found.shelf is not Figure or series not in found.adapter.series:
        raise Http404
    return found, found.adapter.series[series]


def _figures(found: System, form: FigureForm, series: str) -> QuerySet[Figure]:
    at: QuerySet[Figure] = Figure.objects.at(found, form.chosen)
    return at.filter(series=series, **form.narrowing)


def _page(request: HttpRequest, rows: Any, known: int | None = None) -> Page[Any]:
    """The page that is asked for; how many rows there are is not counted where it is `known`."""
    pages = Paginator(rows, ROWS)
    if known is not None:
        pages.count = known
    return pages.get_page(request.GET.get("page"))


def _query(asked: dict[str, Any]) -> str:
    query = QueryDict(mutable=True)
    query.update(asked)
    return f"?{query.urlencode()}" if asked else ""
