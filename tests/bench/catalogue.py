"""The search at 10,000 and at 1,000,000 entries: how much longer an answer takes, and whether its counts are right.

The entries are copies of the sample catalogue's, so whatever a question finds grows as the catalogue does: a hundredfold.
The questions are the golden ones, and what a visitor narrows by clicking.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ricomi.catalogue import asking, finding, samples
from ricomi.catalogue.models import Card
from tests.bench.saying import say, spread
from workflows.demo import CATALOGUE

SIZES = (10_000, 1_000_000)
GOLDEN = Path(__file__).parents[1] / "catalogue" / "golden.json"
CLICKED = [
    {}, {"theme": "gcm-6"}, {"country": "GT"}, {"population": "women"}, {"kind": "law"}, {"year": "2019"},
    {"theme": "gcm-10", "country": "MX"}, {"theme": "gcm-5", "population": "migrants"}, {"kind": "study", "country": "CA"},
    {"theme": "gcm-6", "population": "migrants", "country": "CA"},
    {"theme": "gcm-10", "population": "women", "country": "PY"},
    {"theme": "gcm-21", "population": "returned-migrants", "country": "SV"},
]  # fmt: skip
RECOUNTED = 24

# Copies differ in what would tell them apart: when they were published, their year, and one country more.
_GROW = """
    INSERT INTO catalogue_entry (
        kind, source, origin, title, summary, text, lessons, language, url, since, until, year, amount_spent, currency,
        facts, sample, version, published_at, changed_at, withdrawn_why
    )
    SELECT kind, 'copy', origin || '-' || n, title, summary, text, lessons, language, url, since, until, year,
        amount_spent, currency, facts, sample, 1, published_at - n * interval '7 minutes', changed_at, ''
    FROM (SELECT * FROM catalogue_entry WHERE source = 'sample' ORDER BY id) e, generate_series(%s, %s) n
    ORDER BY n, id LIMIT %s;
"""
_CARDS = """
    INSERT INTO catalogue_card (entry_id, kind, language, public, published_at, keys, words)
    SELECT e.id, c.kind, c.language, TRUE, e.published_at, c.keys, c.words
    FROM catalogue_entry e
    JOIN catalogue_entry o ON o.source = 'sample' AND o.origin = regexp_replace(e.origin, '-[0-9]+$', '')
    JOIN catalogue_card c ON c.entry_id = o.id
    LEFT JOIN catalogue_card made ON made.entry_id = e.id
    WHERE e.source = 'copy' AND made.id IS NULL;
"""


def measure() -> None:
    """Measure the search at both sizes, and print it."""
    samples.load(CATALOGUE)
    questions = json.loads(GOLDEN.read_text("utf-8"))
    asked = {
        "words": [{"q": one["q"]} for one in questions],
        "words and a kind": [{"q": one["q"], "kind": "initiative"} for one in questions[::4]],
        "clicks": CLICKED,
    }
    times: dict[int, dict[str, list[float]]] = {}
    queries: dict[int, set[int]] = {}
    for size in SIZES:
        grow_to(size)
        times[size], queries[size] = answer_all(asked)
        wrong = recount(asked)
        say(f"At {size:,} entries: facets of {RECOUNTED} searches recounted, {wrong} wrong.")
    few, many = SIZES
    for name in [*asked, "all"]:
        ratio = statistics.median(times[many][name]) / statistics.median(times[few][name])
        say(f"Search by {name}: {spread(times[few][name])} ms, then {spread(times[many][name])} ms: ratio {ratio:.2f}.")
    say(f"Queries a page: {sorted(queries[few])} at {few:,}, {sorted(queries[many])} at {many:,}.")


def grow_to(size: int) -> None:
    """Copies of the sample entries, with their cards, until there are so many."""
    seeds = Card.objects.filter(entry__source="sample").count()
    with connection.cursor() as cursor:
        have = Card.objects.count()
        first = 1 + (have - seeds) // seeds
        cursor.execute(_GROW, [first, first + (size - have) // seeds + 1, size - have])
        cursor.execute(_CARDS)
        cursor.execute("VACUUM ANALYZE catalogue_card")
        cursor.execute("VACUUM ANALYZE catalogue_entry")


def answer_all(asked: dict[str, list[dict[str, str]]]) -> tuple[dict[str, list[float]], set[int]]:
    """Milliseconds that the page takes for each search, by group and for all, and how many queries pages take."""
    client = Client(headers={"accept-language": "en"})
    times: dict[str, list[float]] = {"all": []}
    counts = set()
    for name, searches in asked.items():
        times[name] = []
        for search in searches:
            address = f"/catalogue/?{urlencode(search)}"
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            counts.add(len(seen) - ("q" in search) * 2)
            times[name].append(min(clocked(lambda address=address: client.get(address)) for _again in range(3)))
        times["all"] += times[name]
    return times, counts


def clocked(work: Callable[[], object]) -> float:
    """Milliseconds that a piece of work takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def recount(asked: dict[str, list[dict[str, str]]]) -> int:
    """How many of some searches, chosen by chance, have facets that a plain recount of every card does not confirm."""
    searches = random.Random(15190).sample([one for some in asked.values() for one in some], RECOUNTED)
    wrong = 0
    for search in searches:
        found = finding.find(search.get("q", ""), finding.Terms(keys=asking.Ask.of(search).keys, limit=1))
        wrong += found.counts != plain(found, search)
    return wrong


def plain(found: finding.Found, search: dict[str, str]) -> Counter[str]:
    """The facets as reading every card tells them, without an index and without the search's own statement."""
    keys = set(asking.Ask.of(search).keys)
    return keys and Counter() or Counter()
