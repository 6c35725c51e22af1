"""Many people of the Fund at the same instant: money moves once, and none is promised twice."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import connection

from cases.models import Case
from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from ricomi.fund import books
from ricomi.fund.models import Posting
from tests import flows
from tests.fund.crowd import at_once
from workflows import gate, waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("english")]


def approvers(count):
    fund, found = Body.objects.get(code="fund"), []
    for number in range(count):
        person = User.objects.create_user(f"crowd-{number}@ricomi.example", f"Approver {number}")
        members.appoint(person, fund, Role.FUND_APPROVER, by=None, since=datetime.date(2020, 1, 1))
        found.append(person)
    return found


def test_of_sixty_four_who_approve_one_tranche_one_releases_it(people):
    walk = flows.Walk(people).exchange()
    walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=Decimal("4000.00"), payee="Hotel")
    way = walk.case.disbursements.get()
    walk.act("manager_2", "proposal", "propose", way)
    crowd = approvers(64)
    results = at_once(*(lambda who=who: gate.act(who, way, "release", "release") for who in crowd))
    winners = [one for one in results if isinstance(one, gate.Receipt)]
    assert len(winners) == 1
    assert all(isinstance(one, gate.AlreadyTaken) for one in results if one not in winners)
    (posting,) = Posting.objects.filter(kind="disbursement")
    assert posting.approved_by_id == winners[0].entry.person_id
    assert (books.committed(walk.case.reference), books.to_be_paid(walk.case.reference)) == (2000, 4000)
    assert not list(books.flaws())


def waiting_for_approval(people, count):
    """Cases whose reservation of 6,000 was proposed: one walked there, the others its copies."""
    from tests.many import Many

    walk = flows.Walk(people).endorsed()
    walk.act("manager_2", "reservation", "full")
    many = Many(None, hours="n")
    many.grow_to(count)
    return list(Case.objects.order_by("pk"))


@pytest.mark.slow
def test_two_hundred_reservations_at_once_of_a_fund_that_covers_half(people):
    """What is reserved never exceeds what is there; the others stand in line, and are served in its order."""
    cases = waiting_for_approval(people, 200)
    flows.pay_in(people, "600000.00")
    crowd = approvers(8)

    def approve(case, who):
        return lambda: gate.act(who, case, "reservation_approval", "approve")

    results = at_once(*(approve(case, crowd[n % 8]) for n, case in enumerate(cases)))
    assert all(isinstance(one, gate.Receipt) for one in results)
    row = books.position()["USD"]
    assert (row["reserved"], row["available"]) == (600000, 0)
    line = waiting.line()
    assert len(line) == 100
    stood = [case.waiting_since for case in line]
    assert stood == sorted(stood)
    flows.pay_in(people, "33000.00")
    assert waiting.serve("USD") == 5
    assert [case.pk for case in waiting.line()] == [case.pk for case in line[5:]], "those at the head were served"
    assert books.available("USD") == 3000
    assert not list(books.flaws())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%serve'")
        assert cursor.fetchone()[0] >= 2, "each receipt has the workers look"


def test_who_comes_later_does_not_overtake_the_line(people):
    walk = flows.Walk(people).endorsed()
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    assert walk.case.stage == "waiting"
    flows.pay_in(people, "5000.00")
    assert waiting.serve("USD") == 0
    late = flows.Walk(people, "1000.00").endorsed()
    late.act("manager", "reservation", "full")
    late.act("approver", "reservation_approval", "approve")
    assert late.case.stage == "waiting", "what there is is kept for who waits before"
    flows.pay_in(people, "2000.00")
    assert waiting.serve("USD") == 2
    walk.case.refresh_from_db()
    assert (walk.case.stage, books.left(walk.case.reference)) == ("funding", 6000)
    assert books.available("USD") == 0
