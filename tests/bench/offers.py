"""Matching one request over many standing offers, beside one full read of the offers' table in the same run."""

from __future__ import annotations

import datetime
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from cases.models import Case
from ricomi.catalogue.models import StandingOffer, Term
from ricomi.directory.models import Body, State
from ricomi.matching.ranking import rank
from tests import flows
from tests.bench.saying import say, spread

OFFERS, TIMES = 100_000, 25
# Each offer is on one to three of the 23 themes, in 600 letters or so.
VOCABULARY, WORDS = 3_000, 80
DAY = datetime.date(2024, 1, 1)
THEMES, LINK = "catalogue_standingoffer_themes", "standingoffer_id, term_id"
COLUMNS = (
    "id, body_id, title, text, costs, language, modality, languages, since, created_by_id, created_at, changed_by_id,"
    " changed_at, revision"
)
# No index holds what either asks of a row, so all rows are read; the second reads their texts, too.
SCANS = {
    "full read": "SELECT count(*) FROM catalogue_standingoffer WHERE created_at < '1900-01-01'",
    "full read of the texts": "SELECT count(*) FROM catalogue_standingoffer WHERE text LIKE '%no such words%'",
}


def measure() -> None:
    """Fill the table, match by turns with the full reads, and print medians, spread and ratios."""
    people = flows.people()
    case = flows.Walk(people).matching().case
    _fill(random.Random(1), people["partner"].pk)
    themes = list(Term.objects.themes())
    # Two themes, which some offers cover both; and five, which none covers at once.
    matching = {f"matching, {count} themes": _matching(case, themes[:count]) for count in (2, 5)}
    works = {**matching, **{name: partial(_asked, statement) for name, statement in SCANS.items()}}
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(TIMES + 2):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            if number >= 2:
                taken[name].append((time.perf_counter() - begun) * 1000)
    size = _asked("SELECT pg_size_pretty(pg_table_size('catalogue_standingoffer'))")
    say(f"\nMatching one request over {OFFERS:,} standing offers ({size}), in ms, {TIMES} times by turns: median")
    say("(fastest-slowest), and the ratio to each full read of the table, which no index helps:")
    for scan in SCANS.values():
        say(f"  {scan}")
    for name, times in taken.items():
        ratios = [statistics.median(times) / statistics.median(taken[scan]) for scan in SCANS]
        say(f"{name:26}{spread(times):>24}" + "".join(f"{ratio:8.2f}" for ratio in ratios))


def _matching(case: Case, themes: list[Term]) -> Callable[[], None]:
    """Match the case as if it asked for these themes; it finds the same each time."""
    first: list[Any] = []

    def match() -> None:
        asked = Case.objects.get(pk=case.pk)
        prefetch_related_objects([asked], "themes")
        asked.__dict__["_prefetched_objects_cache"]["themes"] = themes
        found = [(one.body.code, one.total) for one in rank(asked).ranked]
        assert found == (first or found), "the same request was ranked otherwise"
        first[:] = found

    return match


def _asked(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def _fill(chance: random.Random, person: int) -> None:
    """Offers of all delegations, written past the triggers, then their outlines and cards.

    Their cards bear the words of their texts, without those that the thesaurus would add.
    """
    themes = list(Term.objects.themes().values_list("pk", flat=True))
    delegations = Body.objects.filter(kind=Body.Kind.DELEGATION, state__in=State.objects.participating())
    bodies, now = list(delegations.values_list("pk", flat=True)), timezone.now()
    words = ["".join(chance.choices("aeioulnrstcdmp", k=chance.randint(4, 10))) for _word in range(VOCABULARY)]
    words += ["register", "seasonal", "workers", "advice"]
    offers, links = [], []
    for number in range(1, OFFERS + 1):
        language, other = chance.choices(["es", "en", "pt", "fr"], k=2)
        offers.append((
            number, chance.choice(bodies), f"Offer {number}", " ".join(chance.choices(words, k=WORDS)), "", language,
            chance.choice(StandingOffer.Modality.values), list({language, other}), DAY, person, now, person, now, 1,
        ))  # fmt: skip
        links += [(number, theme) for theme in chance.sample(themes, chance.randint(1, 3))]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in ((f"catalogue_standingoffer ({COLUMNS})", offers), (f"{THEMES} ({LINK})", links)):
            with cursor.cursor.copy(f"COPY {table} FROM STDIN") as into:
                for row in rows:
                    into.write_row(row)
        cursor.execute("SELECT matching_write_outlines(ARRAY(SELECT id FROM catalogue_standingoffer))")
        cursor.execute("""
            INSERT INTO catalogue_card (offer_id, kind, language, public, published_at, found_at, keys, words)
            SELECT id, 'offer', language, FALSE, changed_at, now(), '{kind:offer}',
                catalogue_words(language, title || ' ' || text)
            FROM catalogue_standingoffer
        """)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE catalogue_standingoffer, {THEMES}, matching_outline, catalogue_card")
