"""What does not add up in a budget, exactly and to the cent; knows neither database nor pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ricomi import l10n

ZERO = Decimal(0)
# Sums and products of the largest amounts that a form may hold stay exact well below this many digits.
EXACT = Context(prec=200, rounding=ROUND_HALF_UP)


class Kind(StrEnum):
    """In which way figures contradict each other."""

    NEGATIVE = "negative"
    MISSING_AMOUNT = "missing_amount"
    PRODUCT = "product"
    SECTION_SUM = "section_sum"
    MISPLACED = "misplaced"
    DUPLICATE_NUMBER = "duplicate_number"
    DUPLICATE_LINE = "duplicate_line"
    MISSING_SECTION = "missing_section"
    MISSING_TOTAL = "missing_total"
    TOTAL_OF_ITEMS = "total_of_items"
    TOTAL_OF_SECTIONS = "total_of_sections"
    NO_SUM_GIVES_TOTAL = "no_sum_gives_total"
    FINANCING = "financing"


@dataclass(frozen=True)
class Line:
    """A section (`parent` is None) or an item of one, as stated; amounts in the budget's currency.

    Numbers are dotted, `3` or `3.2`; an item's has more dots than that of its `parent`.
    """

    number: str
    concept: str
    stated: Decimal | None
    unit_cost: Decimal | None = None
    units: tuple[tuple[str, Decimal], ...] = ()
    parent: str | None = None


@dataclass(frozen=True)
class Budget:
    """Lines in the order in which they are written, and the total that is stated for them."""

    lines: tuple[Line, ...]
    stated_total: Decimal | None
    currency: str
    financing: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Discrepancy:
    """One contradiction. `line` is empty where it concerns the total; `difference` is stated less computed."""

    kind: Kind
    currency: str
    line: str = ""
    stated: Decimal | None = None
    computed: Decimal | None = None
    concept: str = ""
    other: str = ""

    @property
    def difference(self) -> Decimal | None:
        if self.stated is None or self.computed is None:
            return None
        return EXACT.subtract(self.stated, self.computed)

    def message(self) -> str:
        """A sentence in the reader's language that names the place and the amounts."""
        key = str(self.kind)
        if self.kind in (Kind.MISSING_AMOUNT, Kind.MISSING_SECTION, Kind.MISSING_TOTAL) and self.computed is not None:
            key += "_computed"
        elif self.kind is Kind.MISSING_SECTION and self.other:
            key += "_to"
        elif self.kind is Kind.DUPLICATE_LINE and self.stated is None:
            key += "_bare"
        elif self.kind is Kind.NEGATIVE and not self.line:
            key += "_total"
        facts = {"line": self.line, "concept": self.concept, "other": self.other}
        for name, amount in (("stated", self.stated), ("computed", self.computed)):
            facts[name] = "" if amount is None else l10n.money(amount, self.currency)
        if self.difference is not None:
            facts["difference"] = l10n.money(abs(self.difference), self.currency)
        return str(SENTENCES[key]) % facts


