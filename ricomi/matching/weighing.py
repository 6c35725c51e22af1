"""How the weights are set: looked at beside what has been, then kept as a new version."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from ricomi.directory.authority import authority
from ricomi.directory.models import User
from ricomi.matching.access import sets_weights
from ricomi.matching.models import Weights


class Moved(Exception):
    """The weights were set anew since the preview was shown."""


def set_weights(values: Mapping[str, int], why: str, *, by: User, seen: int) -> Weights:
    """Let other weights count from now on; `seen` is the number of those that the preview was held against.

    Raises PermissionDenied when `by` may not, Moved.
    """
    if not sets_weights(authority(by)):
        raise PermissionDenied
    if Weights.objects.newest().number != seen:
        raise Moved
    try:
        with transaction.atomic():
            return Weights.objects.create(number=seen + 1, values=dict(values), why=why, set_by=by)
    except IntegrityError as taken:
        raise Moved from taken
