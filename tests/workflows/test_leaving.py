"""Somebody leaves: what was theirs alone goes to a successor, all of it at once and through the gate."""

import datetime

import pytest

from cases.models import Trip
from notifications.models import Letter
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Membership, Role, User
from tests import flows
from workflows import gate, leaving, policy
from workflows.models import Entry
from workflows.unattended import unattended
from workflows.verification import verify

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


@pytest.fixture
def walk():
    """A case with three trips of one expert: planned, to be travelled, reported; and a second expert."""
    found = flows.Walk(flows.people())
    flows.newcomer(found, "second", (Role.EXPERT, "cl"))
    keys = found.exchange().once("three trips", three_trips)
    found.trips = list(Trip.objects.filter(pk__in=keys).order_by("pk"))
    return found


def three_trips(walk):
    in_days = [l10n.today() + datetime.timedelta(days=days) for days in (9, 0, -9)]
    trips = [walk.trip(in_days[0]), walk.advanced(in_days[1]), walk.advanced(in_days[2])]
    walk.act("expert", "travel", "travelled", trips[2])
    return [trip.pk for trip in trips]


def travellers():
    return [one.name for one in User.objects.filter(pk__in=Trip.objects.values("traveller"))]


def name(walk, who, step, trip, traveller):
    return walk.act(who, step, "name", trip, traveller=walk.people[traveller], reason="Left the ministry")


def test_another_traveller_takes_over_what_waits(walk):
    trip = walk.trips[1]
    name(walk, "partner_focal", "another_traveller", trip, "second")
    trip.refresh_from_db()
    run = policy.run_of(trip)
    (task,) = policy.waiting_tasks(run)
    assert (trip.traveller, task.owner) == (walk.people["second"], walk.people["second"])
    assert policy.worklist(authority(walk.people["second"])).filter(pk=task.pk).exists()
    assert not policy.worklist(authority(walk.people["expert"])).filter(pk=task.pk).exists()
    assert Letter.objects.filter(recipient=walk.people["second"], name="task_waiting").exists()
    with pytest.raises(gate.NotAllowed):
        walk.act("expert", "travel", "travelled", trip)
    walk.act("second", "travel", "travelled", trip)
    entry = Entry.objects.get(step="another_traveller")
    assert entry.facts["traveller_before"] == walk.people["expert"].pk
    assert (entry.reason, entry.stage_to) == ("Left the ministry", "advanced")
    assert verify().faults == []


@pytest.mark.parametrize(
    ("who", "step"),
    [("partner", "another_traveller"), ("focal", "another_traveller"), ("partner_focal", "traveller_by_secretariat")],
)
def test_who_may_not_name_another(walk, who, step):
    with pytest.raises(gate.NotAllowed):
        name(walk, who, step, walk.trips[0], "second")


@pytest.mark.parametrize("traveller", ["expert", "partner", "officer"])
def test_who_cannot_be_named(walk, traveller):
    with pytest.raises(gate.Blocked):
        name(walk, "head", "traveller_by_secretariat", walk.trips[0], traveller)


def test_who_acted_on_the_trips_money_cannot_be_named(walk):
    flows.also(walk.people["manager"], Role.EXPERT, "cl")
    assert name(walk, "head", "traveller_by_secretariat", walk.trips[0], "manager")
    with pytest.raises(gate.Blocked):
        name(walk, "head", "traveller_by_secretariat", walk.trips[1], "manager")


def test_who_travelled_before_settles_nothing(walk):
    trip = walk.trips[2]
    flows.also(walk.people["expert"], Role.FUND_MANAGER, "fund")
    name(walk, "partner_focal", "another_traveller", trip, "second")
    walk.act("second", "trip_report", "report", trip, **walk.report(trip))
    walk.act("second", "expenses", "claim", trip, **walk.claim())
    with pytest.raises(gate.NotAllowed):
        walk.act("expert", "settlement", "propose", trip)
    walk.act("manager", "settlement", "propose", trip)


def page(walk, client, who, address, data=None):
    client.force_login(walk.people[who])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client.get(address) if data is None else client.post(address, data)


@pytest.mark.parametrize("who", ["head", "case_officer", "partner_focal"])
def test_all_goes_to_a_successor_at_once(walk, client, who):
    members.end(walk.people["expert"].memberships.get(), by=None)
    assert [gap.count for gap in unattended()] == [2]
    address = f"/people/{walk.people['expert'].pk}/holdings/"
    shown = page(walk, client, who, address).content.decode()
    assert "Name this person for all 3" in shown
    asked = {"body": Body.objects.get(code="cl").pk, "successor": walk.people["second"].pk, "reason": "Left"}
    assert page(walk, client, who, address, asked | {"reason": ""}).status_code == 422
    assert page(walk, client, who, address, asked | {"successor": walk.people["partner"].pk}).status_code == 422
    assert travellers() == ["Expert"]
    assert page(walk, client, who, address, asked).status_code == 302
    assert travellers() == ["second"]
    assert unattended() == []
    entries = Entry.objects.filter(facts__has_key="traveller_before")
    assert [(one.person, one.reason) for one in entries] == [(walk.people[who], "Left")] * 3
    assert "No step waits for them alone." in page(walk, client, who, address).content.decode()


def test_all_of_it_or_nothing(walk, client):
    # The successor has acted on the money of two of the three.
    flows.also(walk.people["manager"], Role.EXPERT, "cl")
    address = f"/people/{walk.people['expert'].pk}/holdings/"
    asked = {"body": Body.objects.get(code="cl").pk, "successor": walk.people["manager"].pk, "reason": "Left"}
    answer = page(walk, client, "head", address, asked)
    assert answer.status_code == 422
    assert "already acted on the trip&#x27;s money" in answer.content.decode()
    assert travellers() == ["Expert"]
    assert not Entry.objects.filter(facts__has_key="traveller_before").exists()


@pytest.mark.parametrize("who", ["partner", "other_focal", "focal", "chair", "auditor", "expert"])
def test_who_may_not_look(walk, client, who):
    assert page(walk, client, who, f"/people/{walk.people['expert'].pk}/holdings/").status_code == 404


def test_who_leaves_is_first_said_to_hold_this(walk, client):
    held = Membership.objects.get(person=walk.people["expert"])
    for address in (
        f"/directory/memberships/{held.pk}/end/",
        f"/directory/people/{walk.people['expert'].pk}/deactivate/",
    ):
        shown = page(walk, client, "head", address).content.decode()
        assert "3 trips or other matters are theirs alone." in shown
        assert "Nobody else is expert" not in shown
    held = Membership.objects.get(person=walk.people["partner_focal"])
    shown = page(walk, client, "head", f"/directory/memberships/{held.pk}/end/").content.decode()
    assert "Nobody else is focal point of Chile." in shown


def test_what_rests_is_left_until_it_goes_on(walk):
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    assert leaving.bound_to(walk.people["expert"], authority(walk.people["head"])) == []
    walk.act("case_officer", "resumption", "resume")
    assert len(leaving.bound_to(walk.people["expert"], authority(walk.people["head"]))) == 3
