"""Whoever rewrites the timeline with the database's own power is found out."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests import flows
from workflows.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    walk = flows.Walk(flows.people())
    walk.exchange()
    walk.advanced()
    return walk.case


def verify():
    out = StringIO()
    call_command("verify_timeline", stdout=out)
    return out.getvalue()


def tamper(sql, *values):
    """As the database's superuser, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        cursor.execute("set local session_replication_role = origin")


def faults():
    with pytest.raises(CommandError) as found:
        verify()
    return str(found.value).splitlines()


def test_an_untouched_timeline_holds(case):
    assert verify() == f"The timeline holds: {Entry.objects.count()} entries in 3 chains.\n"


def test_an_untouched_timeline_of_nothing_holds(db):
    assert verify() == "The timeline holds: 0 entries in 0 chains.\n"


CHANGES = [
    "reason = 'never said'", "outcome = 'reject'", "stage_to = 'closed'", "person_id = null", "body_id = null",
    "at = at + interval '1 second'", "channel = 'command'", "facts = '{}'", "audience = '{1}'", "step = 'draft'",
    "steps_to = '{draft}'", "stage_from = 'draft'", "version = 9", "flow = 'trip'",
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_entry_is_named(case, change):
    tamper(f"update workflows_entry set {change} where chain = %s and number = 5", case.subject_key)
    assert f"{case.subject_key}: entry 5 is not what was written" in faults()


def test_an_entry_changed_with_its_hash_breaks_the_next(case):
    entry = Entry.objects.get(chain=case.subject_key, number=5)
    entry.reason = "never said"
    tamper("update workflows_entry set reason = %s, hash = %s where id = %s", entry.reason, entry.digest(), entry.pk)
    assert faults() == [f"{case.subject_key}: entry 6 does not follow from the one before it"]


def test_a_deleted_entry_is_missed(case):
    tamper("delete from workflows_entry where chain = %s and number = 5", case.subject_key)
    assert faults() == [f"{case.subject_key}: entry 5 is missing; after 4 comes 6"]


def test_a_first_entry_that_was_deleted_is_missed(case):
    tamper("delete from workflows_entry where chain = %s and number = 1", case.subject_key)
    assert faults() == [f"{case.subject_key}: entry 1 is missing; after 0 comes 2"]


def test_a_cut_off_end_is_found_by_where_the_record_stands(case):
    last = Entry.objects.filter(chain=case.subject_key).latest("number")
    tamper("delete from workflows_entry where id = %s", last.pk)
    [fault] = faults()
    assert fault.startswith(f"{last.subject}: its last entry leaves it at revision")


def test_swapped_entries_are_found(case):
    tamper(
        "update workflows_entry set number = case number when 5 then 1006 else 1005 end "
        "where chain = %s and number in (5, 6)", case.subject_key,
    )  # fmt: skip
    tamper("update workflows_entry set number = number - 1000 where number > 1000")
    assert any("entry 5" in fault for fault in faults())


def test_a_timeline_taken_away_whole_is_missed(case):
    tamper("delete from workflows_entry where chain = %s", case.subject_key)
    assert f"{case.subject_key}: nothing is left of its timeline" in faults()


def test_a_stage_that_no_entry_brought_is_found(case):
    tamper("update cases_case set stage = 'closed' where id = %s", case.pk)
    assert any("the record stands at revision" in fault and "in closed" in fault for fault in faults())
