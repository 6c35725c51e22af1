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
from ricomi.fund.models import Payment, PaymentFile, Posting, Terms
from ricomi.fund.terms import in_force
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
    context = {
        "contribution": found, "instalments": found.instalments.all(), "owed": giving.owed(found),
        "receipts": found.receipts.filter(sent_back=False),
        "moves": [*found.refunds.select_related("contribution"), *found.conversions.select_related("contribution")],
    }  # fmt: skip
    return render(request, "fund/contribution.html", context)


@login_required
@require_GET
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    """One payment and its way."""
    seen = Payment.objects.visible_to(rights_of(request)).select_related("file").defer("file__content")
    return render(request, "fund/payment.html", {"payment": get_object_or_404(seen, reference=reference)})


@login_required
@require_GET
def payment_file(request: HttpRequest, message_id: str) -> HttpResponse:
    """A payment instruction, byte by byte as it was made, for the Fund's people and auditors."""
    if not access.reads_payments(rights_of(request)):
        raise Http404
    found = get_object_or_404(PaymentFile, message_id=message_id)
    headers = {"Content-Disposition": f'attachment; filename="{message_id}.xml"', "Cache-Control": "no-store"}
    return HttpResponse(bytes(found.content), content_type="application/xml", headers=headers)


@login_required
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """What the Fund holds to in each currency, since when, from which account it pays, and what is proposed."""
    rights = rights_of(request)
    if not access.reads_payments(rights):
        raise Http404
    return render(request, "fund/terms.html", {
        "currencies": in_force(), "proposals": list(Terms.objects.visible_to(rights).under_way()),
        "decided": list(Terms.objects.visible_to(rights).decided()[:PAGE]),
    })  # fmt: skip


@login_required
@require_GET
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Terms as they were proposed for a currency, and their way."""
    if pk > 2**62:
        raise Http404
    found = get_object_or_404(Terms.objects.visible_to(rights_of(request)), pk=pk)
    return render(request, "fund/proposal.html", {"terms": found})


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
