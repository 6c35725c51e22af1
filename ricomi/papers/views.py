"""The public page on which anybody verifies a paper, and how a paper is handed to whoever may read it."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ricomi.papers.forms import VerificationForm
from ricomi.papers.issuing import NotReady, pdf
from ricomi.papers.models import Paper
from ricomi.papers.verification import Answer, verify

ATTEMPTS = 30
"""How many verifications one address may ask for in a minute, counted as sign-in's are: by each web process."""
MINUTE = 60


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verification(request: HttpRequest) -> HttpResponse:
    """Asks for a code, a PDF or both, and says what they prove."""
    if request.method != "POST":
        return _page(request, VerificationForm())
    if not _may_ask(request):
        return _too_many(request)
    form = VerificationForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    asked = form.cleaned_data
    return _page(request, form, verify(asked["code"], asked["file"], _language()))


@never_cache
@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    """What the code of a paper tells: where the QR code on it leads."""
    if not _may_ask(request):
        return _too_many(request)
    return _page(request, VerificationForm(initial={"code": code}), verify(code, None, _language()))


def _language() -> str:
    return (get_language() or "en")[:2]


def _may_ask(request: HttpRequest) -> bool:
    key = f"papers:verify:{get_adapter().get_client_ip(request)}"
    cache.add(key, 0, MINUTE)
    try:
        return cache.incr(key) <= ATTEMPTS
    except ValueError:  # the minute ended between the two
        return True


def _too_many(request: HttpRequest) -> HttpResponse:
    return _page(request, VerificationForm(), status=429, too_many=True)


def _page(
    request: HttpRequest, form: VerificationForm, answer: Answer | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    return render(request, "papers/verification.html", {"form": form, "answer": answer, **more}, status=status)


def download(request: HttpRequest, paper: Paper, about: Any) -> HttpResponse:
    """A paper's PDF as a file to keep; the page of what it is about while the file is still being made."""
    try:
        content = pdf(paper)
    except NotReady:
        messages.warning(request, _("The file is still being made. Try again in a minute."))
        return redirect(about)
    etag = f'"{paper.sha256}"'
    name = f"{paper.number}-{paper.language}.pdf"
    answer = HttpResponse(content, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache", "ETag": etag,
    })  # fmt: skip
    return get_conditional_response(request, etag=etag, response=answer) or answer
