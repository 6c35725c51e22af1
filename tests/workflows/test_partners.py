"""Several partners and a third party: who is asked, who becomes a party, who agrees, who leaves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from viewflow.workflow.token import Token

from cases.filters import Filters
from cases.models import Case, Part
from cases.partners import Asked, Chosen
from notifications.models import Letter
from ricomi.catalogue.models import Entry as CatalogueEntry
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role
from tests import flows
from tests.workflows.several import ask_france, both_offer, to_plan
from workflows import gate, policy
from workflows.models import Entry, Run, Task
from workflows.templatetags.workflows import step_url

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
WHY = {"reason": "Elections"}


@pytest.fixture
def walk():
    """Chile and Uruguay offer help; France, a permanent observer, and Brazil have a focal point as well."""
    found = flows.Walk(flows.people(), amount=None)
    flows.newcomer(found, "third", (Role.FOCAL_POINT, "fr"))
    flows.newcomer(found, "brazil", (Role.FOCAL_POINT, "br"))
    found.matching()
    return found


def offered(walk):
    """Three are invited: two offer to help, Brazil makes a counter-offer."""
    bodies = list(Body.objects.filter(code__in=("cl", "uy", "br")))
    walk.act("case_officer", "matching", "invite", bodies=bodies)
    for who, code in (("partner_focal", "cl"), ("other_focal", "uy")):
        walk.act(who, "answer", "accept", item=walk.invitation(code), terms="An expert.")
    walk.act(
        "brazil", "answer", "counter", item=walk.invitation("br"), terms="Rooms in June.",
        starts_on=walk.case.ends_on, cost=Decimal("7500.00"),
    )  # fmt: skip
    return walk


def proposed(walk):
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits")
    return walk


def sees(walk, who):
    return Case.objects.visible_to(authority(walk.people[who])).filter(pk=walk.case.pk).exists()


def waiting(walk):
    return sorted(
        (task.flow_task.name, Body.objects.get(pk=task.body_id).code)
        for task in policy.waiting_tasks(policy.run_of(walk.case))
    )


def told(walk, name):
    found = Letter.objects.filter(name=name, about=walk.case.reference).values_list("recipient__email", flat=True)
    return {address.partition("@")[0] for address in found}


def test_three_answer_two_are_chosen_and_a_third_supports(walk):
    offered(walk)
    walk.choose("cl", "uy", third=ask_france())
    assert waiting(walk) == [("support", "fr")]
    assert [one.body.code for one in walk.case.partners()] == ["cl", "uy"], "nobody is a party without its yes"
    assert told(walk, "partner_chosen") == {"partner", "partner_focal", "expert", "other", "other_focal"}
    assert told(walk, "partner_not_chosen") == {"brazil"}
    walk.act("third", "support", "accept", item=walk.invitation("fr"), terms="Two trainers")
    assert [(one.body.code, one.part, one.leads) for one in walk.case.partners()] == [
        ("cl", "offering", True), ("uy", "offering", False), ("fr", "third", False),
    ]  # fmt: skip
    assert (walk.case.partners()[2].does, walk.case.partners()[2].support) == ("Two trainers", "technical")
    proposed(walk)
    assert waiting(walk) == [("plan_answer", "cl"), ("plan_answer", "fr"), ("plan_answer", "uy")]
    for who, code in (("other_focal", "uy"), ("partner_focal", "cl")):
        walk.act(who, "plan_answer", "agree", item=walk.party(code))
        assert walk.case.stage == "agreement", "it goes on when all have agreed"
    walk.act("third", "plan_answer", "agree", item=walk.party("fr"))
    assert (walk.case.stage, walk.case.endorsement_round) == ("endorsement", 1)
    assert walk.case.states == "Paraguay → Chile, Uruguay, France (supports)"


def test_when_the_last_has_answered_whoever_goes_on_is_written_to(walk):
    both_offer(walk)
    choice = Task.objects.get(flow_task=policy.run_of(walk.case).flow_class.step("choice"))
    assert Letter.objects.get(key=f"task:{choice.pk}").recipient == walk.people["focal"]
    walk.choose("cl", "uy")
    proposed(walk)
    walk.act("other_focal", "plan_answer", "agree", item=walk.party("uy"))
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    assert told(walk, "endorsement_requested") == {"chair", "reviewer_br", "reviewer_ca"}


def test_who_is_not_chosen_no_longer_sees_the_case_and_the_chosen_see_each_other(walk):
    offered(walk)
    for who, others in (("partner_focal", ("Uruguay", "Brazil")), ("brazil", ("Chile", "Uruguay"))):
        page = read(walk, who)
        assert not any(other in page for other in others), "an invited state learns of no other"
    walk.choose("cl", "uy")
    assert sees(walk, "partner_focal")
    assert sees(walk, "other_focal")
    assert not sees(walk, "brazil")
    page = read(proposed(walk), "partner_focal")
    assert "Uruguay" in page
    assert "Brazil" not in page
    assert page.count("Waits for:") == 2, "partners see for whom the plan waits"


def read(walk, who):
    """The page of the case and its whole timeline, as somebody reads them."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(walk.people[who])
    address = walk.case.get_absolute_url()
    return client.get(address).content.decode() + client.get(f"{address}timeline/").content.decode()


