"""What is said before anything is begun: ports, room, what an environment was made from."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ricomi import bootstrap

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "80.5", "٨٠٠٠"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(bootstrap.SetupError, match="is not a port"):
        bootstrap.chosen_port(text)


def test_a_port_that_is_taken_is_one_line_and_an_exit_code() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "ricomi.bootstrap", "--port", str(port)], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == 1
    assert done.stderr == (f"ricomi: Port {port} is taken: stop what uses it, or choose another one with PORT=8001.\n")


def test_no_room_is_said_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(bootstrap.SetupError, match="No room for the packages"):
        bootstrap.install_packages()


def test_packages_are_installed_anew_only_when_their_list_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listed, stamp = tmp_path / "requirements.txt", tmp_path / "installed"
    listed.write_text("one==1\n")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", listed)
    monkeypatch.setattr(bootstrap, "STAMP", stamp)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    assert not bootstrap.current()
    stamp.write_text(bootstrap.wanted())
    assert bootstrap.current()
    listed.write_text("one==2\n")
    assert not bootstrap.current()


def test_every_package_is_pinned_with_hashes_and_no_index_is_named() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    assert starts
    for number in starts:
        assert "==" in lines[number]
        assert "--hash=sha256:" in lines[number + 1]
    assert not [line for line in lines if "://" in line or line.startswith("--")]


def test_the_reason_is_the_telling_line() -> None:
    assert bootstrap._telling_line("a\nERROR: no match\nmore\n") == "ERROR: no match"
    assert "no space left" in bootstrap._telling_line("Errno 28\nOSError: No space left on device\nbye")
