"""How the voices of delegations become a decision: docs/endorsement.md, in code. Nothing else counts voices."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from cases.models import Case, Decision, Revision
from ricomi.directory.models import Membership, Role, VotingRule
from workflows.condition import begin_condition
from workflows.decision_paper import issue_decision
from workflows.engine import RECUSE, Act
from workflows.models import Task
from workflows.numbers import next_number

IN_FAVOUR = frozenset({"endorse", "endorse_with_conditions"})
AGAINST = ("defer", "return", "reject")  # what closes least comes first
ABSTAIN = "abstain"
OPEN, DEADLINE, CHAIR, CONSENT = "open", "deadline", "chair", "consent"


@dataclass(frozen=True)
class Rule:
    """By what rule a body decides; `quorum` is the share of all its delegations that must be present."""

    method: str
    quorum: Fraction = Fraction(0)
    casting_vote: bool = False


@dataclass(frozen=True)
class Tally:
    """What came out of a vote: one of the outcomes of the endorsement, and whether enough were present."""

    outcome: str
    needed: int
    present: int


class Word(Protocol):
    """One position that somebody took for a delegation; `rank` is their place in it, 1 the titular's."""

    state: str
    rank: int
    choice: str


def standing(voices: Iterable[Word]) -> dict[str, Any]:
    """The word that counts of each delegation, of voices in the order in which they came.

    A declared conflict of interest stays; else whoever stands first in the delegation, and of them the last word.
    """
    found: dict[str, Any] = {}
    for voice in voices:
        before = found.get(voice.state)
        if before is None or voice.choice == RECUSE or (before.choice != RECUSE and voice.rank <= before.rank):
            found[voice.state] = voice
    return found


def decide(
    rule: Rule, positions: Mapping[str, str | None], recused: Iterable[str], chair: str | None, closing: str,
    attending: Iterable[str] = (),
) -> Tally | None:  # fmt: skip
    """The outcome of a vote, or None while it is open.

    `positions` has every delegation of the body, None while it is silent. `closing` says whether the vote ends anyway:
    at its DEADLINE, by the CHAIR in a sitting, or with a CONSENT list, to which those `attending` who are silent agree.
    """
    out = set(recused) | {state for state, choice in positions.items() if choice == RECUSE}
    voices = {state: choice for state, choice in positions.items() if state not in out}
    silent = {state for state, choice in voices.items() if choice is None}
    if closing == OPEN and silent:
        return None
    voices |= dict.fromkeys(agreeing(rule, silent, closing, attending), "endorse")
    needed = math.ceil(rule.quorum * len(positions))
    present = sum(choice is not None for choice in voices.values())
    if present < needed:
        return Tally("defer", needed, present)
    return Tally(_outcome(rule, voices, chair), needed, present)


def agreeing(rule: Rule, silent: Iterable[str], closing: str, attending: Iterable[str] = ()) -> set[str]:
    """Of the silent delegations those whose silence counts in favour; see `decide`."""
    if closing == CONSENT:
        return set(silent) & set(attending)
    return set(silent) if closing == DEADLINE and rule.method == VotingRule.Method.CONSENSUS else set()


def _outcome(rule: Rule, voices: Mapping[str, str | None], chair: str | None) -> str:
    count = Counter(choice for choice in voices.values() if choice not in (None, ABSTAIN))
    voting, favour = count.total(), sum(count[choice] for choice in IN_FAVOUR)
    against = voting - favour
    carried = "endorse_with_conditions" if count["endorse_with_conditions"] else "endorse"
    if rule.method == VotingRule.Method.CONSENSUS:
        if not against:
            return carried
        if count["reject"] == voting:
            return "reject"
        return "return" if count["return"] > count["defer"] else "defer"
    if not voting:
        return "defer"
    if rule.method == VotingRule.Method.MAJORITY and favour == against:
        casting = voices.get(chair or "") if rule.casting_vote else None
        return carried if casting in IN_FAVOUR else casting if casting in AGAINST else "defer"
    if _is_carried(rule.method, favour, voting):
        return carried
    return max(AGAINST, key=lambda choice: count[choice])


def _is_carried(method: str, favour: int, voting: int) -> bool:
    if method == VotingRule.Method.TWO_THIRDS:
        return 3 * favour >= 2 * voting
    if method == VotingRule.Method.UNANIMITY:
        return favour == voting
    return 2 * favour > voting


@dataclass(frozen=True)
class Vote:
    """A vote as it stands: the rule that the case keeps, every delegation of the body, and the words that count."""

    rule: Rule
    delegations: tuple[str, ...]
    chair: str | None
    words: Mapping[str, Any]
    parties: frozenset[str]

    @property
    def recused(self) -> dict[str, str]:
        """Delegations without a voice in this case, each with why: as a `party`, or by a `declared` conflict."""
        declared = {state: "declared" for state, word in self.words.items() if word.choice == RECUSE}
        return declared | {state: "party" for state in self.delegations if state in self.parties}

    @property
    def said(self) -> list[Any]:
        """The words that count, by state."""
        return [self.words[state] for state in sorted(self.words)]

    @property
    def silent(self) -> list[str]:
        return [state for state in self.delegations if state not in self.words and state not in self.parties]

    def agreeing(self, closing: str, attending: Iterable[str] = ()) -> list[str]:
        """Delegations that were silent and so agreed."""
        return sorted(agreeing(self.rule, self.silent, closing, attending))

    def decide(self, closing: str = OPEN, attending: Iterable[str] = ()) -> Tally | None:
        """See `decide`."""
        said = {state: self.words[state].choice if state in self.words else None for state in self.delegations}
        return decide(self.rule, said, self.parties, self.chair, closing, attending)


