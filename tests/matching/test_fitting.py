"""The other way: which requests an offer fits, who learns of them, and to whom it is written."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from notifications.models import Letter
from ricomi import l10n
from ricomi.catalogue import offers
from ricomi.catalogue.models import Term
from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role, State, User
from ricomi.matching.fitting import requests_for
from tests.matching.conftest import LONG_AGO

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
HEADING = "Requests that this offer fits"
LEFT_OUT = "Only those to which your delegation is invited"


def shown_to(person, offer, browser) -> str:
    return browser(person).get(offer.get_absolute_url()).content.decode()


def content(**changes):
    return {
        "title": "Registers", "text": "How.", "language": "en", "languages": ["es"], "modality": "expert",
        "themes": list(Term.objects.filter(pk="gcm-1")), "populations": [], "since": l10n.today(), "until": None,
    } | changes  # fmt: skip


def test_a_delegation_reads_on_its_offer_the_requests_to_which_it_is_invited(
    case, walk, offer, people, browser
) -> None:
    made = offer("cl")
    page = shown_to(people["partner"], made, browser)
    assert HEADING in page
    assert LEFT_OUT in page
    assert case.reference not in page
    walk.act("case_officer", "matching", "invite", bodies=[made.body])
    page = shown_to(people["partner"], made, browser)
    assert case.reference in page
    assert "Offers all 2 themes." in page


def test_nobody_else_learns_of_a_request_by_an_offer(case, walk, offer, people, browser) -> None:
    made, other = offer("cl"), offer("uy")
    donor = User.objects.create_user("giver@ricomi.example", "Giver")
    members.appoint(donor, Body.objects.get(code="cl"), Role.DONOR, by=None, since=LONG_AGO)
    walk.act("case_officer", "matching", "invite", bodies=[made.body, Body.objects.get(code="br")])
    for who in (people["officer"], people["other"], people["reviewer_br"], people["manager"], people["donor"], donor):
        page = shown_to(who, made, browser)
        assert case.reference not in page, who
        assert HEADING not in page, who
    page = shown_to(people["other"], other, browser)
    assert HEADING in page
    assert case.reference not in page
    assert requests_for(made, authority(people["partner"])) != []
    assert requests_for(made, authority(people["officer"])) == []


def test_who_sees_a_case_for_another_body_learns_nothing_of_it_by_their_states_offer(case, offer, people) -> None:
    made = offer("cl")
    members.appoint(
        people["partner"], Body.objects.get(code="ceam"), Role.CHAIR, by=None, since=LONG_AGO,
        represents=State.objects.get(pk="CL"),
    )  # fmt: skip
    rights = authority(people["partner"])
    assert Case.objects.visible_to(rights).filter(pk=case.pk).exists()
    assert requests_for(made, rights) == []


def test_a_request_before_it_looks_for_a_partner_is_told_to_no_offering_state(walk, offer, people, browser) -> None:
    made = offer("cl")
    for bring in (walk.draft, walk.submitted, walk.admissibility):
        bring()
        for who in ("partner", "case_officer", "auditor"):
            assert walk.case.reference not in shown_to(people[who], made, browser), who


def test_the_secretariat_and_oversight_read_all_that_an_offer_fits(case, offer, people, browser) -> None:
    made, elsewhere, own = offer("cl"), offer("uy", themes=("gcm-9",)), offer("py")
    for who in ("case_officer", "head", "auditor"):
        page = shown_to(people[who], made, browser)
        assert case.reference in page
        assert LEFT_OUT not in page
        assert case.reference not in shown_to(people[who], elsewhere, browser)
        assert case.reference not in shown_to(people[who], own, browser)


def test_a_state_that_declined_or_an_offer_that_ended_is_shown_none(case, walk, offer, people, browser) -> None:
    made = offer("cl")
    walk.act("case_officer", "matching", "open_call")
    assert case.reference in shown_to(people["partner"], made, browser)
    type(made).objects.filter(pk=made.pk).update(until=LONG_AGO)
    assert case.reference not in shown_to(people["partner"], made, browser)
    type(made).objects.filter(pk=made.pk).update(until=None)
    walk.act("partner_focal", "answer", "decline", item=walk.invitation("cl"), reason="No")
    assert case.reference not in shown_to(people["partner"], made, browser)


def test_those_that_fit_best_come_first_and_many_take_no_more_queries(offer, past, people) -> None:
    made = offer("cl")
    rights = authority(people["auditor"])
    oversight = Body.objects.get(code="oversight")

    def request(themes: tuple[str, ...], language: str) -> str:
        case = past(None, "py", themes=themes, stage="matching", language=language)
        case.join("oversight", oversight)
        return case.reference

    half = request(("gcm-1", "gcm-9"), "es")
    with CaptureQueriesContext(connection) as few:
        requests_for(made, rights)
    foreign, whole = request(("gcm-1",), "pt"), request(("gcm-1",), "es")
    with CaptureQueriesContext(connection) as many:
        found = [fit.case.reference for fit in requests_for(made, rights)]
    assert found == [whole, foreign, half]
    assert len(few) == len(many)


def letters():
    return sorted(Letter.objects.filter(name="offer_fits").values_list("recipient__email", flat=True))


def test_a_call_is_told_to_the_officers_whose_offers_fit(case, walk, offer) -> None:
    offer("cl", title="How we register"), offer("uy", themes=("gcm-9",))
    walk.act("case_officer", "matching", "open_call")
    assert letters() == ["partner@ricomi.example", "partner_focal@ricomi.example"]
    letter = Letter.objects.filter(name="offer_fits").first()
    assert "your offer fits a request" in letter.subject
    assert letter.url.endswith(case.get_absolute_url())
    for words in ("How we register", case.reference, case.title):
        assert words in letter.text


def test_an_invitation_by_name_is_told_by_its_own_letter_alone(case, walk, offer, people) -> None:
    made = offer("cl")
    walk.act("case_officer", "matching", "invite", bodies=[made.body])
    offers.create(people["partner"], made.body, content())
    assert letters() == []


def test_an_offer_that_comes_to_fit_an_open_call_is_told_once(case, walk, people) -> None:
    chile = Body.objects.get(code="cl")
    made = offers.create(people["partner"], chile, content(themes=list(Term.objects.filter(pk="gcm-9"))))
    walk.act("case_officer", "matching", "open_call")
    assert letters() == []
    made = offers.change(people["partner"], made, content(), revision=made.revision)
    assert letters() == ["partner@ricomi.example", "partner_focal@ricomi.example"]
    offers.change(people["partner"], made, content(text="More."), revision=made.revision)
    assert len(letters()) == 2


def test_no_offer_is_told_of_a_call_that_it_cannot_help_with(case, walk, people) -> None:
    walk.act("case_officer", "matching", "open_call")
    chile, uruguay, home = (Body.objects.get(code=code) for code in ("cl", "uy", "py"))
    offers.create(people["partner"], chile, content(until=LONG_AGO, since=LONG_AGO))
    offers.create(people["partner"], chile, content(title="Else", themes=list(Term.objects.filter(pk="gcm-9"))))
    offers.create(people["officer"], home, content())
    walk.act("other_focal", "answer", "decline", item=walk.invitation("uy"), reason="No")
    offers.create(people["other"], uruguay, content())
    assert letters() == []
