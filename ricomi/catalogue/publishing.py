"""The one way by which a closed case's result becomes public."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction

from ricomi import l10n
from ricomi.catalogue.models import Initiative, Term


@transaction.atomic
def publish(
    *,
    origin: str,
    title: str,
    summary: str,
    results: str,
    language: str,
    requesting_state: str,
    offering_state: str,
    themes: Iterable[Term | str],
    lessons: str = "",
    populations: Iterable[Term | str] = (),
    started_on: datetime.date | None = None,
    ended_on: datetime.date | None = None,
    amount_spent: Decimal = Decimal(0),
    currency: str = "USD",
) -> Initiative:
    """Publish the result of the case whose reference is `origin`; once, however often it is called.

    States are given by ISO code, terms as rows or codes, the amount in units of its currency.
    The result that was published first stands; a later call returns it unchanged.
    Raises ValueError for a currency, a language or a term that is not known.
    """
    if not l10n.is_currency(currency):
        raise ValueError(f"{currency!r} is not a currency of ISO 4217.")
    if language not in dict(l10n.LANGUAGES):
        raise ValueError(f"{language!r} is not a language of the network.")
    initiative, new = Initiative.objects.get_or_create(
        origin=origin,
        defaults={
            "title": title,
            "summary": summary,
            "results": results,
            "lessons": lessons,
            "language": language,
            "requesting_state_id": requesting_state,
            "offering_state_id": offering_state,
            "started_on": started_on,
            "ended_on": ended_on,
            "year": (ended_on or l10n.today()).year,
            "amount_spent": amount_spent,
            "currency": currency,
        },
    )
    if new:
        initiative.themes.set(_terms(Term.Kind.THEME, themes))
        initiative.populations.set(_terms(Term.Kind.POPULATION, populations))
    return initiative


def _terms(kind: str, given: Iterable[Term | str]) -> list[Term]:
    """The terms of a kind that are given as rows or codes; raises ValueError for one that is not of it."""
    codes = {term.pk if isinstance(term, Term) else term for term in given}
    terms = list(Term.objects.filter(kind=kind, pk__in=codes))
    if unknown := codes - {term.pk for term in terms}:
        raise ValueError(f"{', '.join(sorted(unknown))!r} is not a {kind} of the thesaurus.")
    return terms
