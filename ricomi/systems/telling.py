"""The letters to who decides on editions, when what the clock fetched waits for them or cannot be read."""

from __future__ import annotations

from notifications.letters import queue
from ricomi.directory.authority import act_as, fixed_body, people_with
from ricomi.directory.models import Role
from ricomi.systems.models import Edition

NAMES: dict[str, str] = {Edition.State.WAITING: "edition_waits", Edition.State.BROKEN: "source_broken"}


def tell(edition: Edition) -> None:
    """Write to the secretariat of an edition that came by itself, in the transaction that says what became of it.

    Of a source that is broken day after day it is written once, until something else comes from there.
    """
    name, secretariat = NAMES.get(edition.state), fixed_body("secretariat")
    if name is None or edition.by_id is not None or secretariat is None:
        return
    before = edition.system.editions.filter(number__lt=edition.number, by__isnull=True).first()
    if edition.state == Edition.State.BROKEN and before is not None and before.state == Edition.State.BROKEN:
        return
    said = {part: getattr(edition, part) for part in ("added", "changed", "gone")}
    queue(
        name, people_with(act_as(Role.CASE_OFFICER), [secretariat]), key=f"edition:{edition.pk}:{edition.base_id or 0}",
        url=edition.get_absolute_url(), body_code="secretariat",
        context={
            "edition": {"system": edition.system.adapter.title, **said}, "act": {"reason": lambda: edition.reason},
        },
    )  # fmt: skip
