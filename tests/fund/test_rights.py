"""The application's own role writes the books, and can neither rewrite them nor switch off what holds them."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction

from ricomi import rights
from ricomi.fund import books
from tests.fund.moving import Mover
from tests.fund.test_ledger import STATEMENTS, Raw

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def fund(people):
    """The Fund, moved by a role that is no owner and no superuser."""
    mover = Mover(people)
    rights.make("ricomi_test_app", "not used")
    call_command("grant_rights", "ricomi_test_app", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE ricomi_test_app")
    mover.give("1000.00")
    mover.reserve("2026-0001", "600.00")
    mover.commit("2026-0001")
    yield mover
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_it_does_all_that_the_application_does(fund):
    fund.disburse("2026-0001", "200.00")
    fund.advance("2026-0001", "2026-0001/trip-1", "100.00")
    fund.settle("2026-0001", "2026-0001/trip-1", "70.00")
    fund.recover("2026-0001", "2026-0001/trip-1")
    fund.pay_all("2026-0001")
    fund.give_back("2026-0001")
    assert books.position()["USD"]["bank"] == 730
    assert not list(books.flaws())


def test_an_unbalanced_entry_is_refused(fund):
    raw = Raw(fund)
    raw.legs[0] = ("expenses", "1.01")
    with pytest.raises(Error, match="does not balance"), transaction.atomic():
        raw.write()


AROUND = [
    *STATEMENTS,
    "TRUNCATE fund_leg CASCADE",
    "TRUNCATE fund_posting CASCADE",
    "ALTER TABLE fund_leg DISABLE TRIGGER ALL",
    "ALTER TABLE fund_posting DROP CONSTRAINT posting_by_two_people",
    "SET LOCAL session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN"
    " AS $$ BEGIN RETURN TRUE; END $$ LANGUAGE plpgsql",
    "DROP TABLE fund_leg CASCADE",
    "GRANT ALL ON fund_leg TO ricomi_test_app; UPDATE fund_leg SET amount = amount * 2",
    "UPDATE workflows_entry SET reason = 'x'",
    "DELETE FROM workflows_entry",
]  # fmt: skip


@pytest.mark.parametrize("statement", AROUND)
def test_it_gets_round_nothing(statement, fund):
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_no_setting_passes_over_a_trigger(people):
    """Not even for the owner: the library's own switch is sealed."""
    Mover(people).give("10.00")
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname)::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'")
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, TRUE)", cursor.fetchone())
    for statement in STATEMENTS:
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
