"""How data of a system comes in: a file arrives, is read and compared, and is taken in by one press or by itself.

Like the table of rates it belongs to no case, so it has no flow: each edition says who and when. A file that is broken
or refused changes nothing, and what stood goes on standing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import DatabaseError, OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ricomi.catalogue import cards, listing
from ricomi.catalogue.listing import Content
from ricomi.directory.authority import Authority, act_as, authority, fixed_body, heads_secretariat
from ricomi.directory.models import Role, User
from ricomi.systems import holding, network, staging, telling
from ricomi.systems.adapters import Adapter
from ricomi.systems.models import Edition, Figure, System
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.source import Source
from ricomi.systems.staging import Counts

State = Edition.State
MARK = b"ricomi-sample"
"""What stands in the first lines of a sample file of ours: its figures are invented, wherever it is handed in."""
MOST_GONE = 10
"""At most one in so many records may go when an edition is taken in by itself."""
IN_CATALOGUE = 500
TRIES = 3
"""How often an edition is taken in anew when others wrote in the same place (a deadlock)."""
LATE = timedelta(minutes=30)

logger = logging.getLogger(__name__)


class AlreadyHere(Exception):
    """The very file stands already, or waits, as `edition`."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        super().__init__(str(edition))


class Moved(Exception):
    """Somebody has decided already."""


def may_import(rights: Authority) -> bool:
    """Whether a person hands in files and decides on them: the secretariat's case officers, so its head, too."""
    body = fixed_body("secretariat")
    return body is not None and rights.may(act_as(Role.CASE_OFFICER), body)


def may_set(rights: Authority) -> bool:
    """Whether a person sets from where a system is read: the secretariat's head."""
    return heads_secretariat(rights)


def may_look(rights: Authority) -> bool:
    """Whether a person sees what was handed in: who decides, and auditors."""
    oversight = fixed_body("oversight")
    return may_import(rights) or (oversight is not None and rights.may(act_as(Role.AUDITOR), oversight))


def _check(by: User) -> None:
    if not may_import(authority(by)):
        raise PermissionDenied(_("Only the secretariat takes in data of information systems."))


def arrive(system: System, file: IO[bytes], *, source: str, by: User | None, defer: bool = True) -> Edition:
    """Keep a file and have it read by a worker. `by` is None for the clock.

    Raises PermissionDenied when `by` may not, AlreadyHere.
    """
    from ricomi.systems import tasks

    if by is not None:
        _check(by)
    given = Source(file, 0)
    head, sha256 = given.head, given.sum_of_all()
    file.seek(0)
    with transaction.atomic():
        system = System.objects.select_for_update().get(pk=system.pk)
        System.objects.filter(pk=system.pk).update(looked_at=timezone.now())
        known = _known(system, sha256, by)
        if known is None:
            edition = Edition(
                system=system, number=_next(system), source=source[:500], size=given.done, sha256=sha256, by=by,
                sample=MARK in head, base=system.current,
            )  # fmt: skip
            edition.file.save("", File(file), save=False)
            edition.save()
            if defer:
                tasks.read_edition.defer(edition_id=edition.pk)
    # Raised only here, so that what was noted of the look stays.
    if known is not None:
        raise AlreadyHere(known)
    return edition


def _known(system: System, sha256: str, by: User | None) -> Edition | None:
    """The edition of a file that stands already or waits; for the clock, also the last one when nothing came of it."""
    if system.current is not None and system.current.sha256 == sha256:
        return system.current
    waiting = system.editions.filter(sha256=sha256, state__in=[State.READING, State.WAITING, State.TAKING]).first()
    newest = system.editions.exclude(sha256="").first()
    if waiting is None and by is None and newest is not None and newest.sha256 == sha256:
        return newest if newest.state in (State.BROKEN, State.REFUSED, State.SAME) else None
    return waiting


def _next(system: System) -> int:
    return (system.editions.order_by("-number").values_list("number", flat=True).first() or 0) + 1


@transaction.atomic
def fail_to_arrive(system: System, wrong: Broken, *, source: str) -> Edition:
    """Note that nothing came from the system's address, and why."""
    system = System.objects.select_for_update().get(pk=system.pk)
    System.objects.filter(pk=system.pk).update(looked_at=timezone.now())
    edition = Edition.objects.create(
        system=system, number=_next(system), source=source[:500], state=State.BROKEN, fault=wrong.kept(), percent=100
    )
    telling.tell(edition)
    return edition


