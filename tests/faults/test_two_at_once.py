"""Two people take contradictory steps of one case at the same moment, on real connections."""

from __future__ import annotations

import sys
import threading

import pytest
from django.db import connection

from cases.models import Case
from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from tests import flows, many
from tests.workflows.ways import to_submission
from workflows import gate
from workflows.models import Entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PAIRS = 500


@pytest.fixture
def two():
    """Two focal points of one delegation, and its officer."""
    people = flows.people()
    second = User.objects.create_user("focal_2@ricomi.example", "Second Focal")
    members.appoint(second, Body.objects.get(code="py"), Role.FOCAL_POINT, by=None)
    return people | {"focal_2": second}


def waiting_cases(people, count):
    """Cases that wait for a focal point to submit them or to send them back: one is walked, the others are copies."""
    to_submission(flows.Walk(people, amount=None))
    many.Many(None).grow_to(count)
    return list(Case.objects.values_list("pk", flat=True))


def race(people, cases):
    """Let two people act on each case at the same moment. For each case what each of them got."""
    results = {pk: {} for pk in cases}
    start = threading.Barrier(2, timeout=60)

    def take(who, outcome):
        try:
            for pk in cases:
                case = Case.objects.get(pk=pk)
                start.wait()
                try:
                    results[pk][who] = gate.act(people[who], case, "submission", outcome, {"reason": "Not yet"})
                except Exception as error:
                    results[pk][who] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=pair) for pair in (("focal", "submit"), ("focal_2", "rework"))]
    interval = sys.getswitchinterval()
    # Two who work at once, not one who waits after each query until the other pauses.
    sys.setswitchinterval(interval / 20)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    return results


def check(people, results):
    """One of the two succeeded, and the other reads who it was."""
    for pk, got in results.items():
        winners = [who for who, result in got.items() if isinstance(result, gate.Receipt)]
        assert len(winners) == 1, got
        (loser,) = set(got) - set(winners)
        refused = got[loser]
        assert isinstance(refused, gate.AlreadyTaken), refused
        assert refused.entry.person_id == people[winners[0]].pk
        assert Entry.objects.filter(chain=f"case:{pk}", step="submission").count() == 1


def test_of_two_contradictory_acts_one_happens_and_the_other_reads_who_was_first(two):
    results = race(two, waiting_cases(two, PAIRS))
    assert len(results) == PAIRS
    check(two, results)


@pytest.mark.one_server
def test_with_the_lock_switched_off_the_same_test_fails(two, monkeypatch):
    with connection.cursor() as cursor:
        # Without the lock most pairs wait for each other; the server is to see that sooner than after a second.
        cursor.execute("ALTER ROLE CURRENT_USER SET deadlock_timeout = '20ms'")
    monkeypatch.setattr(gate, "locked", lambda subject: type(subject).objects.get(pk=subject.pk))
    results = race(two, waiting_cases(two, 60))
    with pytest.raises(AssertionError):
        check(two, results)


def test_one_impatient_person_takes_a_step_once(two):
    (pk,) = waiting_cases(two, 1)
    case = Case.objects.get(pk=pk)
    gate.act(two["focal"], case, "submission", "submit")
    with pytest.raises(gate.AlreadyTaken) as refused:
        gate.act(two["focal"], case, "submission", "submit")
    assert refused.value.entry.person == two["focal"]
