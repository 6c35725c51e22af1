"""Entries that a delegation writes, brought to where a test needs them by the flow's own steps."""

from __future__ import annotations

from typing import Any

from ricomi.catalogue.models import Draft
from ricomi.directory.models import Body, User
from workflows import gate
from workflows.engine import FLOWS

People = dict[str, User]


def content(**more: Any) -> dict[str, Any]:
    """What an entry says that can be reviewed, as the form hands it on."""
    said = {
        "kind": "practice", "title": "Mobile consulates", "summary": "Papers are brought to where people live.",
        "text": "A bus with two officials.", "lessons": "", "language": "en", "url": "", "since": None, "until": None,
        "year": 2025, "terms": ["gcm-14"], "states": [["concerned", "PY"]],
    }  # fmt: skip
    return {"content": said | more}


def begin(people: People, who: str = "officer", body: str = "py", **more: Any) -> Draft:
    """A draft that was begun."""
    data = content(**more) | {"for_body": Body.objects.get(code=body).pk}
    draft: Draft = gate.begin(FLOWS["cataloguing"], people[who], data)
    return draft


def act(people: People, draft: Draft, who: str, step: str, outcome: str, **data: Any) -> Draft:
    """Somebody takes a step; the draft as it stands after it."""
    gate.act(people[who], draft, step, outcome, data)
    draft.refresh_from_db()
    return draft


def sent(people: People, **more: Any) -> Draft:
    """A draft that waits for review."""
    return act(people, begin(people, **more), "officer", "writing", "send", **content(**more))


def published(people: People, **more: Any) -> Draft:
    """A draft that became an entry."""
    return act(people, sent(people, **more), "case_officer", "review", "publish")


def changing(people: People) -> Draft:
    """A published entry whose change is being written."""
    return act(people, published(people), "officer", "change", "save", **content(title="Mobile consulates, by boat"))


AT = {
    "writing": begin, "dropping": begin, "review": sent, "taking_back": sent, "change": published,
    "withdrawing": published, "taking_down": changing, "changing": changing,
}  # fmt: skip
