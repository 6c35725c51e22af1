"""Which expected payment an entry may settle is proposed with reasons, the same way every time."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ricomi.fund.bank.matching import ENOUGH, Expected, Match, propose
from ricomi.fund.bank.statement import BookedEntry

pytestmark = pytest.mark.usefixtures("english")

DAY = datetime.date(2026, 11, 24)
CANADA = Expected("c-1", "CON-2026-0001", "Global Affairs Canada", "CA", Decimal(500), "USD", DAY)
PERU = Expected("c-2", "CON-2026-0002", "Ministerio de Relaciones Exteriores", "PE", Decimal(700), "USD")


def entry(
    remittance: str = "", counterparty: str = "", amount: str = "500", key: str = "e", **more: object
) -> BookedEntry:
    facts = {
        "bank_reference": "", "amount": Decimal(amount), "credit": True, "currency": "USD", "booked_on": DAY,
        "value_on": DAY, "counterparty": counterparty, "remittance": remittance, "key": key,
    }  # fmt: skip
    return BookedEntry(**(facts | more))  # type: ignore[arg-type]


def one(came: BookedEntry, *expected: Expected) -> Match:
    (match,) = propose([came], expected or (CANADA, PERU))
    return match


def test_all_reasons_are_told() -> None:
    match = one(entry("Contribution CON-2026-0001", "GLOBAL AFFAIRS CANADA"))
    assert (match.expected, match.score) == (CANADA, 100)
    assert match.reasons == (
        "The reference CON-2026-0001 stands in the remittance.",
        "Amount and currency are the same.",
        "The donor's name is on it: Global Affairs Canada.",
        "The donor's country is named.",
        "It came near the day on which it is due, Nov 24, 2026.",
    )


@pytest.mark.parametrize(
    "remittance",
    [
        "CON-2026-0001",
        "con 2026 0001",
        "CON20260001",
        "Ref.:CON/2026/0001.",
        "CON-20 26-0001 thanks",
        "x (CON-2026-0001)",
    ],
)
def test_a_reference_is_found_however_it_is_written(remittance: str) -> None:
    match = one(entry(remittance, amount="123"))
    assert match.expected == CANADA
    assert match.reasons[-1] == "But the amount is not the same: 123.00 USD came, 500.00 USD is expected."


def test_a_reference_is_found_where_the_bank_carries_it_unchanged() -> None:
    assert one(entry(amount="1", end_to_end_id="CON-2026-0002")).expected == PERU


@pytest.mark.parametrize("remittance", ["CON-2026-00012", "XCON-2026-0001", "CON-2026-00 123", "2026-0001", ""])
def test_another_reference_is_not_taken_for_it(remittance: str) -> None:
    assert propose([entry(remittance, amount="123")], [CANADA]) == []


def test_the_amount_alone_is_not_enough() -> None:
    assert propose([entry()], [CANADA]) == []
    assert one(entry(counterparty="Receiver General for Canada")).score == ENOUGH
    assert one(entry(counterparty="Gouvernement du Canadá")).score == ENOUGH
    assert one(entry(counterparty="MINISTERIO RELACIONES EXTERIORES", amount="700")).expected == PERU


def test_a_country_is_known_in_each_language() -> None:
    brazil = replace(CANADA, donor_name="ABC", donor_country="BR")
    for name in ("Brasil", "BRAZIL", "Brésil"):
        assert "The donor's country is named." in one(entry(counterparty=f"Governo {name}"), brazil).reasons


def test_a_day_far_from_the_due_one_does_not_speak_for_it() -> None:
    late = replace(CANADA, due_on=DAY - datetime.timedelta(days=31))
    assert one(entry("CON-2026-0001"), late).score == one(entry("CON-2026-0001"), CANADA).score - 5


@pytest.mark.parametrize(
    "came",
    [
        entry("CON-2026-0001", credit=False),
        entry("CON-2026-0001", reversal=True),
        entry("CON-2026-0001", currency="CAD"),
    ],
    ids=["it went out", "it came back", "another currency"],
)
def test_what_is_no_contribution_is_not_compared(came: BookedEntry) -> None:
    assert propose([came], [CANADA, PERU]) == []


def test_the_better_pair_comes_first_and_nothing_stands_twice() -> None:
    exact = entry("CON-2026-0001", key="exact")
    partial = entry("CON-2026-0001", amount="7", key="partial")
    (match,) = propose([partial, exact], [CANADA])
    assert match.entry == exact
    second = replace(CANADA, key="c-3", reference="CON-2026-0003")
    both = entry("CON-2026-0001 CON-2026-0003", key="both")
    assert [found.expected.key for found in propose([both], [second, CANADA])] == ["c-1"]


def test_others_that_fit_as_well_are_named() -> None:
    quota = replace(CANADA, key="c-3", reference="CON-2026-0003")
    match = one(entry(counterparty="Global Affairs Canada"), quota, CANADA)
    assert (match.expected.key, match.rivals) == ("c-1", ("c-3",))
    assert one(entry("CON-2026-0003", "Global Affairs Canada"), quota, CANADA).rivals == ()


def test_of_two_that_fit_the_one_that_is_due_is_nearer() -> None:
    soon = replace(CANADA, key="z", due_on=DAY + datetime.timedelta(days=2))
    later = replace(CANADA, key="a", due_on=DAY + datetime.timedelta(days=20))
    assert one(entry("CON-2026-0001"), later, soon).expected == soon


references = st.sampled_from(["CON-2026-0001", "CON-2026-0002", "CON-2026-0003", ""])
entries_by_chance = st.lists(
    st.builds(entry, references, st.sampled_from(["Canada", "Perú", ""]), st.sampled_from(["500", "700"])), max_size=6
).map(lambda found: [replace(one, key=f"e-{number}") for number, one in enumerate(found)])
expected_by_chance = st.lists(
    st.builds(
        Expected, st.just(""), references, st.sampled_from(["Canada", "Perú"]), st.sampled_from(["CA", "PE", ""]),
        st.sampled_from([Decimal(500), Decimal(700)]), st.just("USD"), st.sampled_from([DAY, None]),
    ), max_size=6,
).map(lambda found: [replace(one, key=f"c-{number}") for number, one in enumerate(found)])  # fmt: skip


@given(entries_by_chance, expected_by_chance, st.randoms(use_true_random=False))
def test_the_order_in_which_they_come_changes_nothing(
    came: list[BookedEntry], due: list[Expected], chance: object
) -> None:
    found = propose(came, due)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert len({match.entry.key for match in found}) == len({match.expected.key for match in found}) == len(found)
    shuffled_came, shuffled_due = list(came), list(due)
    chance.shuffle(shuffled_came)  # type: ignore[attr-defined]
    chance.shuffle(shuffled_due)  # type: ignore[attr-defined]
    assert propose(shuffled_came, shuffled_due) == found