SENTENCES: dict[str, Promise] = {
    "negative": _("Line %(line)s holds a negative amount: %(stated)s."),
    "negative_total": _("The budget holds a negative amount: %(stated)s."),
    "missing_amount": _("Line %(line)s states no amount."),
    "missing_amount_computed": _("Line %(line)s states no amount; what it is made of gives %(computed)s."),
    "product": _(
        "Line %(line)s states %(stated)s, while its unit cost times its units gives %(computed)s: "
        "a difference of %(difference)s."
    ),
    "section_sum": _(
        "Section %(line)s states %(stated)s, while its items sum to %(computed)s: a difference of %(difference)s."
    ),
    "misplaced": _("Line %(line)s stands among the items of section %(other)s, to which its number does not belong."),
    "duplicate_number": _("The number %(line)s is given to more than one line."),
    "duplicate_line": _("Lines %(line)s and %(other)s are equal: %(concept)s, %(stated)s."),
    "duplicate_line_bare": _("Lines %(line)s and %(other)s are equal: %(concept)s."),
    "missing_section": _("Section %(line)s is missing from the numbering."),
    "missing_section_to": _("Sections %(line)s to %(other)s are missing from the numbering."),
    "missing_section_computed": _("Section %(line)s is missing, while items numbered under it sum to %(computed)s."),
    "missing_total": _("The budget states no total."),
    "missing_total_computed": _("The budget states no total; its items sum to %(computed)s."),
    "total_of_items": _(
        "The stated total is %(stated)s, while the items sum to %(computed)s: a difference of %(difference)s."
    ),
    "total_of_sections": _(
        "The stated total is %(stated)s, while the sections sum to %(computed)s: a difference of %(difference)s."
    ),
    "no_sum_gives_total": _(
        "No sum gives the stated total of %(stated)s: sections and items alike sum to %(computed)s, "
        "a difference of %(difference)s."
    ),
    "financing": _(
        "The stated total is %(stated)s, while the financing plan sums to %(computed)s: a difference of %(difference)s."
    ),
}


def discrepancies(budget: Budget) -> list[Discrepancy]:
    """Everything that does not add up: line by line, then the numbering, then the total. Empty for a sound budget."""
    with _exactly():
        reading = _Reading(budget)
        return [*reading.lines(), *reading.numbering(), *reading.total()]


def is_consistent(budget: Budget) -> bool:
    """Whether nothing in the budget contradicts anything else in it."""
    return not discrepancies(budget)


def computed_total(budget: Budget) -> Decimal:
    """The sum of the items, in the budget's currency.

    An item that states no amount counts with its unit cost times its units, else with nothing.
    """
    with _exactly():
        return _Reading(budget).sum_of_items


def product(line: Line, currency: str) -> Decimal | None:
    """Unit cost times all units, rounded half up to the currency's smallest unit; None without a unit cost.

    A unit cost without units counts once.
    """
    if line.unit_cost is None:
        return None
    with _exactly():
        result = line.unit_cost
        for _unit, quantity in line.units:
            result *= quantity
        return result.quantize(Decimal(1).scaleb(-l10n.currency_digits(currency)))


@contextmanager
def _exactly() -> Iterator[None]:
    with localcontext(EXACT):
        yield


