"""The pages of cases: the list, the case, its documents and its sheets. They show; acting is the workflows' own."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cases import budget, travel
from cases.filters import Filters
from cases.models import Case, Comment, Document, Part, Party, SavedFilter, Trip
from cases.models.request import budget_of
from cases.models.session import reads_sessions
from ricomi import l10n
from ricomi.directory.authority import SEE_CASES, rights_of
from ricomi.papers.decision import KIND
from ricomi.papers.models import Paper
from ricomi.papers.views import download
from ricomi.sheets import harmless

PAGE = 60


@login_required
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """The cases that the reader may see, filtered as they wish."""
    filters = Filters(request.GET)
    found = filters.apply(Case.objects.visible_to(rights_of(request))).for_list()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "cases/list.html",
        {
            "filters": filters,
            "page": page,
            "chips": filters.chips(),
            "saved": list(SavedFilter.objects.filter(person=request.user.pk)),
            "query": _query(request.GET),
        },
    )


def _query(asked: QueryDict) -> str:
    kept = asked.copy()
    for name in list(kept):
        if name not in Filters.base_fields:
            del kept[name]
    return kept.urlencode()


@login_required
@require_GET
def case_list_csv(request: HttpRequest) -> HttpResponse:
    """The filtered list as a sheet."""
    found = Filters(request.GET).apply(Case.objects.visible_to(rights_of(request))).for_list()
    rows = ([c.reference, c.title, c.requesting, c.helpers, c.get_stage_display(), c.opened_at.date()] for c in found)
    return _sheet(
        "cases.csv",
        [_("Reference"), _("Title"), _("Requesting state"), _("Offering state"), _("Stage"), _("Opened")],
        rows,
    )


def _sheet(name: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """A CSV file in which no sheet takes a cell for a formula."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\ufeff")
    write = csv.writer(answer).writerow
    write(head)
    for row in rows:
        write([harmless(value) for value in row])
    return answer


@login_required
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep a filter under a name; the same name again takes its place."""
    name = request.POST.get("name", "").strip()
    query = _query(QueryDict(request.POST.get("query", "")))
    if not name or len(name) > 80 or len(query) > 1000 or "\x00" in name:
        messages.error(request, _("Give the filter a name of at most 80 characters."))
    else:
        SavedFilter.objects.update_or_create(person_id=request.user.pk, name=name, defaults={"query": query})
        messages.success(request, _("The filter is saved."))
    return redirect(f"{reverse('cases:list')}?{query[:2000]}")


@login_required
@require_http_methods(["GET", "POST"])
def delete_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a saved filter of the reader's own."""
    saved = get_object_or_404(SavedFilter, pk=pk, person=request.user.pk)
    if request.method == "POST":
        saved.delete()
        messages.success(request, _("The filter is deleted."))
        return redirect("cases:list")
    return render(request, "cases/delete_filter.html", {"saved": saved})


def visible_case(request: HttpRequest, reference: str) -> Case:
    """The case of that reference. Raises Http404 when there is none that the reader may see."""
    found = Case.objects.visible_to(rights_of(request)).select_related("requesting__state", "case_officer", "opened_by")
    return get_object_or_404(found, reference=reference)


