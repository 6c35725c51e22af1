"""How many queries each page takes, for each role, at ten cases and at ten thousand: the same, and no more than it may.

`baseline.json` holds the counts by page and role. After a change that is meant to alter them, RICOMI_BASELINE=write
has the test write the file anew; the difference is then part of the change.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection, models, reset_queries, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from cases.models import Case, Trip
from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory.authority import SEE_CASES, authority, fixed_body
from ricomi.directory.models import Body
from ricomi.fund import books
from ricomi.fund.models import Contribution
from tests import flows, many
from tests.workflows.ways import open_account
from workflows import gate, views
from workflows.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_server]

BASELINE = Path(__file__).parent / "baseline.json"
SIZES = (10, 10_000)
LIMITS = {"home": 12, "worklist": 12, "list": 15, "case": 25, "trip": 15, "step": 25, "statement": 20}
OTHERWISE = 12
VISITOR = "visitor"
SITE = BaseHandler()
STATEMENTS = ("position", "donors", "cases", "line", "forecast", "totals")
SAME_ROLE = {"manager_2", "reviewer_ca"}  # as manager and reviewer_br
# A filter narrows the list that all roles are measured on; times and statements are the same for all who read them.
SOME_ROLES = {"officer", "case_officer", "auditor", "donor"}

# page → role → queries, for the pages that the role may open
Counts = dict[str, dict[str, int]]


def pages(network: many.Many, busiest: Case, balloting: Case, drafting: Case, trip: Trip) -> dict[str, str]:
    """The address of each page that is measured, by its name; what stands before a colon is its kind."""
    themes = Term.objects.themes().values_list("pk", flat=True)
    filters = {
        "text": "seasonal", "stage": "exchange", "state": "CL", "theme": themes[0],
        "population": Term.objects.populations()[0].pk, "year": str(l10n.today().year), "way": "open",
    }  # fmt: skip
    listed = reverse("cases:list")

    def step(subject: Any, name: str) -> str:
        return reverse("step", args=[*subject.subject_key.split(":"), name])

    given = Contribution.objects.filter(accounts__case_reference=busiest.reference).earliest("pk")
    return {
        "home": "/",
        "worklist": reverse("worklist"),
        "list": listed,
        **{f"list: {name}": f"{listed}?{name}={value}" for name, value in filters.items()},
        "list: all filters": listed + "?" + "&".join(f"{name}={value}" for name, value in filters.items()),
        "case": busiest.get_absolute_url(),
        "trip": busiest.trips.earliest("pk").get_absolute_url(),
        "rates": reverse("rates:table"),
        "timeline": reverse("cases:timeline", args=[busiest.reference]),
        "compare": reverse("cases:compare", args=[busiest.reference]),
        "fund": reverse("fund:position"),
        "payments": reverse("payments"),
        "terms": reverse("fund:terms"),
        **{f"statement: {name}": reverse(f"reports:{name}") for name in STATEMENTS},
        "statement: money": reverse("reports:money", args=[given.reference]),
        "statement: case": reverse("reports:case", args=[busiest.reference]),
        "times": reverse("times", args=["cooperation"]),
        "times: csv": reverse("times_csv", args=["cooperation"]),
        "directory": reverse("directory:states"),
        "initiatives": reverse("catalogue:search"),
        "map": reverse("atlas:map"),
        "map: pairs": reverse("atlas:map") + "?show=between",
        "country": reverse("atlas:country", args=["cl"]),
        "step: comment": step(busiest, "comment"),
        "step: exchange": step(busiest, "exchange"),
        "step: endorsement": step(balloting, "endorsement"),
        "step: draft": step(drafting, "draft"),
        "step: authorisation": step(trip, "authorisation"),
    }


def measured(network: many.Many, clients: dict[str, Client]) -> tuple[Counts, dict[tuple[str, str], list[str]]]:
    """The counts, and the queries themselves by page and role.

    Each page is opened by one reader before it is counted, so that what a process remembers is remembered.
    """
    seeds = network.seeds
    cases = [seeds.busiest, seeds.balloting, seeds.drafting]
    trip = seeds.busiest.trips.latest("pk")
    if network.copies:
        cases = [network.copy_of(case) for case in cases]
        trip = Trip.objects.get(pk=trip.pk + network.width[Trip])
    counts: Counts = {}
    asked: dict[tuple[str, str], list[str]] = {}
    for page, url in pages(network, *cases, trip).items():
        some = page.startswith(("list: ", "times", "statement"))
        for role, client in clients.items():
            if some and role not in SOME_ROLES:
                continue
            if page not in counts and status(client, url) != 200:
                continue
            reset_queries()
            with CaptureQueriesContext(connection) as seen:
                answered = status(client, url)
            if answered != 200:
                continue
            counts.setdefault(page, {})[role] = len(seen)
            asked[page, role] = [query["sql"] for query in seen.captured_queries]
    return counts, asked


def status(client: Client, url: str) -> int:
    """What the whole site answers; without the client's own notes on each template, which take longer than the page."""
    requests = RequestFactory()
    requests.cookies = client.cookies
    return SITE.get_response(requests.get(url)).status_code


