"""The ledger's postings per second beside pgbench, and the balance of any day among few and among many entries."""

from __future__ import annotations

import datetime
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction

from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from ricomi.fund import books
from ricomi.fund.models import Account
from ricomi.postgres.server import embedded_binaries
from tests import flows
from tests.bench.saying import say, spread
from tests.fund.moving import Mover
from tests.many import sum_up

FEW, MANY = 10_000, 1_000_000
DAYS, OF_A_CASE = 1_000, 20
POSTINGS, ROUNDS, LOOKS = 300, 5, 300
# A disbursement writes a posting and four legs, and brings four accounts, their day and its total up to date.
INSERTED, UPDATED = 5, 12


def measure(people: dict) -> None:
    """Print both measures; the ledger is filled with entries that it then verifies itself."""
    fund = Mover(people)
    fund.give("9000000.00")
    fund.reserve("2026-0001", "9000000.00")
    fund.commit("2026-0001")
    _print_postings(fund)
    _print_days()


def people() -> dict:
    """The people of the Fund, with a second approver."""
    found = flows.people()
    second = User.objects.create_user("approver_2@ricomi.example", "Approver 2")
    since = datetime.date(2020, 1, 1)
    members.appoint(second, Body.objects.get(code="fund"), Role.FUND_APPROVER, by=None, since=since)
    return found | {"approver_2": second}


def _print_postings(fund: Mover) -> None:
    pgbench = _pgbench()
    ours, plain = [], []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        for _number in range(POSTINGS):
            fund.disburse("2026-0001", "1.00")
        ours.append(POSTINGS / (time.perf_counter() - begun))
        if pgbench:
            plain.append(_pgbench_rate(pgbench))
    say(f"\nPostings per second, {ROUNDS} rounds of {POSTINGS}, each a transaction: median (slowest-fastest)")
    say(f"{'the ledger':20}{spread(ours):>24}   {INSERTED} rows written, {UPDATED} brought up to date, all checked")
    if not pgbench:
        say("pgbench is not on this machine: no ratio. It comes with Debian's postgresql-client packages.")
        return
    say(f"{'pgbench':20}{spread(plain):>24}   as many rows written and updated in plain tables, nothing checked")
    say(f"{'ratio':20}{spread([one / other for one, other in zip(ours, plain, strict=True)], 2):>24}")


def _pgbench() -> str | None:
    own = embedded_binaries() / "pgbench"
    return str(own) if own.exists() else shutil.which("pgbench")