@dataclass
class _Reading:
    """The budget as a tree. Positions, not numbers, identify lines, for a number may occur twice."""

    budget: Budget
    children: dict[int, list[int]] = field(default_factory=dict)
    orphans: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        last_seen: dict[str, int] = {}
        first_seen = {line.number: i for i, line in reversed(list(enumerate(self.budget.lines)))}
        for i, line in enumerate(self.budget.lines):
            if line.parent is not None:
                # Where a number occurs twice, an item belongs to the heading that it follows.
                above = last_seen.get(line.parent, first_seen.get(line.parent))
                if above is None or self.budget.lines[above].number.count(".") >= line.number.count("."):
                    self.orphans.setdefault(line.parent, []).append(i)
                else:
                    self.children.setdefault(above, []).append(i)
            last_seen[line.number] = i
        self.amounts = [self._amount(i) for i in range(len(self.budget.lines))]
        self.sum_of_items = self._sum([i for i in range(len(self.budget.lines)) if i not in self.children])

    def _amount(self, i: int) -> Decimal | None:
        line = self.budget.lines[i]
        return line.stated if line.stated is not None else self._made_of(i)

    def _made_of(self, i: int) -> Decimal | None:
        """What a line's own parts give: its items' sum, else its product."""
        if i in self.children:
            parts = [self._amount(child) for child in self.children[i]]
            return sum((part for part in parts if part is not None), ZERO)
        return product(self.budget.lines[i], self.budget.currency)

    def _sum(self, positions: list[int]) -> Decimal:
        return sum((amount for i in positions if (amount := self.amounts[i]) is not None), ZERO)

    def _found(self, kind: Kind, line: str = "", **facts: object) -> Discrepancy:
        return Discrepancy(kind, self.budget.currency, line, **facts)  # type: ignore[arg-type]

    def lines(self) -> Iterator[Discrepancy]:
        """Each line by itself and against its parts."""
        for i, line in enumerate(self.budget.lines):
            for amount in (line.stated, line.unit_cost, *(quantity for _unit, quantity in line.units)):
                if amount is not None and amount < 0:
                    yield self._found(Kind.NEGATIVE, line.number, stated=amount)
            if line.parent is not None and line.number.rpartition(".")[0] != line.parent:
                yield self._found(Kind.MISPLACED, line.number, other=line.parent)
            if line.stated is None:
                yield self._found(Kind.MISSING_AMOUNT, line.number, computed=self._made_of(i))
                continue
            multiplied = product(line, self.budget.currency)
            if multiplied is not None and multiplied != line.stated:
                yield self._found(Kind.PRODUCT, line.number, stated=line.stated, computed=multiplied)
            if i in self.children and (items := self._sum(self.children[i])) != line.stated:
                yield self._found(Kind.SECTION_SUM, line.number, stated=line.stated, computed=items)

    def numbering(self) -> Iterator[Discrepancy]:
        """Numbers and lines that occur twice, and sections that should be there."""
        by_number: dict[str, list[Line]] = {}
        by_content: dict[tuple[object, ...], list[Line]] = {}
        for line in self.budget.lines:
            by_number.setdefault(line.number, []).append(line)
            by_content.setdefault(_content(line), []).append(line)
        for number, lines in by_number.items():
            # Lines that are equal throughout are named as such below, once.
            if len({_content(line) for line in lines}) > 1:
                yield self._found(Kind.DUPLICATE_NUMBER, number)
        for first, *others in by_content.values():
            for other in others:
                yield self._found(
                    Kind.DUPLICATE_LINE, first.number, other=other.number, concept=first.concept, stated=first.stated
                )
        for number, positions in self.orphans.items():
            yield self._found(Kind.MISSING_SECTION, number, computed=self._sum(positions))
        yield from self._gaps()

    def _gaps(self) -> Iterator[Discrepancy]:
        numbers = [line.number for line in self.budget.lines if line.parent is None]
        known = sorted({int(number) for number in [*numbers, *self.orphans] if number.isdecimal()})
        for below, above in pairwise([0, *known]):
            if above - below > 1:
                last = str(above - 1) if above - below > 2 else ""
                yield self._found(Kind.MISSING_SECTION, str(below + 1), other=last)

    def total(self) -> Iterator[Discrepancy]:
        """The stated total against the sums of items, of sections and of the financing plan."""
        budget, stated = self.budget, self.budget.stated_total
        for _donors, amount in budget.financing:
            if amount < 0:
                yield self._found(Kind.NEGATIVE, stated=amount)
        if stated is None:
            if budget.lines or budget.financing:
                yield self._found(Kind.MISSING_TOTAL, computed=self.sum_of_items if budget.lines else None)
            return
        if stated < 0:
            yield self._found(Kind.NEGATIVE, stated=stated)
        items = self.sum_of_items
        headings = [i for i, line in enumerate(budget.lines) if line.parent is None]
        sections = self._sum(headings) if headings else items
        if items == sections != stated:
            yield self._found(Kind.NO_SUM_GIVES_TOTAL, stated=stated, computed=items)
        elif items != sections:
            if items != stated:
                yield self._found(Kind.TOTAL_OF_ITEMS, stated=stated, computed=items)
            if sections != stated:
                yield self._found(Kind.TOTAL_OF_SECTIONS, stated=stated, computed=sections)
        financed = sum((amount for _donors, amount in budget.financing), ZERO)
        if budget.financing and financed != stated:
            yield self._found(Kind.FINANCING, stated=stated, computed=financed)


def _content(line: Line) -> tuple[object, ...]:
    """What makes two lines equal: level, words and figures. A section may repeat the words of its only item."""
    words = " ".join(line.concept.split()).casefold()
    return (line.parent is None, words, line.stated, line.unit_cost, line.units)