def read(edition: Edition) -> None:
    """Read an edition and note what it would change; where the system is set so, take it in."""
    if edition.state != State.READING:
        return
    try:
        _stage(edition, most=100)
        _check_entries(edition.system, edition)
    except Broken as wrong:
        _break(edition, wrong, State.READING)
        return
    with transaction.atomic():
        system = System.objects.select_for_update().get(pk=edition.system_id)
        edition.refresh_from_db()
        if edition.state != State.READING:
            return  # another worker was faster, and somebody may have decided by now
        counts = _compare(system, edition)
        if edition.state == State.WAITING and edition.by is None and system.by_itself and _few_go(system, counts):
            edition.state = State.TAKING
            edition.save(update_fields=["state"])
        telling.tell(edition)
    finish(edition)


def _stage(edition: Edition, most: int) -> None:
    """Copy the records of an edition's file beside those that stand, up to `most` per cent of the work.

    Raises Broken, also for what an adapter did not foresee.
    """
    last, state = 0, edition.state
    try:
        with edition.file.open("rb") as file:
            source = Source(file, edition.size)

            def told() -> None:
                nonlocal last
                now = min(most * source.done // max(source.size, 1), most)
                if now > last:
                    last = now
                    mine = Edition.objects.filter(pk=edition.pk, state=state)
                    mine.update(percent=now, moved_at=timezone.now())

            rows, sha256 = staging.fill(edition.system.adapter.read(source), told), source.sum_of_all()
    except Broken:
        raise
    except Exception as wrong:
        logger.exception("Edition %s could not be read.", edition)
        raise _unreadable(wrong) from wrong
    if sha256 != edition.sha256:
        raise Broken(gettext_noop("The file that was kept is no longer the one that arrived."))
    if not rows:
        raise Broken(gettext_noop("The file has no records."))


def _unreadable(wrong: Exception) -> Broken:
    return Broken(gettext_noop("The file cannot be read (%(why)s)."), why=type(wrong).__name__)


def _check_entries(system: System, edition: Edition) -> None:
    """Raises Broken when the catalogue would not take what the staged records become."""
    try:
        with transaction.atomic():
            for some in _some(_contents(system, edition, staging.staged(system))):
                listing.check(some)
    except ValueError as wrong:
        raise Broken(gettext_noop("The catalogue does not take it: %(why)s"), why=str(wrong)[:200]) from wrong
    except OperationalError:
        raise  # the file is not to blame: it is read again
    except Exception as wrong:
        logger.exception("Edition %s could not be put into words of the catalogue.", edition)
        raise _unreadable(wrong) from wrong


def _count(edition: Edition, counts: Counts) -> None:
    edition.rows, edition.added = counts.rows, counts.added
    edition.changed, edition.gone = counts.changed, counts.gone


def _few_go(system: System, counts: Counts) -> bool:
    standing = counts.rows - counts.added + counts.gone
    return counts.gone * MOST_GONE <= standing


@transaction.atomic
def _break(edition: Edition, wrong: Broken, was: State) -> None:
    """Note that an edition is broken, unless it is no longer what it `was` when its worker began."""
    mine = Edition.objects.filter(pk=edition.pk, state=was)
    changed = mine.update(state=State.BROKEN, fault=wrong.kept(), percent=100)
    edition.refresh_from_db()
    if changed:
        telling.tell(edition)


@transaction.atomic
def decide(edition: Edition, *, take: bool, by: User, defer: bool = True) -> None:
    """Have an edition taken in by a worker, or refuse it.

    Raises PermissionDenied, Moved when somebody decided already.
    """
    from ricomi.systems import tasks

    _check(by)
    System.objects.select_for_update().get(pk=edition.system_id)
    edition.refresh_from_db()
    if edition.state != State.WAITING:
        raise Moved
    edition.decided_by, edition.decided_at = by, timezone.now()
    edition.state = State.TAKING if take else State.REFUSED
    edition.percent = 0 if take else 100
    edition.save()
    if take and defer:
        tasks.take_edition.defer(edition_id=edition.pk)


def finish(edition: Edition) -> None:
    """Take in an edition of which that was decided: all of it in one transaction, or nothing.

    What stands is another than it was compared with: it is compared anew and waits for a decision.
    """
    if edition.state != State.TAKING:
        return
    for _try in range(TRIES):
        try:
            _stage(edition, most=_reading(edition))
            _write(edition)
            return
        except Broken as wrong:
            reason = wrong
            break
        except OperationalError:
            logger.warning("Edition %s of %s is tried again.", edition.number, edition.system_id, exc_info=True)
            edition.refresh_from_db()
            reason = Broken(gettext_noop("Others were writing in the same place at every try. Nothing was taken in."))
        except Exception:
            logger.exception("Edition %s of %s cannot be taken in.", edition.number, edition.system_id)
            reason = Broken(gettext_noop("The catalogue cannot hold what this edition says. Nothing was taken in."))
            break
    _break(edition, reason, State.TAKING)


def _reading(edition: Edition) -> int:
    """How many per cent of taking in are reading once more: entries of the catalogue take far longer."""
    return 90 if edition.system.shelf is Figure else 10


def _write(edition: Edition) -> None:
    """All that an edition changes, in one transaction; whatever is raised, nothing is changed."""
    with transaction.atomic():
        system = System.objects.select_for_update().get(pk=edition.system_id)
        edition.refresh_from_db()
        if edition.state != State.TAKING:
            return
        if edition.base_id != system.current_id:
            edition.decided_by = edition.decided_at = None
            _compare(system, edition)
            telling.tell(edition)
            return
        staging.write(system, edition)
        edition.holds, edition.standing = holding.held(system), system.shelf.objects.standing(system).count()
        with cards.learning_at_the_end():
            _into_catalogue(system, edition)
        edition.state, edition.percent, edition.decided_at = State.TAKEN_IN, 100, timezone.now()
        edition.save()
        system.current = edition
        system.save(update_fields=["current"])
        older = system.editions.filter(state=State.WAITING, number__lt=edition.number)
        older.update(state=State.REFUSED, decided_at=timezone.now(), decided_by=edition.decided_by)


def _compare(system: System, edition: Edition) -> Counts:
    """Note what the staged records would change; an edition older than what stands cannot come in any more."""
    counts = staging.compare(system)
    edition.base, edition.samples, edition.percent = system.current, staging.samples(system), 100
    _count(edition, counts)
    edition.state = State.SAME if counts.nothing else State.WAITING
    if system.current is not None and edition.number < system.current.number:
        edition.state, edition.decided_at = State.REFUSED, timezone.now()
    edition.save()
    return counts


def _into_catalogue(system: System, edition: Edition) -> None:
    """What the records that changed become in the catalogue, a few hundred at a time."""
    done, most, begin = 0, max(edition.added + edition.changed, 1), _reading(edition)
    for some in _some(_contents(system, edition, staging.written(system, edition))):
        listing.take_in(system.pk, some, [])
        done += len(some)
        _tell(edition, begin + (99 - begin) * done // most)
    if system.shelf is Figure:
        listing.take_in(system.pk, _of_series(system, edition), [])
    else:
        for keys in _some(staging.ended(system, edition)):
            listing.take_in(system.pk, [], keys)


def _tell(edition: Edition, percent: int) -> None:
    """Say beside the transaction how far it has come, by a connection of its own: others see it before the end.

    Where that fails, only the bar stands still: the work goes on.
    """
    if percent <= edition.percent:
        return
    edition.percent = percent
    try:
        with closing(connection.copy()) as beside, beside.cursor() as cursor:
            cursor.execute(
                "UPDATE systems_edition SET percent = %s, moved_at = now() WHERE id = ("
                " SELECT id FROM systems_edition WHERE id = %s AND state = %s FOR NO KEY UPDATE SKIP LOCKED)",
                [percent, edition.pk, State.TAKING],
            )
    except DatabaseError:
        logger.warning("How far edition %s has come could not be told.", edition, exc_info=True)


def _contents(system: System, edition: Edition, records: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[Content]:
    if type(system.adapter).entry is Adapter.entry:
        return
    for key, content in records:
        if (found := system.adapter.entry(key, content)) is not None:
            yield replace(found, sample=edition.sample)


def _of_series(system: System, edition: Edition) -> list[Content]:
    """An entry for each series of figures, with the states that it covers."""
    found = []
    for code, held in sorted(edition.holds.items()):
        with translation.override("es"):
            title = str(system.adapter.series.get(code, code))
            summary = _("%(title)s by country, year, sex and country of origin, from %(first)s to %(last)s.") % {
                "title": title, "first": held["years"][0], "last": held["years"][-1]}  # fmt: skip
        found.append(Content(
            origin=code, kind="series", title=title, summary=str(summary), language="es", year=held["years"][-1],
            url=settings.SITE_URL + reverse("systems:series", args=[system.pk, code]), sample=edition.sample,
            terms=frozenset({"gcm-1"}),
            states=frozenset(("concerned", state) for state in network.states().intersection(held["countries"])),
        ))  # fmt: skip
    return found


def _some(found: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(found, IN_CATALOGUE)):
        yield batch
