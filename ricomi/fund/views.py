"""The Fund's pages: where it stands, what was moved, and each contribution."""

from __future__ import annotations

import csv

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from ricomi.directory.authority import rights_of
from ricomi.fund import access, ledger
from ricomi.fund.models import Posting
from ricomi.sheets import harmless

PAGE = 60


@login_required
@require_GET
def position(request: HttpRequest) -> HttpResponse:
    """Where the Fund stands in each currency; for donors, what they gave; for its readers, every posting."""
    rights = rights_of(request)
    full = access.reads_all(rights)
    if not full and not access.gives(rights):
        raise Http404
    postings = Posting.objects.with_names() if full else Posting.objects.none()
    return render(
        request,
        "fund/position.html",
        {
            "position": ledger.position(),
            "contributions": list(access.readable(rights)[:PAGE]),
            "page": Paginator(postings, PAGE).get_page(request.GET.get("page")),
            "full": full,
        },
    )


@login_required
@require_GET
def contribution(request: HttpRequest, reference: str) -> HttpResponse:
    """One contribution and its way."""
    found = get_object_or_404(access.readable(rights_of(request)), reference=reference)
    return render(request, "fund/contribution.html", {"contribution": found})


@login_required
@require_GET
def postings_csv(request: HttpRequest) -> HttpResponse:
    """Every posting as a sheet, for whoever reads the whole ledger."""
    if not access.reads_all(rights_of(request)):
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="postings.csv"'})  # fmt: skip
    write = csv.writer(answer).writerow
    write(["posted_at", "kind", "amount", "currency", "case", "trip", "donor", "made_by", "approved_by", "note"])
    for p in Posting.objects.with_names().iterator(chunk_size=1000):
        write([harmless(value) for value in (
            p.posted_at.isoformat(), p.kind, p.amount, p.currency, p.case_reference, p.trip_reference, p.donor or "",
            p.made_by or "", p.approved_by or "", p.note)])  # fmt: skip
    return answer
