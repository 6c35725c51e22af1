"""Authority that is handed over: who may give what to whom, what it lets them do, and when it ends."""

import datetime

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from notifications.models import Letter
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import SEE_CASES, act_as, authority, hands_on, people_with
from ricomi.directory.models import Body, Delegation, Membership, Record, Role, State, User
from ricomi.directory.tasks import expire_memberships
from tests import flows

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def people():
    return flows.people()


def body(code):
    return Body.objects.get(code=code)


def give(people, giver, taker, code="cl", role=Role.FOCAL_POINT, **more):
    asked = {"by": people[giver], "until": l10n.today() + 10 * DAY, "reason": "On leave"} | more
    return members.delegate(people[giver], people[taker], body(code), role, **asked)


def test_what_is_given_is_held_until_it_ends(people):
    place, partner = body("cl"), people["partner"]
    before = authority(partner)
    assert not before.may(act_as("focal_point"), place)
    with CaptureQueriesContext(connection) as without:
        authority(partner)
    made = give(people, "partner_focal", "partner")
    with CaptureQueriesContext(connection) as within:
        rights = authority(partner)
    assert len(within) == len(without) == 2
    assert rights.may(act_as("focal_point"), place)
    assert not rights.holds(act_as("focal_point"), place)
    # What the taker holds by themselves is not said to come from another.
    assert rights.through == {(act_as("focal_point"), place.pk): people["partner_focal"].pk}
    assert {partner, people["partner_focal"]} <= set(people_with(act_as("focal_point"), [place]))
    members.revoke_delegation(made, by=people["partner_focal"])
    assert authority(partner) == before
    assert partner not in people_with(act_as("focal_point"), [place])


def test_it_counts_from_the_first_day_to_the_last(people):
    place, partner, right = body("cl"), people["partner"], act_as("focal_point")
    made = give(people, "partner_focal", "partner", since=l10n.today() + DAY, until=l10n.today() + 3 * DAY)
    first, last = made.since, made.until
    days = {day: Delegation.objects.in_force(day).exists() for day in (first - DAY, first, last, last + DAY)}
    assert list(days.values()) == [False, True, True, False]
    assert not authority(partner).may(right, place)


