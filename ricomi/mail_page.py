"""The page on which the demonstration's mail is read. Outside the demonstration it does not exist."""

from __future__ import annotations

import datetime
import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

PER_PAGE = 50
SHOWN = ("From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Language")


@dataclass(frozen=True)
class Mail:
    """One caught letter: the file's name and what a list shows of it."""

    name: str
    at: datetime.datetime
    to: str
    subject: str
    language: str


def urls() -> list[URLPattern | URLResolver]:
    """The page's addresses; none unless this is the demonstration."""
    if not settings.DEMO:
        return []
    own = [
        path("", listing, name="list"),
        path("<str:name>/", show, name="show"),
        path("<str:name>/formatted/", formatted, name="formatted"),
    ]
    return [path("mail/", include((own, "mail"), namespace="mail"))]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All caught letters, the newest first; those to one address with `?to=`."""
    mails = [_summary(file, file.stat().st_mtime_ns) for file in _files().values()]
    mails.sort(key=lambda mail: (mail.at, mail.name), reverse=True)
    address = request.GET.get("to", "")
    chosen = [mail for mail in mails if not address or address == mail.to]
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    addresses = sorted({mail.to for mail in mails})
    return render(request, "notifications/mail.html", {"page": page, "addresses": addresses, "address": address})


@require_safe
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One letter: its headers and its text."""
    file = _file(name)
    message = _parsed(file)
    context = {
        "mail": _summary(file, file.stat().st_mtime_ns),
        "headers": [(header, str(message[header])) for header in SHOWN if message[header]],
        "text": _part(message, "plain"),
        "html": bool(_part(message, "html")),
    }
    return render(request, "notifications/mail_one.html", context)


@require_safe
def formatted(_request: HttpRequest, name: str) -> HttpResponse:
    """The letter's HTML by itself, in a sandbox: no script runs, nothing is loaded, it has no part in the site."""
    html = _part(_parsed(_file(name)), "html")
    if not html:
        raise Http404
    policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return HttpResponse(html, headers={"Content-Security-Policy": policy})


def _files() -> dict[str, Path]:
    """The caught letters by name. Raises Http404 outside the demonstration."""
    if not settings.DEMO:
        raise Http404
    return {file.stem: file for file in (settings.DATA_DIR / "mail").glob("*.eml") if file.is_file()}


def _file(name: str) -> Path:
    """A letter's file, looked up among those there are, so that a name never becomes a path."""
    try:
        return _files()[name]
    except KeyError:
        raise Http404 from None


def _parsed(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=email.policy.default)


@lru_cache(maxsize=5000)
def _summary(file: Path, changed: int) -> Mail:
    """What a list shows; kept as long as the file is unchanged (`changed` is in nanoseconds)."""
    message = _parsed(file)
    at = datetime.datetime.fromtimestamp(changed / 1e9, tz=datetime.UTC)
    to, subject, language = (
        str(message[header] or "").strip() for header in ("X-Envelope-To", "Subject", "Content-Language")
    )
    return Mail(file.stem, at, to or str(message["To"] or ""), subject, language)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""
