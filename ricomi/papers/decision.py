"""What a paper on a decision of a body says: the contract between whoever decides and templates/papers/decision.typ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

KIND = "decision"


@dataclass(frozen=True)
class Position:
    """What one delegation said: its state, its position, who signed and, where they acted for another, for whom.

    Nobody signed for a delegation that was silent.
    """

    state: str
    position: str
    signed_by: str = ""
    for_whom: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Count:
    """How many delegations took one position in a secret vote."""

    position: str
    number: str


@dataclass(frozen=True)
class Recusal:
    """A state that had no voice, and why."""

    state: str
    why: str


@dataclass(frozen=True)
class Condition:
    """What must be met, by whom and by when, and what waits for it."""

    text: str
    owner: str
    due: str
    blocks: str


@dataclass(frozen=True)
class DecisionPaper:
    """One decision in one language: every text, day and number is written as that language writes it.

    `meaning` says what follows from the outcome, `explanation` why it is so, `closing` how the vote came to be closed.
    `explanation` and remarks may have several lines. `session` is empty where the body decided without meeting, and
    `chair_for` where the chair acted for themselves. Where `open_voting` is false, `counts` alone says what was voted:
    positions, and so people, are left out.
    """

    body: str
    number: str
    date: str
    case_reference: str
    case_title: str
    requesting: str
    offering: str
    outcome: str
    meaning: str
    explanation: str
    rule: str
    quorum_needed: str
    quorum_present: str
    closed: str
    closing: str
    chair: str
    chair_for: str = ""
    session: str = ""
    open_voting: bool = False
    positions: list[Position] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    recused: list[Recusal] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """What the template gets. Its fixed words are in the language that is active now."""
        data = asdict(self)
        if not self.open_voting:
            data["positions"] = []
        return {"title": _("Decision No. %(number)s") % {"number": self.number}, "words": words(), **data}


def words() -> dict[str, str]:
    """The fixed words of the template, in the language that is active now."""
    return {
        "decision": _("Decision"),
        "number": _("No."),
        "date": _("Date"),
        "case": _("Case"),
        "case_title": _("Subject"),
        "requesting": _("Requesting state"),
        "offering": _("Offering state"),
        "session": _("Session"),
        "outcome": _("The committee decides"),
        "explanation": _("Reasons"),
        "conditions": _("Conditions"),
        "condition": _("Condition"),
        "owner": _("Who meets it"),
        "due": _("By which day"),
        "blocks": _("What it holds back until then"),
        "how": _("How it was decided"),
        "rule": _("Rule"),
        "quorum_needed": _("Quorum required"),
        "quorum_present": _("Quorum present"),
        "closed": _("Voting closed"),
        "closing": _("How it was closed"),
        "positions": _("Positions of the delegations"),
        "state": _("Delegation"),
        "position": _("Position"),
        "signed_by": _("Signed by"),
        "for_whom": _("On behalf of"),
        "remark": _("Remark"),
        "secret": _("The vote was secret; only how many said what is recorded."),
        "count": _("Delegations"),
        "recused": _("Recused"),
        "why": _("Reason"),
        "none": _("None."),
        "chair": _("Presiding chair"),
    }