@pytest.fixture(scope="module")
def network(django_db_setup: Any, django_db_blocker: Any) -> Iterator[many.Many]:
    """The ten cases, in a transaction that is rolled back when the last test of this page is through."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        seeds = many.Seeds(flows.people())
        open_account(seeds.people)
        yield many.Many(seeds)
        transaction.set_rollback(True)
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(scope="module")
def found(network: many.Many) -> dict[int, tuple[Counts, dict[tuple[str, str], list[str]]]]:
    clients = {VISITOR: Client()}
    for name, person in network.seeds.people.items():
        if name not in SAME_ROLE:
            clients[name] = Client()
            clients[name].force_login(person)
    answers = {}
    for body in Body.objects.filter(state__isnull=True):
        fixed_body(body.code)  # remembered by a process from its first use on
    SITE.load_middleware()
    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # a page that is not theirs is no news here
    for size in SIZES:
        if size > many.BLOCK:
            network.grow_to(size)
        answers[size] = measured(network, clients)
    logging.getLogger("django.request").setLevel(logging.NOTSET)
    return answers


def test_no_page_takes_more_queries_than_it_may(found):
    for size, (counts, asked) in found.items():
        for page, by_role in counts.items():
            limit = LIMITS.get(page.split(":")[0], OTHERWISE)
            for role, count in by_role.items():
                assert count <= limit, (
                    f"{page} for {role} at {size} cases: {count} queries, {limit} allowed\n{listed(asked[page, role])}"
                )


def test_ten_thousand_cases_take_the_queries_that_ten_take(found):
    (few, few_asked), (many_, many_asked) = found[SIZES[0]], found[SIZES[1]]
    assert {page: set(roles) for page, roles in few.items()} == {page: set(roles) for page, roles in many_.items()}
    for page, by_role in few.items():
        for role, count in by_role.items():
            assert many_[page][role] == count, (
                f"{page} for {role}: {count} queries at {SIZES[0]} cases, {many_[page][role]} at {SIZES[1]}\n"
                f"{listed(few_asked[page, role])}\n--\n{listed(many_asked[page, role])}"
            )


def test_the_counts_are_those_of_the_baseline(found):
    counts, _asked = found[SIZES[1]]
    if os.environ.get("RICOMI_BASELINE") == "write":
        BASELINE.write_text(json.dumps(counts, indent=1) + "\n")
    assert counts == json.loads(BASELINE.read_text()), "RICOMI_BASELINE=write writes the new counts down"


def test_a_list_of_sixty_was_measured(found, network):
    client = Client()
    client.force_login(network.seeds.people["officer"])
    assert len(client.get(reverse("cases:list")).context["page"].object_list) == 60


def test_what_changed_is_the_newest_of_all_that_the_reader_sees(found, network, monkeypatch):
    """Even where the case is an old one, and by either way of looking."""
    old, people = network.copy_of(network.seeds.busiest), network.seeds.people
    gate.act(people["partner"], old, "comment", "add", {"text": "Still here.", "audience": "own"})
    newest = list(Entry.objects.order_by("-pk").values_list("pk", "chain", "audience")[:5000])
    for role in ("partner", "case_officer", "other_focal", "donor"):
        rights = authority(people[role])
        own = set(rights.bodies(SEE_CASES))
        cases = {f"case:{pk}": ref for pk, ref in Case.objects.visible_to(rights).values_list("pk", "reference")}
        due = [(pk, cases[chain]) for pk, chain, to in newest if chain in cases and (not to or own & set(to))][:10]
        assert len(due) == (0 if role == "donor" else 10)
        assert (due[:1] == [(newest[0][0], old.reference)]) is (role == "partner")
        for few in (views.FEW, 0, 10_000):
            monkeypatch.setattr(views, "FEW", few)
            assert [(entry.pk, entry.about) for entry in views.changes(rights)] == due


def test_the_copies_are_whole(found, network):
    """Nothing points nowhere, each copy has as many rows as its original, and the accounts still add up."""
    assert Case.objects.count() == SIZES[1]
    assert Case.objects.values("stage").distinct().count() >= 7
    assert Case.objects.values("requesting").distinct().count() > 25
    for model in network.width:
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.ForeignKey):
                there = field.related_model.objects.filter(pk=models.OuterRef(field.column))
                lost = model.objects.filter(~models.Exists(there), **{f"{field.name}__isnull": False})
                assert not lost.exists(), f"{model.__name__}.{field.name} points nowhere"
    assert not list(books.flaws())


def listed(queries: list[str]) -> str:
    """Queries as numbered lines, their columns left out."""
    return "\n".join(
        f"{number:3} " + re.sub(r"SELECT (DISTINCT )?.*? FROM", "SELECT … FROM", query)[:160]
        for number, query in enumerate(queries, 1)
    )
