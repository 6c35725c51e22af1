"""From a fresh clone to a working environment: .venv, the packages of requirements.txt, compiled translations.

Runs on a bare Python 3.11 and so imports nothing but the standard library; `make` calls it before every target, and
it does only what is not done yet.
"""

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = ENVIRONMENT / "installed"
NEEDED_BYTES = 1536 * 1024 * 1024
HOST = "127.0.0.1"
COLUMN = 16


class SetupError(Exception):
    """Setting up can't go on; the message is one line for the person at the terminal."""


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Print one line for what goes on inside: its title, what the given function is told, and the seconds it took."""
    print(f"{title:<{COLUMN}}", end=" ", flush=True)
    begun, told = time.monotonic(), []

    def tell(what: str) -> None:
        told.append(what)
        print(what, end=", ", flush=True)

    try:
        yield tell
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{'' if told else 'ready, '}{time.monotonic() - begun:.1f} s", flush=True)


def chosen_port(text: str) -> int:
    """The port that PORT= names. Raises SetupError when it is none, or when somebody else listens there."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise SetupError(f"PORT={text} is not a port: give a number from 1 to 65535.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise SetupError(f"Port {port} may not be used by this user: choose another one with PORT=8001.") from None
        except OSError:
            raise SetupError(
                f"Port {port} is taken: stop what uses it, or choose another one with PORT=8001."
            ) from None
    return port


def wanted() -> str:
    """What the environment must have been made from to be current."""
    return f"{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()} {sys.version_info[0]}.{sys.version_info[1]}\n"


def current() -> bool:
    """Whether the packages in .venv are those of requirements.txt."""
    try:
        return PYTHON.exists() and STAMP.read_text() == wanted()
    except OSError:
        return False


def make_environment() -> None:
    """Make .venv where there is none, for this Python."""
    if PYTHON.exists() and (ENVIRONMENT / "pyvenv.cfg").exists() and _version_of(PYTHON) == sys.version_info[:2]:
        return
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    done = _run([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    if done.returncode:
        reason = _telling_line(done.stdout)
        if "ensurepip" in done.stdout:
            reason = "this Python comes without ensurepip (on Debian and Ubuntu: apt install python3-venv)"
        raise SetupError(f"The environment .venv can't be made: {reason}")


def install_packages() -> None:
    """Install exactly what requirements.txt names, each file checked against its hash."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"No room for the packages: {free >> 20} MB free, {NEEDED_BYTES >> 20} MB are needed in {ROOT}."
        )
    scratch = ENVIRONMENT / "tmp"  # pip unpacks there and not in the machine's own temporary folder
    scratch.mkdir(exist_ok=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--quiet"]
    try:
        done = _run([*pip, "--no-input", "-r", str(REQUIREMENTS)], TMPDIR=str(scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode:
        raise SetupError(f"The packages can't be installed: {_telling_line(done.stdout)}")
    STAMP.write_text(wanted())


def stale_translations() -> bool:
    """Whether a catalogue was written after it was last compiled."""
    return any(
        not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime
        for source in (ROOT / "ricomi" / "locale").glob("*/LC_MESSAGES/*.po")
        for compiled in [source.with_suffix(".mo")]
    )


def compile_translations() -> None:
    """Compile the catalogues, before Django first reads them."""
    # Not through manage.py: the site checks at its start that its letters are translated.
    program = "import pathlib; from ricomi.translations import compile_all; compile_all(pathlib.Path.cwd())"
    done = _run([str(PYTHON), "-c", program])
    if done.returncode:
        raise SetupError(f"The translations can't be compiled: {_telling_line(done.stdout)}")


def prepare() -> None:
    """Everything that is not done yet, a line for each."""
    if not current():
        with step("environment"):
            make_environment()
        with step("packages"):
            install_packages()
    if stale_translations():
        with step("translations"):
            compile_translations()


def _version_of(python: Path) -> tuple[int, ...]:
    done = _run([str(python), "-c", "import sys; print(*sys.version_info[:2])"])
    return () if done.returncode else tuple(int(word) for word in done.stdout.split())


def _run(command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 (our own commands)
        command,
        cwd=ROOT,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _telling_line(output: str) -> str:
    """The line of a program's output that says why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if any("No space left on device" in line for line in lines):
        return f"no space left on the disk that holds {ROOT}"
    errors = [line for line in lines if line.startswith(("ERROR", "Error", "CommandError"))]
    return (errors or lines[-1:] or ["no reason given"])[0]


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", help="a port that must be free before anything is begun")
    options = parser.parse_args()
    try:
        if options.port is not None:
            chosen_port(options.port)
        prepare()
    except SetupError as error:
        print(f"ricomi: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"ricomi: Setting up failed: {error.filename or ROOT}: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
