"""What a party itself puts into a cooperation, in cash or in kind; knows neither database nor pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

SIDES = (
    ("requesting", _("the requesting state")), ("offering", _("the offering state")), ("third", _("a third party")),
)  # fmt: skip
HOW = (("cash", _("in cash")), ("kind", _("in kind")))


@dataclass(frozen=True)
class Counterpart:
    """What one side (of `SIDES`) gives, and how (of `HOW`); worth `amount` in the case's currency."""

    side: str
    how: str
    what: str
    amount: Decimal

    @property
    def given_by(self) -> Any:
        return dict(SIDES)[self.side]

    @property
    def given_how(self) -> Any:
        return dict(HOW)[self.how]

    def __str__(self) -> str:
        return f"{self.given_by}, {self.given_how}: {self.what}"


def kept(parts: Iterable[Counterpart]) -> list[dict[str, str]]:
    """As they are kept with a case: amounts as text."""
    return [{name: str(value) for name, value in asdict(one).items()} for one in parts]


def read(rows: Iterable[Mapping[str, str]]) -> list[Counterpart]:
    """What `kept` wrote."""
    return [Counterpart(row["side"], row["how"], row["what"], Decimal(row["amount"])) for row in rows]
