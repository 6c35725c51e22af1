"""The search at 10,000 and at 1,000,000 entries: how much longer an answer takes, and whether its counts are right.

The entries are copies of the sample catalogue's. A catalogue that grows brings new words with it: names of places and
people, rare things. So the words that only one or two of the sample entries have are made another word in ninety-nine
of a hundred copies, and their years are spread over seventy-five; what is common stays common, and so do the terms
that classify an entry, with all their labels, for the thesaurus does not grow. The questions are the golden ones, and
what a visitor clicks; they are asked of both sizes by turns, so that both meet the same machine.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from ricomi.catalogue import asking, finding, samples
from ricomi.catalogue.models import Card, Writing
from ricomi.catalogue.search import KEY
from tests.bench.saying import say, spread
from workflows.demo import CATALOGUE

SIZES = (10_000, 1_000_000)
GOLDEN = Path(__file__).parents[1] / "catalogue" / "golden.json"
CLICKED: list[dict[str, str]] = [
    {}, {"theme": "gcm-6"}, {"country": "GT"}, {"population": "women"}, {"kind": "law"}, {"year": "2019"},
    {"theme": "gcm-10", "country": "MX"}, {"theme": "gcm-5", "population": "migrants"},
    {"kind": "study", "country": "CA"}, {"theme": "gcm-6", "population": "migrants", "country": "CA"},
    {"theme": "gcm-10", "population": "women", "country": "PY"},
    {"theme": "gcm-21", "population": "returned-migrants", "country": "SV"},
]  # fmt: skip
RECOUNTED = 24
REPETITIONS = 3

# What a card bears in a variety of its entry: only its year, which stands among its words, too.
_YEAR = "CASE WHEN g > 0 AND {key} LIKE '{mark}year:%' THEN '{mark}year:' || 1950 + g % 75 ELSE {key} END"
_VARIED = f"""
    CREATE UNLOGGED TABLE varied AS
    WITH seed AS (
        SELECT c.* FROM catalogue_card c JOIN catalogue_entry e ON e.id = c.entry_id WHERE e.source = 'sample'
    ), rare AS (SELECT word FROM ts_stat('SELECT words FROM catalogue_card') WHERE ndoc <= 2)
    SELECT s.entry_id, g AS variety,
        ARRAY(SELECT {_YEAR.format(key="key", mark="")} FROM unnest(s.keys) key) AS keys,
        string_agg(
            quote_literal(
                CASE WHEN g > 0 AND rare.word IS NOT NULL THEN w.lexeme || g
                ELSE {_YEAR.format(key="w.lexeme", mark=KEY)} END
            ) || coalesce(
                ':' || (SELECT string_agg(p || weight, ',') FROM unnest(w.positions, w.weights) place(p, weight)), ''
            ), ' '
        )::tsvector AS words
    FROM seed s CROSS JOIN generate_series(0, 99) g CROSS JOIN LATERAL unnest(s.words) w
    LEFT JOIN rare ON rare.word = w.lexeme AND 'B' <> ALL(w.weights)
    GROUP BY s.entry_id, g, s.keys;
    CREATE UNIQUE INDEX ON varied (entry_id, variety);
    ANALYZE varied;
"""
_GROW = """
    INSERT INTO catalogue_entry (
        kind, source, origin, title, summary, text, lessons, language, url, since, until, year, amount_spent, currency,
        facts, sample, version, published_at, changed_at, withdrawn_why
    )
    SELECT kind, 'copy', id || '-' || n, title, summary, '', '', language, url, since, until, year, amount_spent,
        currency, facts, sample, 1, published_at - n * interval '7 minutes', changed_at, ''
    FROM catalogue_entry e, generate_series(%s, %s) n WHERE e.source = 'sample'
"""
_CARDS = """
    INSERT INTO catalogue_card (entry_id, kind, language, public, published_at, found_at, keys, words)
    SELECT e.id, c.kind, c.language, TRUE, e.published_at, now(), v.keys, v.words
    FROM catalogue_entry e JOIN catalogue_card c ON c.entry_id = split_part(e.origin, '-', 1)::bigint
    JOIN varied v ON v.entry_id = c.entry_id AND v.variety = split_part(e.origin, '-', 2)::int %% 100
    WHERE e.source = 'copy' AND split_part(e.origin, '-', 2)::int BETWEEN %s AND %s
