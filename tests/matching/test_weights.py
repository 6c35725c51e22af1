"""The weights: who sets them, what is shown before they count, and what stays of those before."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from ricomi.directory.models import Body
from ricomi.matching import quality, reference, weighing
from ricomi.matching.factors import FACTORS
from ricomi.matching.keeping import keep
from ricomi.matching.models import Proposal, Weights
from ricomi.matching.ranking import rank

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
PAGE = "/matching/weights/"
ALL = {factor.code: factor.weight for factor in FACTORS}


def typed(**changes) -> dict:
    return {**ALL, "why": "Forums matter more here", **changes}


def checked(answer) -> dict:
    return {"checked": re.search(r'name="checked" value="([^"]+)"', answer.content.decode())[1]}


def test_a_network_begins_with_the_weights_of_its_factors_and_keeps_them(db) -> None:
    first = Weights.objects.get()
    assert (first.number, first.values, first.set_by) == (1, ALL, None)
    assert first.most == sum(ALL.values()) == 100
    reference.load()
    assert Weights.objects.count() == 1
    assert first.of("came later") == 0


def test_whoever_sees_cases_reads_what_each_factor_means_and_how_much_it_counts(people, browser) -> None:
    page = unescape(browser(people["partner"]).get(PAGE).content.decode())
    for factor in FACTORS:
        assert str(factor.title) in page
        assert str(factor.means) in page
    assert '<input type="number"' not in page
    assert browser(people["donor"]).get(PAGE).status_code == 404


@pytest.mark.parametrize("who", ["case_officer", "partner_focal", "auditor", "chair"])
def test_only_the_head_of_the_secretariat_sets_them(people, browser, who) -> None:
    assert browser(people[who]).post(PAGE, typed(forum=20)).status_code == 404
    answer = browser(people["head"]).post(PAGE, typed(forum=20))
    assert browser(people[who]).post(PAGE, checked(answer)).status_code == 404
    with pytest.raises(PermissionDenied):
        weighing.set_weights(ALL | {"forum": 20}, "x", by=people[who], seen=1)
    assert Weights.objects.count() == 1


def test_new_weights_count_once_they_were_looked_at_and_confirmed(case, offer, people, browser) -> None:
    offer("mx", text="Register of seasonal workers.", language="es"), offer("uy")
    assert [one.body.code for one in rank(case).ranked] == ["mx", "uy"]
    head = browser(people["head"])
    preview = head.post(PAGE, typed(forum=60))
    text = preview.content.decode()
    assert Weights.objects.count() == 1
    row = re.search(rf"{case.reference}.*?</tr>", text, re.S)[0]
    assert re.findall(r"Mexico, Uruguay|Uruguay, Mexico", row) == ["Mexico, Uruguay", "Uruguay, Mexico"]
    assert re.search(r"Same forum</th>.*?>4<.*?>60<", text, re.S)
    assert head.post(PAGE, checked(preview)).status_code == 302
    now = Weights.objects.newest()
    assert (now.number, now.values, now.why, now.set_by) == (2, ALL | {"forum": 60}, typed()["why"], people["head"])
    assert [one.body.code for one in rank(case).ranked] == ["uy", "mx"]
    page = browser(people["partner"]).get(PAGE).content.decode()
    assert "Forums matter more here" in page
    assert "Head" in page


@pytest.mark.parametrize("wrong", [
    {"why": ""}, {"forum": -1}, {"forum": 101}, {"forum": "much"}, {"forum": ""}, {}, dict.fromkeys(ALL, 0),
], ids=str)  # fmt: skip
def test_what_cannot_count_is_refused_with_what_was_typed(people, browser, wrong) -> None:
    answer = browser(people["head"]).post(PAGE, typed(**wrong))
    assert answer.status_code == 422
    assert 'name="checked"' not in answer.content.decode()
    if "forum" in wrong and len(wrong) == 1:
        assert f'value="{wrong["forum"]}"' in answer.content.decode() or not wrong["forum"]


def test_weights_set_meanwhile_are_shown_and_nothing_is_saved(people, browser) -> None:
    head = browser(people["head"])
    held = checked(head.post(PAGE, typed(forum=20)))
    weighing.set_weights(ALL | {"load": 9}, "Load", by=people["head"], seen=1)
    answer = head.post(PAGE, held)
    assert answer.status_code == 409
    assert "set anew meanwhile" in answer.content.decode()
    assert Weights.objects.newest().number == 2
    assert head.post(PAGE, checked(answer)).status_code == 302
    assert Weights.objects.newest().values == ALL | {"forum": 20}


def test_a_preview_that_was_tampered_with_or_is_anothers_is_refused(people, browser) -> None:
    head = browser(people["head"])
    held = checked(head.post(PAGE, typed(forum=20)))["checked"]
    assert head.post(PAGE, {"checked": held[:-2] + "xx"}).status_code == 302
    assert Weights.objects.count() == 1


def test_weights_are_never_changed_and_each_proposal_keeps_its_own(case, offer, people) -> None:
    offer("uy")
    keep(case, timezone.now())
    weighing.set_weights(ALL | {"themes": 50}, "x", by=people["head"], seen=1)
    one = Proposal.objects.get()
    assert one.weights.number == 1
    assert one.total == sum(part["weight"] * Decimal(part["value"]) for part in one.parts)
    with pytest.raises(DatabaseError), transaction.atomic():
        Weights.objects.filter(number=1).update(why="Another")


# How well the ranking predicted


@pytest.fixture
def record(offer, past, invited):
    """Rounds on record: places by the proposal, what each state answered, whether the case was closed."""

    def make(order: list[str], answers: dict[str, str], chosen: str = "", stage: str = "closed", **values):
        case = past(chosen or None, "py", stage=stage)
        weights = Weights.objects.newest()
        for place, code in enumerate(order, 1):
            parts = [{"code": "forum", "weight": 4, "value": values.get(code, "0.00"), "facts": {"forums": []}}]
            Proposal.objects.create(
                case=case, round=1, body=Body.objects.get(code=code), place=place, total=0, parts=parts, weights=weights
            )
        for code, answer in answers.items():
            invited(case, code, answer, chosen=code == chosen)
        return case

    return make


def test_recall_and_reciprocal_rank_are_what_a_person_reckons(record) -> None:
    seven = ["ar", "bo", "br", "cl", "co", "ec", "mx"]
    record(seven, {"ar": "accepted", "mx": "countered"}, chosen="mx")  # 1 of 2 in five; first at 1; the chosen at 7
    record(seven, {"bo": "accepted", "br": "declined"}, chosen="bo", stage="exchange")  # 1 of 1; at 2; not closed
    record(seven, {"uy": "accepted"}, chosen="uy")  # never proposed: 0 and 0
    record(seven, {"ar": "declined", "bo": "silent"})  # nobody helped: not counted
    found = quality.rounds()
    assert quality.measure(found, quality.ACCEPTED) == quality.Measure(3, Decimal("0.50"), Decimal("0.50"))
    assert quality.measure(found, quality.SUCCEEDED) == quality.Measure(2, Decimal("0.00"), Decimal("0.07"))
    assert quality.measure([], quality.ACCEPTED) == quality.Measure(0, None, None)


def test_a_third_party_that_supports_is_no_answer_to_what_was_proposed(record, invited) -> None:
    case = record(["ar", "bo"], {"ar": "accepted"}, chosen="ar")
    invited(case, "uy", "accepted", support="technical", chosen=True)
    (one,) = quality.rounds()
    assert one.invited == one.accepted == one.chosen == {Body.objects.get(code="ar").pk}


def test_other_weights_are_measured_on_what_was_kept(record) -> None:
    record(["ar", "bo", "br", "cl", "co", "uy"], {"uy": "accepted"}, chosen="uy", uy="1.00")
    found = quality.rounds(values=True)
    same, other = Weights(number=2, values={"forum": 0}), Weights(number=2, values={"forum": 1})
    assert quality.measure(found, quality.ACCEPTED, same).recall == 0
    assert quality.measure(found, quality.ACCEPTED, other) == quality.Measure(1, Decimal(1), Decimal(1))


def test_the_page_measures_by_weights_and_over_time(record, people, browser) -> None:
    record(["ar", "bo"], {"ar": "accepted"}, chosen="ar")
    weighing.set_weights(ALL | {"forum": 9}, "x", by=people["head"], seen=1)
    case = record(["ar", "bo"], {"bo": "accepted"}, chosen="bo")
    found = quality.rounds()
    rows = quality.by_weights(found)
    assert [(row.of, row.accepted.reciprocal) for row in rows] == [(2, Decimal("0.50")), (1, Decimal(1))]
    (quarter,) = quality.over_time(found)
    assert (quarter.accepted.rounds, quarter.accepted.reciprocal) == (2, Decimal("0.75"))
    page = browser(people["auditor"]).get("/matching/").content.decode()
    for words in ("0.75", "Version 2", "Version 1", f"/matching/rounds/{case.reference}/1/", "<polyline", "Bolivia"):
        assert words in page
    for who in ("partner", "chair", "manager", "donor"):
        assert browser(people[who]).get("/matching/").status_code == 404


def test_where_nothing_was_proposed_the_page_says_so(people, browser) -> None:
    assert "Nobody has been proposed" in browser(people["head"]).get("/matching/").content.decode()
