import datetime

import pytest
from django.db import IntegrityError, transaction

from ricomi.catalogue import offers as acts
from ricomi.catalogue.models import StandingOffer
from ricomi.directory.models import Role

pytestmark = pytest.mark.django_db
LIST = "/standing-offers/"
NEW = "/standing-offers/new/"
TODAY = datetime.date(2026, 6, 15)


def typed(**changes) -> dict:
    values = {
        "title": "Reception of returnees",
        "text": "Two weeks in our centres.",
        "language": "es",
        "modality": "study_visit",
        "themes": ["gcm-21"],
        "populations": ["returned-migrants"],
        "languages": ["es", "pt"],
        "since": "2026-01-01",
        "until": "",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


# Which offers are in force


def test_an_offer_is_in_force_from_its_first_day_to_its_last_unless_withdrawn(delegation, member, offer) -> None:
    uy, cl, ar, ve = (delegation(code) for code in ("UY", "CL", "AR", "VE"))
    stands = offer(uy, member(uy))
    ended = offer(cl, member(cl), until=datetime.date(2026, 6, 14))
    offer(ar, member(ar), since=datetime.date(2026, 6, 16))
    withdrawn = offer(ve, member(ve))
    acts.withdraw(withdrawn.created_by, withdrawn)
    assert list(StandingOffer.objects.in_force(TODAY)) == [stands]
    assert set(StandingOffer.objects.in_force(datetime.date(2026, 6, 14))) == {stands, ended}


def test_a_state_that_left_offers_nothing_and_can_offer_nothing_new(delegation, member, offer, signed_in) -> None:
    body = delegation("NI", until=datetime.date(2023, 11, 18))
    person = member(body)
    offer(body, person)
    assert signed_in(person).get(NEW).status_code == 404


# Who may do what


def test_who_does_not_sign_in_reads_no_offer(delegation, member, offer, visitor) -> None:
    body = delegation("UY")
    made = offer(body, member(body))
    for address in (LIST, NEW, made.get_absolute_url(), f"{LIST}{made.pk}/change/", f"{LIST}{made.pk}/withdraw/"):
        assert visitor.get(address).status_code == 302, address


@pytest.mark.parametrize(
    ("role", "state", "allowed"),
    [
        (Role.OFFICER, "UY", True),
        (Role.FOCAL_POINT, "UY", True),
        (Role.EXPERT, "UY", False),
        (Role.DONOR, "UY", False),
        (Role.OFFICER, "PY", False),
        (Role.FOCAL_POINT, "PY", False),
    ],
)
def test_only_the_delegations_officers_and_focal_points_manage_its_offers(
    delegation, member, offer, signed_in, role, state, allowed
) -> None:
    body = delegation("UY")
    made = offer(body, member(body, email="author@example.org"))
    browser = signed_in(member(delegation(state), role))
    assert browser.get(made.get_absolute_url()).status_code == 200
    change, withdraw = f"{LIST}{made.pk}/change/", f"{LIST}{made.pk}/withdraw/"
    for address in (change, withdraw):
        assert browser.get(address).status_code == (200 if allowed else 404)
    assert browser.post(change, typed(revision="1")).status_code == (302 if allowed else 404)
    assert browser.post(withdraw).status_code == (302 if allowed else 404)
    made.refresh_from_db()
    assert (made.title == "Reception of returnees", made.withdrawn_at is not None) == (allowed, allowed)


def test_the_acts_themselves_refuse_a_stranger(delegation, member, offer) -> None:
    body = delegation("UY")
    made, stranger = offer(body, member(body)), member(delegation("PY"))
    with pytest.raises(acts.PermissionDenied):
        acts.create(stranger, body, {})
    with pytest.raises(acts.PermissionDenied):
        acts.change(stranger, made, {}, revision=1)
    with pytest.raises(acts.PermissionDenied):
        acts.withdraw(stranger, made)


# Offering, changing, withdrawing


def test_an_officer_offers_something_and_everybody_who_signs_in_reads_it(delegation, member, signed_in) -> None:
    officer = member(delegation("UY"))
    response = signed_in(officer).post(NEW, typed())
    made = StandingOffer.objects.get()
    assert response["Location"] == made.get_absolute_url()
    assert (made.body.state_id, made.created_by, made.languages) == ("UY", officer, ["es", "pt"])
    assert [term.pk for term in made.themes.all()] == ["gcm-21"]
    page = signed_in(member(delegation("PY"))).get(LIST).content.decode()
    assert "Reception of returnees" in page
    assert "Uruguay" in page
    assert "Offer something" in page


def test_who_serves_two_delegations_chooses_one(delegation, member, signed_in) -> None:
    uy, py = delegation("UY"), delegation("PY")
    person = member(uy)
    other = member(py, email="other@example.org")
    person.groups.add(*other.groups.all())
    other.memberships.update(person=person)
    browser = signed_in(person)
    assert browser.post(NEW, typed()).context["form"].errors.keys() == {"body"}
    assert browser.post(NEW, typed(body=str(delegation("BR").pk))).context["form"].errors.keys() == {"body"}
    browser.post(NEW, typed(body=str(py.pk)))
    assert StandingOffer.objects.get().body == py


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "   "}, "text"),
        ({"themes": []}, "themes"),
        ({"themes": ["\x00"]}, "themes"),
        ({"themes": ["women"]}, "themes"),
        ({"populations": ["gcm-1"]}, "populations"),
        ({"languages": ["de"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"modality": "magic"}, "modality"),
        ({"since": "2026-02-30"}, "since"),
        ({"since": "tomorrow"}, "since"),
        ({"until": "2025-12-31"}, "until"),
        ({"language": None}, "language"),
    ],
)
def test_what_makes_no_sense_is_named_and_nothing_is_saved(delegation, member, signed_in, changes, field) -> None:
    response = signed_in(member(delegation("UY"))).post(NEW, typed(**changes))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {field}
    assert not StandingOffer.objects.exists()


