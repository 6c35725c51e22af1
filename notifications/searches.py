"""The letters that saved searches write when something new fits them."""

from __future__ import annotations

import dataclasses
import datetime

from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse
from procrastinate.contrib.django import app

from notifications.letters import queue
from ricomi.catalogue.asking import Ask
from ricomi.catalogue.finding import find
from ricomi.catalogue.models import SavedSearch
from ricomi.catalogue.results import results

SHOWN = 10


@app.periodic(cron="0 11 * * *")
@app.task(queue="letters", pass_context=False)
def tell_of_new_entries(timestamp: int) -> int:
    """Write to everybody for whose saved search something was published since the last letter. Returns how many."""
    kept = SavedSearch.objects.filter(person__is_active=True).values_list("pk", flat=True)
    return sum(_tell(pk) for pk in kept)


@transaction.atomic
def _tell(pk: int) -> bool:
    """Write about one search, at most once for what is new: its row is locked until the letter is queued."""
    search = SavedSearch.objects.select_for_update(of=("self",)).select_related("person").filter(pk=pk).first()
    if search is None:
        return False
    until = _settled()
    ask = dataclasses.replace(Ask.read(QueryDict(search.query)), sort="newest")
    within = dataclasses.replace(ask.within(private=True), since=search.told_at, before=until, limit=SHOWN)
    found = find(ask.text, within, strict=True)
    if not found.total:
        return False
    queue(
        "search_found", [search.person], key=f"search:{pk}:{search.told_at.isoformat()}",
        url=f"{reverse('catalogue:search')}?{ask.query}",
        context={"search": {"name": search.name, "count": found.total,
                            "titles": [one.thing.title for one in results(found.cards)]}},
    )  # fmt: skip
    search.told_at = until
    search.save(update_fields=["told_at"])
    return True


def _settled() -> datetime.datetime:
    """Up to when nothing more can come: when the oldest transaction began that may still write."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT coalesce(min(xact_start), now()) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
        settled: datetime.datetime = cursor.fetchone()[0]
        return settled
