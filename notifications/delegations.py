"""The letters to both when one person gives another their authority, and when that ends."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from notifications.letters import queue
from ricomi.directory.models import Delegation


def write_of_beginning(sender: object, *, delegation: Delegation, **_more: Any) -> None:
    """Tell giver and taker who acts for whom, and until when. Called within the transaction that gives."""
    _write("authority_delegated", delegation)


def write_of_end(sender: object, *, delegation: Delegation, **_more: Any) -> None:
    """Tell giver and taker that it is over. Called within the transaction that ends it."""
    _write("delegation_ended", delegation)


def _write(name: str, delegation: Delegation) -> None:
    said = {
        "giver": delegation.giver,
        "taker": delegation.taker,
        "by": delegation.given_by if delegation.in_their_name else "",
        "body": delegation.body,
        "role": delegation.get_role_display,
        "since": delegation.since,
        "until": delegation.until,
        "revoked": int(delegation.revoked_at is not None),
    }
    queue(
        name,
        [delegation.giver, delegation.taker],
        key=f"delegation:{delegation.pk}",
        url=reverse("directory:authority"),
        context={"delegation": said, "act": {"reason": delegation.reason if name == "authority_delegated" else ""}},
        body_code=delegation.body.code,
    )
