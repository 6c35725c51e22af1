"""One case from draft to closure by clicking, each person signed in as themselves and led by their letters."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import expect

from cases.models import Case, Disbursement, Invitation
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import authority
from ricomi.directory.models import Body, Role
from ricomi.fund.models import Payment
from tests.browser.conftest import Site
from workflows.models import Entry
from workflows.templatetags.workflows import step_url

pytestmark = pytest.mark.slow

PDF = {"name": "receipts.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"}
ENDS = l10n.today().replace(year=l10n.today().year + 1).isoformat()
BUDGET = {
    "lines-0-number": "1", "lines-0-concept": "Exchange of experts", "lines-0-amount": "6000",
    "lines-1-number": "1.1", "lines-1-concept": "Fares", "lines-1-unit_cost": "1000",
    "lines-1-units": "2 trips", "lines-1-amount": "2000",
    "lines-2-number": "1.2", "lines-2-concept": "Workshop", "lines-2-amount": "4000",
}  # fmt: skip


def money_comes_in(site: Site) -> None:
    manager, approver = site.person("manager"), site.person("approver")
    manager.open("/")
    manager.follow("Record a pledge")
    manager.fill(donor="Spain", amount="10000", currency="USD")
    manager.done("Record the pledge")
    manager.follow("Report that the money came")
    manager.fill(received_on=l10n.today().isoformat(), bank_reference="B-1")
    manager.done("Report the receipt")
    approver.take("Confirm the receipt", "Confirm the receipt")
    approver.open("/fund/")
    expect(approver.page.get_by_text("10,000.00 USD").first).to_be_visible()


def the_bank_pays(site: Site) -> None:
    """What was released is paid: its bank details set by one person, sent by another, confirmed once the bank paid."""
    manager, approver = site.person("manager"), site.person("approver")
    for payment in Payment.objects.exclude(stage="paid").order_by("pk"):
        url = payment.get_absolute_url()
        manager.take("Set the bank details", "Set the bank details", url, payee="Expert", account="000123456789",
                     country="Chile")  # fmt: skip
        approver.take("Send the payment to the bank", "It goes to the bank", url)
        manager.take("Confirm that the bank paid", "The bank paid", url, paid_on=l10n.today().isoformat(),
                     bank_reference=f"B-{payment.pk}-paid")  # fmt: skip


def nobody_is_two(site: Site, way: Disbursement) -> None:
    """Whoever proposed a release is an approver as well, and is refused."""
    manager, fund = site.person("manager"), Body.objects.get(code="fund")
    members.appoint(site.everybody["manager"], fund, Role.FUND_APPROVER, by=None)
    answer = manager.page.goto(f"{site.address}{step_url(way, 'release')}")
    assert answer is not None
    assert answer.status == 403
    expect(manager.page.get_by_role("alert")).to_contain_text("This step is not yours to take.")
    manager.look()


def test_from_draft_to_closure(site: Site) -> None:
    money_comes_in(site)
    officer, focal, case_officer = site.person("officer"), site.person("focal"), site.person("case_officer")

    officer.open("/")
    officer.follow("Open a request")
    officer.fill(title="Register of seasonal workers", language="English")
    officer.done("Open the draft")
    officer.follow("Complete the request")
    officer.fill(
        need="Advice on how to register seasonal workers.", objectives="A register that works.",
        expected_results="Two offices register workers.", themes=["Fair and ethical recruitment and decent work"],
        populations=["Migrants"], starts_on=l10n.today().isoformat(), ends_on=ENDS, amount_asked="6000",
        stated_total="6000", **BUDGET,
    )  # fmt: skip
    officer.done("Save the draft")
    expect(officer.page.locator('[name="lines-1-units"]')).to_have_value("2 trips")
    officer.done("Send to the focal point")

    focal.take("Submit the request", "Submit to the secretariat")
    case_officer.take("Acknowledge the request", "Acknowledge and take charge")
    case_officer.take("Check admissibility", "Admit the request")
    case_officer.take("Find a partner", "Invite the chosen states", bodies=["Chile", "Uruguay"])

    partner, partner_focal = site.person("partner"), site.person("partner_focal")
    partner_focal.take("Answer the invitation", "Accept", terms="Two experts for a week each.")
    site.person("other_focal").take("Answer the invitation", "Decline", reason="No staff is free this year.")
    offer = Invitation.objects.get(body__code="cl").pk
    focal.take("Choose the partners", "Choose as marked", **{f"offer-{offer}-place": "Leading partner"})
    focal.take("Propose the work plan and budget", "Propose to the partners", plan="Two visits and a workshop.")
    partner_focal.take("Agree to the work plan and budget", "Agree")

    recused = site.person("reviewer_py")
    case = Case.objects.get()
    recused.open(case.get_absolute_url())
    assert not recused.page.get_by_role("link", name="Endorse the request", exact=True).count()
    site.person("reviewer_br").take(
        "Endorse the request", "Endorse with conditions", text_1="Name the two offices.",
        owner_1="the requesting state", due_on_1=(l10n.today() + datetime.timedelta(days=40)).isoformat(),
        blocks_1="the first disbursement",
    )  # fmt: skip
    doubting = site.person("reviewer_ca")
    doubting.take("Endorse the request", "Defer", reason="I should like to see more.")
    doubting.take("Endorse the request", "Endorse", case.get_absolute_url())
    site.person("chair").take("Endorse the request", "Endorse")
    officer.open(case.decisions.get().get_absolute_url())

    manager, approver = site.person("manager"), site.person("approver")
    manager.take("Propose what to reserve", "Propose the full amount")
    approver.take("Approve the reservation", "Approve and reserve")
    focal.take("Agree to what the Fund gives", "Agree, and begin")

    officer.take("Ask for a disbursement", "Ask for the disbursement", case.get_absolute_url(),
                 purpose="Workshop", amount="3000", line="1.2 Workshop", payee="Hotel Guaraní")  # fmt: skip
    manager.take("Propose the release", "Propose the release")
    nobody_is_two(site, case.disbursements.get())
    approver.by_letter("Release the disbursement")
    approver.follow("Release the disbursement")
    assert approver.press("Release the money") == 422
    expect(approver.page.get_by_role("alert")).to_contain_text("Name the two offices.")
    focal.take(
        "Meet the condition",
        "Report that it is met",
        case.get_absolute_url(),
        account="The offices of two border towns.",
    )
    case_officer.take("Accept that the condition is met", "The condition is met")
    approver.take("Release the disbursement", "Release the money", case.get_absolute_url())

    today = l10n.today().isoformat()
    there = {"from_place": "Santiago", "from_country": "CL", "to_place": "Asunción", "to_country": "PY", "fare": "900",
             "rate": "200", "rate_source": "Circular 4/2026"}  # fmt: skip
    back = {"to_place": "Santiago", "to_country": "CL", "fare": "0"}
    legs = {f"legs-{number}-{name}": value
            for number, leg in enumerate((there, back))
            for name, value in {**leg, "departs": today, "arrives": today}.items()}  # fmt: skip
    partner.take("Carry out the exchange", "Plan this trip", traveller="Expert", purpose="First visit", **legs)
    case_officer.take("Authorise the trip", "Authorise the trip")
    manager.take("Propose the advance", "Propose this advance", advance="800")
    approver.take("Release the advance", "Release the advance")
    expert = site.person("expert")
    expert.take("Confirm that you travelled", "I have travelled")
    expert.take("Report on the trip", "Hand in the report", report="Two offices were seen.", lessons="Start small.")
    expert.take("Hand in the expenses", "Hand in the expenses", **{
        "claim-0-kind": "Fare", "claim-0-day": today, "claim-0-amount": "900", "claim-0-file": PDF,
        "claim-1-kind": "Subsistence", "claim-1-day": today, "claim-1-amount": "50",
    })  # fmt: skip
    manager.take("Check the expenses", "Propose to settle")
    approver.take("Approve the expenses", "Approve and settle")
    the_bank_pays(site)
    officer.take("Account for the disbursement", "Hand in the account", spent="2900", account="Hall and interpreters.")
    manager.take("Check the account of the disbursement", "Accept the account")
    manager.take("Record the return of unspent money", "The money came back", bank_reference="R-1")
    approver.take("Confirm the return of unspent money", "Confirm the return", case.get_absolute_url())

    partner.take("Carry out the exchange", "End the exchange", case.get_absolute_url())
    officer.take("Write the final report", "Send for confirmation", report="All that was planned was done.",
                 results="Two offices register workers.", lessons="Start small.")  # fmt: skip
    partner_focal.take("Confirm the final report", "Confirm the report")
    case_officer.take("Review the final report", "Accept the report")
    manager.take("Settle the accounts", "Propose to settle")
    approver.take("Approve the settlement", "Approve and return what is left")

    officer.open(case.get_absolute_url())
    expect(officer.page.locator(".badge-closed").first).to_have_text("Closed")
    officer.follow("The whole timeline")
    # All but what reviewers said before the decision.
    read = Entry.objects.filter(chain=case.subject_key).readable_by(authority(site.everybody["officer"]))
    assert len(read) > 30
    expect(officer.page.locator(".timeline > li")).to_have_count(len(read))
    site.all_letters_were_sent()

    visitor = site.visitor()
    visitor.goto(f"{site.address}/initiatives/")
    site.look(visitor)
    visitor.get_by_role("link", name="Register of seasonal workers").click()
    expect(visitor.get_by_text("Two offices register workers.")).to_be_visible()
    site.look(visitor)
