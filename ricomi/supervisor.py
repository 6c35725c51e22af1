"""Runs the demo's programs together: starts them, watches them, and ends them all when one of them ends."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 10
READY_SECONDS = 60
LOOK_SECONDS = 0.25


class Ended(Exception):
    """A program ended that should have gone on; the message is one line that says which and where its log is."""


@dataclass
class _Program:
    title: str
    process: "subprocess.Popen[bytes]"
    log: Path


class Supervisor:
    """Programs that live and die together. Their output goes to `logs`/<title>.log."""

    def __init__(self, logs: Path, environment: Mapping[str, str], cwd: Path) -> None:
        self.logs, self.environment, self.cwd = logs, dict(environment), cwd
        self.programs: list[_Program] = []
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)

    def start(self, title: str, command: list[str]) -> None:
        """Start one program in a process group of its own, so that Ctrl-C reaches us and not it."""
        log = self.logs / f"{title}.log"
        # Should we be killed outright, the kernel tells the children; elsewhere than on Linux they are left over.
        prefix = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with open(log, "wb") as output:
            process = subprocess.Popen(  # noqa: S603 (our own commands)
                [*prefix, *command],
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.programs.append(_Program(title, process, log))

    def look(self) -> None:
        """Raises Ended when a program is no longer there."""
        for program in self.programs:
            code = program.process.poll()
            if code is not None:
                raise Ended(f"The {program.title} ended (exit {code}){_last_words(program.log)}; see {program.log}")

    def wait_for(self, url: str) -> None:
        """Wait until `url` answers 200. Raises Ended when a program ends first or the time is up."""
        until = time.monotonic() + READY_SECONDS
        answer = "no answer"
        while time.monotonic() < until:
            self.look()
            try:
                with urllib.request.urlopen(url, timeout=READY_SECONDS):  # noqa: S310 (our own address)
                    return
            except urllib.error.HTTPError as error:
                answer = f"status {error.code}"
            except OSError:
                pass
            time.sleep(LOOK_SECONDS)
        raise Ended(f"{url} did not come up in {READY_SECONDS} s ({answer}); see {self.logs}")

    def watch(self) -> None:
        """Go on until a program ends (raises Ended) or somebody interrupts."""
        while True:
            self.look()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """End every program, the last started first: asked at first, killed when it does not listen."""
        for program in reversed(self.programs):
            _signal_group(program.process, signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        for program in reversed(self.programs):
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.process.wait(max(0.1, until - time.monotonic()))
            _signal_group(program.process, signal.SIGKILL)  # and whatever it left behind in its group
            program.process.wait()
        self.programs.clear()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Inside, SIGTERM and a closed terminal interrupt as Ctrl-C does; what the with statement ends with is let be."""

    def interrupt(number: int, frame: object) -> None:
        for later in watched:
            signal.signal(later, signal.SIG_IGN)  # an impatient second Ctrl-C must not break the stopping
        raise KeyboardInterrupt

    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in watched}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _last_words(log: Path) -> str:
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return f": {lines[-1].strip()}" if lines else ""
