"""Programs that run together end together."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ricomi.supervisor import Ended, Supervisor


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """One without programs yet."""
    supervisor = Supervisor(tmp_path / "log", os.environ, tmp_path)
    yield supervisor
    supervisor.stop()


def python(program: str) -> list[str]:
    """A command that runs `program`."""
    return [sys.executable, "-c", program]


def test_when_one_ends_its_name_code_and_last_words_are_told(supervisor: Supervisor) -> None:
    supervisor.start("clock", python("import time; time.sleep(60)"))
    supervisor.start("worker", python("import sys; print('no road'); sys.exit(3)"))
    with pytest.raises(Ended, match=r"The worker ended \(exit 3\): no road; see .*worker\.log"):
        supervisor.watch()


def test_one_that_does_not_listen_is_killed_with_its_children(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ricomi.supervisor.GRACE_SECONDS", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {}; open('{}', 'w'); time.sleep(60)"
    child = deaf.format("pass", tmp_path / "child")
    start_child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    supervisor.start("deaf", python(deaf.format(start_child, tmp_path / "parent")))
    until = time.monotonic() + 10
    while not ((tmp_path / "child").exists() and (tmp_path / "parent").exists()) and time.monotonic() < until:
        time.sleep(0.05)
    group = supervisor.programs[0].process.pid
    supervisor.stop()
    time.sleep(0.2)
    living = [
        stat
        for stat in (path.read_text() for path in Path("/proc").glob("[0-9]*/stat"))
        if stat.rsplit(") ", 1)[1].split()[2] == str(group) and stat.rsplit(") ", 1)[1][0] != "Z"
    ]
    assert not living