def test_a_third_party_that_was_not_chosen_by_its_own_yes_is_none(walk):
    offered(walk)
    walk.choose("cl", third=ask_france())
    assert sees(walk, "third")
    walk.act("third", "support", "decline", item=walk.invitation("fr"), reason="No budget")
    assert not sees(walk, "third")
    assert waiting(walk) == [("plan", "py")]
    assert [one.body.code for one in walk.case.partners()] == ["cl"]
    assert told(walk, "support_answered") == {"officer", "focal"}


@pytest.mark.parametrize(
    ("chosen", "third"),
    [
        ([], None),
        ([("uy", Part.OFFERING, False, "")], None),
        ([("cl", Part.OFFERING, True, ""), ("uy", Part.OFFERING, True, "")], None),
        ([("cl", Part.THIRD, True, "technical")], None),
        ([("cl", Part.OFFERING, True, ""), ("uy", Part.THIRD, False, "")], None),
        ([("cl", Part.OFFERING, True, ""), ("cl", Part.OFFERING, False, "")], None),
        ([("cl", Part.OFFERING, True, "")], ("br", "technical")),
        ([("cl", Part.OFFERING, True, "")], ("py", "technical")),
        ([("cl", Part.OFFERING, True, "")], ("ceam", "technical")),
        ([("cl", Part.OFFERING, True, "")], ("cu", "technical")),
        ([("cl", Part.OFFERING, True, "")], ("fr", "")),
    ],
    ids=[
        "nobody", "nobody leads", "two lead", "a third leads", "how it supports", "twice", "was asked", "itself",
        "no state", "does not take part", "how it is to support",
    ],
)  # fmt: skip
def test_what_cannot_be_chosen(walk, chosen, third):
    offered(walk)
    data = {"chosen": [
        Chosen(walk.case.invitations.get(body__code=code), part, leads, support=support)
        for code, part, leads, support in chosen
    ]}  # fmt: skip
    if third:
        data["third"] = Asked(Body.objects.get(code=third[0]), third[1], "Trainers")
    with pytest.raises(gate.Blocked):
        walk.act("focal", "choice", "choose", **data)


def test_an_offer_of_an_earlier_round_cannot_be_chosen(walk):
    offered(walk)
    old = walk.case.invitations.get(body__code="br")
    walk.act("focal", "choice", "none", **WHY)
    both_offer(walk)
    with pytest.raises(gate.Blocked):
        walk.act("focal", "choice", "choose", chosen=[Chosen(old, leads=True)])


def test_one_who_asks_for_changes_brings_the_plan_back_and_all_answer_anew(walk):
    both_offer(walk)
    walk.choose("cl", "uy")
    proposed(walk)
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    walk.act("other_focal", "plan_answer", "ask_changes", item=walk.party("uy"), **WHY)
    assert waiting(walk) == [("plan", "py")]
    proposed(walk)
    assert waiting(walk) == [("plan_answer", "cl"), ("plan_answer", "uy")]
    walk.act("other_focal", "plan_answer", "ask_changes", item=walk.party("uy"), **WHY)
    assert waiting(walk) == [("plan", "py")], "at once: nobody need read on what will change"
    with pytest.raises(gate.AlreadyTaken):
        walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))


def test_nobody_agrees_to_a_plan_that_they_have_not_seen(walk):
    both_offer(walk)
    walk.choose("cl", "uy")
    seen = proposed(walk).case.revision
    agreed = {"item": walk.party("uy"), "seen": seen}
    walk.act("partner_focal", "plan_answer", "ask_changes", item=walk.party("cl"), **WHY)
    walk.act("focal", "plan", "propose", **walk.request, plan="One visit")
    with pytest.raises(gate.Stale):
        gate.act(walk.people["other_focal"], walk.case, "plan_answer", "agree", {}, **agreed)
    seen = walk.case.revision
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    gate.act(walk.people["other_focal"], walk.case, "plan_answer", "agree", {}, item=agreed["item"], seen=seen)


