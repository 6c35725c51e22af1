"""What every page may show."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ricomi.directory.authority import rights_of
from ricomi.fund import access


def site(request: HttpRequest) -> dict[str, Any]:
    """Whether this is the demo, with its page of letters, and whether the reader has a way to the Fund's pages."""
    return {"demo": settings.DEMO, "may_read_fund": SimpleLazyObject(lambda: _may_read_fund(request))}


def _may_read_fund(request: HttpRequest) -> bool:
    rights = rights_of(request)
    return access.reads_all(rights) or bool(access.gives(rights))
