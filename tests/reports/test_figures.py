"""Each statement's figures, beside a reckoning from the legs of the postings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from cases.models import Case, Document
from ricomi.directory.authority import authority
from ricomi.directory.models import Body
from ricomi.fund import books, ledger
from ricomi.fund.models import Contribution, Posting
from ricomi.reports import by_case, by_line, donors, tables, totals, trace
from tests import flows
from tests.fund.moving import Mover
from tests.reports.reckoning import reckon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
USES = ("available", "reserved", "committed", "obligated", "spent")


@pytest.fixture
def given(walk):
    """Spain's contribution, from which the case is paid."""
    return Contribution.objects.get(donor__code="es")


def test_the_position_says_what_the_legs_say(walk):
    found, legs = books.position(), reckon("currency", "kind")
    (sheet,) = tables.position(found, None).sheets
    kinds = (
        "pledges", "received", "available", "reserved", "committed", "obligated", "spent", "bank", "advances",
        "payable", "refunds", "exchange",
    )  # fmt: skip
    assert [column.title for column in sheet.columns] == ["What", "PYG", "USD"]
    for row, kind in zip(sheet.rows, kinds, strict=True):
        assert tuple(row.cells[1:]) == (legs["PYG", kind], legs["USD", kind]), kind


def test_what_became_of_each_contribution_and_each_donor(walk):
    legs = reckon("contribution_id", "currency", "kind")
    by_contribution = donors.by_contribution([one.pk for one in Contribution.objects.all()])
    for one in Contribution.objects.all():
        (row,) = by_contribution[one.pk]
        assert (row.pledged, row.received, row.to_come) == (one.amount, one.amount, 0)
        assert [getattr(row, use) for use in USES] == [legs[one.pk, one.currency, use] for use in USES]
    assert sum(row.spent for rows in by_contribution.values() for row in rows) == 2850
    by_donor = donors.by_donor(Contribution.objects.all())
    assert {Body.objects.get(pk=key).code for key in by_donor} == {"es", "fr"}
    assert [row.currency for rows in by_donor.values() for row in rows].count("USD") == 1
    (spain,) = by_donor[Body.objects.get(code="es").pk]
    assert (spain.pledged, spain.committed, spain.spent) == (10000, 3150, 2850)


def test_what_is_written_off_refunded_and_exchanged(people):
    fund = Mover(people)
    dollars, euros = fund.pledge("500.00"), fund.pledge("300.00")
    fund.receive(dollars, "200.00")
    fund.receive(euros, "100.00", "EUR", settles="110.00")
    with transaction.atomic():
        ledger.write_off(dollars, hands=fund.hands)
        ledger.refund(dollars, Decimal("50.00"), "USD", hands=fund.release)
        ledger.convert(euros, Decimal("40.00"), "EUR", Decimal("44.00"), "USD", hands=fund.hands, note="")
    found = donors.by_contribution([dollars.pk, euros.pk])
    (row,) = found[dollars.pk]
    assert (row.pledged, row.to_come, row.written_off, row.received, row.refunded) == (500, 0, 300, 200, 50)
    assert (row.available, row.exchanged) == (150, 0)
    usd, eur = sorted(found[euros.pk], key=lambda row: row.currency, reverse=True)
    assert (usd.pledged, usd.to_come, usd.received, usd.available, usd.exchanged) == (300, 190, 0, 44, 44)
    assert (eur.pledged, eur.received, eur.available, eur.exchanged) == (0, 100, 60, -40)


def uses(walk, given, who):
    return trace.uses(given, list(trace.postings(given)), authority(walk.people[who]))


def test_the_trace_of_a_contribution_sums_to_what_is_spent_of_it(walk, given):
    found = uses(walk, given, "auditor")
    legs = reckon("kind", contribution_id=given.pk)
    assert sum(one.spent for one in found) == legs["spent",] == 2850
    assert sum(one.obligated for one in found) == legs["obligated",] == 0
    assert [(one.posting.kind, one.spent) for one in found if one.spent] == [
        ("settlement", 950), ("disbursement", 1500), ("disbursement", 400),
    ]  # fmt: skip
    (part,) = trace.by_case(given)
    assert (part.case, part.committed, part.spent) == (walk.case.reference, 3150, 2850)


def test_each_use_says_its_line_its_payment_and_its_receipts(walk, given):
    advance, settlement, recovery, paid, to_pay = uses(walk, given, "auditor")
    assert (paid.line, paid.what) == ("1.2 Workshop", "Workshop")
    assert paid.bank_reference == f"B-{paid.posting.payments.get().reference}"
    assert paid.paid_on == paid.posting.payments.get().paid_on
    assert (to_pay.paid_on, to_pay.bank_reference) == (None, "")
    assert advance.bank_reference.startswith("B-P-")
    assert (settlement.receipts, len(settlement.files), settlement.line) == (1, 1, "")
    assert (advance.receipts, recovery.receipts) == (0, 0)
    assert settlement.what == "Santiago – Asunción"


def test_a_posting_paid_by_two_contributions_is_traced_to_each_for_its_part(people):
    fund = Mover(people)
    first, second = fund.give("100.00"), fund.give("100.00")
    fund.reserve("2026-0001", "150.00")
    fund.commit("2026-0001")
    fund.disburse("2026-0001", "150.00")
    for given, part in ((first, 100), (second, 50)):
        (one,) = trace.uses(given, list(trace.postings(given)), authority(people["auditor"]))
        assert (one.spent, one.obligated) == (part, 0)


