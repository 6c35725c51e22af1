"""Pages that belong to no room: the front page and the health check."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What the network is, for visitors; what waits, for people who signed in."""
    if request.user.is_authenticated:
        from workflows.views import home as own

        return own(request)
    return render(request, "public/home.html")


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether the site and its database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
