"""The ranking in the flow: invitations with one press, what is kept of them, and what came of it."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from ricomi.matching.factors import FACTORS
from ricomi.matching.models import Proposal, Weights
from ricomi.matching.ranking import rank

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
BOX = re.compile(r'<input[^>]*name="bodies"[^>]*>')


def page_of(case, client) -> str:
    answer = client.get(reverse("step", args=["case", case.pk, "matching"]))
    assert answer.status_code == 200
    return answer.content.decode()


def ticked(page: str) -> list[str]:
    return [re.search(r'value="(\d+)"', box)[1] for box in BOX.findall(page) if "checked" in box]


def press(case, client, page: str, **more):
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    data = {"outcome": "invite", "seen": seen, "bodies": ticked(page), "reason": "", **more}
    return client.post(reverse("step", args=["case", case.pk, "matching"]), data)


def test_the_proposed_states_are_invited_with_one_press(case, offer, people, browser) -> None:
    for code in ("cl", "uy", "bo", "br", "mx", "pe"):
        offer(code)
    ranking = rank(case)
    client = browser(people["case_officer"])
    page = page_of(case, client)
    assert ticked(page) == [str(one.body.pk) for one in ranking.proposed]
    assert len(ticked(page)) == 5
    assert press(case, client, page).status_code == 302
    case.refresh_from_db()
    assert set(case.invitations.values_list("body", flat=True)) == {one.body.pk for one in ranking.proposed}


def test_the_page_says_why_each_is_proposed_and_names_the_others(case, offer, people, browser) -> None:
    made = offer("uy", title="How we register")
    page = unescape(page_of(case, browser(people["case_officer"])))
    one = rank(case).ranked[0]
    for part in one.parts:
        assert part.sentence in page
        assert str(part.factor.title) in page
    assert f"{one.total} of {Weights.objects.newest().most} points" in page
    assert f'href="{made.get_absolute_url()}"' in page
    assert page.index("Uruguay") < page.index("30 states without an offer on these themes") < page.index("Argentina")
    assert "Paraguay</label>" not in page
    assert "Nicaragua" not in page


def test_others_can_be_ticked_and_none_is_refused_with_what_was_ticked(case, offer, people, browser) -> None:
    offer("uy")
    client = browser(people["case_officer"])
    page = page_of(case, client)
    answer = press(case, client, page, bodies=[])
    assert answer.status_code == 422
    assert ticked(answer.content.decode()) == []
    chile = people["partner"].memberships.get().body
    assert press(case, client, page, bodies=[str(chile.pk)]).status_code == 302
    assert case.invitations.get().body == chile
    assert [(one.body.code, one.place) for one in case.proposals.all()] == [("uy", 1)]


def test_what_was_proposed_is_kept_with_its_parts_and_weights(case, walk, offer, people) -> None:
    offer("cl"), offer("uy", themes=("gcm-1",))
    shown = rank(case).ranked
    walk.act("case_officer", "matching", "invite", bodies=[shown[0].body])
    kept = list(Proposal.objects.order_by("place"))
    assert [(one.body, one.round, one.place, one.total) for one in kept] == [
        (ranked.body, 1, place, ranked.total) for place, ranked in enumerate(shown, 1)
    ]
    assert {one.weights for one in kept} == {Weights.objects.newest()}
    for one in kept:
        assert [part["code"] for part in one.parts] == [factor.code for factor in FACTORS]
        assert one.total == sum(part["weight"] * Decimal(part["value"]) for part in one.parts)
    for write in (lambda: Proposal.objects.update(total=1), lambda: Proposal.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_a_call_on_all_states_keeps_the_ranking_and_invites_as_before(case, walk, offer) -> None:
    offer("uy")
    walk.act("case_officer", "matching", "open_call")
    assert case.proposals.get().body.code == "uy"
    assert case.invitations.filter(open_call=True).count() == 31
    assert not case.invitations.filter(body__code__in=("py", "ni", "cu", "ve")).exists()


def test_who_declined_is_asked_again_only_when_ticked(case, walk, offer, people, browser) -> None:
    offer("cl"), offer("uy"), offer("br")
    bodies = [one.body for one in rank(case).ranked if one.body.code in ("cl", "uy")]
    walk.act("case_officer", "matching", "invite", bodies=bodies)
    walk.act("partner_focal", "answer", "decline", item=walk.invitation("cl"), reason="No")
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    page = page_of(walk.case, browser(people["case_officer"]))
    assert len(ticked(page)) == 1
    assert "2 states asked in the last round" in page
    chile = next(body for body in bodies if body.code == "cl")
    assert f'value="{chile.pk}"' in page


def test_the_page_of_a_round_shows_what_came_of_it(walk, case, offer, people, browser) -> None:
    offer("cl"), offer("uy"), offer("br")
    bodies = [one.body for one in rank(case).ranked if one.body.code != "br"]
    walk.act("case_officer", "matching", "invite", bodies=bodies)
    walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Two experts.")
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    walk.choose("cl")
    address = reverse("matching:round", args=[case.reference, 1])
    page = browser(people["auditor"]).get(address).content.decode()
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    for sentence in ("Chile Invited: Accepted; chosen as partner", "Uruguay Invited: Declined", "Brazil Not invited"):
        assert sentence in said
    assert "by version 1 of the weights" in said
    for number in (2, 2**40):
        assert browser(people["auditor"]).get(f"/matching/rounds/{case.reference}/{number}/").status_code == 404
