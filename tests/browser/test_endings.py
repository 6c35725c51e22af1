"""Each other way in which a case ends, by clicking; what lies before it is walked by the flow's own steps."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.utils import translation
from playwright.sync_api import expect

from cases.models import Case, Stage
from ricomi.fund import books
from tests import flows
from tests.browser.conftest import Person, Site
from tests.browser.test_whole_way import the_bank_pays
from workflows.models import Task
from workflows.tasks import ring_alarms

Bring = Callable[[flows.Walk], object]


def walked(site: Site, bring: Bring) -> Case:
    """A case brought to where its end begins, its letters delivered and read."""
    walk = flows.Walk(site.everybody)
    bring(walk)
    site.deliver()
    return walk.case


def opened(site: Site, name: str) -> Person:
    """Somebody who has read all letters that came so far but the last."""
    person = site.person(name, returning=True)
    person.read = max(0, len(site.letters(name)) - 1)
    return person


def ends(site: Site, case: Case, stage: Stage, reader: str = "officer") -> None:
    """The requesting state reads how it ended, and every letter was sent."""
    person = site.person(reader)
    person.by_letter("how it ended")
    with translation.override("en"):
        expect(person.page.locator(f".badge-{stage}").first).to_have_text(str(stage.label))
    expect(person.page.get_by_text("Nobody has to act: the way has ended.").first).to_be_visible()
    case.refresh_from_db()
    assert case.stage == stage
    site.all_letters_were_sent()


def test_returned_for_information_and_answered(site: Site) -> None:
    walked(site, flows.Walk.admissibility)
    opened(site, "case_officer").take("Check admissibility", "Return for information", reason="Which offices?")
    officer = opened(site, "officer")
    officer.take(
        "Give the information asked for", "Send the answer", need="Advice for the offices of two border towns."
    )
    opened(site, "case_officer").take("Check admissibility", "Admit the request")
    assert Case.objects.get().stage == Stage.MATCHING
    assert "two border towns" in Case.objects.get().need
    site.all_letters_were_sent()


def test_inadmissible(site: Site) -> None:
    case = walked(site, flows.Walk.admissibility)
    case_officer = opened(site, "case_officer")
    case_officer.by_letter("the request")
    case_officer.follow("Check admissibility")
    case_officer.press("Declare it inadmissible")
    expect(case_officer.page.get_by_role("alert")).to_be_visible()
    case_officer.look()
    case_officer.fill(reason="It is not about migration.")
    case_officer.done("Declare it inadmissible")
    opened(site, "officer")
    ends(site, case, Stage.INADMISSIBLE)


def test_no_partner(site: Site) -> None:
    case = walked(site, flows.Walk.invited)
    opened(site, "partner_focal").take("Answer the invitation", "Decline", reason="No staff is free.")
    opened(site, "other_focal").take("Answer the invitation", "Decline", reason="No staff is free this year.")
    opened(site, "case_officer").take("Find a partner", "Record that no partner was found", reason="Nobody can help.")
    opened(site, "officer")
    ends(site, case, Stage.NO_PARTNER)


def test_rejected(site: Site) -> None:
    case = walked(site, flows.Walk.endorsement)
    for reason in ("It repeats another request.", "It still does."):
        for name in ("reviewer_br", "reviewer_ca", "chair"):
            opened(site, name).take("Endorse the request", "Reject", reason=reason)
        if reason.startswith("It repeats"):
            focal = opened(site, "focal")
            focal.take("Ask for reconsideration", "Ask the CEAM to reconsider", reason="It covers another border.")
    opened(site, "officer")
    ends(site, case, Stage.REJECTED)


def test_nobody_objects(site: Site) -> None:
    case = walked(site, flows.Walk.endorsement)
    opened(site, "reviewer_br").take("Endorse the request", "Abstain")
    task = Task.objects.get(process__subject_key=case.subject_key, flow_task_type="HUMAN", status="NEW")
    past = {name: getattr(task, name) - datetime.timedelta(days=60) for name in ("created", "due", "scheduled")}
    Task.objects.filter(pk=task.pk).update(**past)
    assert ring_alarms(timestamp=0) == 1
    site.deliver()
    officer = opened(site, "officer")
    officer.by_letter("endorsed")
    officer.follow(case.decisions.get().number)
    expect(officer.page.get_by_role("main")).to_contain_text("consensus: nobody objects before the deadline")
    case.refresh_from_db()
    assert case.stage == Stage.FUNDING
    site.all_letters_were_sent()


def test_refused(site: Site) -> None:
    case = walked(site, flows.Walk.endorsed)
    opened(site, "manager").take("Propose what to reserve", "Propose to refuse", reason="Not what the Fund is for.")
    opened(site, "approver").take("Confirm the refusal", "Refuse the funding", reason="Agreed.")
    opened(site, "officer")
    ends(site, case, Stage.REFUSED)


def test_withdrawn_without_scripts(site: Site) -> None:
    """Old machines and cautious ones: every page of this way is used with scripts switched off."""
    case = walked(site, flows.Walk.matching)
    focal = site.present["focal"] = Person(site, "focal", scripts=False)
    focal.open(case.get_absolute_url())
    focal.take("Withdraw the request", "Withdraw the request", case.get_absolute_url(), reason="Priorities changed.")
    opened(site, "officer")
    ends(site, case, Stage.WITHDRAWN)


def test_cancelled_with_an_advance_recovered(site: Site) -> None:
    def travelling(walk: flows.Walk) -> None:
        walk.exchange()
        walk.advanced()

    case = walked(site, travelling)
    advance = case.trips.get().advance
    chair = opened(site, "chair")
    chair.take("Cancel the case", "Cancel the case", case.get_absolute_url(), reason="It is not safe to travel.")
    assert books.position()["USD"]["advances"] == advance
    manager = opened(site, "manager")
    manager.open(case.get_absolute_url())
    manager.follow("Wind up the case")
    manager.press("All is recovered")
    expect(manager.page.get_by_role("alert")).to_be_visible()
    manager.look()
    manager.take(
        "Record that the advance came back", "The advance came back", case.get_absolute_url(), bank_reference="R-1"
    )
    opened(site, "approver").take("Confirm the recovery", "Confirm the recovery")
    the_bank_pays(site)
    manager.take("Wind up the case", "All is recovered", case.get_absolute_url())
    position = books.position()["USD"]
    assert (position["advances"], position["committed"]) == (0, 0)
    assert position["available"] == position["received"] == position["bank"]
    opened(site, "officer")
    ends(site, case, Stage.CANCELLED)
