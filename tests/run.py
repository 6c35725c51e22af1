"""`make test`: the whole suite on the embedded PostgreSQL, then the database tests once more on Debian's release."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ricomi.postgres.server import Server, Unavailable

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".data"
# The shell first: it has no windows of its own to draw.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
OTHER_RELEASES = Path("/usr/lib/postgresql")
PREFERRED = "15"


def main() -> int:
    """Returns the exit code: that of the first part that failed."""
    arguments = sys.argv[1:]
    begun = time.monotonic()
    say("browser", _have_browser())
    say("first", "all tests on the embedded PostgreSQL")
    first = _pytest(arguments, {"RICOMI_DATA": str(DATA / "test"), "DATABASE_URL": ""})
    with _other_server() as (url, what):
        if url:
            say("second", f"the database tests on {what}")
            second = _pytest(
                ["--database-only", *arguments], {"RICOMI_DATA": str(DATA / "test-other"), "DATABASE_URL": url}
            )
        else:
            say("second", what)
            second = 1 if os.environ.get("CI") else 0  # at home it may be missing, where it decides it may not
    say("done", f"{'green' if not first and not second else 'red'} in {time.monotonic() - begun:.0f} s")
    return first or second


def say(title: str, what: str) -> None:
    """One line of progress."""
    print(f"== {title}: {what}", flush=True)


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    temporary = DATA / "tmp"
    temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    workers = os.environ.get("TEST_PROCESSES", "2")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "worksteal", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), **environment},
        stdin=subprocess.DEVNULL,
    ).returncode


def _have_browser() -> str:
    if not shutil.which(CHROMIUM[0]) and _may_install():
        _apt(CHROMIUM[0])
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return found or "no Chromium here and no way to install one: the browser tests are skipped"


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(package: str) -> None:
    say("install", package)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", "-q", *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            print((done.stderr or done.stdout).strip()[-500:], file=sys.stderr)


@contextlib.contextmanager
def _other_server() -> Iterator[tuple[str, str]]:
    """The address of a server that is not the embedded one, and what it is; "" and the reason where there is none."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        yield given, "the server that DATABASE_URL names"
        return
    binaries = _other_binaries()
    if binaries is None and _may_install():
        _apt(f"postgresql-{PREFERRED}")
        binaries = _other_binaries()
    if binaries is None:
        yield "", f"skipped: no other PostgreSQL under {OTHER_RELEASES}, and no DATABASE_URL"
        return
    release = int(binaries.parent.name)
    server = Server(DATA / f"test-postgresql-{release}", disposable=True, binaries=binaries, major=release)
    try:
        offer = server.start().url(), f"Debian's PostgreSQL {release}"
    except Unavailable as error:
        offer = "", f"skipped: {error}"
    try:
        yield offer
    finally:
        server.release()


def _other_binaries() -> Path | None:
    """Debian's programs: of the preferred release, or of the newest that is there."""
    there = [path for path in OTHER_RELEASES.glob("*/bin") if (path / "initdb").exists()]
    there.sort(key=lambda path: (path.parent.name == PREFERRED, int(path.parent.name)))
    return there[-1] if there else None


if __name__ == "__main__":
    sys.exit(main())
