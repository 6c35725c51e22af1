"""What every answer knows of its reader: the time zone in which moments are shown."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def reader(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Show moments in the zone that a signed-in reader chose; in UTC to everybody else."""

    def answer(request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "") if request.user.is_authenticated else ""
        try:
            with timezone.override(zoneinfo.ZoneInfo(zone) if zone else None):
                return get_response(request)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return get_response(request)

    return answer
