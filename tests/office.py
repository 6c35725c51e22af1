"""A mail server for tests: it takes letters over SMTP and keeps them."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from django.db import connection
from procrastinate.contrib.django import app


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


@contextlib.contextmanager
def serving(settings: Any) -> Iterator[Office]:
    """A post office on a free port, to which the site with these settings sends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    office = Office()
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    try:
        yield office
    finally:
        server.stop()


def send_waiting(**how: Any) -> None:
    """Let a worker send every letter that waits. Raises what the worker raised."""
    work_off("letters", **how)


def work_off(queue: str, **how: Any) -> None:
    """Let a worker do all that waits in a queue. Raises what the worker raised.

    In a thread of its own: a browser's driver may keep an event loop in this one.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
                worker.run_worker(queues=[queue], wait=False, install_signal_handlers=False, **how)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(120)
    assert not thread.is_alive()
    for failure in failures:
        raise failure
