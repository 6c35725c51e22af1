"""Transitions through the gate beside bare viewflow, pages at 1,000 and 10,000 cases, the Fund's ledger, matching."""

from __future__ import annotations

import datetime
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import translation

from notifications.models import Letter
from ricomi import database
from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from tests import flows, many
from tests.bench import bare, books, offers, systems
from tests.bench.saying import say, spread
from workflows import gate

REPETITIONS = 9
OPENINGS = 25
SIZES = (1_000, 10_000)


def main() -> None:
    """Measure everything, and print it as it is known."""
    with disposable_database(), translation.override("en"):
        say("Ten cases are walked through their flow, and copied.")
        network = many.Many(many.Seeds(flows.people()))
        pages: dict[int, dict[str, list[float]]] = {}
        for size in SIZES:
            network.grow_to(size)
            pages[size] = open_pages(network)
        print_pages(pages)
        print_transitions(network)
    with disposable_database(), translation.override("en"):
        books.measure(books.people())
    with disposable_database(), translation.override("en"):
        offers.measure()
    with disposable_database(), translation.override("en"):
        systems.measure()


@contextmanager
def disposable_database() -> Iterator[None]:
    """A database that is made for this run and dropped after it, on the embedded server unless DATABASE_URL is set."""
    embedded = settings.DATABASES["default"]["ENGINE"] == "ricomi.postgres"
    if embedded:
        database.start(settings.DATA_DIR, disposable=True)
    name = connection.settings_dict["NAME"]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    finally:
        connection.close()
        if embedded:
            database.stop(settings.DATA_DIR)


def open_pages(network: many.Many) -> dict[str, list[float]]:
    """Milliseconds of each opening of the case list and of the busiest case, by turns, for a case officer."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(network.seeds.people["case_officer"])
    urls = {"case list": "/cases/", "case page": network.seeds.busiest.get_absolute_url()}
    taken: dict[str, list[float]] = {name: [] for name in urls}
    for number in range(OPENINGS + 2):
        for name, url in urls.items():
            begun = time.perf_counter()
            answer = client.get(url)
            spent = (time.perf_counter() - begun) * 1000
            assert answer.status_code == 200
            if number >= 2:
                taken[name].append(spent)
    return taken


def print_pages(pages: dict[int, dict[str, list[float]]]) -> None:
    few, full = SIZES
    say(f"\nPages in ms, {OPENINGS} openings each: median (fastest-slowest)")
    say(f"{'':12}{f'{few:,} cases':>26}{f'{full:,} cases':>26}{'ratio':>8}")
    for name in pages[few]:
        ratio = statistics.median(pages[full][name]) / statistics.median(pages[few][name])
        say(f"{name:12}{spread(pages[few][name]):>26}{spread(pages[full][name]):>26}{ratio:8.2f}")


def print_transitions(network: many.Many) -> None:
    """Walk cases to their closure, and as many steps on viewflow alone, by turns."""
    people = network.seeds.people | {"expert": newcomer()}
    gated: list[float] = []
    plain: list[float] = []
    with counting() as acts:
        flows.Walk(people).closed()
    flow = bare.bare_flow(len(acts) - 1)
    bare.walk(flow, list(people.values()))
    before = Letter.objects.count()
    for _repetition in range(REPETITIONS):
        with counting() as acts:
            gated.append(rate(lambda: flows.Walk(people).closed() and len(acts)))
        plain.append(rate(lambda: bare.walk(flow, list(people.values()))))
    letters = (Letter.objects.count() - before) / REPETITIONS
    say(f"\nTransitions per second, {REPETITIONS} cases of {len(acts)} transitions each: median (slowest-fastest)")
    say(f"{'through the gate':20}{spread(gated):>24}   {letters:.0f} letters queued a case, {SIZES[-1]:,} cases there")
    say(f"{'bare viewflow':20}{spread(plain):>24}   no checks, record, timeline or letters")
    say(f"{'ratio':20}{spread([one / other for one, other in zip(gated, plain, strict=True)], 2):>24}")


def newcomer() -> User:
    """An expert who owes no account of a trip: the others' copies lie in the past."""
    person = User.objects.create_user("newcomer@ricomi.example", "Newcomer")
    members.appoint(person, Body.objects.get(code="cl"), Role.EXPERT, by=None, since=datetime.date(2020, 1, 1))
    return person


@contextmanager
def counting() -> Iterator[list[str]]:
    """What passes the gate from outside; what one act brings about within is part of it."""
    passed: list[str] = []
    within = False
    kept = gate.act, gate.begin

    def counted(door: Callable[..., Any]) -> Callable[..., Any]:
        def through(*args: Any, **kwargs: Any) -> Any:
            nonlocal within
            if within:
                return door(*args, **kwargs)
            within = True
            try:
                answer = door(*args, **kwargs)
            finally:
                within = False
            passed.append(door.__name__)
            return answer

        return through

    gate.act, gate.begin = counted(gate.act), counted(gate.begin)
    try:
        yield passed
    finally:
        gate.act, gate.begin = kept


def rate(work: Callable[[], int]) -> float:
    """How many a second, for work that returns how many it did."""
    begun = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - begun)
