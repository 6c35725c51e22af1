"""The pages of the financial statements, each also as XLSX and PDF, some with a chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cases.models import Case
from ricomi import l10n
from ricomi.directory.authority import Authority, rights_of
from ricomi.directory.models import Body
from ricomi.fund import access, books
from ricomi.fund.forms import DayForm
from ricomi.reports import by_case, by_line, charts, pdf, tables, trace, xlsx
from ricomi.reports import donors as giving
from ricomi.reports import forecast as ahead
from ricomi.reports import totals as whole
from ricomi.reports.sheet import Statement
from ricomi.sheets import XLSX

PAGE = 60
TYPES = {
    "xlsx": XLSX,
    "pdf": "application/pdf",
}
Draw = Callable[[charts.Size], str]


@login_required
@never_cache
@require_GET
def position(request: HttpRequest, form: str = "page") -> HttpResponse:
    """Where the Fund stands now, or stood at the end of a day, for its readers and donors."""
    if not access.reads_all(rights := rights_of(request)) and not access.gives(rights):
        raise Http404
    asked = DayForm(request.GET if "on" in request.GET else None)
    on = asked.cleaned_data["on"] if asked.is_valid() else None
    if asked.errors and form != "page":
        raise Http404
    found = books.position(on)
    return _answer(
        request, form, tables.position(found, on), lambda size: charts.position(found, size), asked=asked, on=on
    )


@login_required
@never_cache
@require_GET
def donors(request: HttpRequest, form: str = "page") -> HttpResponse:
    """What each donor gave and what became of it; donors read their own rows."""
    rights = rights_of(request)
    if not access.reads_all(rights) and not access.gives(rights):
        raise Http404
    readable = access.readable(rights)
    by_donor = giving.by_donor(readable)
    names = Body.objects.in_bulk(by_donor)
    if form == "svg":
        return _drawing(request, lambda size: charts.donors(by_donor, names, size))
    shown = _some(request, form, readable.order_by("donor__code", "-pledged_on", "-pk"))
    rows = giving.by_contribution([one.pk for one in shown])
    return _answer(request, form, tables.donors(by_donor, names, shown, rows), page=shown, drawn=True)


@login_required
@never_cache
@require_GET
def money(request: HttpRequest, reference: str, form: str = "page") -> HttpResponse:
    """What became of one contribution, down to the bank and the receipts."""
    rights = rights_of(request)
    found = get_object_or_404(access.readable(rights), reference=reference)
    rows = giving.by_contribution([found.pk]).get(found.pk, [])
    parts = trace.by_case(found)
    shown = _some(request, form, trace.postings(found))
    uses = trace.uses(found, list(shown), rights)
    named = {part.case for part in parts} | {one.posting.case_reference for one in uses}
    statement = tables.given(found, rows, parts, uses, _open_to(rights, named))
    return _answer(request, form, statement, page=shown, contribution=found)


@login_required
@never_cache
@require_GET
def cases(request: HttpRequest, form: str = "page") -> HttpResponse:
    """What each case planned, asked and used, for whoever reads the whole ledger."""
    rights = _reads_all(request)
    shown = _some(request, form, Case.objects.funded().for_cards())
    open_to = _open_to(rights, [case.reference for case in shown])
    return _answer(request, form, tables.cases(by_case.rows(list(shown)), open_to), page=shown)


@login_required
@never_cache
@require_GET
def case(request: HttpRequest, reference: str, form: str = "page") -> HttpResponse:
    """The budget of one case line by line, for who may see the case or reads the whole ledger."""
    rights = rights_of(request)
    found = Case.objects.visible_to(rights).filter(reference=reference).first()
    may_open = found is not None
    if found is None and access.reads_all(rights):
        found = Case.objects.funded().filter(reference=reference).first()
    if found is None:
        raise Http404
    lines, currency = by_line.of_case(found), found.currency
    return _answer(
        request, form, tables.lines(found, lines), lambda size: charts.lines(lines, currency, size),
        case=found, may_open=may_open,
    )  # fmt: skip


@login_required
@never_cache
@require_GET
def line(request: HttpRequest, form: str = "page") -> HttpResponse:
    """The cases that wait for money, in their order."""
    rights = _reads_all(request)
    shown = _some(request, form, Case.objects.in_line())
    first = shown.start_index() if form == "page" else 1
    open_to = _open_to(rights, [case.reference for case in shown])
    return _answer(request, form, tables.line(enumerate(shown, first), open_to), page=shown)


@login_required
@never_cache
@require_GET
def forecast(request: HttpRequest, form: str = "page") -> HttpResponse:
    """What may come in and go out in the next twelve months."""
    _reads_all(request)
    found = ahead.forecast(l10n.today())
    return _answer(request, form, tables.forecast(found), lambda size: charts.forecast(found, size))


@never_cache
@require_GET
def totals(request: HttpRequest, form: str = "page") -> HttpResponse:
    """The Fund in numbers, for everybody."""
    found = whole.totals()
    return _answer(request, form, tables.totals(found), lambda size: charts.totals(found, size))


def _reads_all(request: HttpRequest) -> Authority:
    """The reader's rights. Raises Http404 for whoever does not read the whole ledger."""
    rights = rights_of(request)
    if not access.reads_all(rights):
        raise Http404
    return rights


