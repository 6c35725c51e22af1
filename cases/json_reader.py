"""Reads the parts of a JSON tree as what they should be, and collects what is wrong, each fault with its place."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from cases.json_text import Number, Object, at, shown
from ricomi import l10n

LABEL_CHARACTERS = 300
TEXT_CHARACTERS = 20_000
MAX_ENTRIES = 100
YEARS = range(1990, 2101)
LANGUAGES = tuple(code for code, _name in l10n.LANGUAGES)

T = TypeVar("T")
_FIGURE = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Reader:
    """Each method takes a value and its place; for a wrong one it keeps a message and gives None or nothing."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.not_read: list[str] = []

    def wrong(self, place: str, message: str, **facts: object) -> None:
        what = message % facts if facts else message
        self.messages.append(f"{shown(place) or _('the form')}: {what}")

    # Members of objects

    def required(self, tree: Object, key: str, how: Callable[[Any, str], T | None], empty: T, place: str = "") -> T:
        if tree.get(key) is None:
            self.wrong(at(place, key), _("is missing."))
            return empty
        value = how(tree[key], at(place, key))
        return empty if value is None else value

    def optional(self, tree: Object, key: str, how: Callable[[Any, str], T | None], place: str = "") -> T | None:
        return None if tree.get(key) is None else how(tree[key], at(place, key))

    def listed(self, tree: Object, key: str, how: Callable[[Any, str], T | None], place: str = "") -> tuple[T, ...]:
        return self.entries(tree[key], at(place, key), how) if tree.get(key) is not None else ()

    def entries(self, value: Any, place: str, how: Callable[[Any, str], T | None]) -> tuple[T, ...]:
        if not isinstance(value, list):
            self.wrong(place, _("must be a list."))
            return ()
        if len(value) > MAX_ENTRIES:
            self.wrong(place, _("holds more than %(limit)d entries."), limit=MAX_ENTRIES)
            return ()
        read = [how(entry, at(place, index)) for index, entry in enumerate(value)]
        return tuple(entry for entry in read if entry is not None)

    def only(self, tree: Object, place: str, known: set[str]) -> None:
        """Note the members that the form does not define."""
        self.not_read += [shown(at(place, key)) for key in tree if key not in known]

    # Values

    def words(self, value: Any, place: str, limit: int, *, lines: bool = False) -> str | None:
        if not isinstance(value, str) or isinstance(value, Number):
            self.wrong(place, _("must be text."))
        elif not value.strip():
            self.wrong(place, _("is empty."))
        elif len(value) > limit:
            self.wrong(place, _("is longer than %(limit)s characters."), limit=l10n.number(limit))
        elif not lines and any(c in value for c in "\n\r\t\u2028\u2029"):
            self.wrong(place, _("must be a single line."))
        else:
            return value
        return None

    def text(self, value: Any, place: str) -> str | None:
        return self.words(value, place, TEXT_CHARACTERS, lines=True)

    def label(self, value: Any, place: str) -> str | None:
        return self.words(value, place, LABEL_CHARACTERS)

    def by_language(self, value: Any, place: str, how: Callable[[Any, str], str | None]) -> dict[str, str] | None:
        if not isinstance(value, Object):
            self.wrong(place, _("must be an object of texts by language code."))
            return None
        read = {}
        for key, entry in value.items():
            if key not in LANGUAGES:
                self.wrong(at(place, key), _("is not one of the languages es, en, pt, fr."))
            elif (text := how(entry, at(place, key))) is not None:
                read[key] = text
        if not value:
            self.wrong(place, _("is empty."))
        return read

    def day(self, value: Any, place: str) -> datetime.date | None:
        try:
            if not isinstance(value, str) or not _DAY.fullmatch(value):
                raise ValueError
            day = datetime.date.fromisoformat(value)
        except ValueError:
            self.wrong(place, _("must be a day written as 2026-11-24."))
            return None
        if day.year not in YEARS:
            self.wrong(place, _("must lie between %(from)d and %(to)d."), **{"from": YEARS[0], "to": YEARS[-1]})
            return None
        return day

    def figure(self, value: Any, place: str, digits: int, decimals: int) -> Decimal | None:
        """A figure in text or as a JSON number: at most `digits` before the point and `decimals` after it."""
        found = _FIGURE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(place, _('must be a figure such as "1250.50", with a point before decimals and nothing else.'))
        elif found[1]:
            self.wrong(place, _("must not be negative."))
        elif len(found[2].lstrip("0")) > digits:
            self.wrong(place, _("has more than %(limit)d digits."), limit=digits)
        elif len((found[3] or "").rstrip("0")) > decimals:
            self.wrong(place, _("has more than %(limit)d decimals."), limit=decimals)
        else:
            # Zeros at the end say nothing; they go, so that what is kept is what is shown.
            return Decimal(f"{found[2]}.{(found[3] or '').rstrip('0')}")
        return None

    def object(self, value: Any, place: str) -> Object | None:
        if isinstance(value, Object):
            return value
        self.wrong(place, _("must be an object."))
        return None
