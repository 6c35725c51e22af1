"""The JSON form of a request (docs/request-form.md): read whole, or refused with every fault and its place.

A form whose figures contradict each other is a good form: it is read, and `discrepancies()` names what is off.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from cases import budget
from cases.budget import Discrepancy
from cases.json_reader import Reader
from cases.json_text import MAX_BYTES, FormError, Number, Object, at, parse, plain, too_big
from ricomi import l10n

__all__ = ["FormError", "RequestForm", "read"]

TITLE_CHARACTERS = 300
TEXT_CHARACTERS = 20_000
CODE_CHARACTERS = 60
UNIT_CHARACTERS, UNITS_CHARACTERS = 40, 120
MAX_LINES = 200
MAX_ENTRIES = 100
MAX_UNITS = 4
MAX_MONTHS = 120
AMOUNT_DIGITS = 12
QUANTITY_DIGITS, QUANTITY_DECIMALS = 9, 4
YEARS = range(1990, 2101)
LANGUAGES = tuple(code for code, _name in l10n.LANGUAGES)

T = TypeVar("T")
_FIGURE = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LINE_NUMBER = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){0,2}")


@dataclass(frozen=True)
class RequestForm:
    """A request as the form states it; texts by language code, amounts in `currency`, nothing corrected."""

    source: str
    title: dict[str, str]
    summary: dict[str, str]
    need: dict[str, str]
    expected_results: dict[str, str]
    requesting_state: str
    currency: str
    duration_months: int | None
    starts_on: datetime.date | None
    ends_on: datetime.date | None
    modality: str
    themes: tuple[str, ...]
    priority_populations: tuple[str, ...]
    objectives: tuple[str, ...]
    components: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, tuple[str, ...]], ...]
    existing_systems: tuple[str, ...]
    subregional_forums: tuple[str, ...]
    financing_plan: tuple[tuple[str, Decimal], ...]
    amount_asked: Decimal | None
    stated_total: Decimal | None
    lines: tuple[budget.Line, ...]
    original: dict[str, Any]
    not_read: tuple[str, ...]

    @property
    def language(self) -> str:
        """The language in which the request is kept: Spanish if its title has one, else the title's first."""
        return "es" if "es" in self.title else next(iter(self.title))

    @property
    def sha256(self) -> str:
        """A digest of the form's content, the same however the file is laid out."""
        text = json.dumps(self.original, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def budget(self) -> budget.Budget:
        """The budget as stated."""
        return budget.Budget(self.lines, self.stated_total, self.currency, self.financing_plan)

    def discrepancies(self) -> list[Discrepancy]:
        """What in the budget does not add up."""
        return budget.discrepancies(self.budget())


def read(source: str | Path | bytes) -> RequestForm:
    """Read a form from a file's path or from its content.

    Raises FormError with a message for each fault, in the reader's language.
    """
    content = source if isinstance(source, bytes) else _content(Path(source))
    reader = _Reader()
    form = reader.form(parse(content))
    if reader.messages or form is None:
        raise FormError(reader.messages)
    return form


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FormError([_("%(file)s cannot be read: %(reason)s.") % {"file": path, "reason": reason}]) from None
    if len(content) > MAX_BYTES:
        raise FormError([too_big()])
    return content


def add_months(start: datetime.date, months: int) -> datetime.date:
    """The last day of a stretch of whole months that begins on `start`."""
    years, month = divmod(start.month - 1 + months, 12)
    first = datetime.date(start.year + years, month + 1, 1)
    days = (datetime.date(first.year + first.month // 12, first.month % 12 + 1, 1) - first).days
    return first.replace(day=min(start.day, days)) - datetime.timedelta(days=1)


class _Reader(Reader):
    """Reads the parts of a request."""

    def __init__(self) -> None:
        super().__init__()
        self.not_read: list[str] = []
        self.digits = 2
        self.count = 0

    def form(self, tree: Any) -> RequestForm | None:
        if not isinstance(tree, Object):
            self.wrong("", _("must be an object."))
            return None
        currency = self.required(tree, "currency", self.currency, "")
        self.digits = l10n.currency_digits(currency) if currency else 2
        starts_on = self.optional(tree, "starts_on", self.day)
        months = self.optional(tree, "duration_months", self.months)
        form = RequestForm(
            source=self.optional(tree, "source", self.text) or "",
            title=self.required(tree, "title", self.titles, {}),
            summary=self.optional(tree, "summary", self.texts) or {},
            need=self.optional(tree, "need", self.texts) or {},
            expected_results=self.optional(tree, "expected_results", self.texts) or {},
            requesting_state=self.required(tree, "requesting_state", self.state, ""),
            currency=currency,
            duration_months=months,
            starts_on=starts_on,
            ends_on=self.ends_on(tree, starts_on, months),
            modality=self.optional(tree, "modality", self.label) or "",
            themes=self.listed(tree, "themes", self.code),
            priority_populations=self.listed(tree, "priority_populations", self.label),
            objectives=self.objectives(tree),
            components=self.listed(tree, "components", self.component),
            stages=self.listed(tree, "stages", self.stage),
            existing_systems=self.listed(tree, "existing_systems", self.label),
            subregional_forums=self.listed(tree, "subregional_forums", self.label),
            financing_plan=self.listed(tree, "financing_plan", self.donors),
            amount_asked=self.optional(tree, "amount_asked", self.amount),
            stated_total=self.optional(tree, "stated_total", self.amount),
            lines=self.required(tree, "budget", self.lines, ()),
            original=plain(tree),
            not_read=(),
        )
        self.only(tree, "", set(RequestForm.__dataclass_fields__) - {"lines", "original", "not_read"} | {"budget"})
        return RequestForm(**{**form.__dict__, "not_read": tuple(self.not_read)})

    # Members of objects

    def code(self, value: Any, place: str) -> str | None:
        return self.words(value, place, CODE_CHARACTERS)

    def titles(self, value: Any, place: str) -> dict[str, str] | None:
        return self.by_language(value, place, self.label)

    def texts(self, value: Any, place: str) -> dict[str, str] | None:
        return self.by_language(value, place, self.text)

    def state(self, value: Any, place: str) -> str | None:
        if not isinstance(value, str) or not l10n.is_country(value):
            self.wrong(place, _("is not a state's two-letter code of ISO 3166-1, such as PY."))
            return None
        return value

    def currency(self, value: Any, place: str) -> str | None:
        if not isinstance(value, str) or not l10n.is_currency(value):
            self.wrong(place, _("is not a currency's code of ISO 4217, such as USD."))
            return None
        return value

    def months(self, value: Any, place: str) -> int | None:
        if isinstance(value, Number) and re.fullmatch("[0-9]{1,3}", value) and 1 <= int(value) <= MAX_MONTHS:
            return int(value)
        self.wrong(place, _("must be a whole number of months from 1 to %(limit)d."), limit=MAX_MONTHS)
        return None

    def ends_on(self, tree: Object, starts_on: datetime.date | None, months: int | None) -> datetime.date | None:
        if tree.get("ends_on") is None:
            return add_months(starts_on, months) if starts_on and months else None
        day = self.day(tree["ends_on"], "ends_on")
        if day and starts_on and day < starts_on:
            self.wrong("ends_on", _("lies before starts_on."))
        return day

    def amount(self, value: Any, place: str) -> Decimal | None:
        amount = self.figure(value, place, AMOUNT_DIGITS, self.digits)
        return None if amount is None else amount.quantize(Decimal(1).scaleb(-self.digits))

    # Compound parts

    def objectives(self, tree: Object) -> tuple[str, ...]:
        found = self.listed(tree, "objectives", self.text)
        if len("\n".join(found)) > TEXT_CHARACTERS:
            self.wrong("objectives", _("is longer than %(limit)s characters."), limit=l10n.number(TEXT_CHARACTERS))
        return found

    def component(self, value: Any, place: str) -> tuple[str, str] | None:
        if (tree := self.object(value, place)) is None:
            return None
        self.only(tree, place, {"code", "name"})
        return (self.required(tree, "code", self.code, "", place), self.required(tree, "name", self.label, "", place))

    def donors(self, value: Any, place: str) -> tuple[str, Decimal] | None:
        if (tree := self.object(value, place)) is None:
            return None
        self.only(tree, place, {"donors", "amount"})
        who = self.required(tree, "donors", self.label, "", place)
        return (who, self.required(tree, "amount", self.amount, budget.ZERO, place))

    def stage(self, value: Any, place: str) -> tuple[str, tuple[str, ...]] | None:
        if not isinstance(value, list) or len(value) != 2:
            self.wrong(place, _("must be a list of a name and its activities."))
            return None
        name = self.label(value[0], at(place, 0)) or ""
        return (name, self.entries(value[1], at(place, 1), self.text))

    def lines(self, value: Any, place: str) -> tuple[budget.Line, ...]:
        found: list[budget.Line] = []
        for index, section in enumerate(value if isinstance(value, list) else []):
            found += self.section(section, at(place, index))
            if len(found) > MAX_LINES:
                self.wrong(place, _("holds more than %(limit)d entries."), limit=MAX_LINES)
                return ()
        if not isinstance(value, list):
            self.wrong(place, _("must be a list."))
        return tuple(found)

    def section(self, value: Any, place: str) -> list[budget.Line]:
        heading = self.line(value, place, None)
        if heading is None:
            return []
        items = value.get("items")
        if items is not None and not isinstance(items, list):
            self.wrong(at(place, "items"), _("must be a list."))
        found = [heading]
        for index, item in enumerate(items[: MAX_LINES + 1] if isinstance(items, list) else []):
            if (line := self.line(item, at(at(place, "items"), index), heading.number)) is not None:
                found.append(line)
        return found

    def line(self, value: Any, place: str, under: str | None) -> budget.Line | None:
        if (tree := self.object(value, place)) is None:
            return None
        known = {"line", "concept", "stated", "unit_cost", "units"}
        self.only(tree, place, known if under is not None else known | {"items"})
        number = self.required(tree, "line", self.line_number, "", place)
        if under and number and number.count(".") <= under.count("."):
            self.wrong(at(place, "line"), _("must have a dot more than its section's number, such as 3.2."))
        above = number.rpartition(".")[0] or None
        return budget.Line(
            number=number,
            concept=self.required(tree, "concept", self.label, "", place),
            stated=self.optional(tree, "stated", self.amount, place),
            unit_cost=self.optional(tree, "unit_cost", self.amount, place),
            units=self.units(tree.get("units"), at(place, "units")),
            parent=above if under is None else under,
        )

    def line_number(self, value: Any, place: str) -> str | None:
        if not isinstance(value, str) or isinstance(value, Number) or not _LINE_NUMBER.fullmatch(value):
            self.wrong(place, _('must be a number in text such as "3" or "3.2".'))
            return None
        return value

    def units(self, value: Any, place: str) -> tuple[tuple[str, Decimal], ...]:
        if isinstance(value, list) and len(value) > MAX_UNITS:
            self.wrong(place, _("holds more than %(limit)d entries."), limit=MAX_UNITS)
            return ()
        units = () if value is None else self.entries(value, place, self.unit)
        if sum(len(f"{quantity} {unit} × ") for unit, quantity in units) > UNITS_CHARACTERS:
            self.wrong(place, _("is longer than %(limit)s characters."), limit=l10n.number(UNITS_CHARACTERS))
        return units

    def unit(self, value: Any, place: str) -> tuple[str, Decimal] | None:
        if not isinstance(value, list) or len(value) != 2:
            self.wrong(place, _("must be a list of a unit and how many of it."))
            return None
        name = self.words(value[0], at(place, 0), UNIT_CHARACTERS) or ""
        if set(name) & set("×;"):
            self.wrong(at(place, 0), _("must not hold the signs × and ;, which part one unit from the next."))
        quantity = self.figure(value[1], at(place, 1), QUANTITY_DIGITS, QUANTITY_DECIMALS)
        return None if quantity is None else (name, quantity)
