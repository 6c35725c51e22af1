"""The books added up leg by leg, in Python, beside the queries of the statements."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from ricomi.fund.books import natural
from ricomi.fund.models import Leg


def reckon(*names, **where):
    """What all legs come to, by what their accounts name: `reckon("currency", "kind")[("USD", "bank")]`."""
    found = defaultdict(Decimal)
    for leg in Leg.objects.select_related("account", "posting"):
        account = leg.account
        if all(getattr(account, name) == value for name, value in where.items()):
            found[tuple(getattr(account, name) for name in names)] += natural(account.kind, leg.amount)
    return found
