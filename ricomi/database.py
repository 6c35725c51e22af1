"""Which PostgreSQL serves: the one that DATABASE_URL names, else one of our own that lives in the data folder.

Nothing here starts a server when settings are imported: the embedded server starts with the first connection
(see ricomi/postgres/base.py), and stops when the last process that uses it ends.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from ricomi.postgres.server import Address, Server, Unavailable

__all__ = ["Address", "Server", "Unavailable", "local_secret", "server", "settings", "start", "stop"]

SCHEMES = ("postgres", "postgresql")
CONNECTION_SECONDS = 60

# For a folder that can't be written (a check run by another user): one key for as long as this process lives.
_passing_secret = secrets.token_urlsafe(64)


def settings(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's DATABASES entry: `url` as postgres://user:password@host:port/name?options, or "" for our own server.

    Raises ImproperlyConfigured when the address is of another form; the message never holds the password.
    """
    common: dict[str, Any] = {"CONN_MAX_AGE": CONNECTION_SECONDS, "CONN_HEALTH_CHECKS": True}
    if not url:
        return {"ENGINE": "ricomi.postgres", "NAME": "ricomi", "DATA_DIR": str(data_dir), **common}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL is not an address: postgres://user:password@host:port/name") from None
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in SCHEMES or not name or "/" in name:
        raise ImproperlyConfigured("DATABASE_URL must have the form postgres://user:password@host:port/name?options")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        **common,
    }


def server(data_dir: Path, *, disposable: bool = False) -> Server:
    """The embedded server of this data folder, running or not; `disposable` trades safety in a power cut for speed."""
    return Server.of(data_dir, disposable=disposable)


def start(data_dir: Path, report: Callable[[str], None] = lambda line: None, *, disposable: bool = False) -> Address:
    """Have the embedded server running for this process, and tell `report` what takes time.

    Raises Unavailable, in one line that says what to do, when it can't.
    """
    return server(data_dir, disposable=disposable).start(report)


def stop(data_dir: Path) -> None:
    """Let go of the embedded server; it stops unless another process still uses it."""
    server(data_dir).release()


def local_secret(data_dir: Path) -> str:
    """The demo's signing key: random, made at the first use, kept readable for its owner alone."""
    path = Path(data_dir) / "secret"
    try:
        return path.read_text().strip() or _passing_secret
    except FileNotFoundError:
        pass
    except OSError:
        return _passing_secret
    fresh = path.with_name(f"secret.{os.getpid()}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(_passing_secret)
        try:
            os.link(fresh, path)  # whole or not at all, and never over the key that another process just made
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return path.read_text().strip()
    except OSError:
        return _passing_secret
