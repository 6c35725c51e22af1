"""Records of a file beside those that stand: copied into a table of the session, compared and written in SQL.

However many there are, what Python holds of them at a time is one batch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import DataError, connection, transaction
from django.utils.translation import gettext_noop
from psycopg import sql

from ricomi.systems.adapters import Record
from ricomi.systems.models import Edition, System, Versioned
from ricomi.systems.reading.faults import Broken

BATCH = 5000
SAMPLES = 5
LONGEST_KEY = 120
STAGED = sql.Identifier("systems_staged")


@dataclass(frozen=True)
class Counts:
    """How many records a file has, and how many of them are new, differ, or are no longer there."""

    rows: int
    added: int
    changed: int
    gone: int

    @property
    def nothing(self) -> bool:
        return not (self.added or self.changed or self.gone)


def fill(records: Iterable[Record], told: Callable[[], None]) -> int:
    """Copy records into the session's table, made anew; `told` is called after each batch. Returns how many there were.

    Raises Broken for records that cannot be kept, or that stand there twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(STAGED))
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} (row int, key text, digest text, content jsonb)").format(STAGED)
        )
        rows, left = 0, iter(records)
        while batch := list(islice(left, BATCH)):
            _copy(cursor, batch)
            rows += len(batch)
            told()
        cursor.execute(sql.SQL("CREATE INDEX ON pg_temp.{} (key)").format(STAGED))
        cursor.execute(sql.SQL("ANALYZE pg_temp.{}").format(STAGED))
        cursor.execute(
            sql.SQL("SELECT min(row), max(row) FROM {} GROUP BY key HAVING count(*) > 1 ORDER BY 2 LIMIT 1").format(
                STAGED
            )
        )
        if twice := cursor.fetchone():
            raise Broken(gettext_noop("The same record stands in row %(other)d."), row=twice[1], other=twice[0])
    return rows


def _copy(cursor: Any, batch: list[Record]) -> None:
    try:
        with transaction.atomic(), cursor.copy(sql.SQL("COPY {} FROM STDIN").format(STAGED)) as copy:
            for one in batch:
                if not 0 < len(one.key) <= LONGEST_KEY:
                    raise Broken(
                        gettext_noop("Its key is longer than %(most)d characters."), row=one.row, most=LONGEST_KEY
                    )
                text = json.dumps(one.content, ensure_ascii=False, sort_keys=True)
                digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
                copy.write_row((one.row, one.key, digest, text))
    except (UnicodeEncodeError, DataError) as wrong:
        raise Broken(
            gettext_noop("From this row on there is a record that cannot be kept."), row=batch[0].row
        ) from wrong


def compare(system: System) -> Counts:
    """What the staged records would change."""
    with connection.cursor() as cursor:
        _run(cursor, system, """
            SELECT count(*), count(*) FILTER (WHERE t.id IS NULL), count(*) FILTER (WHERE t.digest <> s.digest)
            FROM {staged} s LEFT JOIN {table} t ON t.system_id = %(system)s AND t.until_id IS NULL AND t.key = s.key
        """)  # fmt: skip
        rows, added, changed = cursor.fetchone()
        _run(cursor, system, "SELECT count(*) FROM {gone}")
        gone = cursor.fetchone()[0]
    return Counts(rows, added, changed, gone if system.adapter.whole else 0)


def samples(system: System) -> dict[str, list[dict[str, Any]]]:
    """A few of each: what would come, what would be otherwise, what would go, each before and after."""
    found: dict[str, list[dict[str, Any]]] = {"added": [], "changed": [], "gone": []}
    with connection.cursor() as cursor:
        for what, condition in (("added", "t.id IS NULL"), ("changed", "t.digest <> s.digest")):
            _run(cursor, system, f"""
                SELECT s.key, s.content FROM {{staged}} s
                LEFT JOIN {{table}} t ON t.system_id = %(system)s AND t.until_id IS NULL AND t.key = s.key
                WHERE {condition} ORDER BY s.row LIMIT {SAMPLES}
            """)  # fmt: skip
            found[what] = [{"key": key, "after": json.loads(content)} for key, content in cursor.fetchall()]
        if system.adapter.whole:
            _run(cursor, system, f"SELECT t.key FROM {{gone}} ORDER BY t.key LIMIT {SAMPLES}")
            found["gone"] = [{"key": key, "after": None} for (key,) in cursor.fetchall()]
    keys = [one["key"] for one in found["changed"] + found["gone"]]
    standing = {one.key: one.said() for one in system.shelf.objects.at(system, system.current).filter(key__in=keys)}
    for one in (one for rows in found.values() for one in rows):
        one["before"] = standing.get(one["key"])
    return found