REFUSED = {
    "a role that the giver does not hold": {"giver": "partner", "taker": "expert"},
    "to oneself": {"giver": "partner_focal", "taker": "partner_focal"},
    "to somebody of another body": {"giver": "partner_focal", "taker": "officer"},
    "from yesterday": {"giver": "partner_focal", "taker": "partner", "since": -1},
    "the last day before the first": {"giver": "partner_focal", "taker": "partner", "since": 3, "until": 2},
    "over a year": {"giver": "partner_focal", "taker": "partner", "until": 366},
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_given(people, what):
    asked = dict(REFUSED[what])
    for name in ("since", "until"):
        if name in asked:
            asked[name] = l10n.today() + asked[name] * DAY
    with pytest.raises(ValidationError):
        give(people, **asked)
    assert not Delegation.objects.exists()
    assert not Letter.objects.filter(name="authority_delegated").exists()


def test_a_year_can_be_given(people):
    assert give(people, "partner_focal", "partner", until=l10n.today() + 365 * DAY).pk


def test_nothing_is_given_beyond_the_givers_own_time(people):
    held = people["partner_focal"].memberships.get()
    members.end(held, by=None, on=l10n.today() + 5 * DAY)
    with pytest.raises(ValidationError):
        give(people, "partner_focal", "partner", until=l10n.today() + 6 * DAY)
    assert give(people, "partner_focal", "partner", until=l10n.today() + 5 * DAY).pk


def test_nobody_gives_on_what_was_given_to_them(people):
    give(people, "partner_focal", "partner")
    with pytest.raises(ValidationError):
        give(people, "partner", "expert")
    # Nor by way of the leave that focal points have to give in another's name.
    with pytest.raises(PermissionDenied):
        give(people, "partner_focal", "expert", by=people["partner"])


def test_the_same_days_are_given_once(people):
    give(people, "partner_focal", "partner", until=l10n.today() + 2 * DAY)
    with pytest.raises(ValidationError):
        give(people, "partner_focal", "partner", since=l10n.today() + 2 * DAY)
    assert give(people, "partner_focal", "partner", since=l10n.today() + 3 * DAY).pk


IN_THEIR_NAME = {
    "partner_focal": True, "head": True, "case_officer": True, "other_focal": False, "expert": False, "focal": False,
    "chair": False,
}  # fmt: skip


@pytest.mark.parametrize("who", IN_THEIR_NAME)
def test_who_gives_in_the_name_of_another(people, who):
    expert = User.objects.create_user("second@ricomi.example", "Second")
    members.appoint(expert, body("cl"), Role.EXPERT, by=None)
    people["second"] = expert
    if not IN_THEIR_NAME[who]:
        with pytest.raises(PermissionDenied):
            give(people, "partner", "second", role=Role.OFFICER, by=people[who])
        return
    made = give(people, "partner", "second", role=Role.OFFICER, by=people[who])
    assert made.in_their_name
    record = Record.objects.first()
    assert (record.what, record.by, record.person) == ("delegated", people[who], people["partner"])
    assert all(people[who].name in one.text for one in Letter.objects.filter(name="authority_delegated"))


def test_nobody_gives_themselves_the_authority_of_another(people):
    with pytest.raises(ValidationError):
        give(people, "expert", "partner_focal", role=Role.EXPERT, by=people["partner_focal"])


def test_both_are_told_of_the_beginning_and_of_the_end(people):
    made = give(people, "partner_focal", "partner")
    members.revoke_delegation(made, by=people["partner"])
    members.revoke_delegation(made, by=people["partner_focal"])
    for name in ("authority_delegated", "delegation_ended"):
        told = Letter.objects.filter(name=name)
        assert {one.recipient for one in told} == {people["partner"], people["partner_focal"]}
        assert all("Partner acts for" in one.text or "Partner no longer acts for" in one.text for one in told)
    assert [one.what for one in Record.objects.all()[:2]] == ["delegation_ended", "delegated"]


@pytest.mark.parametrize(("who", "may"), [("partner", True), ("head", True), ("other_focal", False), ("expert", False)])
def test_who_revokes(people, who, may):
    made = give(people, "partner_focal", "partner")
    if may:
        members.revoke_delegation(made, by=people[who])
    else:
        with pytest.raises(PermissionDenied):
            members.revoke_delegation(made, by=people[who])
    made.refresh_from_db()
    assert bool(made.revoked_at) == may


def test_it_ends_with_its_time_and_once(people):
    made = give(people, "partner_focal", "partner", until=l10n.today())
    assert members.end_delegations() == 0
    later = timezone.now() + DAY
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        assert not authority(people["partner"]).may(act_as("focal_point"), body("cl"))
        expire_memberships(timestamp=0)
        expire_memberships(timestamp=0)
    made.refresh_from_db()
    assert (made.ended_at, made.revoked_at) == (later, None)
    assert Letter.objects.filter(name="delegation_ended").count() == 2
    assert Record.objects.filter(what="delegation_ended").count() == 1


def leave_role(people):
    members.end(people["partner_focal"].memberships.get(), by=None)


def leave_network(people):
    members.deactivate(people["partner_focal"], by=people["head"])


def taker_leaves(people):
    members.end(people["partner"].memberships.get(), by=None)


@pytest.mark.parametrize("leave", [leave_role, leave_network, taker_leaves])
def test_it_ends_with_who_gave_it_and_with_who_took_it(people, leave):
    made = give(people, "partner_focal", "partner")
    leave(people)
    made.refresh_from_db()
    assert made.ended_at
    assert not authority(people["partner"]).may(act_as("focal_point"), body("cl"))
    # Whoever comes back does not find it standing.
    members.appoint(people["partner_focal"], body("cl"), Role.FOCAL_POINT, by=None)
    members.appoint(people["partner"], body("cl"), Role.OFFICER, by=None)
    assert not Delegation.objects.in_force().exists()


def test_who_lost_the_role_at_the_register_gives_nothing(people):
    give(people, "partner_focal", "partner")
    # As a membership that ended this very day: its group is gone, its last day is not.
    people["partner_focal"].groups.remove(Group.objects.get(name="cl:focal_point"))
    place, right = body("cl"), act_as("focal_point")
    assert not authority(people["partner"]).may(right, place)
    assert people["partner"] not in people_with(right, [place])
    assert hands_on([(right, place.pk)]) == {(right, place.pk): []}


def same_delegation(people, name, state):
    """Let somebody be an alternate in a state's delegation to the CEAM."""
    Membership.objects.filter(person=people[name], body=body("ceam")).update(
        represents=State.objects.get(pk=state), rank=2
    )


def test_a_chairs_authority_speaks_for_the_chairs_state_in_the_chairs_place(people):
    same_delegation(people, "reviewer_br", "MX")
    give(people, "chair", "reviewer_br", "ceam", Role.CHAIR)
    place = body("ceam").pk
    rights = authority(people["reviewer_br"])
    (hand,) = rights.hands(act_as("chair"), place)
    assert (hand.giver_id, hand.states, hand.rank) == (people["chair"].pk, {"MX"}, 1)
    assert rights.voice_in(place, ()) == ("MX", 2)
    assert rights.acting(hand, place).voice_in(place, ()) == ("MX", 1)
    own, lent = rights.hands(act_as("reviewer"), place)
    assert (own.giver_id, own.states, own.rank) == (None, {"MX"}, 2)
    assert (lent.giver_id, lent.states, lent.rank) == (people["chair"].pk, {"MX"}, 1)
    # Asked of everybody at once, the answer is the same.
    found = hands_on([(act_as("chair"), place), (act_as("reviewer"), place)])
    assert people["chair"].pk in {one.giver_id for one in found[act_as("chair"), place]}
    assert len(found[act_as("reviewer"), place]) == 5


def test_a_states_voice_stays_in_its_delegation(people):
    with translation.override("en"):
        with pytest.raises(ValidationError, match="speaks for the same state"):
            give(people, "chair", "reviewer_br", "ceam", Role.CHAIR)
        with pytest.raises(ValidationError, match="speaks for the same state"):
            give(people, "reviewer_br", "chair", "ceam", Role.REVIEWER)
    assert not Delegation.objects.exists()


def test_a_donor_who_acts_for_an_officer_sees_the_cases(people):
    donor = User.objects.create_user("d@ricomi.example", "D")
    members.appoint(donor, body("cl"), Role.DONOR, by=None)
    people["d"] = donor
    assert not authority(donor).may(SEE_CASES, body("cl"))
    give(people, "partner", "d", role=Role.OFFICER)
    assert authority(donor).through[SEE_CASES, body("cl").pk] == people["partner"].pk


def test_it_is_never_deleted_nor_changed(people):
    made = give(people, "partner_focal", "partner")
    rows = Delegation.objects.filter(pk=made.pk)
    for change in (
        rows.delete,
        lambda: rows.update(until=l10n.today()),
        lambda: rows.update(taker=people["expert"]),
        lambda: Delegation.objects.bulk_create([Delegation(
            giver=people["expert"], taker=people["partner"], body=body("cl"), role="expert", given_by=people["expert"],
            until=l10n.today() + 400 * DAY, reason="x")]),
    ):  # fmt: skip
        with pytest.raises(Error), transaction.atomic():
            change()
    members.revoke_delegation(made, by=people["partner"])
    with pytest.raises(Error), transaction.atomic():
        rows.update(revoked_at=None, ended_at=None)


def page(client, person, address):
    client.force_login(person)
    return client.get(address, headers={"accept-language": "en"})


def test_the_page_hands_over_and_takes_back(people, client):
    held = people["partner_focal"].memberships.get()
    address = f"/directory/memberships/{held.pk}/hand-over/"
    asked = {"taker": people["partner"].pk, "since": l10n.today(), "until": l10n.today() + DAY, "reason": "Leave <b>"}
    assert page(client, people["partner_focal"], address).status_code == 200
    assert client.post(address, asked | {"until": l10n.today() - DAY}).status_code == 422
    assert client.post(address, asked | {"taker": people["officer"].pk}).status_code == 422
    assert client.post(address, asked | {"reason": ""}).status_code == 422
    assert client.post(address, asked)["Location"] == "/directory/authority/"
    made = Delegation.objects.get()
    for who, where in (("partner", "/directory/authority/"), ("officer", "/directory/bodies/cl/")):
        shown = page(client, people[who], where).content.decode()
        assert "<strong>Partner</strong> acts for <strong>Partner Focal</strong> as focal point" in shown
    client.force_login(people["partner"])
    revoke = f"/directory/delegations/{made.pk}/revoke/"
    assert client.get(revoke).status_code == 200
    assert Delegation.objects.in_force().exists()
    client.post(revoke)
    assert not Delegation.objects.in_force().exists()
    assert client.get(revoke).status_code == 404
    assert "revoked" in client.get("/directory/authority/", headers={"accept-language": "en"}).content.decode()


def test_nobody_is_offered_their_own_name_for_the_authority_of_another(people, client):
    held = people["expert"].memberships.get()
    shown = page(client, people["partner_focal"], f"/directory/memberships/{held.pk}/hand-over/").content.decode()
    assert f'value="{people["partner"].pk}"' in shown
    assert f'value="{people["partner_focal"].pk}"' not in shown
    assert f'value="{people["expert"].pk}"' not in shown
