"""What the minutes of a session say: the contract between whoever holds it and templates/papers/minutes.typ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

KIND = "minutes"


@dataclass(frozen=True)
class Item:
    """One case of the agenda and what came of it; `decision` is empty where there is none."""

    number: str
    case_reference: str
    case_title: str
    states: str
    treated: str
    outcome: str
    decision: str = ""
    quorum: str = ""
    explanation: str = ""
    conditions: list[str] = field(default_factory=list)
    recused: str = ""


@dataclass(frozen=True)
class MinutesPaper:
    """The minutes of one session in one language: every text, day and number is written as that language writes it.

    `remarks` may have several lines.
    """

    body: str
    number: str
    date: str
    place: str
    opened: str
    closed: str
    attendance: str
    attending: list[str]
    absent: list[str]
    chair: str
    remarks: str = ""
    items: list[Item] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """What the template gets. Its fixed words are in the language that is active now."""
        return {"title": _("Minutes of session %(number)s") % {"number": self.number}, "words": words(), **asdict(self)}


def words() -> dict[str, str]:
    """The fixed words of the template, in the language that is active now."""
    return {
        "date": _("Date"),
        "place": _("Place"),
        "opened": _("Opened"),
        "closed": _("Closed"),
        "attendance": _("Attendance"),
        "attending": _("Attending"),
        "absent": _("Absent"),
        "agenda": _("Agenda and outcomes"),
        "states": _("States"),
        "treated": _("Treated"),
        "outcome": _("Outcome"),
        "decision": _("Decision"),
        "quorum": _("Quorum"),
        "conditions": _("Conditions"),
        "explanation": _("Reasons"),
        "recused": _("Recused"),
        "remarks": _("Remarks"),
        "none": _("None."),
        "chair": _("Chair of the committee"),
        "signed": _("Approved electronically"),
    }
