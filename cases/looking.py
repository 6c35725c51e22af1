"""What of a case's file changed since somebody last looked at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.acts import REQUEST_FIELDS, label_of
from cases.models import Case, Look

FIELDS = (*REQUEST_FIELDS, "plan")


@dataclass(frozen=True)
class Change:
    """One part of the file, as it was and as it is."""

    label: str
    then: str
    now: str


def file_of(case: Case) -> dict[str, str]:
    """The file as texts: the fields of the request, the plan, and each line of the budget."""
    found = {name: str(getattr(case, name) if getattr(case, name) is not None else "") for name in FIELDS}
    for line in case.lines.all():
        found[f"line {line.number}"] = f"{line.concept}: {line.amount if line.amount is not None else '–'}"
    if own := [f"{one}: {one.amount}" for one in case.counterparts]:
        found["counterparts"] = "\n".join(own)
    return found


def look(case: Case, person_id: int) -> tuple[list[Change], Any]:
    """The changes since the person's last look at another state of the file, and when that was; notes this look."""
    now = file_of(case)
    last = Look.objects.filter(case=case, person=person_id).first()
    if last is None:
        first = Look(case=case, person_id=person_id, revision=case.revision, file=now)
        Look.objects.bulk_create([first], ignore_conflicts=True)
        return [], None
    if last.file != now:
        last.before, last.before_at, last.file, last.at = last.file, last.at, now, timezone.now()
        last.revision = case.revision
        last.save()
    then = last.before
    if then is None:
        return [], None
    names = [*now, *(name for name in then if name not in now)]
    changes = [
        Change(_label(name), then.get(name, ""), now.get(name, ""))
        for name in names if then.get(name, "") != now.get(name, "")
    ]  # fmt: skip
    return changes, last.before_at


def _label(name: str) -> str:
    if name.startswith("line "):
        return _("Budget line %(number)s") % {"number": name.removeprefix("line ")}
    if name == "counterparts":
        return _("What the parties themselves put in")
    return label_of(name)
