"""What the steps of a draft write inside the gate, and what they ask of it first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi.catalogue import listing
from ricomi.catalogue.models import Draft, Entry, Term
from ricomi.catalogue.models.shown import day_of

# What a delegation writes; series of figures come from information systems alone.
KINDS = [kind for kind in Entry.Kind if kind != Entry.Kind.SERIES]
TEXTS = ("kind", "title", "summary", "text", "lessons", "language", "url")
WRITTEN = (*TEXTS, "since", "until", "year", "terms", "states")


def write(draft: Draft, act: Any) -> None:
    """Write down what it says, as `Draft.content` keeps it."""
    said = {name: act.data["content"][name] for name in WRITTEN}
    act.facts["changed"] = said != draft.content
    draft.content, draft.changed_at = said, act.at
    draft.save()


def is_incomplete(draft: Draft, data: Mapping[str, Any]) -> str | None:
    """Why nobody can review it yet: it lacks a summary, a theme or a state."""
    said = draft.content
    if not said["summary"]:
        return str(_("Write a summary first: lists and letters show it."))
    if not Term.objects.themes().filter(pk__in=said["terms"]).exists():
        return str(_("Mark at least one theme, so that the entry is found."))
    return None if said["states"] else str(_("Mark at least one state that has a part in it."))


def settle(draft: Draft, act: Any) -> None:
    """Write down what it says; what the secretariat asked for is answered with it."""
    draft.asked = ""
    write(draft, act)


def ask(draft: Draft, act: Any) -> None:
    """Keep what the secretariat wants to be changed, for whoever writes on."""
    draft.asked = act.reason
    draft.save(update_fields=["asked"])


def publish(draft: Draft, act: Any) -> None:
    """Put it into the catalogue: as a new entry, or as the next version of the one that it was.

    Raises ValidationError for a term or a state that the network no longer has.
    """
    said = draft.content
    content = listing.Content(
        origin=draft.reference, **{name: said[name] for name in TEXTS}, terms=frozenset(said["terms"]),
        states=frozenset((part, state) for part, state in said["states"]), since=day_of(said["since"]),
        until=day_of(said["until"]), year=said["year"],
    )  # fmt: skip
    try:
        listing.list_entries([content], source="", body=draft.body, by=act.person)
    except ValueError as unknown:
        raise ValidationError(_("A term or a state of this text is no longer known. Return it.")) from unknown
    draft.entry = Entry.objects.get(source="", origin=draft.reference)
    draft.asked, draft.changed_at = "", act.at
    draft.save()
    act.facts["version"] = draft.entry.version


def is_published(draft: Draft) -> bool:
    """Whether a version of it stands in the catalogue."""
    return draft.entry_id is not None


def restore(draft: Draft, act: Any) -> None:
    """Let it say again what is published."""
    assert draft.entry is not None
    kept = draft.entry.versions.latest("number").content
    draft.content, draft.asked, draft.changed_at = {name: kept[name] for name in WRITTEN}, "", act.at
    draft.save()


def withdraw(draft: Draft, act: Any) -> None:
    """Take its entry out of lists and search; the entry's page stays and says why."""
    assert draft.entry is not None
    listing.withdraw([draft.entry], act.reason)