def test_a_button_pressed_twice_offers_once_and_the_second_press_is_told(delegation, member, signed_in) -> None:
    browser = signed_in(member(delegation("UY")))
    browser.post(NEW, typed())
    response = browser.post(NEW, typed(text="Typed anew"))
    page = response.content.decode()
    assert "Your delegation already offers something with this title." in page
    assert StandingOffer.objects.get().get_absolute_url() in page
    assert "Typed anew" in page


def test_a_withdrawn_title_may_be_offered_again(delegation, member, offer, signed_in) -> None:
    body = delegation("UY")
    person = member(body)
    acts.withdraw(person, offer(body, person, title="Reception of returnees"))
    assert signed_in(person).post(NEW, typed()).status_code == 302
    assert StandingOffer.objects.filter(title="Reception of returnees").count() == 2


def test_a_stale_form_says_what_changed_and_keeps_what_was_typed(delegation, member, offer, signed_in) -> None:
    body = delegation("UY")
    officer, colleague = member(body), member(body, Role.FOCAL_POINT)
    made = offer(body, officer)
    change = f"{LIST}{made.pk}/change/"
    mine = signed_in(officer)
    assert 'name="revision" value="1"' in mine.get(change).content.decode()
    signed_in(colleague).post(change, typed(revision="1", title="The colleague's title"))
    response = mine.post(change, typed(revision="1", text="What I typed"))
    page = response.content.decode()
    assert "changed this offer while you were writing" in page
    assert colleague.name in page
    assert "The colleague&#x27;s title" in page
    assert "What I typed" in page
    assert 'name="revision" value="2"' in page
    made.refresh_from_db()
    assert made.text == "Two weeks in our centres."
    assert mine.post(change, typed(revision="2", text="What I typed")).status_code == 302
    made.refresh_from_db()
    assert (made.text, made.changed_by, made.revision) == ("What I typed", officer, 3)


def test_a_form_without_its_revision_changes_nothing(delegation, member, offer, signed_in) -> None:
    body = delegation("UY")
    made = offer(body, member(body))
    response = signed_in(made.created_by).post(f"{LIST}{made.pk}/change/", typed())
    assert response.context["differing"]
    made.refresh_from_db()
    assert made.revision == 1


def test_withdrawing_asks_first_and_happens_once(delegation, member, offer, signed_in) -> None:
    body = delegation("UY")
    officer, colleague = member(body), member(body, Role.FOCAL_POINT)
    made = offer(body, officer)
    withdraw = f"{LIST}{made.pk}/withdraw/"
    assert "Keep the offer" in signed_in(officer).get(withdraw).content.decode()
    made.refresh_from_db()
    assert made.withdrawn_at is None
    signed_in(officer).post(withdraw)
    made.refresh_from_db()
    when = made.withdrawn_at
    response = signed_in(colleague).post(withdraw, follow=True)
    page = response.content.decode()
    assert f"{officer.name} withdrew this offer" in page
    assert "This offer was withdrawn." in page
    made.refresh_from_db()
    assert (made.withdrawn_at, made.withdrawn_by) == (when, officer)
    with pytest.raises(acts.Withdrawn):
        acts.change(colleague, made, {}, revision=1)
    assert not list(signed_in(colleague).get(LIST).context["page"])


def test_the_database_refuses_an_offer_that_ends_before_it_begins(delegation, member, offer) -> None:
    body = delegation("UY")
    with pytest.raises(IntegrityError), transaction.atomic():
        offer(body, member(body), until=datetime.date(1999, 1, 1))


# The list


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"theme": "gcm-20"}, ["Remittances"]),
        ({"country": "UY"}, ["Consular registers"]),
        ({"population": "women"}, []),
    ],
)
def test_the_list_is_narrowed(delegation, member, offer, signed_in, query, expected) -> None:
    uy, br = delegation("UY"), delegation("BR")
    offer(uy, member(uy))
    offer(br, member(br), title="Remittances", themes=("gcm-20",))
    found = signed_in(member(delegation("PY"))).get(LIST, query)
    assert [row.title for row in found.context["page"]] == expected


def test_the_list_takes_as_many_queries_for_many_offers_as_for_few(
    delegation, member, offer, signed_in, django_assert_max_num_queries
) -> None:
    bodies = [delegation(code) for code in ("UY", "BR", "CL", "AR", "PE")]
    person = member(bodies[0])
    counts = []
    for upto in (5, 50):
        StandingOffer.objects.all().delete()
        for number in range(upto):
            offer(bodies[number % 5], person, title=f"Offer {number}")
        browser = signed_in(person)
        with django_assert_max_num_queries(12) as seen:
            browser.get(LIST)
        counts.append(len(seen))
    assert counts[0] == counts[1]
