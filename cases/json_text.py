"""JSON from outside, read without trust: bounded, strict UTF-8, exact numbers, no key twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_BYTES = 1_000_000
MAX_DEPTH = 12
MAX_MESSAGES = 50

# Control characters but line ends and tabs, and halves of surrogate pairs.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SHORT_INTEGER = re.compile(r"-?[0-9]{1,15}")


class FormError(Exception):
    """A form that cannot be read. `messages` name each place and what is wrong there, in the reader's language."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages[:MAX_MESSAGES]
        if (more := len(messages) - MAX_MESSAGES) > 0:
            self.messages.append(ngettext("… and %(count)d more.", "… and %(count)d more.", more) % {"count": more})
        super().__init__("\n".join(self.messages))


class Number(str):
    """A JSON number as it is written, so that nothing is rounded on the way."""

    __slots__ = ()


class Object(dict[str, Any]):
    """A JSON object that remembers which of its keys were written more than once."""

    repeated: tuple[str, ...] = ()


def parse(content: bytes) -> Any:
    """The tree that the text holds: Object, list, str, Number, bool and None.

    Raises FormError for text that is too long, not UTF-8, not JSON, too deep, or holds characters that no text needs.
    """
    if len(content) > MAX_BYTES:
        raise FormError([too_big()])
    if b"\0" in content:
        raise FormError([_("The form holds a null byte.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormError([_("The form is not text in UTF-8 (byte %(place)d).") % {"place": error.start + 1}]) from None
    try:
        tree = json.loads(text, object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=Number)
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise FormError([_("The form is not JSON (line %(line)d, column %(column)d).") % place]) from None
    except RecursionError:
        raise FormError([_("The form is nested too deeply.")]) from None
    messages: list[str] = []
    _inspect(tree, "", 1, messages)
    if messages:
        raise FormError(messages)
    return tree


def too_big() -> str:
    """The sentence for a form that is longer than MAX_BYTES."""
    return _("The form is longer than %(limit)d kB.") % {"limit": MAX_BYTES // 1000}


def plain(tree: Any) -> Any:
    """The tree in Python's own types; a number that is no short integer stays text, exactly as written."""
    if isinstance(tree, Number):
        return int(tree) if _SHORT_INTEGER.fullmatch(tree) else str(tree)
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain(value) for value in tree]
    return tree


def at(place: str, key: str | int) -> str:
    """The place of a part below another, e.g. `budget[2].items[0].stated`."""
    if isinstance(key, int):
        return f"{place}[{key}]"
    return f"{place}.{key}" if place else key


def _object(pairs: list[tuple[str, Any]]) -> Object:
    made = Object(pairs)
    if len(made) < len(pairs):
        counted = Counter(key for key, _value in pairs)
        made.repeated = tuple(key for key, times in counted.items() if times > 1)
    return made


def _inspect(tree: Any, place: str, depth: int, messages: list[str]) -> None:
    if depth > MAX_DEPTH:
        messages.append(_("%(place)s: nested too deeply.") % {"place": shown(place)})
    elif isinstance(tree, Object):
        for key in tree.repeated:
            messages.append(_("%(place)s: this key is written more than once.") % {"place": shown(at(place, key))})
        for key, value in tree.items():
            _inspect(key, at(place, key), depth, messages)
            _inspect(value, at(place, key), depth + 1, messages)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            _inspect(value, at(place, index), depth + 1, messages)
    elif isinstance(tree, str) and (found := _FORBIDDEN.search(tree)):
        facts = {"place": shown(place), "code": f"U+{ord(found[0]):04X}"}
        messages.append(
            _("%(place)s: holds a null byte.") % facts
            if found[0] == "\0"
            else _("%(place)s: holds the character %(code)s, which cannot be kept.") % facts
        )


def shown(place: str) -> str:
    """A place as it may be printed: short, and no control characters."""
    clean = "".join(c if c.isprintable() else "\ufffd" for c in place)
    return clean if len(clean) <= 120 else f"{clean[:119]}…"
