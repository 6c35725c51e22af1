"""A mail server, a worker and readers for the tests of letters."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, connections
from procrastinate.contrib.django import app

from ricomi.directory.models import User


class Office:
    """A post office that takes letters over SMTP, and can be told to be busy or to know nobody."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.busy = 0
        self.unknown: dict[str, str] = {}
        self.refuses_all = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.busy:
            self.busy -= 1
            return "451 4.3.0 Busy, try again later"
        if self.refuses_all:
            return self.refuses_all
        self.taken.append(email.message_from_bytes(envelope.content, _class=EmailMessage, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    """A real SMTP server on a free port, to which the site sends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    office = Office()
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield office
    server.stop()


@pytest.fixture
def work(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets the worker do all that waits for it, what was put off until later included."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
            worker.run_worker(queues=["letters"], wait=False, install_signal_handlers=False, listen_notify=False)

    return run


@pytest.fixture(autouse=True)
def no_old_jobs(request: pytest.FixtureRequest) -> None:
    """Jobs are in tables that no test flushes: none may stay from the test before."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        with connection.cursor() as cursor:
            cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")


@pytest.fixture
def reader() -> Callable[..., User]:
    """Creates people: `reader("ana", language="pt")`."""

    def create(account: str = "ana", **fields: Any) -> User:
        address = fields.pop("email", f"{account}@delegation.example")
        return User.objects.create_user(address, fields.pop("name", account.title()), **{"language": "en"} | fields)

    return create