def test_a_receipt_that_is_for_another_body_is_counted_and_not_opened(walk, given):
    Document.objects.update(audience="own")
    assert [(one.receipts, one.files) for one in uses(walk, given, "auditor") if one.receipts] == [(1, [])]


def test_a_donor_learns_how_many_receipts_there_are_and_nobodys_name(walk, given, client):
    assert [(one.receipts, one.files) for one in uses(walk, given, "donor") if one.receipts] == [(1, [])]
    address = f"/fund/financial/contributions/{given.reference}/"
    client.force_login(walk.people["donor"])
    text = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert "1 receipt" in text
    assert "1.2 Workshop" in text
    for hidden in ("receipt.txt", "/documents/", walk.people["expert"].name, "Payee of the tranche", "000123456789"):
        assert hidden not in text, hidden
    assert f"/cases/{walk.case.reference}/" not in text
    client.force_login(walk.people["auditor"])
    shown = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert f"/cases/{walk.case.reference}/documents/" in shown
    assert walk.people["expert"].name not in shown


def test_each_case_with_what_it_asked_was_given_and_used(walk):
    (row,) = by_case.rows(list(Case.objects.funded()))
    legs = reckon("kind", case_reference=walk.case.reference)
    assert (row.case, row.planned, row.asked) == (walk.case, 6000, 6000)
    moved = {kind: sum(one.amount for one in Posting.objects.filter(kind=kind)) for kind in Posting.Kind}
    assert row.committed == moved["commitment"] - moved["return_to_fund"] == 6000
    assert row.paid == moved["payment"] == 2500
    assert (row.spent, row.left) == (legs["expenses",], legs["reserved",] + legs["committed",]) == (2850, 3150)


def test_what_returned_to_the_fund_is_no_longer_committed(people):
    walk = flows.Walk(people).closed()
    (row,) = by_case.rows([walk.case])
    assert (row.committed, row.spent, row.left) == (950, 950, 0)


def test_a_budget_line_by_line_counts_nothing_twice(walk):
    found = by_line.of_case(walk.case)
    rows = {row.number: row for row in found.rows}
    # 400 are released and not paid: committed, and not yet spent, though they are an expense.
    assert (rows["1.2"].planned, rows["1.2"].committed, rows["1.2"].spent) == (4000, 400, 1500)
    assert (rows["1.1"].committed, rows["1.1"].spent, rows["1.1"].left) == (0, 0, 2000)
    assert (rows["1"].planned, rows["1"].committed, rows["1"].spent) == (6000, 400, 1500)
    assert (found.loose.committed, found.loose.spent, found.loose.left) == (300, 950, -1250)
    legs = reckon("kind", case_reference=walk.case.reference)
    assert found.total.planned == 6000
    assert found.total.committed == 300 + legs["payable",]
    assert found.total.spent + legs["payable",] == legs["expenses",]
    assert found.total.left == 6000 - 300 - legs["expenses",]


def test_a_trip_is_committed_until_its_expenses_are_settled(walk):
    before = by_line.of_case(walk.case)
    trip = walk.trip()
    assert by_line.of_case(walk.case).loose.committed == before.loose.committed + trip.estimate
    walk.act("partner", "cancellation", "cancel", trip, reason="It rains")
    assert by_line.of_case(walk.case) == before


def test_an_advance_stays_committed_and_a_settled_trip_is_not_counted_again(people):
    walk = flows.Walk(people).exchange()
    trip = walk.advanced()
    (row,) = by_case.rows([walk.case])
    assert (row.committed, row.spent, row.left) == (6000, 0, 5000)
    walk.act("expert", "travel", "travelled", trip)
    walk.act("expert", "trip_report", "report", trip, **walk.report(trip))
    walk.act("expert", "expenses", "claim", trip, **walk.claim())
    assert by_line.of_case(walk.case).loose.committed == 950
    walk.act("manager", "settlement", "propose", trip)
    walk.act("approver", "settlement_approval", "approve", trip)
    trip.refresh_from_db()
    assert trip.stage == "recovering"
    loose = by_line.of_case(walk.case).loose
    assert (loose.committed, loose.spent) == (0, 950)


def test_a_case_without_a_section_for_its_line_is_told_apart():
    row = by_line.LineRow("1", "A", True, Decimal(1), Decimal(0), Decimal(0))
    other = by_line.LineRow("10.1", "B", False, Decimal(5), Decimal(2), Decimal(1))
    assert by_line._summed(row, [row, other]) == row
    assert other.left == 2


def test_the_fund_in_numbers(walk):
    found = totals.totals()
    legs = reckon("currency", "kind")
    usd = next(row for row in found.rows if row.currency == "USD")
    assert usd.received == legs["USD", "received"]
    assert usd.committed == legs["USD", "committed"] + legs["USD", "obligated"] + legs["USD", "spent"] == 6000
    assert usd.spent == 2850
    assert (found.cases, found.helped, found.donors) == (1, 1, 2)


def test_cases_in_line_stand_in_their_order(people, client):
    waiting = []
    for _number in range(2):
        walk = flows.Walk(people).endorsed()
        walk.act("manager", "reservation", "full")
        walk.act("approver", "reservation_approval", "approve")
        waiting.append(walk.case)
    Case.objects.filter(pk=waiting[0].pk).update(waiting_since=waiting[1].waiting_since)
    assert list(Case.objects.in_line()) == waiting
    client.force_login(people["auditor"])
    page = client.get("/fund/financial/line/")
    (sheet,) = page.context["statement"].sheets
    assert [(row.cells[0], row.cells[1].text) for row in sheet.rows] == [
        (place, case.reference) for place, case in enumerate(waiting, 1)
    ]
