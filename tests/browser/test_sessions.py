"""A session of the CEAM by clicking: the agenda, a consent list of ten cases, a case taken off it, the minutes."""

from __future__ import annotations

import datetime

from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Decision, Session
from ricomi.papers.models import Paper
from tests import flows
from tests.browser.conftest import Site
from tests.browser.test_endings import opened


def test_a_consent_list_of_ten_cases(site: Site) -> None:
    cases = [flows.Walk(site.everybody, amount=None).endorsement().case for _number in range(11)]
    site.deliver()
    officer = opened(site, "case_officer")
    officer.open("/")
    officer.follow("Plan a session of the CEAM")
    soon = (timezone.now() + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    officer.fill(begins_at=soon, place="Washington, hall 3")
    officer.done("Plan the session")
    officer.follow("Prepare the agenda")
    for number, case in enumerate(cases, 1):
        officer.page.locator(f'[name="case-{case.pk}-on"]').check()
        officer.page.locator(f'[name="case-{case.pk}-position"]').fill(str(number))
    officer.look()
    officer.done("Convene the session")
    session = Session.objects.get()

    reviewer = opened(site, "reviewer_br")
    reviewer.by_letter("the agenda")
    reviewer.follow(f"Ask to discuss a case of the consent list {cases[10].reference}")
    reviewer.fill(reason="The budget needs a word.")
    reviewer.done("Take it off the consent list")

    chair = opened(site, "chair")
    chair.open(session.get_absolute_url())
    chair.follow("Open the sitting")
    chair.fill(attending=["Brazil", "Canada", "Mexico"])
    chair.done("Open the sitting")
    chair.follow("Hold the sitting")
    chair.done("Decide the consent list")
    assert Decision.objects.filter(closing="consent", outcome="endorse").count() == 10
    chair.open(session.get_absolute_url())
    expect(chair.page.get_by_role("main")).to_contain_text("Brazil (Reviewer Br): The budget needs a word.")
    chair.follow(f"Decide a single case {cases[10].reference}")
    chair.fill(reason="No time.")
    chair.done("Put it off to a later session")
    chair.take("Hold the sitting", "Close the session", session.get_absolute_url())
    officer.take("Complete the minutes", "Send to the chair for approval", session.get_absolute_url(), remarks="Good.")
    chair.take("Approve the minutes", "Approve and issue the minutes", session.get_absolute_url())
    assert Paper.objects.filter(kind="minutes").count() == 4
    for case in cases[:10]:
        expect(chair.page.get_by_role("main")).to_contain_text(case.decisions.get().number)
    site.all_letters_were_sent()