def _some(request: HttpRequest, form: str, found: Any) -> Any:
    """A page of what was found, all of it for a file."""
    return Paginator(found, PAGE).get_page(request.GET.get("page")) if form == "page" else found


def _open_to(rights: Authority, references: Iterable[str]) -> set[str]:
    """Of these cases those whose pages the reader may open."""
    visible = Case.objects.visible_to(rights).filter(reference__in=references)
    return set(visible.values_list("reference", flat=True))


def _answer(
    request: HttpRequest, form: str, statement: Statement, draw: Draw | None = None, *, drawn: bool = False,
    asked: Any = None, **context: Any,
) -> HttpResponse:  # fmt: skip
    """A statement in the form that was asked for."""
    if form == "svg" and draw:
        return _drawing(request, draw)
    if form in TYPES:
        content = xlsx.workbook(statement) if form == "xlsx" else pdf.document(statement, timezone.now())
        return HttpResponse(content, content_type=TYPES[form], headers={
            "Content-Disposition": f'attachment; filename="{_file_name(request)}.{form}"'})  # fmt: skip
    query = f"?on={context['on'].isoformat()}" if context.get("on") else ""
    context |= {
        "statement": statement, "asked": asked, "xlsx": _address(request, "xlsx") + query,
        "pdf": _address(request, "pdf") + query, "chart": draw or drawn, "narrow": "&narrow" if query else "?narrow",
        "full": access.reads_all(rights_of(request)) or bool(access.gives(rights_of(request))),
    }  # fmt: skip
    if context["chart"]:
        context["chart"] = _address(request, "svg") + query
    status = 422 if asked is not None and asked.errors else 200
    return render(request, "reports/statement.html", context, status=status)


def _drawing(request: HttpRequest, draw: Draw) -> HttpResponse:
    """A chart as a picture that runs and fetches nothing, wherever it is opened."""
    drawing = draw(charts.NARROW if "narrow" in request.GET else charts.WIDE)
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return HttpResponse(drawing, content_type="image/svg+xml", headers={"Content-Security-Policy": policy})


def _named(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """The name under which the page was asked for, and what its address names."""
    match = request.resolver_match
    assert match is not None
    return match.view_name, {name: value for name, value in match.kwargs.items() if name != "form"}


def _address(request: HttpRequest, form: str) -> str:
    """The address of another form of the page that is shown."""
    name, about = _named(request)
    return reverse(f"{name}_{form}", kwargs=about)


def _file_name(request: HttpRequest) -> str:
    """What a file is called: the statement, what it is of, and the day on which it was made."""
    name, about = _named(request)
    statement = name.partition(":")[2].rpartition("_")[0]
    return "-".join(["ricomi", statement, *about.values(), l10n.today().isoformat()])
