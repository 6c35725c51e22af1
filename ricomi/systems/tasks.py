"""Work behind the scenes: reading what arrived, taking it in, and looking whether a system has something new."""

from __future__ import annotations

import datetime
import logging
import tempfile

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ricomi.directory.models import User
from ricomi.systems import fetching, importing
from ricomi.systems.adapters import adapters
from ricomi.systems.models import Edition, System
from ricomi.systems.reading.faults import Broken

QUEUE = "systems"

logger = logging.getLogger(__name__)


@app.task(name="systems.read_edition", queue=QUEUE)
def read_edition(edition_id: int) -> None:
    """Read a file that arrived."""
    importing.read(Edition.objects.select_related("system__current").get(pk=edition_id))


@app.task(name="systems.take_edition", queue=QUEUE)
def take_edition(edition_id: int) -> None:
    """Take in an edition of which that was decided."""
    importing.finish(Edition.objects.select_related("system__current").get(pk=edition_id))


@app.task(name="systems.fetch", queue=QUEUE)
def fetch(code: str, by_id: int | None = None) -> None:
    """Read the address of a system, for a person or for the clock."""
    system = System.objects.get(pk=code)
    by = User.objects.filter(pk=by_id).first() if by_id else None
    if not system.address:
        return
    with tempfile.TemporaryFile() as file:
        try:
            fetching.fetch(system.address, file)
            importing.arrive(system, file, source=system.public_address, by=by)
        except Broken as wrong:
            importing.fail_to_arrive(system, wrong, source=system.public_address)
        except importing.AlreadyHere:
            logger.info("%s has nothing new.", code)


@app.periodic(cron="17 * * * *", periodic_id="systems.look")
@app.task(name="systems.look", queue=QUEUE, queueing_lock="systems.look")
def look(timestamp: int) -> int:
    """Have the systems read whose time has come, and what a worker left behind done again. Returns how many.

    `timestamp` is the tick, in Unix seconds.
    """
    queued = 0
    for system in System.objects.filter(pk__in=adapters()).exclude(address=""):
        if _is_due(system):
            queued += _queue(fetch, f"systems.fetch:{system.pk}", code=system.pk)
    late = Edition.objects.filter(state__in=Edition.UNDER_WAY, moved_at__lt=timezone.now() - importing.LATE)
    for pk, state in late.values_list("pk", "state"):
        task = read_edition if state == Edition.State.READING else take_edition
        queued += _queue(task, f"{task.name}:{pk}", edition_id=pk)
    return queued


def _is_due(system: System) -> bool:
    """Whether an address is to be read again: after its days, or after one where it was broken."""
    newest = system.editions.first()
    days = 1 if newest is not None and newest.state == Edition.State.BROKEN else system.every
    return system.looked_at is None or system.looked_at + datetime.timedelta(days=days) <= timezone.now()


def _queue(task: object, lock: str, **given: object) -> bool:
    try:
        task.configure(queueing_lock=lock).defer(**given)  # type: ignore[attr-defined]
    except AlreadyEnqueued:
        return False
    return True
