"""Issuing papers: in four languages at once, under one code, in the transaction of what they bear witness to."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from babel import dates
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.types import JSONDict

from ricomi import l10n
from ricomi.papers import codes
from ricomi.papers.models import Paper
from ricomi.papers.tasks import render_paper
from ricomi.printable import clean


class NotReady(Exception):
    """The file of a paper is still being made."""


def issue(
    kind: str,
    about: str,
    number: str,
    date: datetime.date,
    make: Callable[[str], dict[str, Any]],
    *,
    at: datetime.datetime,
    summarise: Callable[[str], Iterable[tuple[str, str]]] | None = None,
) -> list[Paper]:
    """Issue a paper in each of the four languages and queue the making of their files; to be called in a transaction.

    `kind` names a template in templates/papers, `about` is the reference of what the paper is on, `at` the moment that
    the files bear. `make` is called once a language, with that language active, and returns what the template sets:
    texts, numbers, lists and dicts, with the paper's `title` among them. `summarise` returns pairs of a label and a
    text in the same way: what everybody who has the code may read, so no names of people.
    Raises IntegrityError when the kind has a paper of that number.
    """
    code, papers = codes.new(), []
    for language, _name in l10n.LANGUAGES:
        with translation.override(language):
            body, summary = make(language), list(summarise(language)) if summarise else []
            frame = _frame(language, number, date, code)
        papers.append(
            Paper(
                kind=kind,
                about=about,
                number=number,
                date=date,
                language=language,
                issued_at=at,
                code=code,
                data=clean({"body": body, "frame": frame}),
                summary=clean(summary),
            )
        )
    Paper.objects.bulk_create(papers)
    jobs: list[JSONDict] = [{"paper_id": paper.pk} for paper in papers]
    render_paper.batch_defer(*jobs)
    return papers


def pdf(paper: Paper) -> bytes:
    """The file of a paper. Whoever hands it out asks first who may have it. Raises NotReady before it was made."""
    if paper.pdf is None:
        raise NotReady(str(paper))
    return bytes(paper.pdf)


def _frame(language: str, number: str, date: datetime.date, code: str) -> dict[str, Any]:
    """What the sheet around the paper's text says, in the language that is active."""
    return {
        "language": language,
        "number": number,
        "date": dates.format_date(date, "long", locale=l10n.locale()),
        "code": codes.grouped(code),
        "address": settings.SITE_URL + reverse("papers:code", args=[codes.grouped(code)]),
        "words": {
            "network": _("Inter-American Network for Cooperation on Migration"),
            "page": _("Page %(page)s of %(pages)s"),
            "code": _("Verification code"),
            "verify": _("Verify this document at"),
            "verification": _("Verification"),
            "qr": _("QR code with the address at which this document is verified"),
            "anyone": _(
                "Anybody may verify that this document is genuine and unaltered: open this address, or scan the "
                "square, and hand in the file."
            ),
        },
    }
