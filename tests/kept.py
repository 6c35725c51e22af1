"""What many tests begin with is walked once a process and then put back, row by row, instead of walked again.

A call that is `kept` does what it says the first time, in the test that needs it first. Its rows are then held in
memory, and wherever the same calls are made in the same order in a database in which nothing else was written, they
are put back. One write by the test itself, a transaction of its own: then the steps are taken anew. Under a clock that
stands still (tests/clock.py) what was made at one moment is put back at that moment only. A test that empties the
database ends what was kept before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

CLOCK = timezone.datetime  # type: ignore[attr-defined]
READS = ("SELECT", "SAVEPOINT", "RELEASE", "SET", "SHOW")

Rows = dict[str, bytes]


class Keeper:
    """Where the database of this process stands: after which kept calls, or nowhere that is known."""

    def __init__(self) -> None:
        self.made: tuple[Any, ...] | None = None
        self.rows: dict[tuple[Any, ...], tuple[Rows, Any]] = {}
        self.columns: dict[str, str] = {}

    def begin(self) -> None:
        """A test begins: nothing was written yet."""
        self.made = ()
        if self.watch not in connection.execute_wrappers:
            connection.execute_wrappers.append(self.watch)

    def watch(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Lose the thread as soon as anything is written, or taken back, outside a kept call."""
        said = str(sql).lstrip().upper()
        if not said.startswith(READS):
            self.made = None
        if said.startswith("TRUNCATE"):
            # Reference data comes back with other keys than those that kept rows name.
            self.rows.clear()
        return execute(sql, params, many, context)

    def call(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What `make` returns, made now or when the same was made before: a value that any test may read."""
        before, clock = self.made, timezone.datetime
        stands = getattr(clock, "stands", None)
        if before is None or not connection.in_atomic_block or (clock is not CLOCK and stands is None):
            return make()
        if before == () and not self._is_empty():
            return make()
        after = (*before, (stands, *key))
        if after in self.rows:
            rows, told = self.rows[after]
            self._put(rows, self.rows[before][0] if before else {})
        else:
            told = make()
            self.rows[after] = (self._take(), told)
        self.made = after
        return told

    def _is_empty(self) -> bool:
        """Whether the database holds reference data alone; which tables those are is learnt the first time."""
        with connection.cursor() as cursor:
            if not self.columns:
                cursor.execute("""
                    SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
                    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
                    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
                    GROUP BY table_name ORDER BY table_name
                """)
                every = dict(cursor.fetchall())
                cursor.execute("SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in every))
                filled = cursor.fetchone()
                empty = {name: every[name] for name, full in zip(every, filled, strict=True) if not full}
                if "directory_user" not in empty:
                    return False
                self.columns = empty
            cursor.execute("SELECT " + " OR ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in self.columns))
            return not cursor.fetchone()[0]

    def _take(self) -> Rows:
        rows = {}
        with connection.cursor() as cursor:
            # What waits to be checked at the end of the transaction is checked before it is taken for good.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for name, columns in self.columns.items():
                with cursor.cursor.copy(f'COPY "{name}" ({columns}) TO STDOUT (FORMAT BINARY)') as out:
                    data = b"".join(out)
                if len(data) > 21:  # more than the format's head and tail
                    rows[name] = data
        return rows

    def _put(self, rows: Rows, stand: Rows) -> None:
        with connection.cursor() as cursor:
            # The rows passed every trigger when they were written; put back, they need not again.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in stand:
                if stand[name] != rows.get(name):
                    cursor.execute(f'DELETE FROM "{name}"')
            for name, data in rows.items():
                if stand.get(name) != data:
                    with cursor.cursor.copy(f'COPY "{name}" ({self.columns[name]}) FROM STDIN (FORMAT BINARY)') as into:
                        into.write(data)
            cursor.execute("SET LOCAL session_replication_role = origin")


KEEPER = Keeper()