def test_a_partner_leaves_and_the_requesting_state_goes_on_without_it(walk):
    to_plan(walk)
    assert waiting(walk) == [("plan", "py")]
    assert not sees(walk, "other_focal")
    assert told(walk, "partner_left") == {"officer", "focal", "partner", "partner_focal", "expert"}
    proposed(walk)
    assert waiting(walk) == [("plan_answer", "cl")]
    walk.act("partner_focal", "plan_answer", "ask_changes", item=walk.party("cl"), **WHY)
    with pytest.raises(gate.Blocked):
        walk.act("focal", "plan", "look_anew", **WHY)


def test_without_the_leading_partner_the_case_goes_back_to_matching_and_all_are_let_go(walk):
    both_offer(walk)
    walk.choose("cl", "uy")
    proposed(walk)
    walk.act("partner_focal", "plan_answer", "leave", item=walk.party("cl"), **WHY)
    assert (walk.case.stage, walk.case.offering) == ("matching", None)
    assert not sees(walk, "partner_focal")
    assert not sees(walk, "other_focal")
    assert told(walk, "partner_left") == {"officer", "focal", "other", "other_focal"}
    both_offer(walk)
    walk.choose("uy")
    assert [one.body.code for one in walk.case.partners()] == ["uy"], "who left can be left out, and come again"
    with pytest.raises(gate.Blocked):
        walk.act("focal", "plan", "look_anew", **WHY)
    proposed(walk)
    walk.act("other_focal", "plan_answer", "leave", item=walk.party("uy"), **WHY)
    assert walk.case.stage == "matching"
    assert "partner_focal" not in told(walk, "partner_left"), "who went before is told nothing more"


def test_a_partner_that_does_not_answer_brings_the_plan_back_and_holds_nobody(walk):
    both_offer(walk)
    walk.choose("cl", "uy")
    proposed(walk)
    step = policy.run_of(walk.case).flow_class.step("plan_answer")
    assert step.limit.then == "silent", "the calendar takes it once the time is over"
    gate.act(None, walk.case, "plan_answer", "silent", item=walk.party("cl"), channel="clock")
    assert waiting(walk) == [("plan", "py")]
    walk.case.refresh_from_db()
    walk.act("focal", "plan", "look_anew", **WHY)
    assert (walk.case.stage, walk.case.offering) == ("matching", None)


def test_the_requesting_state_goes_on_without_a_partner_but_the_leading_one(walk):
    offered(walk)
    walk.choose("cl", "uy", br="financial")
    proposed(walk)
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    of = {one.body.code: one for one in walk.case.partners()}
    for who, wrong in (("focal", of["cl"]), ("focal", None)):
        with pytest.raises(gate.Blocked):
            walk.act(who, "parting", "part", partner=wrong, **WHY)
    for who in ("officer", "partner_focal", "case_officer"):
        with pytest.raises(gate.NotAllowed):
            walk.act(who, "parting", "part", partner=of["uy"], **WHY)
    walk.act("focal", "parting", "part", partner=of["uy"], **WHY)
    assert waiting(walk) == [("plan", "py")], "who agreed did so with all of them, and agrees anew"
    assert told(walk, "partner_let_go") == {"other", "other_focal"}
    assert not sees(walk, "other_focal")
    with pytest.raises(gate.Blocked):
        walk.act("focal", "parting", "part", partner=of["uy"], **WHY)
    Letter.objects.all().delete()
    walk.act("focal", "parting", "part", partner=of["br"], **WHY)
    assert told(walk, "partner_let_go") == {"brazil"}, "who went before is told nothing more"
    proposed(walk)
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    assert walk.case.stage == "endorsement"


def test_the_page_of_parting_offers_whom_the_case_can_do_without(walk, client):
    both_offer(walk)
    walk.choose("cl", "uy")
    client.force_login(walk.people["focal"])
    page = client.get(step_url(walk.case, "parting")).content.decode()
    assert [f'value="{walk.party(code)}"' in page for code in ("uy", "cl")] == [True, False]


def test_the_home_page_says_how_many_help_beside_the_leading_partner(walk, client):
    offered(walk)
    client.force_login(walk.people["focal"])
    walk.choose("cl", "uy", br="financial")
    assert "Paraguay → Chile y 2 más" in client.get("/").content.decode()
    walk.act("focal", "parting", "part", partner=walk.case.parties.get(pk=walk.party("br")), **WHY)
    assert "Paraguay → Chile y 1 más" in client.get("/").content.decode()


