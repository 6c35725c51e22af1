"""Whether the timeline is as it was written: each chain's numbers and hashes, and where each record stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.engine import FLOWS
from workflows.models import Entry, Run


@dataclass
class Verified:
    """How much was read, and for each broken chain the first place at which it no longer fits."""

    entries: int = 0
    chains: int = 0
    faults: list[str] = field(default_factory=list)


def verify() -> Verified:
    """Read every entry once, in the order of its chain, and compare each record with the last that is said of it.

    Found: an entry that was changed, put in, taken out or moved, and ends that were cut off. Not found: a chain that
    was written anew with new hashes together with its record; that shows only beside a copy kept elsewhere.
    """
    found = Verified()
    last: dict[str, tuple[int | None, str]] = {}
    chain, number, previous, broken = "", 0, "", False
    for entry in Entry.objects.order_by("chain", "number").iterator(chunk_size=1000):
        if entry.chain != chain:
            chain, number, previous, broken = entry.chain, 0, "", False
            found.chains += 1
        found.entries += 1
        fault = "" if broken else _fault(entry, number, previous)
        if fault:
            found.faults.append(f"{entry.chain}: {fault}")
            broken = True
        number, previous = entry.number, entry.hash
        last[entry.subject] = (entry.facts.get("revision"), entry.stage_to)
    found.faults += _records(last)
    return found


def _fault(entry: Entry, number: int, previous: str) -> str:
    if entry.number != number + 1:
        return f"entry {number + 1} is missing; after {number} comes {entry.number}"
    if entry.previous_hash != previous:
        return f"entry {entry.number} does not follow from the one before it"
    if entry.hash != entry.digest():
        return f"entry {entry.number} is not what was written"
    return ""


def _records(last: dict[str, tuple[int | None, str]]) -> Iterator[str]:
    """Records that stand elsewhere than the last entry about them says."""
    for flow in FLOWS.values():
        keys = Run.objects.filter(flow_class=flow).values_list("subject_key", flat=True)
        rows = flow.subject_model().objects.values_list("pk", "revision", "stage")
        stands = {f"{flow.kind()}:{pk}": (revision, stage) for pk, revision, stage in rows.iterator(chunk_size=1000)}
        for key in keys.iterator(chunk_size=1000):
            if key not in last:
                yield f"{key}: nothing is left of its timeline"
            elif key not in stands:
                yield f"{key}: the record itself is gone"
            elif stands[key] != last[key]:
                told, real = last[key], stands[key]
                yield (
                    f"{key}: its last entry leaves it at revision {told[0]} in {told[1]}, "
                    f"the record stands at revision {real[0]} in {real[1]}"
                )