def vote_on(subject: Case | Revision, task: Task) -> Vote:
    """The vote on a case, or on what belongs to one, in a ballot that waits or is being closed."""
    rule = subject.root.rule
    chairs, states = set(), set()
    for role, state in Membership.objects.speaking_in(rule.body_id).values_list("role", "represents_id"):
        states.add(state)
        chairs |= {state} if role == Role.CHAIR else set()
    voices = task.voices.filter(state__in=states).select_related("person", "on_behalf").order_by("pk")
    return Vote(
        Rule(rule.method, rule.quorum, rule.casting_vote), tuple(sorted(states)), min(chairs, default=None),
        standing(voices), frozenset(subject.party_states()),
    )  # fmt: skip


def is_secret(subject: Case | Revision) -> bool:
    """Whether reviewers do not read each other's positions, by the rule that the case keeps."""
    return not subject.root.rule.open_voting


def count(subject: Case | Revision, task: Task, closing: str, attending: Iterable[str] = ()) -> str | None:
    """What the ballot decides: the name of one of its outcomes, or None while it is open."""
    tally = vote_on(subject, task).decide(closing, attending)
    return tally.outcome if tally else None


def record_decision(subject: Case | Revision, act: Act) -> None:
    """Write down what was decided, by whom and by which rule, issue it, and let each condition begin its way."""
    case: Case = subject.root
    ballot = act.run.flow_class.step(act.step)
    task = act.run.task_set.filter(flow_task=ballot, status="NEW").latest("pk")
    vote, closing, attending = vote_on(subject, task), act.facts.get("closing", OPEN), act.data.get("attending", ())
    tally = vote.decide(closing, attending)
    assert tally is not None
    assert tally.outcome == act.outcome
    carried = act.outcome == "endorse_with_conditions"
    favouring = [word for word in vote.words.values() if word.choice == act.outcome]
    conditions = [one for word in favouring for one in word.data.get("conditions", [])] if carried else []
    remarks = [word.remark for word in favouring if word.remark]
    said = [one["text"] for one in conditions] + remarks
    act.reason = "\n\n".join(dict.fromkeys(said))
    decision = Decision.objects.create(
        case=case, rule=case.rule, number=next_number(Decision, "number", "CEAM", act.at, 4), outcome=act.outcome,
        at=act.at, closing=closing,
        needed=tally.needed, present=tally.present,
        reconsidered=isinstance(subject, Case) and subject.reconsidered_at is not None,
        record=_record(case, vote) | act.data.get("sitting", {}) | {
            "conditions": conditions, "reason": act.reason, "remarks": list(dict.fromkeys(remarks)),
            "agreeing": vote.agreeing(closing, attending), "chair": _presiding(case, vote, act),
            **({"revised_total": str(subject.total)} if isinstance(subject, Revision) else {}),
        },
    )  # fmt: skip
    act.facts["decision"] = decision.number
    act.facts["voices"] = dict(Counter(word.choice for word in vote.words.values()))
    for number, condition in enumerate(conditions, 1):
        begin_condition(case, act, {**condition, "decision": decision, "number": number})
    issue_decision(decision, ballot)


def _record(case: Case, vote: Vote) -> dict[str, Any]:
    """The decision's own account of the vote; of a secret one without who said what."""
    words = [] if is_secret(case) else [
        {"state": state, "choice": word.choice, "person": word.person.name, "rank": word.rank,
         "on_behalf": word.on_behalf.name if word.on_behalf else "", "remark": word.remark}
        for state, word in sorted(vote.words.items()) if word.choice != RECUSE
    ]  # fmt: skip
    said = Counter(word.choice for word in vote.words.values() if word.choice != RECUSE)
    return {
        "delegations": list(vote.delegations), "words": words, "count": dict(said), "recused": vote.recused,
        "silent": vote.silent,
    }  # fmt: skip


def _presiding(case: Case, vote: Vote, act: Act) -> dict[str, str]:
    """Who closed the vote; where nobody did, the titular chair in office. Empty when there is none."""
    if act.facts.get("closing") in (CHAIR, CONSENT):
        return {"person": act.person.name, "on_behalf": act.on_behalf.name if act.on_behalf else ""}
    chairs = Membership.objects.active().filter(body=case.rule.body_id, role=Role.CHAIR, represents=vote.chair)
    chair = chairs.select_related("person").order_by("rank", "pk").first()
    return {"person": chair.person.name, "on_behalf": ""} if chair else {}
