"""No step is left with nobody unseen: the secretariat sees it on its home page and gets a letter."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Letter
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.models import Body, Membership, Role, State, User
from ricomi.directory.tasks import expire_memberships
from tests import flows
from workflows.unattended import unattended

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
DAY = datetime.timedelta(days=1)
SECRETARIAT = {"case_officer@ricomi.example", "head@ricomi.example"}


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def gaps():
    return [(gap.body.code, gap.right, gap.count, gap.held) for gap in unattended()]


def told():
    return {one.address for one in Letter.objects.filter(name="step_without_people")}


def end(walk, who):
    members.end(walk.people[who].memberships.get(), by=None)


def home(walk, client, who):
    client.force_login(walk.people[who])
    return client.get("/", headers={"accept-language": "en"}).content.decode()


def test_where_somebody_can_act_there_is_no_gap(walk, client):
    walk.exchange()
    walk.advanced()
    assert gaps() == []
    assert not told()
    assert "Steps that nobody can take" not in home(walk, client, "head")


def test_who_leaves_last_leaves_a_gap_that_is_shown_and_written_at_once(walk, client):
    walk.admissibility()
    walk.act("case_officer", "screening", "admit")
    walk.act("case_officer", "matching", "invite", bodies=list(Body.objects.filter(code="cl")))
    assert gaps() == []
    end(walk, "partner_focal")
    assert gaps() == [("cl", "act_as_focal_point", 1, False)]
    assert told() == SECRETARIAT
    shown = home(walk, client, "case_officer")
    assert "Steps that nobody can take" in shown
    assert '<a href="/directory/bodies/cl/">Chile</a>, <strong>focal point</strong>: 1 step waits' in shown
    for who in ("officer", "partner", "chair", "auditor"):
        assert "Steps that nobody can take" not in home(walk, client, who)
    members.appoint(walk.people["partner"], Body.objects.get(code="cl"), Role.FOCAL_POINT, by=walk.people["head"])
    assert gaps() == []


def test_who_is_deactivated_leaves_a_gap(walk):
    walk.submitted()
    members.deactivate(walk.people["case_officer"], by=walk.people["head"])
    assert gaps() == []
    walk.act("head", "receipt", "acknowledge")
    walk.act("head", "screening", "ask", reason="Which offices?")
    members.deactivate(walk.people["officer"], by=walk.people["head"])
    assert gaps() == []  # the focal point is an officer, too
    members.deactivate(walk.people["focal"], by=walk.people["head"])
    assert [gap[0] for gap in gaps()] == ["py"]
    assert told() == {"head@ricomi.example"}


def test_whose_membership_runs_out_leaves_a_gap(walk):
    walk.invited()
    held = Membership.objects.get(person=walk.people["partner_focal"])
    members.end(held, by=None, on=l10n.today() + DAY)
    assert gaps() == []
    assert not told()
    later = timezone.now() + 2 * DAY
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        assert [gap[0] for gap in gaps()] == ["cl"]
        expire_memberships(timestamp=0)
        expire_memberships(timestamp=0)
    assert told() == SECRETARIAT
    assert Letter.objects.filter(name="step_without_people").count() == 2


def test_a_step_that_begins_with_nobody_is_written_of_when_it_begins(walk):
    walk.matching()
    end(walk, "partner_focal")
    assert not told()  # nothing waits there yet
    walk.act("case_officer", "matching", "invite", bodies=list(Body.objects.filter(code__in=("cl", "uy"))))
    assert gaps() == [("cl", "act_as_focal_point", 1, False)]
    assert told() == SECRETARIAT


def test_where_all_who_hold_the_role_took_an_earlier_step(walk):
    approver = walk.people["approver"]
    members.appoint(approver, Body.objects.get(code="fund"), Role.FUND_MANAGER, by=None)
    walk.pay_in()
    walk.endorsed()
    assert not told()
    walk.act("approver", "reservation", "full")
    assert gaps() == [("fund", "act_as_fund_approver", 1, True)]
    assert told() == SECRETARIAT
    letter = Letter.objects.filter(name="step_without_people").first()
    assert walk.case.reference not in letter.text


def test_where_all_who_are_left_are_recused(walk):
    walk.endorsement()
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        end(walk, who)
    # The one who is left speaks for Paraguay, which asks.
    assert gaps() == [("ceam", "act_as_reviewer", 1, True)]
    assert told() == SECRETARIAT


def test_a_step_bound_to_one_person_waits_with_nobody_when_they_leave(walk):
    walk.exchange()
    walk.advanced()
    second = User.objects.create_user("second@ricomi.example", "Second")
    members.appoint(second, Body.objects.get(code="cl"), Role.EXPERT, by=None)
    end(walk, "expert")
    assert gaps() == [("cl", "act_as_expert", 1, True)]


def test_who_acts_for_another_closes_no_gap_that_the_other_leaves(walk):
    walk.invited()
    members.delegate(
        walk.people["partner_focal"], walk.people["partner"], Body.objects.get(code="cl"), Role.FOCAL_POINT,
        by=walk.people["partner_focal"], until=l10n.today() + DAY, reason="On leave",
    )  # fmt: skip
    end(walk, "partner_focal")
    assert [gap[0] for gap in gaps()] == ["cl"]


def test_what_rests_is_no_gap(walk):
    walk.invited()
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    end(walk, "partner_focal")
    assert not [gap for gap in gaps() if gap[0] == "cl"]


def test_what_nobody_may_take_when_it_goes_on_is_written_of_then(walk):
    walk.invited()
    walk.act("case_officer", "suspension", "suspend", reason="Elections")
    end(walk, "partner_focal")
    assert not told()
    walk.act("case_officer", "resumption", "resume")
    assert gaps() == [("cl", "act_as_focal_point", 1, False)]
    assert told() == SECRETARIAT


def test_who_is_named_traveller_and_alone_could_have_approved_leaves_a_gap_that_is_written_of(walk):
    walk.exchange()
    trip = walk.trip()
    walk.act("case_officer", "authorisation", "authorise", trip)
    walk.act("manager", "advance", "propose", trip, advance=Decimal(100))
    members.appoint(walk.people["approver"], Body.objects.get(code="cl"), Role.EXPERT, by=None)
    assert not told()
    walk.act(
        "partner_focal", "another_traveller", "name", trip, traveller=walk.people["approver"], reason="The other is ill"
    )
    assert ("fund", "act_as_fund_approver", 1, True) in gaps()
    assert told() == SECRETARIAT


def test_as_many_queries_for_many_steps_as_for_one(walk):
    walk.invited()
    end(walk, "partner_focal")
    with CaptureQueriesContext(connection) as one:
        unattended()
    for _more in range(3):
        flows.Walk(walk.people).invited()
    with CaptureQueriesContext(connection) as many:
        unattended()
    assert len(one) == len(many) == 2
    assert gaps()[0][2] == 4


def test_a_reviewer_of_a_state_that_is_no_party_closes_the_gap(walk):
    walk.endorsement()
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        end(walk, who)
    members.appoint(
        walk.people["reviewer_br"], Body.objects.get(code="ceam"), Role.REVIEWER, by=None,
        represents=State.objects.get(pk="BR"),
    )  # fmt: skip
    assert gaps() == []
