"""A million rows through each information system: the most memory that Python takes for it, and the time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.db import connection

from tests import flows
from tests.bench.saying import say
from tests.systems.large import MAKERS, pieces

ROWS = int(os.environ.get("RICOMI_BENCH_ROWS", "1000000"))
LIMIT = 500
# A million entries of the catalogue, with their versions and cards, take a quarter of an hour each time.
ENTRIES = int(os.environ.get("RICOMI_BENCH_ENTRIES", "20000"))
OF_FIGURES = {"csv", "specific"}


def measure() -> None:
    """Print, for each form, what a worker takes to read a million rows and compare them, and to take figures in."""
    say(f"\nInformation systems, {ROWS:,} rows each; peak of the worker's memory in MB, of which {LIMIT} are allowed")
    say(f"{'':12}{'file, MB':>10}{'read, s':>10}{'taken in, s':>13}{'peak, MB':>10}{'rows then':>12}")
    flows.people()
    for form in MAKERS:
        rows = ROWS if form in OF_FIGURES else ENTRIES
        with tempfile.NamedTemporaryFile() as file:
            file.writelines(pieces(form, ROWS))
            file.flush()
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.system_worker", form, file.name, str(rows)],
                env={**os.environ, "RICOMI_BENCH_DATABASE": str(connection.settings_dict["NAME"])}, text=True,
                capture_output=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-2000:]
            read, taken, peak, standing = done.stdout.split()[-4:]
            size = Path(file.name).stat().st_size / 2**20
        say(f"{form:12}{size:10.0f}{float(read):10.1f}{float(taken):13.1f}{float(peak):10.0f}{int(standing):12,}")
    say(f"Of laws, programmes and articles all are read and compared, and {ENTRIES:,} taken in with the catalogue;")
    say("RICOMI_BENCH_ENTRIES=1000000 takes in all.")
