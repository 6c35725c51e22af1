"""Three states answer by their letters; the requesting state compares what they say and chooses two of them."""

from __future__ import annotations

import datetime

from playwright.sync_api import expect

from cases.models import Case
from ricomi.directory.models import Body, Role
from tests import flows
from tests.browser.conftest import Site
from tests.browser.test_endings import opened


def three_are_invited(site: Site) -> Case:
    walk = flows.Walk(site.everybody)
    flows.newcomer(walk, "brazil", (Role.FOCAL_POINT, "br"))
    walk.matching()
    bodies = list(Body.objects.filter(code__in=("cl", "uy", "br")))
    walk.act("case_officer", "matching", "invite", bodies=bodies)
    site.deliver()
    return walk.case


def test_a_requesting_state_compares_three_answers_and_chooses_two(site: Site) -> None:
    case = three_are_invited(site)
    assert case.starts_on is not None
    later = (case.starts_on + datetime.timedelta(days=30)).isoformat()
    opened(site, "partner_focal").take("Answer the invitation", "Accept", terms="Two experts for a week each.")
    opened(site, "other_focal").take(
        "Answer the invitation", "Make a counter-offer", terms="A workshop.", starts_on=later, cost="7500"
    )
    opened(site, "brazil").take("Answer the invitation", "Accept", terms="An online course.")

    place = {one.body.code: f"offer-{one.pk}" for one in case.invitations.select_related("body")}
    focal = opened(site, "focal")
    focal.by_letter("Choose the partners")
    focal.follow("Choose the partners")
    row = focal.page.get_by_role("row").filter(has_text="Uruguay")
    expect(row).to_contain_text("other than asked")
    expect(row).to_contain_text("1,500.00 USD more")
    focal.fill(**{f"{place[code]}-place": "Partner" for code in ("cl", "uy")}, **{f"{place['uy']}-does": "A hall"})
    assert focal.press("Choose as marked") == 422
    expect(focal.page.locator(f'[name="{place["uy"]}-does"]')).to_have_value("A hall")
    focal.look()
    focal.fill(**{f"{place['cl']}-place": "Leading partner"})
    focal.done("Choose as marked")
    case.refresh_from_db()
    assert [(one.body.code, one.leads, one.does) for one in case.partners()] == [
        ("cl", True, "Two experts for a week each."), ("uy", False, "A hall"),
    ]  # fmt: skip
    expect(focal.page.get_by_text("Leading partner: Chile")).to_be_visible()
    assert not Case.objects.get().parties.filter(part="invited", until=None).exists()
    site.all_letters_were_sent()
