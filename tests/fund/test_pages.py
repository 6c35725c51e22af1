"""The Fund's pages: who reads them, and that their totals are those of the postings."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal

import pytest

from ricomi import l10n
from ricomi.fund import books
from ricomi.fund.models import Contribution, Leg, Posting
from tests import flows

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def walk(people):
    """A case whose trip was settled; another donor's currency is there, too."""
    walk = flows.Walk(people).exchange()
    walk.once("settled", lambda walk: walk.settled().pk)
    walk.once("guaranies", lambda walk: flows.pay_in(walk.people, "70000", currency="PYG", donor="fr") and None)
    return walk


def reckoned():
    """Where the Fund stands, from the postings alone."""
    found = defaultdict(lambda: defaultdict(Decimal))
    for leg in Leg.objects.select_related("account"):
        account = leg.account
        found[account.currency][account.kind] += books.natural(account.kind, leg.amount)
    return found


def test_the_totals_are_those_of_the_postings(walk, client):
    client.force_login(walk.people["auditor"])
    page = client.get("/fund/", headers=ENGLISH)
    position, expected = page.context["position"], reckoned()
    assert set(position) == set(expected) == {"USD", "PYG"}
    for currency, row in position.items():
        assert row == {name: expected[currency][name] for name in row}
        assert row["received"] == row["available"] + row["committed"] + row["obligated"] + row["spent"]
        to_be_used = row["available"] + row["committed"] + row["obligated"]
        assert row["bank"] + row["advances"] - row["payable"] == to_be_used
    assert position["USD"]["spent"] == 950
    text = page.content.decode()
    for shown in ("10,000.00", "5,050.00", "950.00", "4,000.00", "70,000"):
        assert shown in text, shown


def test_a_case_page_shows_what_the_fund_did_for_it(walk, client):
    client.force_login(walk.people["officer"])
    text = client.get(walk.case.get_absolute_url(), headers=ENGLISH).content.decode()
    assert books.of_case(walk.case.reference).committed == 5050
    assert "5,050.00" in text
    assert "950.00" in text


def test_every_posting_is_in_the_sheet(walk, client):
    client.force_login(walk.people["manager"])
    answer = client.get("/fund/postings.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="postings.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    wanted = Posting.objects.values_list("kind", "amount", "currency", "case_reference")
    shown = [(row["kind"], Decimal(row["amount"]), row["currency"], row["case"]) for row in rows]
    assert sorted(shown) == sorted(wanted)
    assert len(rows) >= 4


def test_no_cell_of_the_sheet_is_a_formula(walk, client):
    walk.act("officer", "ask_disbursement", "ask", purpose='=HYPERLINK("http://x")', amount=Decimal("10.00"))
    way = walk.case.disbursements.get()
    walk.act("manager", "proposal", "propose", way)
    walk.act("approver", "release", "release", way)
    client.force_login(walk.people["auditor"])
    rows = list(csv.DictReader(io.StringIO(client.get("/fund/postings.csv").content.decode("utf-8-sig"))))
    assert [row["note"] for row in rows if row["kind"] == "disbursement"] == ['\'=HYPERLINK("http://x")']
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


READERS = {"case_officer", "head", "chair", "reviewer_br", "manager", "approver", "auditor"}


def test_who_reads_the_fund(walk, client):
    theirs = Contribution.objects.get(currency="USD")
    for who in (*READERS, "donor", "officer", "focal", "partner", "expert", "other"):
        client.force_login(walk.people[who])
        page = client.get("/fund/")
        assert page.status_code == (200 if who in READERS | {"donor"} else 404), who
        assert client.get("/fund/postings.csv").status_code == (200 if who in READERS else 404), who
        one = client.get(theirs.get_absolute_url())
        assert one.status_code == (200 if who in READERS | {"donor"} else 404), who
    client.logout()
    assert client.get("/fund/").status_code == 302


def test_a_donor_reads_their_own_contributions_and_no_posting(walk, client):
    client.force_login(walk.people["donor"])
    page = client.get("/fund/")
    assert [one.currency for one in page.context["contributions"]] == ["USD"]
    assert not page.context["page"].object_list
    assert walk.case.reference not in page.content.decode()
    other = Contribution.objects.get(currency="PYG")
    assert client.get(other.get_absolute_url()).status_code == 404


def test_a_fund_that_received_nothing_says_so(people, client):
    client.force_login(people["manager"])
    text = client.get("/fund/", headers=ENGLISH).content.decode()
    assert "The Fund has received nothing yet." in text
    assert "Nothing has been moved yet." in text


def test_the_page_shows_any_past_day(walk, client):
    client.force_login(walk.people["auditor"])
    past = client.get("/fund/", {"on": "2020-01-01"}, headers=ENGLISH)
    assert past.context["position"] == {}
    assert "Nothing had been entered by then." in past.content.decode()
    today = client.get("/fund/", {"on": l10n.today().isoformat()}, headers=ENGLISH)
    assert today.context["position"] == books.position()
    for wrong in ("2099-01-01", "x", "2026-02-30"):
        answer = client.get("/fund/", {"on": wrong}, headers=ENGLISH)
        assert answer.status_code == 200
        assert answer.context["asked"].errors
        assert answer.context["position"] == books.position()


def test_the_line_is_shown_in_its_order_to_who_reads_the_ledger(people, client):
    waiting = []
    for _number in range(2):
        walk = flows.Walk(people).endorsed()
        walk.act("manager", "reservation", "full")
        walk.act("approver", "reservation_approval", "approve")
        waiting.append(walk.case.reference)
    client.force_login(people["auditor"])
    text = client.get("/fund/", headers=ENGLISH).content.decode()
    assert "In line for money" in text
    assert text.index(waiting[0]) < text.index(waiting[1])
    client.force_login(people["donor"])
    assert waiting[0] not in client.get("/fund/", headers=ENGLISH).content.decode()
