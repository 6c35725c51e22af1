"""Pages that belong to no room: the front page and the health check."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ricomi.catalogue.models import Entry, StandingOffer
from ricomi.directory.models import State


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What the network is, for visitors; what waits, for people who signed in."""
    if request.user.is_authenticated:
        from workflows.views import home as own

        return own(request)
    from workflows.engine import FLOWS
    from workflows.picture import main_line

    return render(
        request,
        "public/home.html",
        {
            "stages": main_line(FLOWS["cooperation"]),
            "states": State.objects.participating().count(),
            "results": Entry.objects.of_cases().count(),
            "offers": StandingOffer.objects.in_force().count(),
        },
    )


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the site is made for everybody, and whom to tell when it fails somebody."""
    return render(request, "public/accessibility.html")


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether the site and its database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
