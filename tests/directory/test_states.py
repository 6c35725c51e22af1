"""The states of the network: when each took part, and by which name a reader knows it."""

import datetime
import itertools

import pytest
from babel import Locale
from django.utils import translation

from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.models import Body, Forum, Membership, Participation, Record, Role, State, User
from ricomi.directory.reference import load
from tests import flows
from workflows import gate
from workflows.engine import FLOWS

pytestmark = pytest.mark.django_db
PROPOSED = datetime.date(2010, 9, 1)


def taking_part(day):
    return set(State.objects.participating(day).values_list("pk", flat=True))


def test_thirty_five_states_of_the_americas_each_with_a_delegation():
    states = State.objects.filter(kind="member")
    assert states.count() == 35
    assert set(Body.objects.filter(kind="delegation").values_list("state_id", flat=True)) == {s.pk for s in states}
    assert not State.objects.filter(participations__isnull=True).exists()


# The first and the last day of a standing, and whether the state then took part.
DAYS = [
    ("CU", "1962-01-30", True), ("CU", "1962-01-31", False), ("CU", "2026-11-24", False),
    ("HN", "2009-07-04", True), ("HN", "2009-07-05", False), ("HN", "2011-05-31", False), ("HN", "2011-06-01", True),
    ("NI", "2023-11-18", True), ("NI", "2023-11-19", False),
    ("VE", "2019-04-26", True), ("VE", "2019-04-27", False),
    ("PY", "1948-04-29", False), ("PY", "1948-04-30", True),
]  # fmt: skip


@pytest.mark.parametrize(("code", "day", "takes_part"), DAYS)
def test_a_state_takes_part_on_each_day_of_its_periods(code, day, takes_part):
    assert State.objects.get(pk=code).participates(datetime.date.fromisoformat(day)) == takes_part


def test_thirty_three_took_part_when_the_network_was_proposed():
    assert {state.pk for state in State.objects.filter(kind="member")} - taking_part(PROPOSED) == {"CU", "HN"}
    assert len(taking_part(PROPOSED)) == 33
    assert len(taking_part(datetime.date(2026, 11, 24))) == 32


def test_periods_of_a_state_follow_each_other_without_overlap():
    for state in State.objects.all():
        periods = list(state.participations.order_by("since"))
        for one, next_one in itertools.pairwise(periods):
            assert one.until is not None
            assert one.until < next_one.since
        assert [period.until for period in periods if period.until is None] == [None]


@pytest.mark.parametrize("code", ["ni", "ve", "cu"])
def test_a_state_that_left_starts_nothing_new_and_is_asked_for_nothing(code):
    person = User.objects.create_user("left@ricomi.example", "Left")
    body = Body.objects.get(code=code)
    members.appoint(person, body, Role.FOCAL_POINT, by=None)
    with pytest.raises(gate.Blocked):
        gate.begin(FLOWS["cooperation"], person, {"for_body": body.pk, "title": "x", "language": "es"})
    walk = flows.Walk(flows.people()).matching()
    with pytest.raises(gate.Blocked):
        walk.act("case_officer", "matching", "invite", bodies=[body])


def test_what_a_state_began_before_it_left_goes_on_but_is_not_submitted():
    walk = flows.Walk(flows.people()).draft()
    walk.act("officer", "draft", "pass_on", **walk.request)
    leave("PY")
    with pytest.raises(gate.Blocked):
        walk.act("focal", "submission", "submit")
    walk.act("focal", "withdrawal", "withdraw", reason="We left")
    assert walk.case.stage == "withdrawn"


def leave(code):
    yesterday = l10n.today() - datetime.timedelta(days=1)
    Participation.objects.filter(state=code, until__isnull=True).update(until=yesterday)


def test_nobody_becomes_a_reviewer_for_a_state_that_left():
    person = User.objects.create_user("left@ricomi.example", "Left")
    with pytest.raises(members.ValidationError):
        members.appoint(
            person, Body.objects.get(code="ceam"), Role.REVIEWER, by=None, represents=State.objects.get(pk="VE")
        )
    assert not Membership.objects.filter(person=person).exists()


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
def test_every_state_bears_the_name_that_cldr_gives_it(language):
    known = Locale.parse(language).territories
    with translation.override(language):
        for state in State.objects.all():
            assert state.name == known[state.pk]
            assert state.name != state.pk
        for forum in Forum.objects.all():
            assert str(forum) == forum.names[language]


def test_names_differ_between_languages():
    brazil = State.objects.get(pk="BR")
    found = {}
    for language in ("es", "en", "pt", "fr"):
        with translation.override(language):
            found[language] = brazil.name
    assert found == {"es": "Brasil", "en": "Brazil", "pt": "Brasil", "fr": "Brésil"}


@pytest.fixture
def people():
    return flows.people()


def test_the_secretariat_alone_begins_a_period(people, client):
    form = {"status": "suspended", "since": "2026-06-01", "source": "A resolution"}
    for who in ("officer", "focal", "chair", "auditor", "manager"):
        client.force_login(people[who])
        assert client.post("/directory/states/py/", form).status_code == 404
    client.logout()
    assert client.post("/directory/states/py/", form).status_code == 404
    client.force_login(people["case_officer"])
    assert client.post("/directory/states/py/", {**form, "since": "1940-01-01"}).status_code == 422
    assert client.post("/directory/states/py/", form).status_code == 302
    periods = State.objects.get(pk="PY").participations.order_by("since").values_list("status", "since", "until")
    assert list(periods) == [
        ("member", datetime.date(1948, 4, 30), datetime.date(2026, 5, 31)),
        ("suspended", datetime.date(2026, 6, 1), None),
    ]
    assert not State.objects.get(pk="PY").participates(datetime.date(2026, 6, 1))
    record = Record.objects.get(what="period")
    assert (record.by, record.state_id) == (people["case_officer"], "PY")


def test_loading_the_reference_again_keeps_what_people_changed():
    leave("PY")
    before = list(Participation.objects.order_by("pk").values())
    load()
    assert list(Participation.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("who", [None, "officer", "donor"])
def test_everybody_reads_the_states(who, people, client):
    if who:
        client.force_login(people[who])
    page = client.get("/directory/", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert len(page.context["members"]) == 35
    assert "Paraguay" in page.content.decode()
    assert client.get("/directory/states/hn/").status_code == 200
    assert client.get("/directory/states/xx/").status_code == 404
