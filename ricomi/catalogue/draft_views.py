"""The pages of what delegations write for the catalogue. They show; acting is the workflows' own."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ricomi.catalogue.models import Draft
from ricomi.catalogue.models.draft import reads_all
from ricomi.directory.authority import rights_of

ROWS = 20


@login_required
@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """What the reader's delegations write and have published; all of it for who reads all."""
    rights = rights_of(request)
    found = Draft.objects.visible_to(rights).select_related(*Draft.WITH)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    return render(request, "catalogue/drafts.html", {"page": page, "reads_all": reads_all(rights)})


@login_required
@require_safe
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    """One draft: what it says, as the page of an entry will show it, who has it now, and what happened."""
    rights = rights_of(request)
    found = get_object_or_404(Draft.objects.visible_to(rights).select_related(*Draft.WITH), reference=reference)
    return render(request, "catalogue/draft.html", {"draft": found, "reads_all": reads_all(rights)})
