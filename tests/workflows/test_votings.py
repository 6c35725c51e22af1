"""Votings worked out by hand from docs/endorsement.md, and the order of voices, which makes no difference."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.endorsement import RECUSE, Rule, decide, standing

TABLE = list(csv.DictReader((Path(__file__).parent / "votings.csv").read_text("utf-8").splitlines()))
SAID = {
    "E": "endorse", "C": "endorse_with_conditions", "Q": "return", "D": "defer", "R": "reject", "A": "abstain",
    "-": None, "X": None,
}  # fmt: skip
OUTCOME = {
    "endorsed": "endorse", "conditions": "endorse_with_conditions", "returned": "return", "deferred": "defer",
    "rejected": "reject",
}  # fmt: skip
CHOICES = [choice for choice in SAID.values() if choice] + [RECUSE]


def test_the_table_is_large_enough_to_show_something():
    assert len(TABLE) >= 200
    assert len({row["id"] for row in TABLE}) == len(TABLE)
    for column in ("rule", "closing", "casting", "outcome"):
        assert len({row[column] for row in TABLE}) >= 2, column


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_a_voting(row):
    letters = dict(enumerate(row["positions"]))
    positions = {f"S{n}": SAID[letter] for n, letter in letters.items()}
    recused = {f"S{n}" for n, letter in letters.items() if letter == "X"}
    rule = Rule(row["rule"], Fraction(row["quorum"]), row["casting"] == "yes")
    tally = decide(rule, positions, recused, "S0", row["closing"])
    if row["outcome"] == "open":
        assert tally is None
        return
    assert tally is not None
    assert (tally.outcome, tally.needed, tally.present) == (
        OUTCOME[row["outcome"]], int(row["needed"]), int(row["present"]),
    )  # fmt: skip
    declared = positions | dict.fromkeys(recused, RECUSE)
    assert decide(rule, declared, set(), "S0", row["closing"]) == tally, "a declared conflict counts as a party's"


@dataclass(frozen=True)
class Word:
    state: str
    rank: int
    choice: str


@st.composite
def words(draw):
    """One word of each of some people of some delegations: in any order, for nobody speaks twice."""
    people = draw(st.sets(st.tuples(st.sampled_from("ABCDEFG"), st.integers(1, 3)), min_size=1))
    return [Word(state, rank, draw(st.sampled_from(CHOICES))) for state, rank in sorted(people)]


@given(words(), st.randoms(), st.sampled_from(["consensus", "majority", "two_thirds", "unanimity"]), st.booleans())
def test_no_order_of_arrival_changes_the_outcome(said, chance, method, casting):
    def outcome(voices):
        found = standing(voices)
        positions = {state: found[state].choice if state in found else None for state in "ABCDEFG"}
        return decide(Rule(method, Fraction(1, 3), casting), positions, {"G"}, "A", "deadline")

    other = list(said)
    chance.shuffle(other)
    assert outcome(other) == outcome(said)


def test_of_one_person_the_last_word_counts_and_the_titular_before_an_alternate():
    voices = [Word("A", 1, "reject"), Word("A", 2, "abstain"), Word("A", 1, "endorse"), Word("A", 2, "reject")]
    assert standing(voices)["A"].choice == "endorse"
    assert standing([Word("B", 2, "reject"), Word("B", 2, "defer")])["B"].choice == "defer"


def test_a_declared_conflict_is_not_taken_back():
    voices = [Word("A", 2, RECUSE), Word("A", 1, "endorse")]
    assert standing(voices)["A"].choice == RECUSE


@pytest.mark.parametrize("method", ["consensus", "majority", "two_thirds", "unanimity"])
def test_who_attends_and_says_nothing_agrees_to_a_consent_list(method):
    positions = {"A": "endorse", "B": None, "C": None, "D": None}
    rule = Rule(method, Fraction(3, 4))
    assert decide(rule, positions, {"D"}, "A", "consent", {"A", "B", "C", "D"}).outcome == "endorse"
    assert decide(rule, positions, {"D"}, "A", "consent", {"A", "B", "D"}).outcome == "defer", "no quorum"
    against = positions | {"B": "reject"}
    carried = decide(rule, against, {"D"}, "A", "consent", {"A", "B", "C"}).outcome == "endorse"
    assert carried == (method in ("majority", "two_thirds"))
