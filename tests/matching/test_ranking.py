"""Who is ranked, by what, in which order: each factor, the sum, who is left out, and whose turn it is."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cases.models import Case, Part
from ricomi import l10n
from ricomi.catalogue.models import StandingOffer
from ricomi.directory.models import Body
from ricomi.matching.factors import FACTORS, parts_of
from ricomi.matching.keeping import keep
from ricomi.matching.kinds import named
from ricomi.matching.models import Outline, Proposal, Weights
from ricomi.matching.ranking import FIRST, rank
from ricomi.matching.templatetags.matching import points

pytestmark = pytest.mark.django_db
HALF = Decimal("0.50")


def codes(case: Case) -> list[str]:
    return [one.body.code for one in rank(case).ranked]


def parts(case: Case, code: str) -> dict[str, Decimal]:
    one = next(one for one in rank(case).ranked if one.body.code == code)
    return {part.factor.code: part.value for part in one.parts}


def sentence(case: Case, code: str, factor: str) -> str:
    one = next(one for one in rank(case).ranked if one.body.code == code)
    return next(part.sentence for part in one.parts if part.factor.code == factor)


class Scene:
    """Two states that would be equal, of which the code of the first comes later; what is told of one makes it first.

    So without the factor the other would come first: of equals the code decides.
    """

    def __init__(self, case, offer, past, invited) -> None:
        self.case, self.offer, self.past, self.invited = case, offer, past, invited

    def themes(self) -> tuple[str, str, str]:
        self.offer("uy")
        self.offer("cl", themes=("gcm-1", "gcm-9"))
        return "uy", "cl", "Offers all 2 themes."

    def taught(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl")
        for requesting in ("ar", "br"):
            self.past("uy", requesting, themes=("gcm-2",))
        self.past("uy", "ar", themes=("gcm-2", "gcm-1"))
        self.past("cl", "bo", themes=("gcm-9",))
        self.past("cl", "bo", themes=("gcm-1",), stage="withdrawn")
        return "uy", "cl", "Taught this theme to 2 states."

    def language(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl", languages=["en", "fr"])
        return "uy", "cl", "Works in the language of the request, Spanish."

    def words(self) -> tuple[str, str, str]:
        self.offer("uy", language="es", text="Un register de seasonal workers.")
        self.offer("cl", language="es", text="Otra cosa.")
        return "uy", "cl", "The offer shares these words with the request: register, seasonal, workers."

    def time(self) -> tuple[str, str, str]:
        self.offer("uy", until=self.case.ends_on)
        self.offer("cl", until=self.case.starts_on + datetime.timedelta(days=19))
        return "uy", "cl", "The offer holds through all the time asked."

    def kind(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl", modality="materials")
        return "uy", "cl", "Offered: visit of an expert, which the request names."

    def budget(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl")
        self.past("uy", stated_total=Decimal("12000.00"))
        self.past("cl", stated_total=Decimal("12000.01"))
        self.past("cl", stated_total=Decimal("6000.00"), currency="EUR")
        self.past("cl", stated_total=Decimal("6000.00"), endorsement_round=0, stage="withdrawn")
        return "uy", "cl", "Has an agreed budget of this size."

    def forum(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("mx")
        return "uy", "mx", "Same forum: South American Conference on Migration."

    def turns(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl")
        self._came_first("cl", 3)
        return "uy", "cl", "Came first in none of the last rounds."

    def _came_first(self, code: str, times: int) -> None:
        body, weights = Body.objects.get(code=code), Weights.objects.newest()
        for _time in range(times):
            Proposal.objects.create(case=self.past(), round=1, body=body, place=1, total=1, weights=weights)

    def asked(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl")
        self.invited(self.past(), "cl")
        self.invited(self.past(), "uy", days=366)
        self.invited(self.past(), "uy", open_call=True)
        return "uy", "cl", "Was not invited in the last twelve months."

    def load(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl")
        self.past("cl", stage="exchange")
        self.invited(self.past(None, stage="matching"), "cl", "waiting", open_call=True)
        self.past("uy", stage="closed")
        return "uy", "cl", "Helps in no other open case at present."

    def refusals(self) -> tuple[str, str, str]:
        self.offer("uy"), self.offer("cl")
        for answer, code in (("declined", "cl"), ("silent", "cl"), ("accepted", "uy"), ("accepted", "uy")):
            self.invited(self.past(), code, answer)
        self.invited(self.past(), "uy", "declined", open_call=True)
        self.invited(self.past(), "uy", "declined", days=366)
        return "uy", "cl", "Refused no invitation in the last twelve months."


@pytest.fixture
def scene(case, offer, past, invited) -> Scene:
    return Scene(case, offer, past, invited)


# What each factor is worth to the other of the two, and says of it.
WORSE = {
    "themes": ("0.50", "Offers 1 of the 2 themes."),
    "taught": ("0.00", "Has taught this theme to no state yet."),
    "language": ("0.00", "Does not offer to work in the language of the request, Spanish."),
    "words": ("0.00", "The offer shares no words with the request."),
    "time": ("0.10", "The offer holds on 20 of the 201 days asked."),
    "kind": ("0.00", "Offered: exchange of documents and tools. The request names: visit of an expert."),
    "budget": ("0.00", "Has agreed to no budget of this size yet."),
    "forum": ("0.00", "Belongs to no forum of the requesting state."),
    "turns": ("0.70", "Came first in 3 of the last 3 rounds."),
    "asked": ("0.83", "Was invited once in the last twelve months."),
    "load": ("0.60", "Helps in 2 other open cases, or is invited to them."),
    "refusals": ("0.50", "Declined or left unanswered 2 invitations in the last twelve months."),
}


@pytest.mark.parametrize("factor", WORSE)
def test_each_factor_alone_puts_a_state_before_its_equal(scene, factor) -> None:
    better, worse, says = getattr(scene, factor)()
    ranked = rank(scene.case).ranked
    assert [one.body.code for one in ranked] == [better, worse]
    one, other = ({part.factor.code: part for part in state.parts} for state in ranked)
    assert {code for code in one if one[code].value != other[code].value} == {factor}
    assert one[factor].value > other[factor].value
    assert one[factor].sentence == says
    assert (str(other[factor].value), other[factor].sentence) == WORSE[factor]


def test_each_offering_state_taught_and_agreed_and_a_third_party_only_has_it_to_do(case, offer, past) -> None:
    offer("uy"), offer("cl"), offer("mx")
    closed = past("br", themes=("gcm-1",), stated_total=Decimal("12000.00"))
    going = past("br", stage="exchange")
    for one in (closed, going):
        one.join(Part.OFFERING, Body.objects.get(code="uy"), Body.objects.get(code="mx"))
        one.join(Part.THIRD, Body.objects.get(code="cl"), support="technical")
        one.leave(Part.OFFERING, [Body.objects.get(code="mx").pk])
    of = {code: parts(case, code) for code in ("uy", "cl", "mx")}
    assert sentence(case, "uy", "taught") == "Taught this theme to one state."
    assert [of[code]["taught"] > 0 for code in of] == [True, False, False]
    assert [of[code]["budget"] > 0 for code in of] == [True, False, False]
    assert [of[code]["load"] < 1 for code in of] == [True, True, False]


def test_to_be_asked_to_support_is_no_invitation_and_to_decline_it_no_refusal(case, offer, past, invited) -> None:
    offer("uy")
    for answer in ("declined", "silent"):
        invited(past(), "uy", answer, support="technical")
    assert parts(case, "uy")["asked"] == parts(case, "uy")["refusals"] == 1


def test_a_total_is_the_sum_of_its_parts_also_as_they_are_shown(scene) -> None:
    scene.offer("uy", themes=("gcm-1",), until=scene.case.starts_on + datetime.timedelta(days=6))
    scene.offer("cl"), scene.offer("mx", languages=["en"])
    scene.past("uy", themes=("gcm-1",)), scene.past("cl", stage="exchange")
    scene.invited(scene.past(), "cl")
    ranking = rank(scene.case)
    assert len(ranking.ranked) == 3
    for one in ranking.ranked:
        assert [part.factor.code for part in one.parts] == [factor.code for factor in FACTORS]
        assert one.total == sum(ranking.weights.of(part.factor.code) * part.value for part in one.parts)
        assert all(Decimal(0) <= part.value <= 1 for part in one.parts)
        assert sum(Decimal(points(part.points)) for part in one.parts) == Decimal(points(one.total))
        assert all(part.sentence.endswith(".") for part in one.parts)


def test_sentences_are_in_the_readers_language_also_when_they_were_kept(scene) -> None:
    scene.words()
    keep(scene.case, timezone.now())
    kept = parts_of(Proposal.objects.get(place=1).parts)
    with translation.override("en"):
        english = [part.sentence for part in kept]
    assert english == [part.sentence for part in rank(scene.case).ranked[0].parts]
    with translation.override("fr"):
        assert "espagnol" in next(part.sentence for part in kept if part.factor.code == "language")


def test_a_word_of_another_language_is_shared_through_the_thesaurus(case, offer) -> None:
    Case.objects.filter(pk=case.pk).update(language="es", title="Retorno", need="Ayuda para pueblos indígenas.")
    case.refresh_from_db()
    offer("uy", language="en", text="What we do with indigenous peoples.")
    offer("cl", language="en", text="What we do with other people.")
    assert codes(case) == ["uy", "cl"]
    assert "pueblos indígenas" in sentence(case, "uy", "words").lower()


@pytest.mark.parametrize(("text", "kinds"), [
    ("Una visita de estudio", {"study_visit"}), ("A training course", {"training"}), ("Um perito", {"expert"}),
    ("Des conseils à distance", {"remote"}), ("Un manuel", {"materials"}), ("Nothing of how", set()),
])  # fmt: skip
def test_a_kind_of_help_is_read_in_four_languages(text, kinds) -> None:
    assert named(text) == kinds


def test_where_no_kind_is_named_each_is_worth_half(case, offer) -> None:
    Case.objects.filter(pk=case.pk).update(need="Help.")
    case.refresh_from_db()
    offer("uy")
    assert parts(case, "uy")["kind"] == HALF
    assert sentence(case, "uy", "kind").endswith("says nothing of the kind of help.")


def test_ranking_again_gives_the_same_and_equals_stand_by_code(case, offer) -> None:
    for code in ("pe", "cl", "uy", "bo", "br"):
        offer(code)
    assert codes(case) == ["bo", "br", "cl", "pe", "uy"]
    assert rank(case) == rank(case)


def test_who_cannot_help_is_not_ranked(case, offer, invited) -> None:
    offer("py"), offer("ni"), offer("uy")
    offer("cl", until=l10n.today() - datetime.timedelta(days=1))
    offer("br", since=l10n.today() + datetime.timedelta(days=1))
    offer("pe", themes=("gcm-9",))
    withdrawn = offer("bo")
    withdrawn.withdrawn_at, withdrawn.withdrawn_by = timezone.now(), withdrawn.created_by
    withdrawn.save()
    offer("ec"), offer("co")
    Case.objects.filter(pk=case.pk).update(matching_round=2)
    case.refresh_from_db()
    invited(case, "ec", "declined", round=2), invited(case, "co", "declined", round=1)
    ranking = rank(case)
    assert [one.body.code for one in ranking.ranked] == ["co", "uy"]
    assert [body.code for body in ranking.asked] == ["ec"]
    others = {body.code for body in ranking.others}
    assert {"cl", "br", "pe", "bo"} <= others
    assert not {"py", "ni", "uy", "co", "ec"} & others
    assert [body.name for body in ranking.others] == sorted(body.name for body in ranking.others)


def test_all_offers_of_a_state_cover_themes_and_the_best_is_shown(case, offer) -> None:
    offer("uy", themes=("gcm-2",), title="Elsewhere", languages=["en"])
    best = offer("uy", themes=("gcm-1",), title="Here", languages=["es"])
    one = rank(case).ranked[0]
    assert (one.offer.pk, one.offer.covered) == (best.pk, 2)
    likest = offer("uy", themes=("gcm-1",), title="Register of seasonal workers", language="es", languages=["es"])
    assert rank(case).ranked[0].offer.pk == likest.pk


def test_each_theme_has_a_bit_of_its_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT matching_mask(ARRAY[code]::text[]) FROM catalogue_term WHERE kind = 'theme'")
        bits = [mask for (mask,) in cursor.fetchall()]
    assert len(bits) == len(set(bits)) == 23
    assert all(bit > 0 and bit.bit_count() == 1 for bit in bits)


def test_outlines_follow_the_offers_however_they_are_written(offer) -> None:
    made = offer("uy", themes=("gcm-2", "gcm-1"))
    assert Outline.objects.get(pk=made.pk).mask == 0b110
    made.themes.remove("gcm-1")
    StandingOffer.objects.filter(pk=made.pk).update(languages=["pt"], modality="remote", until=l10n.today())
    row = Outline.objects.get(pk=made.pk)
    assert (row.mask, row.languages, row.modality, row.until) == (0b100, ["pt"], "remote", l10n.today())
    StandingOffer.objects.filter(pk=made.pk).update(withdrawn_at=timezone.now(), withdrawn_by=made.created_by)
    assert not Outline.objects.exists()


def test_proposed_are_the_first_five_that_reach_half_of_the_points(case, offer) -> None:
    for code in ("ar", "bo", "br", "cl", "co", "uy"):
        offer(code)
    offer("mx", themes=("gcm-1",), languages=["en"], until=l10n.today())
    ranking = rank(case)
    assert [one.body.code for one in ranking.proposed] == ["ar", "bo", "br", "cl", "co"]
    least = ranking.ranked[-1]
    assert least.body.code == "mx"
    assert least.total < ranking.weights.most / 2
    alone = type(ranking)(ranking.weights, ranking.ranked[-1:], (), ())
    assert alone.proposed == []


def test_over_many_like_requests_more_than_three_states_come_first(offer, past, people) -> None:
    for code in ("bo", "br", "cl", "ec", "uy"):
        offer(code)
    first = _like_requests(past, 12)
    assert len(set(first)) > 3
    assert max(first.count(code) for code in first) <= 4


def test_a_clearly_best_partner_still_comes_first(offer, past, people) -> None:
    for code in ("bo", "br", "cl", "ec"):
        offer(code, themes=("gcm-1",))
    offer("uy", title="Another", text="Another register of temporary workers.", language="es")
    for requesting in ("ar", "cl", "br"):
        past("uy", requesting, themes=("gcm-1",))
    assert set(_like_requests(past, 12)) == {"uy"}


def _like_requests(past, count: int) -> list[str]:
    """Who comes first for each of so many requests alike, what was proposed for the earlier ones being kept."""
    first = []
    for _number in range(count):
        case = past(None, "py", themes=("gcm-1", "gcm-2"), stage="matching", title="Register of workers")
        first.append(keep(case, timezone.now()).ranked[0].body.code)
    return first


def test_as_many_queries_for_many_offers_as_for_few(case, offer, past, invited) -> None:
    offer("uy")
    with CaptureQueriesContext(connection) as few:
        rank(Case.objects.get(pk=case.pk))
    for code in ("bo", "br", "cl", "ec", "mx", "pe", "co", "ar"):
        for number in range(3):
            offer(code, title=f"{number}")
        invited(past(code, themes=("gcm-1",)), code)
    with CaptureQueriesContext(connection) as many:
        assert len(rank(Case.objects.get(pk=case.pk)).ranked) == FIRST + 4
    assert len(many) == len(few) <= 16