def write(system: System, edition: Edition) -> None:
    """Have the staged records stand from this edition on, and those that they replace no longer. In a transaction."""
    shelf = system.shelf
    fields = sql.SQL(", ").join(sql.Identifier(name) for name in shelf.FIELDS)
    parts = sql.SQL(", ").join(sql.Identifier("p", name) for name in shelf.FIELDS)
    with connection.cursor() as cursor:
        if system.adapter.whole:
            _run(
                cursor,
                system,
                "UPDATE {table} SET until_id = %(edition)s WHERE id IN (SELECT t.id FROM {gone})",
                edition,
            )
        _run(cursor, system, """
            UPDATE {table} t SET until_id = %(edition)s FROM {staged} s
            WHERE t.system_id = %(system)s AND t.until_id IS NULL AND t.key = s.key AND t.digest <> s.digest
        """, edition)  # fmt: skip
        _run(cursor, system, """
            INSERT INTO {table} (system_id, key, digest, since_id, {fields})
            SELECT %(system)s, s.key, s.digest, %(edition)s, {parts} FROM {staged} s
            CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, {content}) p
            WHERE NOT EXISTS (SELECT FROM {table} t
                              WHERE t.system_id = %(system)s AND t.until_id IS NULL AND t.key = s.key)
            ORDER BY s.row
        """, edition, fields=fields, parts=parts, content=_content(shelf))  # fmt: skip


def _content(shelf: type[Versioned]) -> sql.SQL:
    whole = shelf.FIELDS == ("content",)
    return sql.SQL("jsonb_build_object('content', s.content)" if whole else "s.content")


def staged(system: System) -> Iterator[tuple[str, dict[str, Any]]]:
    """The keys and contents of all staged records, read bit by bit; in a transaction."""
    for key, content in _bit_by_bit(_filled(system, "SELECT s.key, s.content FROM {staged} s ORDER BY s.row"), system):
        yield key, json.loads(content)


def written(system: System, edition: Edition) -> Iterator[tuple[str, dict[str, Any]]]:
    """The keys and contents of the records that stand from this edition on, read bit by bit; in its transaction."""
    query = _filled(system, "SELECT s.key, s.content FROM {staged} s JOIN {table} t"
                            " ON t.system_id = %(system)s AND t.since_id = %(edition)s AND t.key = s.key")  # fmt: skip
    for key, content in _bit_by_bit(query, system, edition):
        yield key, json.loads(content)


def ended(system: System, edition: Edition) -> Iterator[str]:
    """The keys of the records that stood until this edition and have no other version; in its transaction."""
    query = _filled(system, """
        SELECT t.key FROM {table} t WHERE t.system_id = %(system)s AND t.until_id = %(edition)s
        AND NOT EXISTS (SELECT FROM {staged} s WHERE s.key = t.key)
    """)  # fmt: skip
    for (key,) in _bit_by_bit(query, system, edition):
        yield key


def _bit_by_bit(query: sql.Composed, system: System, edition: Edition | None = None) -> Iterator[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, {"system": system.pk, "edition": edition.pk if edition else None})
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def _filled(system: System, words: str, **more: sql.Composable) -> sql.Composed:
    table = sql.Identifier(system.shelf._meta.db_table)
    gone = sql.SQL(
        "{table} t WHERE t.system_id = %(system)s AND t.until_id IS NULL"
        " AND NOT EXISTS (SELECT FROM {staged} s WHERE s.key = t.key)"
    ).format(table=table, staged=STAGED)
    return sql.SQL(words).format(table=table, staged=STAGED, gone=gone, **more)


def _run(cursor: Any, system: System, words: str, edition: Edition | None = None, **more: sql.Composable) -> None:
    given = {"system": system.pk, "edition": edition.pk if edition else None}
    cursor.execute(_filled(system, words, **more), given)
