"""Filters for the letters' layouts."""

from __future__ import annotations

import datetime

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ricomi import l10n

register = template.Library()

QUOTE = "> "


@register.filter
def day(value: datetime.date) -> str:
    """A day as the reader writes it, in their time zone."""
    return l10n.day(value)


@register.filter
def moment(value: datetime.datetime) -> str:
    """A day and time as the reader writes them, in their time zone."""
    return l10n.moment(value)


@register.filter
def quoted(text: str) -> str:
    """Each line as a quotation, as letters in plain text write it."""
    return "\n".join(f"{QUOTE}{line}".rstrip() for line in text.splitlines())


@register.filter
def paragraphs(text: str) -> SafeString:
    """A letter's text as HTML: paragraphs and quotations, everything in them escaped."""
    lines = [line.strip() for line in text.splitlines()]
    blocks = [block.strip("\n") for block in "\n".join(lines).split("\n\n")]
    return mark_safe("\n".join(_block(block) for block in blocks if block))  # noqa: S308 - `_block` escapes


def _block(block: str) -> str:
    lines = block.split("\n")
    is_quote = all(line.startswith(QUOTE.strip()) for line in lines)
    shown = "<br>".join(escape(line.removeprefix(QUOTE.strip()).strip() if is_quote else line) for line in lines)
    return f"<blockquote><p>{shown}</p></blockquote>" if is_quote else f"<p>{shown}</p>"