@login_required
@require_GET
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about one case: who has it now, what happens next, and the whole record."""
    rights = rights_of(request)
    found = visible_case(request, reference)
    trips = Prefetch("trips", Trip.objects.select_related("traveller"))
    from django.db.models import prefetch_related_objects

    prefetch_related_objects(
        [found], "themes", "populations", "lines", "disbursements", "revisions", "conditions",
        "decisions", trips,
    )  # fmt: skip
    found.fetch_parties()
    ways: list[Any] = [
        *found.trips.all(), *found.disbursements.all(), *found.revisions.all(), *found.conditions.all(),
        *found.decisions.all(),
    ]  # fmt: skip
    for way in ways:
        way.case = found
    own = set(rights.bodies(SEE_CASES))
    return render(
        request,
        "cases/case.html",
        {
            "case": found,
            "parties": _parties(found, own),
            "decisions": found.decisions.all(),
            "agenda_items": list(found.agenda_items.select_related("session")) if reads_sessions(rights) else [],
            "invitations": _invitations(found, own),
            "discrepancies": budget.discrepancies(budget_of(found)) if found.lines.all() else [],
            "has_original": any(line.original for line in found.lines.all()),
            "documents": list(Document.objects.filter(case=found).readable_by(rights).select_related("by", "body")),
            "comments": list(Comment.objects.filter(case=found).readable_by(rights).select_related("by", "body")),
            "grants": list(found.grants.filter(revoked_at__isnull=True).select_related("person"))
            if found.requesting_id in own else [],
        },
    )  # fmt: skip


def _invitations(found: Case, own: set[int]) -> list[Any]:
    """Who was asked: all for the requesting state, the secretariat and oversight; its own for an invited state."""
    invitations = found.invitations.select_related("body")
    return list(invitations if found.reads_invitations(own) else invitations.filter(body__in=own))


def _parties(found: Case, own: set[int]) -> list[Party]:
    """Who takes part today; an invited state learns of no other."""
    parties = [party for party in found.parties.all() if party.until is None]
    if found.reads_invitations(own):
        return parties
    return [party for party in parties if party.part != Part.INVITED or party.body_id in own]


@login_required
@require_GET
def timeline(request: HttpRequest, reference: str) -> HttpResponse:
    """The whole timeline of a case, as far as the reader may read it."""
    return render(request, "cases/timeline.html", {"case": visible_case(request, reference)})


@login_required
@require_GET
def trip(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """One trip of a case: its legs, its subsistence day by day with the rule, what was claimed and what is settled."""
    found = visible_case(request, reference)
    one = get_object_or_404(found.trips.select_related("traveller", "sending"), pk=pk if pk < 2**62 else 0)
    one.case = found
    return render(request, "cases/trip.html", {"case": found, "trip": one, "rule": travel.rule()})


@login_required
@require_GET
def compare(request: HttpRequest, reference: str) -> HttpResponse:
    """The figures as the request first stated them, beside those that hold now."""
    found = visible_case(request, reference)
    lines = list(found.lines.all())
    context = {"case": found, "lines": lines, "any": any(line.original for line in lines)}
    return render(request, "cases/compare.html", context)


@login_required
@require_GET
def decision(request: HttpRequest, reference: str, number: str) -> HttpResponse:
    """What the CEAM decided: by which rule, who was present, who signed, who was recused, on which conditions."""
    found = visible_case(request, reference)
    made = get_object_or_404(found.decisions.select_related("rule").prefetch_related("conditions"), number=number)
    order = [get_language(), *dict(l10n.LANGUAGES)]
    papers = sorted(Paper.objects.light().of(KIND, made.number), key=lambda paper: order.index(paper.language))
    return render(request, "cases/decision.html", {"case": found, "decision": made, "papers": papers})


@login_required
@require_safe
def decision_pdf(request: HttpRequest, reference: str, number: str, language: str) -> HttpResponse:
    """The paper on a decision in one language."""
    found = visible_case(request, reference)
    made = get_object_or_404(found.decisions, number=number)
    paper = get_object_or_404(Paper.objects.of(KIND, made.number), language=language)
    return download(request, paper, made)


@login_required
@require_GET
def budget_csv(request: HttpRequest, reference: str) -> HttpResponse:
    """The budget of a case as a sheet."""
    found = visible_case(request, reference)
    rows = (
        [line.number, line.concept, line.unit_cost or "", line.amount or "", found.currency]
        for line in found.lines.all()
    )
    return _sheet(
        f"{found.reference}-budget.csv", [_("Line"), _("Concept"), _("Unit cost"), _("Amount"), _("Currency")], rows
    )


@login_required
@require_GET
def document(request: HttpRequest, reference: str, pk: int) -> FileResponse:
    """A document's file, always as a download, never shown by the browser as a page of ours."""
    found = visible_case(request, reference)
    readable = Document.objects.filter(Q(case=found)).readable_by(rights_of(request))
    paper = get_object_or_404(readable, pk=pk)
    try:
        content = paper.file.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    answer = FileResponse(content, as_attachment=True, filename=paper.name, content_type=paper.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox"
    return answer
