"""Rendering letters: in a language and a time zone, as a subject, a text and an HTML page from one template.

A letter is one template, templates/letters/<name>.txt, of two blocks: `subject` and `body`. It extends
letters/letter.txt, which adds what all letters share, and that extends one of three layouts: subject, text, HTML.
So each sentence is written, and translated, once.
"""

from __future__ import annotations

import unicodedata
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.template import Context, Engine, Template
from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.translation import gettext

SUBJECT, TEXT, HTML = (f"letters/layout/{layout}" for layout in ("subject.txt", "text.txt", "page.html"))
LONGEST_QUOTE = 3000
# Stands for the reader's name while a letter is rendered once for all who share a language and a time zone.
# A private-use character cannot come from the context: `one_line` removes those.
NAME = "\ue000"


@dataclass(frozen=True)
class Written:
    """A rendered letter: a subject of one line, the text, the HTML."""

    subject: str
    text: str
    html: str

    def to(self, name: str) -> Written:
        """The letter with its reader's name in it."""
        plain = one_line(name)
        return Written(
            self.subject.replace(NAME, plain), self.text.replace(NAME, plain), self.html.replace(NAME, escape(plain))
        )


def write(name: str, context: Mapping[str, Any], *, language: str, time_zone: str) -> Written:
    """Render a letter, its reader's name left open, in a language and a time zone.

    The zone is an IANA name; UTC stands in for an unknown one. Raises TemplateDoesNotExist.
    """
    template = template_of(f"letters/{name}.txt")
    with translation.override(language), timezone.override(_zone(time_zone)):
        said = _said(context)
        said |= {"name": NAME, "language": language, "mark": _mark(said), "actor": _actor(said), "facts": _facts(said)}
        subject, text, html = (
            template.render(Context({**said, "layout": layout}, autoescape=layout == HTML))
            for layout in (SUBJECT, TEXT, HTML)
        )
    return Written(_shortened(one_line(subject), 250), _tidy(text), html.strip() + "\n")


def template_of(path: str) -> Template:
    """A template of the site by its path. Raises TemplateDoesNotExist."""
    return Engine.get_default().get_template(path)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def _said(value: Any, key: str = "") -> Any:
    """The context in the words of the language that is active: dates stay, the rest becomes clean text.

    All is one line, so nothing that a person typed can end a header or pass for a line of the letter; only a reason
    keeps its lines, and is quoted.
    """
    if isinstance(value, Mapping):
        return {str(name): _said(one, str(name)) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_said(one) for one in value]
    if callable(value):
        value = value()
    if value is None or isinstance(value, int | Decimal) or hasattr(value, "isoformat"):
        return value
    if key == "reason":
        lines = [one_line(one) for one in str(value).splitlines()]
        return _shortened("\n".join(lines).strip(), LONGEST_QUOTE)
    return one_line(value)


def one_line(value: object) -> str:
    """Text on one line, without control, format and private-use characters."""
    text = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in str(value))
    return " ".join(text.split())


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _tidy(text: str) -> str:
    """Paragraphs with one empty line between them."""
    lines = [line.strip() for line in text.splitlines()]
    paragraphs = "\n".join(lines).split("\n\n")
    return "\n\n".join(one.strip("\n") for one in paragraphs if one.strip()) + "\n"


def _mark(said: dict[str, Any]) -> str:
    """How a subject begins, so that a reader can sort by case: `RICOMI 2026-0012`."""
    reference = str((said.get("case") or {}).get("reference") or "")
    return reference if reference.startswith("RICOMI") else f"RICOMI {reference}".strip()


def _actor(said: dict[str, Any]) -> str:
    """Who acted, and for whom: `Ana Gómez (Paraguay)`; the network itself where a date did."""
    act = said.get("act") or {}
    by, body = act.get("by") or "", act.get("body") or ""
    return f"{by} ({body})" if by and body else by or body or "RICOMI"


def _facts(said: dict[str, Any]) -> list[tuple[str, str]]:
    """What a letter is about, as labels and values; what is not known is left out."""
    case, task = said.get("case") or {}, said.get("task") or {}
    facts = [
        (gettext("Case"), case.get("reference")),
        (gettext("Title"), case.get("title")),
        (gettext("Stage"), case.get("stage")),
        (gettext("Concerning"), said.get("what")),
        (gettext("You act for"), task.get("body")),
    ]
    return [(label, value) for label, value in facts if value]
