"""The Fund's pages: where it stands, what was moved, and each contribution."""

from __future__ import annotations

import csv

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from ricomi.directory.authority import rights_of
from ricomi.fund import access, books, giving
from ricomi.fund.forms import DayForm
from ricomi.fund.models import Payment, Posting
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
    asked = DayForm(request.GET if "on" in request.GET else None)
    on = asked.cleaned_data["on"] if asked.is_bound and asked.is_valid() else None
    return render(
        request,
        "fund/position.html",
        {
            "position": books.position(on),
            "asked": asked,
            "on": on,
            "contributions": list(access.readable(rights)[:PAGE]),
            "page": Paginator(postings, PAGE).get_page(request.GET.get("page")),
            "full": full,
            "reads_payments": access.reads_payments(rights),
        },
    )


@login_required
@require_GET
def contribution(request: HttpRequest, reference: str) -> HttpResponse:
    """One contribution and its way."""
    found = get_object_or_404(access.readable(rights_of(request)), reference=reference)
    context = {"contribution": found, "instalments": found.instalments.all(), "owed": giving.owed(found),
               "receipts": found.receipts.filter(sent_back=False)}  # fmt: skip
    return render(request, "fund/contribution.html", context)


@login_required
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """What the bank is to pay and has paid, for the Fund's people and auditors."""
    rights = rights_of(request)
    if not access.reads_payments(rights):
        raise Http404
    page = Paginator(Payment.objects.visible_to(rights), PAGE).get_page(request.GET.get("page"))
    return render(request, "fund/payments.html", {"page": page})


@login_required
@require_GET
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    """One payment and its way."""
    found = get_object_or_404(Payment.objects.visible_to(rights_of(request)), reference=reference)
    return render(request, "fund/payment.html", {"payment": found})


@login_required
@require_GET
def postings_csv(request: HttpRequest) -> HttpResponse:
    """Every posting as a sheet, for whoever reads the whole ledger."""
    if not access.reads_all(rights_of(request)):
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="postings.csv"'})  # fmt: skip
    write = csv.writer(answer).writerow
    write(["posted_at", "kind", "amount", "currency", "case", "trip", "donor", "made_by", "approved_by",
           "also_approved_by", "note"])  # fmt: skip
    for p in Posting.objects.with_names().iterator(chunk_size=1000):
        write([harmless(value) for value in (
            p.posted_at.isoformat(), p.kind, p.amount, p.currency, p.case_reference, p.trip_reference,
            p.contribution.donor if p.contribution else "", p.made_by or "", p.approved_by or "",
            p.also_approved_by or "", p.note)])  # fmt: skip
    return answer