def _pgbench_rate(program: str) -> float:
    """Transactions a second of pgbench on the same server and database, of as many rows as a posting has."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                       " owner int, amount numeric(18, 2), at timestamptz DEFAULT now())")  # fmt: skip
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_sum (id int PRIMARY KEY, amount numeric(18, 2))")
        cursor.execute(
            "INSERT INTO bench_sum SELECT n, 0 FROM generate_series(1, %s) n ON CONFLICT DO NOTHING", [UPDATED]
        )
    script = "\n".join([
        "BEGIN;",
        *["INSERT INTO bench_row (owner, amount) VALUES (1, 1.00);"] * INSERTED,
        *[f"UPDATE bench_sum SET amount = amount + 1 WHERE id = {n};" for n in range(1, UPDATED + 1)],
        "COMMIT;",
    ])  # fmt: skip
    given = connection.settings_dict
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posting.sql"
        path.write_text(script)
        connection.ensure_connection()
        info = connection.connection.info
        done = subprocess.run(
            [program, "--no-vacuum", "--client=1", f"--transactions={POSTINGS}", f"--file={path}",
             f"--host={info.host}", f"--port={info.port}", f"--username={info.user}", given["NAME"]],
            env={"PGPASSWORD": info.password or "", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def _print_days() -> None:
    taken: dict[int, dict[str, list[float]]] = {}
    for size in (FEW, MANY):
        begun = time.perf_counter()
        _fill(size)
        filled = time.perf_counter()
        assert not list(books.flaws()), "what was filled in is a sound ledger"
        say(f"{size:,} entries: filled in {filled - begun:.0f} s, verified in {time.perf_counter() - filled:.1f} s")
        taken[size] = _look()
    say(f"\nBalance at the end of any day, in ms, {LOOKS} days at random: median (fastest-slowest)")
    say(f"{'':22}{f'{FEW:,} entries':>26}{f'{MANY:,} entries':>26}{'ratio':>8}")
    for what in taken[FEW]:
        ratio = statistics.median(taken[MANY][what]) / statistics.median(taken[FEW][what])
        say(f"{what:22}{spread(taken[FEW][what], 2):>26}{spread(taken[MANY][what], 2):>26}{ratio:8.2f}")


def _look() -> dict[str, list[float]]:
    days = [_first_day() + datetime.timedelta(days=n) for n in random.Random(1).choices(range(DAYS), k=LOOKS)]
    bank = Account.objects.get(kind="bank", currency="USD")
    case = Account.objects.filter(kind="spent").order_by("pk")[5]
    asked = {
        "the bank": lambda day: books.balance(bank, day),
        "one case's expenses": lambda day: books.balance(case, day),
        "the whole position": books.position,
    }
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for day in [*days[:5], *days]:
        for name, ask in asked.items():
            begun = time.perf_counter()
            ask(day)
            taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: times[5:] for name, times in taken.items()}


def _first_day() -> datetime.date:
    return datetime.date(2023, 1, 2)


def _fill(entries: int) -> None:
    """Disbursements of many cases through a thousand days, written past the triggers and summed up from their legs."""
    amount = Decimal("1.00")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(
            "TRUNCATE fund_leg, fund_held, fund_total, fund_payment, fund_receipt, fund_posting, fund_account CASCADE"
        )
        cursor.execute("SELECT id FROM fund_contribution ORDER BY id LIMIT 1")
        pot = cursor.fetchone()[0]
        cursor.execute("""
            INSERT INTO fund_account (kind, currency, case_reference, trip_reference, line, contribution_id, balance)
            SELECT kind, 'USD', '', '', '', CASE WHEN kind NOT IN ('bank', 'received') THEN %(pot)s END, 0
            FROM unnest(ARRAY['bank', 'received', 'pledges', 'contributions', 'available']) AS kind
        """, {"pot": pot})  # fmt: skip
        cursor.execute(
            """
            INSERT INTO fund_account (kind, currency, case_reference, trip_reference, line, contribution_id, balance)
            SELECT kind, 'USD', 'B-' || n, '', '', CASE WHEN kind IN ('committed', 'spent') THEN %(pot)s END, 0
            FROM generate_series(1, %(cases)s) n, unnest(ARRAY['expenses', 'payable', 'spent', 'committed']) AS kind
        """,
            {"pot": pot, "cases": entries // OF_A_CASE},
        )
        cursor.execute("SELECT min(id), max(id) FROM directory_user")
        one, other = cursor.fetchone()
        # The first entry gives all the money, the second sets it aside; each later one spends of it.
        cursor.execute("""
            INSERT INTO fund_posting (kind, amount, currency, case_reference, trip_reference, note, bank_reference,
                                      posted_at, transaction, made_by_id, approved_by_id, contribution_id)
            SELECT 'disbursement', %(amount)s, 'USD', 'B-' || 1 + n %% %(cases)s, '', '', '',
                   %(first)s::timestamptz + make_interval(days => (n::bigint * %(days)s / %(entries)s)::int), 0,
                   %(one)s, %(other)s, NULL
            FROM generate_series(0, %(entries)s - 1) n
        """, {"amount": amount, "cases": entries // OF_A_CASE, "entries": entries, "days": DAYS, "one": one,
              "other": other, "first": _first_day()})  # fmt: skip
        cursor.execute("""
            INSERT INTO fund_leg (posting_id, account_id, amount)
            SELECT p.id, a.id, CASE WHEN a.kind IN ('expenses', 'committed') THEN p.amount ELSE -p.amount END
            FROM fund_posting p JOIN fund_account a ON a.case_reference = p.case_reference
            WHERE a.case_reference <> ''
        """)
        _give_beforehand(cursor, entries)
        sum_up(cursor)
        cursor.execute("SET LOCAL session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE fund_leg, fund_held, fund_total, fund_posting, fund_account")


def _give_beforehand(cursor, entries: int) -> None:
    """The receipt of all that is spent later, and its commitment to each case, the day before the first entry."""
    cursor.execute("""
        INSERT INTO fund_posting (kind, amount, currency, case_reference, trip_reference, note, bank_reference,
                                  posted_at, transaction, made_by_id, approved_by_id)
        SELECT kind, %(all)s, 'USD', '', '', '', '', %(first)s::timestamptz - interval '1 day', 0,
               (SELECT min(id) FROM directory_user), (SELECT max(id) FROM directory_user)
        FROM unnest(ARRAY['pledge', 'receipt', 'commitment']) AS kind
    """, {"all": entries, "first": _first_day()})  # fmt: skip
    cursor.execute("""
        INSERT INTO fund_leg (posting_id, account_id, amount)
        SELECT p.id, a.id, sign * %(all)s
        FROM (VALUES ('pledge', 'pledges', 1), ('pledge', 'contributions', -1), ('receipt', 'pledges', -1),
                     ('receipt', 'bank', 1), ('receipt', 'received', 1), ('receipt', 'available', -1),
                     ('commitment', 'available', 1)) AS legs (posting, kind, sign)
        JOIN fund_posting p ON p.kind = legs.posting JOIN fund_account a ON a.kind = legs.kind AND a.case_reference = ''
    """, {"all": entries})  # fmt: skip
    cursor.execute("""
        INSERT INTO fund_leg (posting_id, account_id, amount)
        SELECT (SELECT id FROM fund_posting WHERE kind = 'commitment'), id, -%(each)s
        FROM fund_account WHERE kind = 'committed'
    """, {"each": OF_A_CASE})  # fmt: skip
