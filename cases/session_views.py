"""The pages of the CEAM's sessions. They show; acting is the workflows' own."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe

from cases.models import Session
from cases.models.session import reads_sessions
from ricomi.directory.authority import rights_of
from ricomi.papers.minutes import KIND
from ricomi.papers.models import Paper
from ricomi.papers.views import download

PAGE = 60


@login_required
@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    """All sessions, the newest first, for whoever reads them."""
    rights = rights_of(request)
    if not reads_sessions(rights):
        raise Http404
    page = Paginator(Session.objects.visible_to(rights), PAGE).get_page(request.GET.get("page"))
    return render(request, "sessions/list.html", {"page": page})


def visible_session(request: HttpRequest, reference: str) -> Session:
    """The session of that number. Raises Http404 when there is none that the reader may see."""
    return get_object_or_404(Session.objects.visible_to(rights_of(request)), reference=reference)


@login_required
@require_GET
def session(request: HttpRequest, reference: str) -> HttpResponse:
    """One session: when and where, its agenda with what came of each case, who attended, its minutes."""
    found = visible_session(request, reference)
    papers = Paper.objects.of(KIND, found.reference).light().order_by("language")
    return render(request, "sessions/session.html", {"session": found, "papers": list(papers)})


@login_required
@require_safe
def minutes(request: HttpRequest, reference: str, language: str) -> HttpResponse:
    """The minutes as a PDF in one of the four languages."""
    found = visible_session(request, reference)
    paper = get_object_or_404(Paper.objects.of(KIND, found.reference), language=language)
    return download(request, paper, found)
