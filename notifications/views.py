"""The letters that RICOMI wrote to the person who reads: also those that never arrived."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from notifications.models import Letter

PER_PAGE = 50


@require_safe
@login_required
def letters(request: HttpRequest) -> HttpResponse:
    """The reader's own letters, the newest first."""
    mine = Letter.objects.written_to(request.user).defer("text", "html")
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notifications/letters.html", {"page": page})


@require_safe
@login_required
def letter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One letter to the reader; anybody else's is 404."""
    found = get_object_or_404(Letter.objects.written_to(request.user).defer("html"), pk=pk)
    return render(request, "notifications/letter.html", {"letter": found})
