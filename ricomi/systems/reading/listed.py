"""JSON: a list of objects, one after the other, each small."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import Fields
from ricomi.systems.reading.source import Source

LARGEST = 1024 * 1024
DEEPEST = 10
_SPACE = " \t\r\n"


def objects(source: Source, within: str = "") -> Iterator[Fields]:
    """The objects of a list, as rows from 1 on; the list is the whole file, or stands in an object under `within`.

    Raises Broken for an object that is larger than 1 MB, nested deeper than ten levels, or no JSON.
    """
    text = _Text(source)
    _begin(text, within)
    number, decoder = 0, json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number)
    if text.next() == "]":
        return
    while True:
        number += 1
        found = _one(text, decoder, number)
        if not isinstance(found, dict):
            raise Broken(gettext_noop("An object in braces is wanted here."), row=number)
        if _depth(found) > DEEPEST:
            raise Broken(gettext_noop("The file is nested deeper than any of its kind."), row=number)
        yield Fields(found, number)
        sign = text.take()
        if sign == "]":
            return
        if sign != ",":
            raise _cut(number) if not sign else Broken(gettext_noop("A comma is missing after it."), row=number)


class _Text:
    """The text of a file, of which no more is held than one object needs."""

    def __init__(self, source: Source) -> None:
        self._pieces, self.held, self.at, self.ended = source.texts(), "", 0, False

    def more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
            return False
        self.held, self.at = self.held[self.at :] + piece, 0
        return True

    def next(self) -> str:
        """The next sign that is no space, which stays; empty at the end."""
        while True:
            while self.at < len(self.held) and self.held[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.held) or not self.more():
                return self.held[self.at : self.at + 1]

    def take(self) -> str:
        sign = self.next()
        self.at += len(sign)
        return sign


def _begin(text: _Text, within: str) -> None:
    """Go behind the bracket with which the list begins."""
    if text.next() == "{" and within:
        while f'"{within}"' not in text.held and len(text.held) < LARGEST and text.more():
            pass
        place = text.held.find(f'"{within}"')
        if place < 0:
            raise Broken(gettext_noop("The file has no list “%(name)s”."), row=1, name=within)
        text.at = place + len(within) + 2
        if text.take() != ":":
            raise Broken(gettext_noop("The file has no list “%(name)s”."), row=1, name=within)
    if text.take() != "[":
        raise Broken(gettext_noop("The file is no list of objects."), row=1)


def _one(text: _Text, decoder: json.JSONDecoder, number: int) -> Any:
    if not text.next():
        raise _cut(number)
    while True:
        try:
            found, text.at = decoder.raw_decode(text.held, text.at)
        except RecursionError:
            raise Broken(gettext_noop("The file is nested deeper than any of its kind."), row=number) from None
        except json.JSONDecodeError as wrong:
            if len(text.held) - text.at > LARGEST:
                raise Broken(gettext_noop("It is larger than an object may be, or has no end."), row=number) from None
            if not text.more():
                if wrong.pos >= len(text.held.rstrip()) or "Unterminated" in wrong.msg:
                    raise _cut(number) from None
                raise Broken(gettext_noop("It is no JSON."), row=number) from None
        else:
            return found


def _cut(number: int) -> Broken:
    return Broken(gettext_noop("The file ends in the middle of this row. Nothing was taken."), row=number)


def _no_number(text: str) -> Any:
    raise Broken(gettext_noop("“%(text)s” is no number; write it like 1234.5."), text=text)


def _depth(value: Any, level: int = 1) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(one, level + 1) for one in inner), default=level) if level <= DEEPEST else level