def test_the_reviewers_of_all_who_take_part_are_recused(walk):
    flows.newcomer(walk, "reviewer_uy", (Role.FOCAL_POINT, "uy"))
    offered(walk)
    walk.choose("cl", br="financial")
    proposed(walk)
    for who, code in (("partner_focal", "cl"), ("brazil", "br")):
        walk.act(who, "plan_answer", "agree", item=walk.party(code))
    assert walk.case.party_states() == {"PY", "CL", "BR"}
    with pytest.raises(gate.NotAllowed):
        walk.act("reviewer_br", "endorsement", "endorse")
    task = Task.objects.get(flow_task=policy.run_of(walk.case).flow_class.step("endorsement"))
    assert task.barred_states == ["BR", "CL", "PY"]
    walk.vote("endorse")
    assert walk.case.decisions.get().record["recused"].keys() >= {"BR"}


def test_an_expert_of_any_partner_travels_the_leading_one_confirms_and_all_are_published(walk):
    expert = flows.newcomer(walk, "expert_uy", (Role.EXPERT, "uy"))
    second = flows.newcomer(walk, "second_uy", (Role.EXPERT, "uy"))
    offered(walk)
    walk.choose("cl", "uy", br="financial")
    proposed(walk)
    for who, code in (("partner_focal", "cl"), ("other_focal", "uy"), ("brazil", "br")):
        walk.act(who, "plan_answer", "agree", item=walk.party(code))
    walk.vote("endorse")
    trip = walk.trip(traveller=expert)
    assert trip.sending.code == "uy"
    walk.act("case_officer", "authorisation", "authorise", trip)
    assert policy.worklist(authority(expert)).filter(process__subject_key=trip.subject_key).exists()
    walk.act("expert_uy", "travel", "travelled", trip)
    with pytest.raises(gate.NotAllowed):
        walk.act("partner_focal", "another_traveller", "name", trip, traveller=second, **WHY)
    with pytest.raises(gate.Blocked):
        walk.act("other_focal", "another_traveller", "name", trip, traveller=walk.people["expert"], **WHY)
    walk.act("other_focal", "another_traveller", "name", trip, traveller=second, **WHY)
    walk.act("second_uy", "trip_report", "report", trip, **walk.report(trip))
    with pytest.raises(gate.NotAllowed):
        walk.act("other", "exchange", "complete")
    walk.act("partner", "exchange", "complete")
    walk.act("officer", "report", "send", report="Done", results="Good", lessons="")
    walk.act("partner_focal", "confirmation", "confirm")
    assert told(walk, "report_confirmed") == {
        "officer", "focal", "other", "other_focal", "expert_uy", "second_uy", "brazil",
    }  # fmt: skip
    walk.act("case_officer", "review", "accept")
    places = CatalogueEntry.objects.get(origin=walk.case.reference).places.values_list("state", "part")
    assert set(places) == {("PY", "requesting"), ("CL", "offering"), ("UY", "offering"), ("BR", "third")}


@pytest.mark.parametrize(("state", "found"), [("CL", True), ("UY", True), ("FR", True), ("BR", False), ("PY", True)])
def test_the_filter_of_states_finds_cases_of_all_who_take_part(walk, state, found):
    offered(walk)
    walk.choose("cl", "uy", third=ask_france())
    walk.act("third", "support", "accept", item=walk.invitation("fr"))
    asked = Filters({"state": state})
    asked.fields["state"].choices = [(state, state)]
    assert asked.apply(Case.objects.all()).filter(pk=walk.case.pk).exists() == found


@pytest.mark.parametrize("resting", [False, True])
def test_a_case_that_waits_for_the_only_partner_of_before_is_carried_over(walk, resting):
    both_offer(walk)
    walk.choose("cl")
    proposed(walk)
    run = Run.objects.get(subject_key=walk.case.subject_key)
    if resting:
        walk.act("case_officer", "suspension", "suspend", **WHY)
    as_before(run)
    gate.carry_over(run.pk)
    walk.case.refresh_from_db()
    agreed = {"item": walk.party("cl")}
    if resting:
        with pytest.raises(gate.Blocked):
            walk.act("partner_focal", "plan_answer", "agree", **agreed)
        walk.act("case_officer", "resumption", "resume")
    assert waiting(walk) == [("plan_answer", "cl")]
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    assert walk.case.stage == "endorsement"
    assert Entry.objects.filter(subject=walk.case.subject_key, outcome="carried_over").count() == 1


def as_before(run):
    """The way as the flow's first version left it: one task of the offering state, no fork before it."""
    task = run.task_set.get(flow_task=run.flow_class.step("plan_answer"))
    fork = task.previous.get()
    task.previous.set(fork.previous.all())
    Task.objects.filter(pk=task.pk).update(item=None, token=Token("start"), data={})
    fork.delete()
    Run.objects.filter(pk=run.pk).update(version=1)
