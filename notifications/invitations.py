"""The letter to somebody who is asked to join a body."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from notifications.letters import queue
from ricomi.directory.models import Invitation, User


def write_to_invited(sender: object, *, invitation: Invitation, person: User | None = None, **_more: Any) -> None:
    """Write to the invited person, who chooses a password by way of the page to which the letter leads.

    Called within the transaction that invites. Raises User.DoesNotExist when no account bears the invited address.
    """
    reader = person or User.objects.get(email__iexact=invitation.email)
    said = {
        "body": invitation.body,
        "role": invitation.get_role_display,
        "inviter": invitation.invited_by,
        "expires": invitation.expires_at,
    }
    queue(
        "person_invited",
        [reader],
        key=f"invitation:{invitation.pk}",
        url=reverse("account_reset_password"),
        context={"invitation": said},
        body_code=invitation.body.code,
    )
