"""Reading an address of the outer world: by https, within bounds, and never one of this machine or its network."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import IO
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ricomi.systems.reading.faults import Broken

PORT = 443
REDIRECTS = 3
SECONDS, ALL_SECONDS = 20, 600
PIECE = 64 * 1024
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Signs of an address that stay as they are; all others are written by their bytes.
SIGNS = "/%:@!$&'()*+,;=~?[]#"
_MOVED = {301, 302, 303, 307, 308}

Allows = Callable[[str], bool]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the outer world, and so is each one that it leads on to."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if inner := _within(found):
        return all(is_public(str(one)) for one in inner)
    return found.is_global and not found.is_multicast and not found.is_reserved


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses to which an IPv6 address leads: mapped, 6to4, Teredo (RFC 4380) or NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    if address in NAT64:
        return [ipaddress.IPv4Address(address.packed[-4:])]
    return [one for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if one is not None]


def check_address(address: str) -> None:
    """Raises ValidationError for an address that is never read, before it is resolved."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme == "https" and bool(parts.hostname) and parts.port in (None, PORT)
    except ValueError:
        sound = False
    if not sound:
        raise ValidationError(_("Only addresses that begin with https:// are read, without a port of their own."))
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("The address must not hold a name or password."))


def fetch(
    address: str, into: IO[bytes], *, allows: Allows = is_public, port: int = PORT,
    context: ssl.SSLContext | None = None, seconds: float = ALL_SECONDS,
) -> None:  # fmt: skip
    """Write what stands at an address into a file, from its beginning. `seconds` bound the whole of it.

    Raises Broken when it cannot be had, is too large or too slow, or when it, or an address to which it leads, is none
    that may be read. The name is resolved once, and the address that was looked at is the one that is connected to.
    """
    until = time.monotonic() + seconds
    for _step in range(REDIRECTS + 1):
        try:
            check_address(address)
        except ValidationError:
            raise Broken(gettext_noop("The address leads to one that is not read: only https:// is.")) from None
        try:
            leads = _read(address, into, allows, port, context or ssl.create_default_context(), until)
        except ssl.SSLError:
            raise Broken(gettext_noop("The address does not prove who it is: its certificate is not valid.")) from None
        except TimeoutError:
            raise _too_slow() from None
        except (ValueError, http.client.InvalidURL):
            raise _no_address() from None
        except (OSError, http.client.HTTPException):
            raise Broken(gettext_noop("Nobody answers at the address.")) from None
        if leads is None:
            return
        try:
            address = urljoin(address, leads)
        except ValueError:
            raise _no_address() from None
    raise Broken(gettext_noop("The address leads from one to another without an end."))


def _read(
    address: str, into: IO[bytes], allows: Allows, port: int, context: ssl.SSLContext, until: float
) -> str | None:
    """Read an address; where it leads to, when it leads elsewhere."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    connection = _Pinned(host, port, _resolved(host, port, allows), context, until)
    try:
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=SIGNS)
        connection.request("GET", path, headers={"User-Agent": "RICOMI", "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        if answer.status in _MOVED and (leads := answer.getheader("Location")):
            # Headers are read byte by byte, whatever they are written in.
            return quote(leads, safe=SIGNS, encoding="latin-1")
        if answer.status != 200:
            raise Broken(gettext_noop("The address answers with the status %(status)d."), status=answer.status)
        _keep(answer, into, connection)
        return None
    except (OSError, http.client.HTTPException):
        if connection.is_late:
            raise _too_slow() from None
        raise
    finally:
        connection.end()


def _keep(answer: http.client.HTTPResponse, into: IO[bytes], connection: _Pinned) -> None:
    stated, size = answer.length, 0
    while piece := answer.read1(PIECE):
        size += len(piece)
        if size > settings.SYSTEM_MAX_BYTES:
            raise Broken(gettext_noop("What stands at the address is larger than can be read."))
        into.write(piece)
    # A connection that was cut because it was late ends as one whose other end has said all.
    if connection.is_late:
        raise _too_slow()
    if stated is not None and size < stated:
        raise Broken(gettext_noop("The address broke off before all had come."))
    into.seek(0)


def _resolved(host: str, port: int, allows: Allows) -> str:
    """The address of a host. Raises Broken when any that its name has is not of the outer world."""
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Broken(gettext_noop("The name of the address is not known.")) from None
    if not found or not all(allows(one) for one in found):
        raise Broken(gettext_noop("The address is one of a private network, which is never read."))
    return min(found, key=lambda one: (":" in one, one))


class _Pinned(http.client.HTTPSConnection):
    """A connection to the very address that was looked at, which proves that it is the host that was named.

    It is cut when its time is over, whatever it is waiting for then: a limit for each read would let an address that
    says a byte now and then go on without an end.
    """

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext, until: float) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self._address, self._proof, self._until = address, context, until
        self._clock = threading.Timer(max(until - time.monotonic(), 0), self._cut)
        self._clock.daemon = True

    @property
    def is_late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() >= self._until

    def connect(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        plain = socket.create_connection((self._address, self.port), min(SECONDS, left))
        plain.settimeout(SECONDS)
        sock = self._proof.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = self._open = sock
        self._clock.start()
        sock.do_handshake()

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            # Of the socket itself: that of TLS would take away what another thread reads from.
            socket.socket.shutdown(self._open, socket.SHUT_RDWR)

    def end(self) -> None:
        """Close it for good; `close` is called already when an answer takes the connection over."""
        self._clock.cancel()
        self.close()


def _no_address() -> Broken:
    return Broken(gettext_noop("The address, or one to which it leads, is not written as an address is."))


def _too_slow() -> Broken:
    return Broken(gettext_noop("The address answers too slowly."))
