"""Queuing letters: written, stored and given to the worker in the transaction of what they announce."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone
from procrastinate.types import JSONDict

from notifications.catalogue import catalogue, missing
from notifications.models import Letter
from notifications.tasks import send_letter
from notifications.writing import Written, write
from ricomi.directory.models import User

__all__ = ["catalogue", "missing", "queue"]


def queue(
    name: str,
    recipients: Iterable[User],
    *,
    key: str,
    url: str,
    context: Mapping[str, Any],
    about: str = "",
    body_code: str = "",
) -> list[Letter]:
    """Write a letter to each active recipient and queue its sending, in the transaction that is open.

    `key` says what is announced, e.g. "case:12:entry:345": the same name and key to the same person is one letter.
    `url` is where the reader goes on, a path of this site or a whole address. `about` is the case's reference.
    `context` may hold `case` (reference, title, stage), `act` (title, by, body, reason), `task` (title, due, body) and
    `what`; what is lazy, or can be called, is put into words in each reader's own language. Returns the letters, those
    that were queued before included. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A letter is queued in the transaction of what it announces.")
    address = _absolute(url)
    now = timezone.now()
    written: dict[tuple[str, str], Written] = {}
    drafts: dict[str, Letter] = {}
    for person in recipients:
        if not person.is_active or not person.email:
            continue
        reads = (person.language, person.time_zone)
        if reads not in written:
            written[reads] = write(name, {**context, "url": address}, language=reads[0], time_zone=reads[1])
        letter = written[reads].to(person.name)
        message_id = message_id_of(name, key, person.pk)
        drafts[message_id] = Letter(
            name=name,
            key=key,
            recipient=person,
            address=person.email,
            language=person.language,
            about=about,
            body_code=body_code,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            url=address,
            message_id=message_id,
            queued_at=now,
        )
    return _store(drafts)


def _store(drafts: dict[str, Letter]) -> list[Letter]:
    """Insert the letters that are not there yet, and a job for each of those: three queries, however many."""
    if not drafts:
        return []
    # In one order everywhere, so that two transactions that write the same letters wait for each other in turn.
    Letter.objects.bulk_create([drafts[one] for one in sorted(drafts)], ignore_conflicts=True)
    letters = list(Letter.objects.filter(message_id__in=drafts).select_related("recipient").order_by("message_id"))
    fresh: list[JSONDict] = [{"letter_id": str(one.pk)} for one in letters if one.pk == drafts[one.message_id].pk]
    if fresh:
        send_letter.batch_defer(*fresh)
    return letters


def message_id_of(name: str, key: str, person_id: int) -> str:
    """The Message-ID of a letter, the same whenever the same is announced to the same person."""
    digest = hashlib.sha256(f"{name}\0{key}\0{person_id}".encode()).hexdigest()[:40]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{domain}>"


def _absolute(url: str) -> str:
    """A whole address on the web. Raises ValueError for anything else."""
    address = settings.SITE_URL + url if url.startswith("/") else url
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError(f"A letter links to a page of the site, not to {url!r}.")
    return address