"""
_INDEXES = {
    "card_words": "CREATE INDEX card_words ON catalogue_card USING gin (words)",
}


def measure(client: Any) -> None:
    """Measure the search at both sizes, and print it."""
    samples.load(CATALOGUE)
    with connection.cursor() as cursor:
        cursor.execute(_VARIED)
    questions = json.loads(GOLDEN.read_text("utf-8"))
    asked = {
        "words": [{"q": one["q"]} for one in questions],
        "words and a kind": [{"q": one["q"], "kind": "initiative"} for one in questions[::4]],
        "clicks": CLICKED,
    }
    few, many = SIZES
    fill(few, asked)
    with copied() as small:
        fill(many, asked)
        times, queries = answer_all(client, asked, small)
    for name in times[0]:
        ratio = statistics.median(times[1][name]) / statistics.median(times[0][name])
        say(f"Search by {name}: {spread(times[0][name])} ms, then {spread(times[1][name])} ms: ratio {ratio:.2f}.")
    same = sum(one == other for one, other in zip(*queries, strict=True))
    least, most = min(queries[1]), max(queries[1])
    say(f"Queries a page: {least} to {most}, the same at both sizes for {same} of {len(queries[1])} searches.")


def fill(size: int, asked: dict[str, list[dict[str, str]]]) -> None:
    """Grow to a size, and say whether its facets are right."""
    began = time.perf_counter()
    grow_to(size)
    say(f"The catalogue has {Card.objects.count():,} entries, made in {time.perf_counter() - began:.0f} s.")
    say(f"Facets of {RECOUNTED} searches recounted by reading every card: {wrong(asked)} differ.")


@contextmanager
def copied() -> Iterator[BaseDatabaseWrapper]:
    """A connection to a copy of the database as it is now, so that both sizes can be asked by turns."""
    copy = connection.copy()
    copy.settings_dict["NAME"] = f"{connection.settings_dict['NAME']}_copy"
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {copy.settings_dict['NAME']} TEMPLATE {connection.settings_dict['NAME']}")
    try:
        yield copy
    finally:
        copy.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {copy.settings_dict['NAME']}")


def grow_to(size: int) -> None:
    """Copies of the sample entries, with their cards, until there are so many."""
    seeds = Card.objects.filter(entry__source="sample").count()
    copies = [Card.objects.count() // seeds, size // seeds - 1]
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for name in _INDEXES:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(_GROW, copies)
        cursor.execute(_CARDS, copies)
        for made in _INDEXES.values():
            cursor.execute(made)
        for table in ("catalogue_card", "catalogue_entry", "catalogue_label", "catalogue_word"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    Writing.objects.create()


def answer_all(
    client: Any, asked: dict[str, list[dict[str, str]]], small: BaseDatabaseWrapper
) -> tuple[list[dict[str, list[float]]], list[list[int]]]:
    """Milliseconds that the page takes for each search, by group, and how many queries: small, then large.

    `again` are those whose counts are remembered: what the second reader of a broad search waits for.
    """
    both = (small, connections[DEFAULT_DB_ALIAS])
    times: list[dict[str, list[float]]] = [{name: [] for name in ("all", *asked, "again")} for _size in both]
    queries: list[list[int]] = [[] for _size in both]
    for name, search in ((name, search) for name, searches in asked.items() for search in searches):
        address = f"/catalogue/?{urlencode(search)}"
        # The first turn reads into memory what neither size has read before, and is not counted.
        turns = [[answered(client, address, one) for one in both] for _turn in range(1 + REPETITIONS)][1:]
        for size, answers in enumerate(zip(*turns, strict=True)):
            first, again = (min(taken) for taken in zip(*answers, strict=True))
            times[size][name].append(first)
            times[size]["all"].append(first)
            times[size]["again"].append(again)
            queries[size].append(asks(client, address, both[size]))
    return times, queries


def answered(client: Any, address: str, database: BaseDatabaseWrapper) -> tuple[float, float]:
    """Milliseconds that a page takes of a database when nothing of it is remembered, and once more."""
    with asking_of(database):
        cache.clear()
        return clocked(lambda: client.get(address)), clocked(lambda: client.get(address))


def asks(client: Any, address: str, database: BaseDatabaseWrapper) -> int:
    """How many queries a page takes of a database when nothing of it is remembered."""
    with asking_of(database), CaptureQueriesContext(database) as seen:
        cache.clear()
        assert client.get(address).status_code == 200
    return len(seen)


@contextmanager
def asking_of(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Whatever is asked is asked of this database."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = database
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


def clocked(work: Callable[[], object]) -> float:
    """Milliseconds that a piece of work takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def wrong(asked: dict[str, list[dict[str, str]]]) -> int:
    """How many of some searches, chosen by chance, have facets that a plain recount does not confirm."""
    searches = random.Random(15190).sample([one for some in asked.values() for one in some], RECOUNTED)
    return sum(not confirmed(asking.Ask.read(QueryDict(urlencode(search)))) for search in searches)


def confirmed(ask: asking.Ask) -> bool:
    """Whether reading every card, without any index, and counting here tells the same as the search."""
    found = finding.find(ask.text, ask.within(private=False))
    counts = [plain(finding.in_one(question), set(ask.keys)) for question in finding.ever_looser(found.needs)]
    totals = [sum(count for key, count in counted.items() if key.startswith("kind:")) for counted in counts]
    taken = next((n for n, total in enumerate(totals) if total >= finding.ENOUGH), len(totals) - 1)
    return (counts[taken], totals[taken], totals[0]) == (found.counts, found.total, found.exact)


def plain(question: str, keys: set[str]) -> Counter[str]:
    """How many cards bear each key, of those that answer a question and bear these keys, by reading all of them."""
    counted: Counter[str] = Counter()
    where = "words @@ %s::tsquery" if question else "%s = ''"
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("bitmapscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"SELECT keys FROM catalogue_card WHERE {where}", [question])
        for (borne,) in cursor:
            if keys <= set(borne):
                counted.update(borne)
    return counted
