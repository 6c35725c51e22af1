"""What makes a state likely to help, a factor each: its value from 0 to 1, and the sentence that says why.

A factor's points are its weight times its value, and a state's total is the sum of its points: nothing else counts.
Values are hundredths and weights whole numbers, so what is shown adds up to the total that is shown.
"""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ricomi import l10n
from ricomi.catalogue.models import StandingOffer
from ricomi.directory.models import Body
from ricomi.matching.asked import Asked
from ricomi.matching.best import Offer
from ricomi.matching.history import ROUNDS, History
from ricomi.templatetags.ricomi import language_name

NONE, HALF, ALL = Decimal("0.00"), Decimal("0.50"), Decimal("1.00")
# From so many on, more changes a value no further.
ENOUGH_TAUGHT, ENOUGH_WORDS, TOO_BUSY, TOO_OFTEN, TOO_MANY_REFUSALS = 3, 5, 5, 6, 4
Facts = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A state that might help: its best offer, the names of its forums by code, and what all states did before."""

    body: Body
    offer: Offer | None
    forums: Mapping[str, dict[str, str]]
    past: History


@dataclass(frozen=True)
class Part:
    """What one factor adds to a total: weight times value, and the facts that its sentence says."""

    factor: Factor
    weight: int
    value: Decimal
    facts: Facts

    @property
    def points(self) -> Decimal:
        return self.weight * self.value

    @property
    def sentence(self) -> str:
        """Why, in the reader's language."""
        return self.factor.says(self.facts)

    def kept(self) -> Facts:
        """The part as a proposal keeps it."""
        return {"code": self.factor.code, "weight": self.weight, "value": str(self.value), "facts": self.facts}


class Factor(ABC):
    """One reason; `weight` is what it counts where nobody has set another."""

    code: ClassVar[str]
    weight: ClassVar[int]
    title: ClassVar[Any]
    means: ClassVar[Any]

    @abstractmethod
    def facts(self, asked: Asked, one: Candidate) -> Facts:
        """What its sentence says, in what JSON can hold."""

    @abstractmethod
    def value(self, facts: Facts) -> Decimal:
        """From 0 to 1, in hundredths."""

    @abstractmethod
    def says(self, facts: Facts) -> str:
        """The facts as a sentence in the reader's language."""

    def part(self, asked: Asked, one: Candidate, weight: int) -> Part:
        """What the factor adds for one state."""
        facts = self.facts(asked, one)
        return Part(self, weight, self.value(facts), facts)


def share(some: int, of: int) -> Decimal:
    """So many of so many in hundredths, at most 1."""
    return (Decimal(min(some, of)) / of).quantize(NONE, ROUND_HALF_UP) if of else NONE


