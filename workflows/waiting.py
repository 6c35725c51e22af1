"""The line of cases for which the Fund lacks money, and how they are served when money comes: in its order."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db import transaction
from procrastinate.contrib.django import app

from cases.models import Case, Stage
from ricomi.fund import ledger


def line() -> list[Case]:
    """The cases that wait for the Fund, whoever began to wait first at the head."""
    waiting = Case.objects.filter(stage=Stage.WAITING, waiting_since__isnull=False)
    return list(waiting.prefetch_related("themes", "populations").order_by("waiting_since", "pk"))


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


def kept_before(case: Case) -> set[int]:
    """The contributions, as keys, that are left to cases which wait before this one: all that fit one of them."""
    return {pot for other in _before(case) for pot in _fitting(other)}


def _before(case: Case) -> Iterator[Case]:
    for other in line():
        if other.pk == case.pk:
            return
        if other.currency == case.currency:
            yield other


def _fitting(case: Case) -> list[int]:
    from workflows.money import purpose_of

    return [pot.contribution_id or 0 for pot in ledger.pots_for(purpose_of(case), case.currency)]


def serve_who_waits(currency: str) -> None:
    """Have the workers look, after this transaction, who in the line can be served with what has come."""
    serve.defer(currency=currency)


@app.task(queue="clock", pass_context=False)
def serve(currency: str) -> int:
    """Serve who waits in a currency, in the order of the line. Returns how many were served."""
    from workflows import gate

    served = 0
    for case in line():
        if case.currency != currency:
            continue
        with transaction.atomic():
            try:
                gate.act(None, case, "contributions", "serve", channel="clock")
                served += 1
            except gate.Refused:
                # It lacks money still, or somebody took it out of the line; what fits it is kept for it.
                continue
    return served
