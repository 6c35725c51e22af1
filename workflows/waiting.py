"""The line of cases for which the Fund lacks money, and how they are served when money comes: in its order."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from cases.models import Case
from ricomi.fund import ledger
from ricomi.fund.ledger import Purpose
from ricomi.fund.models import Account


def purpose_of(case: Case) -> Purpose:
    """What a case asks money for, against which earmarks are held."""
    return Purpose(
        case.reference,
        themes={term.pk for term in case.themes.all()},
        populations={term.pk for term in case.populations.all()},
        countries=case.party_states(),
    )


def line() -> list[Case]:
    """The cases that wait for the Fund in their order, with what their earmarks are held against."""
    return list(Case.objects.in_line().select_related(*Case.WITH).prefetch_related("themes", "populations"))


def join(case: Case, at: datetime.datetime) -> None:
    """Put a case at the end of the line; one that waits already keeps its place."""
    if case.waiting_since is None:
        case.waiting_since = at
        case.save(update_fields=["waiting_since"])


def leave(case: Case) -> None:
    """Take a case out of the line."""
    if case.waiting_since is not None:
        case.waiting_since = None
        case.save(update_fields=["waiting_since"])


def kept_before(case: Case, pots: list[Account]) -> set[int]:
    """The contributions, as keys, that are left to cases which wait before this one: all that fit one of them."""
    kept: set[int] = set()
    for other in line():
        if other.pk == case.pk or len(kept) == len(pots):
            break
        if other.currency == case.currency:
            kept |= {pot.contribution_id or 0 for pot in ledger.fitting(purpose_of(other), pots, kept)}
    return kept


def is_kept(contribution: int, currency: str) -> str | None:
    """Why available money of a contribution, by key, is not to be taken: a case in line waits for it."""
    pots = [pot for pot in ledger.pots(currency) if pot.contribution_id == contribution]
    for case in line():
        if case.currency == currency and ledger.fitting(purpose_of(case), pots):
            return str(_("The case %(case)s waits in line for this money.") % {"case": case.reference})
    return None


def available_for(case: Case) -> Decimal:
    """What the Fund can give to a case now: its earmarks fit, and nobody who waits before it needs it."""
    pots = ledger.pots(case.currency)
    return ledger.total(ledger.fitting(purpose_of(case), pots, kept_before(case, pots)))


def serve_who_waits(currency: str) -> None:
    """Have the workers look, after this transaction, who in the line can be served with what has come."""
    serve.defer(currency=currency)


@app.task(queue="clock", pass_context=False)
def serve(currency: str) -> int:
    """Serve who waits in a currency, in the order of the line. Returns how many were served."""
    from workflows import gate

    served = 0
    for case in line():
        if case.currency != currency or available_for(case) < (case.amount_proposed or 0):
            continue
        with transaction.atomic():
            try:
                gate.act(None, case, "contributions", "serve", channel="clock")
                served += 1
            except gate.Refused:
                # It lacks money still, or somebody took it out of the line; what fits it is kept for it.
                continue
    return served
