"""The embedded server: made, shared, stopped by the last, and clear about what is wrong."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ricomi.postgres.server import MAJOR, Server, Unavailable

ANOTHER_PROCESS = """
import sys
from ricomi.postgres.server import Server
print(Server.of(sys.argv[1], disposable=True).start().port, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, in a folder with a blank and an accent in its name."""
    server = Server.of(tmp_path / "mi año" / ".data", disposable=True)
    yield server
    server.release()


def gone(process: int) -> bool:
    """Whether a process ends within a few seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def another(server: Server) -> "subprocess.Popen[str]":
    """Another process that uses the same server until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", ANOTHER_PROCESS, str(server.home.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert int(process.stdout.readline()) == int((server.home / "port").read_text())
    return process


def test_it_starts_keeps_its_data_and_its_port_and_stops(server: Server) -> None:
    told: list[str] = []
    first = server.start(told.append)
    with psycopg.connect(first.url()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    process = server.postmaster()
    server.release()
    assert gone(process)
    again = server.start(told.append)
    assert again == first
    with psycopg.connect(again.url()) as connection:
        connection.execute("SELECT FROM kept")
        assert connection.execute("SELECT upper('ñandú')").fetchone() == ("ÑANDÚ",)
    assert told == ["making a new database cluster", "starting PostgreSQL", "starting PostgreSQL"]


def test_it_asks_for_the_password_and_listens_on_this_machine_alone(server: Server) -> None:
    address = server.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(address.url().replace(address.password, "guess"))
    assert address.password not in repr(address)
    for name in ("password", "data"):
        assert (server.home / name).stat().st_mode & 0o077 == 0
    with psycopg.connect(address.url()) as connection:
        listens = connection.execute("SHOW listen_addresses").fetchone()
        sockets = connection.execute("SHOW unix_socket_directories").fetchone()
    assert (listens, sockets) == (("127.0.0.1",), ("",))


def test_two_processes_share_it_and_the_last_one_stops_it(server: Server) -> None:
    server.start()
    process = server.postmaster()
    first, second = another(server), another(server)
    first.communicate()
    assert server.postmaster() == process
    second.kill()  # the kernel gives up its share
    second.communicate()
    assert server.postmaster() == process
    server.release()
    assert gone(process)


def test_after_a_crash_it_starts_again(server: Server) -> None:
    server.start()
    killed = server.postmaster()
    os.kill(killed, signal.SIGKILL)
    assert gone(killed)
    assert server.start()
    assert server.postmaster() not in (0, killed)


def test_the_number_of_a_crashed_server_may_belong_to_another_program_now(server: Server) -> None:
    server.start()
    server.release()
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n\n127.0.0.1\n\nready\n")
    assert server.postmaster() == 0
    with psycopg.connect(server.start().url()) as connection:
        connection.execute("SELECT 1")


def test_it_moves_to_another_port_when_its_own_is_taken(server: Server) -> None:
    port = server.start().port
    server.release()
    with socket.create_server(("127.0.0.1", port)):
        assert server.start().port != port


def test_data_of_another_release_is_named_and_left_alone(server: Server) -> None:
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Unavailable, match=f"PostgreSQL 16, this release runs PostgreSQL {MAJOR}") as refusal:
        server.start()
    assert "\n" not in str(refusal.value)
    assert [path.name for path in server.data.iterdir()] == ["PG_VERSION"]


def test_a_full_disk_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ricomi.postgres.server.NEEDED_BYTES", 1 << 60)
    with pytest.raises(Unavailable, match=r"No room for the database: .* MB free"):
        server.start()
    assert not server.data.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"folder can't be used: .*file") as refusal:
        Server.of(tmp_path / "file", disposable=True).start()
    assert "\n" not in str(refusal.value)


def test_a_start_that_was_killed_half_way_is_begun_anew(server: Server) -> None:
    half = server.home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert server.start()
    assert not half.exists()
