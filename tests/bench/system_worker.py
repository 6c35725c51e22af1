"""What a worker does with a file of an information system, in a process of its own: `-m tests.bench.system_worker`.

It prints the seconds of reading and comparing, those of taking in, the peak of its memory in MB, and how many
records stand.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time

import django
from django.db import connection


def work(form: str, path: str, rows: int) -> None:
    """Read the file and compare it; take it in, or a shorter one of so many `rows`."""
    from ricomi.directory.models import User
    from ricomi.systems import importing
    from ricomi.systems.models import System
    from tests.systems.large import MAKERS, pieces

    code, *_how = MAKERS[form]
    by = User.objects.get(email="case_officer@ricomi.example")
    system = System.objects.get(pk=code)
    begun = time.perf_counter()
    with open(path, "rb") as file:
        edition = importing.arrive(system, file, source=form, by=by, defer=False)
    importing.read(edition)
    assert edition.state == "waiting", edition.reason
    read = time.perf_counter() - begun
    if rows < edition.rows:
        importing.decide(edition, take=False, by=by, defer=False)
        with tempfile.TemporaryFile() as few:
            few.writelines(pieces(form, rows))
            few.seek(0)
            edition = importing.arrive(system, few, source=form, by=by, defer=False)
        importing.read(edition)
    begun = time.perf_counter()
    importing.decide(edition, take=True, by=by, defer=False)
    importing.finish(edition)
    assert edition.state == "taken_in", edition.reason
    system.refresh_from_db()
    standing = system.shelf.objects.at(system, system.current).count()
    taken, peak = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{read} {taken} {peak} {standing}\n")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    connection.settings_dict["NAME"] = os.environ["RICOMI_BENCH_DATABASE"]
    django.setup()
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
