"""Amounts and days as people and banks write them in sheets; what could be read in two ways is not read at all."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.statement import checked_day

_SPACES = str.maketrans({" ": "", "\u00a0": "", "\u202f": "", "'": "", "’": "", "\u2212": "-"})
_DOTTED_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def decimal_mark(amounts: Iterable[str]) -> str:
    """The mark before decimals, point or comma, in which all amounts of a file agree; empty when none has decimals.

    Raises Unreadable when they disagree, or when nothing says whether `1.234` is a thousand or has three decimals.
    """
    sure, unsure = set(), ""
    for amount in amounts:
        marks = re.findall(r"[.,]", amount)
        last = amount.translate(_SPACES).rpartition(marks[-1])[2] if marks else ""
        if not marks:
            continue
        if len(set(marks)) == 2 or len(last) != 3:
            sure.add(marks[-1])
        elif len(marks) > 1:
            sure.add("," if marks[-1] == "." else ".")
        else:
            unsure = amount
    if len(sure) > 1:
        raise Unreadable(
            _("The file writes decimals with points and with commas. Write all amounts in one way, e.g. 1250.50.")
        )
    if unsure and not sure:
        raise Unreadable(
            _("“%(amount)s” can be read in two ways. Write all amounts with two decimals, e.g. 1250.50.")
            % {"amount": unsure[:30]}
        )
    return sure.pop() if sure else ""


def amount_of(text: str, mark: str, line: int) -> Decimal:
    """The signed amount that a cell states, with `mark` before its decimals. Raises Unreadable."""
    found = text.translate(_SPACES)
    group = {".": ",", ",": "."}.get(mark, "")
    whole = rf"[0-9]{{1,15}}|[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}}){{1,4}}" if mark else "[0-9]{1,15}"
    if not re.fullmatch(rf"[+-]?(?:{whole})(?:{re.escape(mark)}[0-9]{{1,5}})?" if mark else rf"[+-]?{whole}", found):
        raise Unreadable(
            _("Line %(line)d of the file: “%(text)s” is no amount of money. Write it as 1250.50 and upload again.")
            % {"line": line, "text": text[:30]}
        )
    return Decimal(found.replace(group, "").replace(mark, ".") if mark else found)


def day_of(text: str, line: int) -> datetime.date:
    """The day that a cell states, as 2026-11-24 or 24.11.2026. Raises Unreadable."""
    if found := _DOTTED_DAY.fullmatch(text):
        text = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    if not _ISO_DAY.fullmatch(text):
        raise Unreadable(
            _("Line %(line)d of the file: “%(text)s” is no day that can be read in one way only. Write it as "
              "2026-11-24 and upload the file again.") % {"line": line, "text": text[:30]}
        )  # fmt: skip
    return checked_day(text)