class Themes(Factor):
    code, weight = "themes", 24
    title = gettext_lazy("Offers the themes")
    means = gettext_lazy("The share of the request's themes that the state's standing offers in force cover.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"n": one.offer.covered if one.offer else 0, "of": len(asked.themes)}

    def value(self, facts: Facts) -> Decimal:
        return share(facts["n"], facts["of"])

    def says(self, facts: Facts) -> str:
        if facts["n"] == facts["of"]:
            return ngettext("Offers this theme.", "Offers all %(of)d themes.", facts["of"]) % facts
        return _("Offers %(n)d of the %(of)d themes.") % facts


class Taught(Factor):
    code, weight = "taught", 12
    title = gettext_lazy("Taught the themes")
    means = gettext_lazy("To how many states it taught one of the themes in cases that are closed; three are enough.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"n": one.past.taught[one.body.pk]}

    def value(self, facts: Facts) -> Decimal:
        return share(facts["n"], ENOUGH_TAUGHT)

    def says(self, facts: Facts) -> str:
        if not facts["n"]:
            return _("Has taught this theme to no state yet.")
        return ngettext("Taught this theme to one state.", "Taught this theme to %(n)d states.", facts["n"]) % facts


class Language(Factor):
    code, weight = "language", 10
    title = gettext_lazy("Works in the language")
    means = gettext_lazy("Whether its people can work in the language of the request.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"language": asked.language, "works": bool(one.offer and asked.language in one.offer.languages)}

    def value(self, facts: Facts) -> Decimal:
        return ALL if facts["works"] else NONE

    def says(self, facts: Facts) -> str:
        said = {"language": language_name(facts["language"])}
        if facts["works"]:
            return _("Works in the language of the request, %(language)s.") % said
        return _("Does not offer to work in the language of the request, %(language)s.") % said


class Kind(Factor):
    code, weight = "kind", 5
    title = gettext_lazy("Kind of help")
    means = gettext_lazy("Whether the request names the kind of help that is offered; half where it names none.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"kind": one.offer.modality if one.offer else "", "named": sorted(asked.kinds)}

    def value(self, facts: Facts) -> Decimal:
        if not facts["named"]:
            return HALF
        return ALL if facts["kind"] in facts["named"] else NONE

    def says(self, facts: Facts) -> str:
        kinds = dict(StandingOffer.Modality.choices)
        said = {"kind": kinds.get(facts["kind"], "–"), "named": ", ".join(str(kinds[one]) for one in facts["named"])}
        if not facts["named"]:
            return _("Offered: %(kind)s. The request says nothing of the kind of help.") % said
        if facts["kind"] in facts["named"]:
            return _("Offered: %(kind)s, which the request names.") % said
        return _("Offered: %(kind)s. The request names: %(named)s.") % said


class Time(Factor):
    code, weight = "time", 8
    title = gettext_lazy("Free in the time asked")
    means = gettext_lazy("The share of the days asked on which the offer holds.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        begins = asked.begins or asked.day
        ends = max(asked.ends or begins, begins)
        days = (ends - begins).days + 1
        free = 0
        if one.offer:
            last = min(ends, one.offer.until or datetime.date.max)
            free = max(0, (last - max(begins, one.offer.since)).days + 1)
        return {"n": free, "of": days, "dated": asked.begins is not None}

    def value(self, facts: Facts) -> Decimal:
        return share(facts["n"], facts["of"])

    def says(self, facts: Facts) -> str:
        if not facts["dated"]:
            return _("The offer holds today; the request names no dates.")
        if facts["n"] >= facts["of"]:
            return _("The offer holds through all the time asked.")
        return _("The offer holds on %(n)d of the %(of)d days asked.") % facts


class Budget(Factor):
    code, weight = "budget", 4
    title = gettext_lazy("Budgets of this size")
    means = gettext_lazy("Whether it has agreed, as offering state, to a budget of half to twice this size.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"n": one.past.agreed[one.body.pk], "free": not asked.size}

    def value(self, facts: Facts) -> Decimal:
        return ALL if facts["n"] else NONE

    def says(self, facts: Facts) -> str:
        if facts["free"]:
            return _("Has helped without money before.") if facts["n"] else _("Has not helped without money yet.")
        return _("Has an agreed budget of this size.") if facts["n"] else _("Has agreed to no budget of this size yet.")


class SameForum(Factor):
    code, weight = "forum", 4
    title = gettext_lazy("Same forum")
    means = gettext_lazy("Whether both states belong to the same forum on migration.")

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"forums": [one.forums[code] for code in sorted(one.forums) if code in asked.forums]}

    def value(self, facts: Facts) -> Decimal:
        return ALL if facts["forums"] else NONE

    def says(self, facts: Facts) -> str:
        if not facts["forums"]:
            return _("Belongs to no forum of the requesting state.")
        return _("Same forum: %(forums)s.") % {"forums": ", ".join(l10n.in_language(one) for one in facts["forums"])}


class Words(Factor):
    code, weight = "words", 12
    title = gettext_lazy("Same words")
    means = gettext_lazy(
        "How many words of the request the offer shares, be it in another language by way of the thesaurus; "
        "five are enough."
    )

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        stems = set(one.offer.stems) if one.offer else set()
        shared = dict.fromkeys(form for stem, form in asked.words.items() if stem in stems)
        # A word of a phrase that is shared as a whole is not counted again.
        phrases = {word for form in shared if " " in form for word in form.lower().split()}
        words = [form for form in shared if form not in phrases]
        return {"n": len(words), "words": words[:8]}

    def value(self, facts: Facts) -> Decimal:
        return share(facts["n"], ENOUGH_WORDS)

    def says(self, facts: Facts) -> str:
        if not facts["n"]:
            return _("The offer shares no words with the request.")
        return _("The offer shares these words with the request: %(words)s.") % {"words": ", ".join(facts["words"])}


class Seldom(Factor):
    """What counts less the more often it happened to a state; from `most` times on nothing.

    `history` names the count among those of `History`.
    """

    history: ClassVar[str]
    most: ClassVar[int]

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return {"n": getattr(one.past, self.history)[one.body.pk]}

    def value(self, facts: Facts) -> Decimal:
        return ALL - share(facts["n"], self.most)


class Turns(Seldom):
    code, weight = "turns", 10
    history, most = "firsts", ROUNDS
    title = gettext_lazy("Others' turn")
    means = gettext_lazy(
        "So that not the same states are always asked: how seldom it came first in the last ten rounds of invitations."
    )

    def facts(self, asked: Asked, one: Candidate) -> Facts:
        return super().facts(asked, one) | {"of": one.past.rounds}

    def says(self, facts: Facts) -> str:
        if not facts["n"]:
            return _("Came first in none of the last rounds.")
        return _("Came first in %(n)d of the last %(of)d rounds.") % facts


class AskedLately(Seldom):
    code, weight = "asked", 3
    history, most = "asked", TOO_OFTEN
    title = gettext_lazy("Asked seldom")
    means = gettext_lazy("How seldom it was invited by name in the last twelve months; from six times on nothing.")

    def says(self, facts: Facts) -> str:
        if not facts["n"]:
            return _("Was not invited in the last twelve months.")
        return ngettext(
            "Was invited once in the last twelve months.", "Was invited %(n)d times in the last twelve months.",
            facts["n"],
        ) % facts  # fmt: skip


class Load(Seldom):
    code, weight = "load", 4
    history, most = "busy", TOO_BUSY
    title = gettext_lazy("Has room")
    means = gettext_lazy("How few other open cases it helps in, or is invited to; from five on nothing.")

    def says(self, facts: Facts) -> str:
        if not facts["n"]:
            return _("Helps in no other open case at present.")
        return ngettext(
            "Helps in one other open case, or is invited to it.",
            "Helps in %(n)d other open cases, or is invited to them.", facts["n"],
        ) % facts  # fmt: skip


class Refusals(Seldom):
    code, weight = "refusals", 4
    history, most = "refused", TOO_MANY_REFUSALS
    title = gettext_lazy("Does not refuse")
    means = gettext_lazy(
        "How seldom it declined or did not answer when it was invited by name in the last twelve months; from four "
        "times on nothing."
    )

    def says(self, facts: Facts) -> str:
        if not facts["n"]:
            return _("Refused no invitation in the last twelve months.")
        return ngettext(
            "Declined or left unanswered one invitation in the last twelve months.",
            "Declined or left unanswered %(n)d invitations in the last twelve months.", facts["n"],
        ) % facts  # fmt: skip


FACTORS: tuple[Factor, ...] = (
    Themes(), Taught(), Language(), Words(), Time(), Kind(), Budget(), SameForum(), Turns(), AskedLately(), Load(),
    Refusals(),
)  # fmt: skip
# What an offer and a request have to do with each other, whatever states did before.
BETWEEN: tuple[Factor, ...] = tuple(one for one in FACTORS if one.code in ("themes", "language", "time", "kind"))
BY_CODE = {factor.code: factor for factor in FACTORS}


def parts_of(kept: Iterable[Facts]) -> list[Part]:
    """The parts that a proposal keeps; without those of factors that there are no longer."""
    return [
        Part(BY_CODE[one["code"]], one["weight"], Decimal(one["value"]), one["facts"])
        for one in kept if one["code"] in BY_CODE
    ]  # fmt: skip
