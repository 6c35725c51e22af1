"""A mail server that delivers nothing: it keeps each message as a file, for the demo's page and for the tests."""

import asyncio
import itertools
import os
import socket
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
USUAL_PORT = 1025


class _Keeper:
    """What aiosmtpd calls for each message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (their name)
        """Write the message whole under its final name, or answer that it was not taken."""
        now = datetime.now(UTC)
        path = self.folder / f"{now:%Y%m%dT%H%M%S.%f}-{os.getpid()}-{next(self.count)}.eml"
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        # Who it went to is said by the envelope alone: a blind copy is in no header.
        trace = "".join(f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos)
        trace += f"X-Envelope-From: {envelope.mail_from or ''}\r\nX-Received: {format_datetime(now)}\r\n"
        try:
            await asyncio.to_thread(_write, path, trace.encode() + content)
        except OSError as error:
            return f"452 The message can't be kept: {error.strerror}"
        return "250 Kept"


def _write(path: Path, content: bytes) -> None:
    half = path.with_suffix(".new")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    half.rename(path)


class Catcher:
    """An SMTP server on this machine alone, keeping messages as `folder`/*.eml; usable in a with statement."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Listen on `port`, or on the usual one, or where that is taken on any that is free."""
        self.folder = Path(folder)
        self.port = port or _free_port()
        self._controller: Any = None

    def start(self) -> None:
        """Begin to take messages. Raises OSError when the port is taken or the folder can't be written."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._controller = Controller(
            _Keeper(self.folder), hostname=HOST, port=self.port, enable_SMTPUTF8=True, ready_timeout=10
        )
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; safe to call twice."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def messages(self) -> list[Path]:
        """What was caught, oldest first."""
        return sorted(self.folder.glob("*.eml"))

    def __enter__(self) -> "Catcher":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def _free_port() -> int:
    for candidate in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {HOST}")
