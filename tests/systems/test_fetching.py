"""Reading an address: by https, within bounds, never one of this machine's own network, nor by a way round."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from ricomi.systems import fetching
from ricomi.systems.reading.faults import Broken

pytestmark = pytest.mark.usefixtures("english")
PAGES = {
    "/good": (200, {}, b"country,year\n"),
    "/moved": (302, {"Location": "/good"}, b""),
    "/inward": (302, {"Location": "https://169.254.169.254/meta"}, b""),
    "/plain": (302, {"Location": "http://localhost/good"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/gone": (404, {}, b""),
    "/cut": (200, {"Content-Length": "500"}, b"country"),
    "/large": (200, {}, b"x" * 2000),
    "/migraci%C3%B3n.csv?a%C3%B1o=1&b=%25": (200, {}, b"letters\n"),
    "/letters": (302, {"Location": "/migraci\u00c3\u00b3n.csv?a\u00c3\u00b1o=1&b=%25"}, b""),
    "/unparsed": (302, {"Location": "https://[::1/x"}, b""),
    "/name": (302, {"Location": "https://xn--\u00ff.\u00ff/x"}, b""),
}
DRIPPING = {"/drip-head": b"HTTP/1.1 200 OK\r\nX: ", "/drip-body": b"HTTP/1.1 200 OK\r\n\r\n"}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in DRIPPING:
            self.drip(DRIPPING[self.path])
            return
        status, headers, body = PAGES[self.path]
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self, begin: bytes) -> None:
        """Say a byte now and then until nobody listens any more."""
        self.wfile.write(begin)
        with contextlib.suppress(OSError):
            for _byte in range(200):
                self.wfile.write(b"x")
                threading.Event().wait(0.03)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    """A server on this machine, with a certificate of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def read(path: str, port: int, certificate: Path, **more: object) -> bytes:
    into = io.BytesIO()
    trusted = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    allows = lambda address: address in ("127.0.0.1", "::1")  # noqa: E731
    given = {"allows": allows, "port": port, "context": trusted, **more}
    fetching.fetch(f"https://localhost{path}", into, **given)
    return into.read()


def test_a_file_is_read_also_where_it_moved_to(port, certificate):
    assert read("/good", port, certificate) == b"country,year\n"
    assert read("/moved", port, certificate) == b"country,year\n"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/inward", "private network"), ("/plain", "only https:// is"), ("/round", "without an end"),
        ("/unparsed", "not written as"), ("/name", "not known|not written"), ("/gone", "status 404"),
        ("/cut", "broke off"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(path, says, port, certificate):
    with pytest.raises(Broken, match=says):
        read(path, port, certificate)


def test_size_and_time_are_bounded(port, certificate, settings):
    with pytest.raises(Broken, match="too slowly"):
        read("/large", port, certificate, seconds=-1)
    settings.SYSTEM_MAX_BYTES = 1000
    with pytest.raises(Broken, match="larger"):
        read("/large", port, certificate)


@pytest.mark.parametrize("path", list(DRIPPING))
def test_an_address_that_goes_on_and_on_is_left_in_time(path, port, certificate):
    begun = time.monotonic()
    with pytest.raises(Broken, match="too slowly"):
        read(path, port, certificate, seconds=0.5)
    assert time.monotonic() - begun < 3


def test_an_address_that_takes_the_call_and_says_nothing_is_left_in_time(certificate):
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Broken, match="too slowly"):
        read("/good", silent.getsockname()[1], certificate, seconds=0.3)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("path", ["/migración.csv?año=1&b=%25", "/letters"])
def test_letters_of_any_language_may_stand_in_an_address(path, port, certificate):
    assert read(path, port, certificate) == b"letters\n"


def test_who_cannot_prove_who_they_are_is_not_believed(port, certificate):
    with pytest.raises(Broken, match="certificate"):
        read("/good", port, certificate, context=ssl.create_default_context())


def test_this_machine_is_not_read_unless_a_test_allows_it(port, certificate):
    with pytest.raises(Broken, match="private network"):
        read("/good", port, certificate, allows=fetching.is_public)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "ff02::1",
        "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "::10.0.0.1", "2001:0:a00:1::1", "2001:0:808:808::f5ff:fffe",
    ],
)  # fmt: skip
def test_inner_addresses_are_not_public(address):
    assert not fetching.is_public(address)


def test_outer_addresses_are_public():
    assert fetching.is_public("200.10.229.1")
    assert fetching.is_public("2606:2800:220:1::1")
    assert fetching.is_public("64:ff9b::8.8.8.8"), "so an IPv4 host is named where there is IPv6 only"


@pytest.mark.parametrize(
    "address",
    ["http://oas.example/x", "https://oas.example:8443/x", "https://me:secret@oas.example/", "file:///etc/passwd",
     "https:///x",
     "https://oas.example:x/"],
)  # fmt: skip
def test_addresses_that_are_never_read_are_not_kept(address):
    with pytest.raises(ValidationError):
        fetching.check_address(address)
