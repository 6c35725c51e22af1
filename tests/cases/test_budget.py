"""A budget's contradictions are found, named by kind and line, and told with the right amounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cases import request_form
from cases.budget import Budget, Discrepancy, Kind, Line, computed_total, discrepancies, is_consistent, product

FOUNDING = Path(settings.BASE_DIR) / "ricomi" / "demo_data" / "founding-proposal.json"


def line(number: str, stated: str | None, cost: str | None = None, *quantities: str, concept: str = "") -> Line:
    return Line(
        number=number,
        concept=concept or f"What line {number} pays for",
        stated=None if stated is None else Decimal(stated),
        unit_cost=None if cost is None else Decimal(cost),
        units=tuple(("day", Decimal(quantity)) for quantity in quantities),
        parent=number.rpartition(".")[0] or None,
    )


SOUND = Budget(
    lines=(
        line("1", "1300"),
        line("1.1", "1000"),
        line("1.2", "300", "50", "3", "2"),
        line("2", "200.50"),
        line("2.1", "200.50"),
        line("3", "99.50"),
    ),
    stated_total=Decimal(1600),
    currency="USD",
    financing=(("member states", Decimal(900)), ("permanent observers", Decimal(700))),
)


def told(found: list[Discrepancy]) -> list[tuple[str, str, str | None, str | None]]:
    def plain(amount: Decimal | None) -> str | None:
        return None if amount is None else f"{amount:.2f}"

    return [(str(one.kind), one.line, plain(one.stated), plain(one.computed)) for one in found]


def with_lines(*lines: Line, total: str | None = None, **fields: Any) -> Budget:
    stated = None if total is None else Decimal(total)
    return Budget(**({"lines": lines, "stated_total": stated, "currency": "USD"} | fields))


def changed(number: str, **fields: Any) -> Budget:
    lines = [replace(one, **fields) if one.number == number else one for one in SOUND.lines]
    return replace(SOUND, lines=tuple(lines))


def test_a_sound_budget_has_no_discrepancy() -> None:
    assert discrepancies(SOUND) == []
    assert is_consistent(SOUND)
    assert computed_total(SOUND) == Decimal(1600)


def test_the_founding_proposal_is_off_in_exactly_three_places() -> None:
    form = request_form.read(FOUNDING)
    assert told(form.discrepancies()) == [
        ("section_sum", "3", "10250.00", "11252.00"),
        ("total_of_items", "", "130000.00", "131000.00"),
        ("total_of_sections", "", "130000.00", "129998.00"),
    ]
    assert [one.difference for one in form.discrepancies()] == [Decimal(-1002), Decimal(-1000), Decimal(2)]
    assert computed_total(form.budget()) == Decimal(131000)


@pytest.mark.parametrize(
    ("language", "amounts"),
    [("en", ("10,250.00", "11,252.00", "1,002.00")), ("es", ("10.250,00", "11.252,00", "1.002,00"))],
)
def test_amounts_are_told_as_the_reader_writes_them(language: str, amounts: tuple[str, ...]) -> None:
    with translation.override(language):
        sentence = request_form.read(FOUNDING).discrepancies()[0].message()
    assert all(amount in sentence for amount in amounts)


CASES: list[tuple[str, Budget, list[tuple[str, str, str | None, str | None]]]] = [
    ("nothing at all", with_lines(), []),
    ("a section without items", with_lines(line("1", "5"), total="5"), []),
    ("sections alone", with_lines(line("1", "2"), line("2", "3"), total="5"), []),
    (
        "a product that is off",
        changed("1.2", unit_cost=Decimal(51)),
        [("product", "1.2", "300.00", "306.00")],
    ),
    (
        "a unit cost whose units are missing",
        changed("1.2", units=()),
        [("product", "1.2", "300.00", "50.00")],
    ),
    (
        "one cent in an item",
        changed("2.1", stated=Decimal("200.51")),
        [
            ("section_sum", "2", "200.50", "200.51"),
            ("total_of_items", "", "1600.00", "1600.01"),
        ],
    ),
    (
        "a section that states too much",
        changed("1", stated=Decimal(1310)),
        [
            ("section_sum", "1", "1310.00", "1300.00"),
            ("total_of_sections", "", "1600.00", "1610.00"),
        ],
    ),
    (
        "an item without an amount",
        changed("1.1", stated=None),
        [
            ("section_sum", "1", "1300.00", "300.00"),
            ("missing_amount", "1.1", None, None),
            ("total_of_items", "", "1600.00", "600.00"),
        ],
    ),
    ("an item whose amount follows", changed("1.2", stated=None), [("missing_amount", "1.2", None, "300.00")]),
    ("a section whose amount follows", changed("1", stated=None), [("missing_amount", "1", None, "1300.00")]),
    (
        "no total",
        replace(SOUND, stated_total=None),
        [("missing_total", "", None, "1600.00")],
    ),
    (
        "a financing plan without anything else",
        with_lines(financing=(("member states", Decimal(5)),)),
        [("missing_total", "", None, None)],
    ),
    (
        "a total that no sum gives",
        replace(SOUND, stated_total=Decimal(1700), financing=()),
        [("no_sum_gives_total", "", "1700.00", "1600.00")],
    ),
    ("a total without lines", with_lines(total="5"), [("no_sum_gives_total", "", "5.00", "0.00")]),
    (
        "financing that is short",
        replace(SOUND, financing=(("member states", Decimal(900)),)),
        [("financing", "", "1600.00", "900.00")],
    ),
    (
        "a number given twice",
        with_lines(line("1", "5"), line("1.1", "2"), line("1.1", "3", concept="Another"), total="5"),
        [("duplicate_number", "1.1", None, None)],
    ),
    (
        "a section's number given twice: items belong to the heading that they follow",
        with_lines(line("1", "5"), line("1.1", "5"), line("1", "7", concept="Another"), line("1.2", "7"), total="12"),
        [("duplicate_number", "1", None, None)],
    ),
    (
        "two equal lines",
        with_lines(
            line("1", "10"),
            line("1.1", "5", concept="Travel to the meeting"),
            line("1.2", "5", concept="travel  to the Meeting"),
            total="10",
        ),
        [("duplicate_line", "1.1", "5.00", None)],
    ),
    (
        "a line copied with its number",
        with_lines(line("1", "10"), line("1.1", "5"), line("1.1", "5"), total="10"),
        [("duplicate_line", "1.1", "5.00", None)],
    ),
    (
        "a section that says what its only item says",
        with_lines(line("1", "5", concept="Travel"), line("1.1", "5", concept="Travel"), total="5"),
        [],
    ),
    (
        "items whose section is not there",
        with_lines(line("1", "5"), line("2.1", "3"), line("2.2", "4"), total="12"),
        [
            ("missing_section", "2", None, "7.00"),
            ("total_of_sections", "", "12.00", "5.00"),
        ],
    ),
    (
        "a gap in the numbering",
        with_lines(line("1", "5"), line("3", "4"), total="9"),
        [("missing_section", "2", None, None)],
    ),
    (
        "a wide gap, told once",
        with_lines(line("2", "5"), line("99", "4"), total="9"),
        [("missing_section", "1", None, None), ("missing_section", "3", None, None)],
    ),
    (
        "an item among another section's items",
        with_lines(line("1", "5"), replace(line("2.1", "5"), parent="1"), line("2", "3"), total="8"),
        [("misplaced", "2.1", None, None)],
    ),
    (
        "negative amounts",
        with_lines(line("1", "-5"), total="-5", financing=(("member states", Decimal(-5)),)),
        [
            ("negative", "1", "-5.00", None),
            ("negative", "", "-5.00", None),
            ("negative", "", "-5.00", None),
        ],
    ),
    (
        "lines that name each other as parents",
        with_lines(replace(line("1.1", "5"), parent="1.2"), replace(line("1.2", "5"), parent="1.1"), total="10"),
        [
            ("misplaced", "1.1", None, None),
            ("misplaced", "1.2", None, None),
            ("missing_section", "1.2", None, "5.00"),
            ("missing_section", "1.1", None, "5.00"),
        ],
    ),
]


@pytest.mark.parametrize(("budget", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_kind_is_found_with_its_amounts(budget: Budget, expected: list[Any]) -> None:
    found = discrepancies(budget)
    assert told(found) == expected
    assert is_consistent(budget) == (not expected)
    for one in found:
        for language in ("es", "en", "pt", "fr"):
            with translation.override(language):
                sentence = one.message()
            assert sentence
            assert "%(" not in sentence


def test_every_kind_stands_in_the_table() -> None:
    assert {told_[0] for _name, _budget, expected in CASES for told_ in expected} == set(Kind)


def test_a_message_names_every_amount() -> None:
    with translation.override("en"):
        for _name, budget, _expected in CASES:
            for one in discrepancies(budget):
                for amount in (one.stated, one.computed, one.difference and abs(one.difference)):
                    assert amount is None or f"{amount:,.2f} USD" in one.message(), one
                assert one.line in one.message()
                assert one.other in one.message()


@pytest.mark.parametrize(
    ("currency", "cost", "quantities", "expected"),
    [
        ("USD", "33.33", ["0.5"], "16.67"),
        ("USD", "0.01", ["0.4999"], "0.00"),
        ("PYG", "15", ["0.5"], "8"),
        ("USD", "999999999999.99", ["999999999"] * 3, "999999996999989999990002999999990000001.00"),
        ("USD", "7", [], "7"),
    ],
)
def test_a_product_is_exact_and_rounded_once(currency: str, cost: str, quantities: list[str], expected: str) -> None:
    found = product(line("1.1", None, cost, *quantities), currency)
    assert found is not None
    if len(quantities) == 3:
        whole = int(Decimal(cost) * 100) * 999999999**3
        assert found == Decimal(f"{whole // 100}.{whole % 100:02d}")
    else:
        assert found == Decimal(expected)


def test_what_needs_no_unit_cost_has_no_product() -> None:
    assert product(line("1.1", "5"), "USD") is None


# Budgets by chance

cents = st.integers(min_value=1, max_value=10**9).map(lambda value: Decimal(value) / 100)


@st.composite
def items(draw: st.DrawFn, number: str) -> Line:
    if draw(st.booleans()):
        cost, count = draw(cents), draw(st.integers(min_value=1, max_value=60))
        return replace(line(number, None, str(cost), str(count)), stated=cost * count)
    return replace(line(number, None), stated=draw(cents))


@st.composite
def sound_budgets(draw: st.DrawFn) -> Budget:
    lines: list[Line] = []
    for section in range(1, draw(st.integers(min_value=1, max_value=5)) + 1):
        below = [draw(items(f"{section}.{n}")) for n in range(1, draw(st.integers(min_value=1, max_value=5)) + 1)]
        stated = sum((one.stated or Decimal(0) for one in below), Decimal(0))
        lines += [replace(line(str(section), None), stated=stated), *below]
    total = sum((one.stated or Decimal(0) for one in lines if one.parent is None), Decimal(0))
    half = (total / 2).quantize(Decimal("0.01"))
    return Budget(tuple(lines), total, "USD", (("member states", half), ("permanent observers", total - half)))


@given(sound_budgets())
def test_a_budget_that_adds_up_is_never_blamed(budget: Budget) -> None:
    assert discrepancies(budget) == []
    assert computed_total(budget) == budget.stated_total


@given(sound_budgets(), st.data())
def test_a_section_that_is_changed_is_named(budget: Budget, data: st.DataObject) -> None:
    section = data.draw(st.sampled_from([one for one in budget.lines if one.parent is None]))
    slip, total = data.draw(cents), budget.stated_total or Decimal(0)
    stated = (section.stated or Decimal(0)) + slip
    lines = tuple(replace(one, stated=stated) if one is section else one for one in budget.lines)
    assert told(discrepancies(replace(budget, lines=lines))) == [
        ("section_sum", section.number, f"{stated:.2f}", f"{section.stated:.2f}"),
        ("total_of_sections", "", f"{total:.2f}", f"{total + slip:.2f}"),
    ]


@given(sound_budgets(), st.data())
def test_an_item_that_is_changed_is_named(budget: Budget, data: st.DataObject) -> None:
    item = data.draw(st.sampled_from([one for one in budget.lines if one.parent is not None]))
    slip, total = data.draw(cents), budget.stated_total or Decimal(0)
    stated = (item.stated or Decimal(0)) + slip
    lines = tuple(replace(one, stated=stated) if one is item else one for one in budget.lines)
    section = next(one for one in budget.lines if one.number == item.parent)
    expected = [
        ("section_sum", section.number, f"{section.stated:.2f}", f"{(section.stated or 0) + slip:.2f}"),
        ("total_of_items", "", f"{total:.2f}", f"{total + slip:.2f}"),
    ]
    if item.unit_cost is not None:
        expected.insert(1, ("product", item.number, f"{stated:.2f}", f"{item.stated:.2f}"))
    assert told(discrepancies(replace(budget, lines=lines))) == expected


@given(sound_budgets(), cents)
def test_a_total_that_is_changed_is_named(budget: Budget, slip: Decimal) -> None:
    total = budget.stated_total or Decimal(0)
    assert told(discrepancies(replace(budget, stated_total=total + slip))) == [
        ("no_sum_gives_total", "", f"{total + slip:.2f}", f"{total:.2f}"),
        ("financing", "", f"{total + slip:.2f}", f"{total:.2f}"),
    ]


@given(sound_budgets(), st.data())
def test_a_section_that_is_taken_out_is_missed(budget: Budget, data: st.DataObject) -> None:
    section = data.draw(st.sampled_from([one for one in budget.lines if one.parent is None]))
    found = discrepancies(replace(budget, lines=tuple(one for one in budget.lines if one is not section)))
    assert ("missing_section", section.number, None, f"{section.stated:.2f}") in told(found)


@given(sound_budgets(), st.data())
def test_a_line_that_is_copied_is_named(budget: Budget, data: st.DataObject) -> None:
    item = data.draw(st.sampled_from([one for one in budget.lines if one.parent is not None]))
    found = discrepancies(replace(budget, lines=(*budget.lines, item)))
    assert ("duplicate_line", item.number, f"{item.stated:.2f}", None) in told(found)
