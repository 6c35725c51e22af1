"""Reading the ledger: what is there, now or at the end of any past day, and whether it holds."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from ricomi.fund import chart
from ricomi.fund.amounts import ZERO
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.models import Account, Held, Posting


def natural(kind: str, balance: Decimal) -> Decimal:
    """An account's balance as people say it: what is available is above zero, though the ledger holds it as credit."""
    return -balance if kind in chart.CREDIT else balance


def holding(*kinds: Kind, **where: Any) -> Decimal:
    """What the accounts of some kinds, all debits or all credits, hold together now, as people say it."""
    total = Account.objects.filter(kind__in=kinds, **where).aggregate(total=Sum("balance"))["total"] or ZERO
    return natural(kinds[0], total)


def available(currency: str) -> Decimal:
    """What the Fund can still give in a currency, for whatever purpose."""
    return holding(Kind.AVAILABLE, currency=currency)


def left(case: str) -> Decimal:
    """What is set aside for a case and not used, in its currency: reserved or committed."""
    return holding(Kind.RESERVED, Kind.COMMITTED, case_reference=case)


def committed(case: str) -> Decimal:
    """What is committed to a case and not used, in its currency: what can be released."""
    return holding(Kind.COMMITTED, case_reference=case)


def outstanding_advance(trip: str) -> Decimal:
    """What a traveller holds for a trip and has not accounted for or paid back."""
    return holding(Kind.ADVANCES, trip_reference=trip)


def outstanding_advances(case: str) -> Decimal:
    """What all travellers of a case hold and have not accounted for."""
    return holding(Kind.ADVANCES, case_reference=case)


def to_be_paid(case: str) -> Decimal:
    """What was released for a case and the bank has not paid yet."""
    return holding(Kind.PAYABLE, case_reference=case)


def spent_by_line(case: str) -> dict[str, Decimal]:
    """What is spent for a case by line of its budget, in its currency; under the empty line what no line planned."""
    found = Account.objects.filter(kind=Kind.EXPENSES, case_reference=case).values_list("line", "balance")
    return defaultdict(Decimal, {line: natural(Kind.EXPENSES, held) for line, held in found})


def knows(bank_reference: str, currency: str) -> bool:
    """Whether money that the bank names so is in the books: received, come back, or exchanged."""
    came = (Movement.RECEIPT, Movement.RECOVERY, Movement.CONVERSION)
    return Posting.objects.filter(bank_reference=bank_reference, currency=currency, kind__in=came).exists()


@dataclass(frozen=True)
class CaseMoney:
    """What the Fund set aside and paid for one case, in the case's currency, with every posting."""

    reserved: Decimal
    committed: Decimal
    advanced: Decimal
    to_pay: Decimal
    spent: Decimal
    returned: Decimal
    postings: list[Posting]


def of_case(case: str) -> CaseMoney:
    """What the Fund did for a case, in two queries."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    for kind, balance in Account.objects.filter(case_reference=case).values_list("kind", "balance"):
        held[kind] += natural(kind, balance)
    postings = list(Posting.objects.of_case(case))
    returned = sum((p.amount for p in postings if p.kind == Movement.RETURN_TO_FUND), ZERO)
    return CaseMoney(
        held[Kind.RESERVED], held[Kind.COMMITTED], held[Kind.ADVANCES], held[Kind.PAYABLE], held[Kind.EXPENSES],
        returned, postings,
    )  # fmt: skip


def position(on: datetime.date | None = None) -> dict[str, dict[str, Decimal]]:
    """The Fund per currency and kind of account, at the end of a day (UTC), or now: one query, however many postings.

    Every amount is as people say it (`natural`); a kind that never moved is zero.
    """
    found: dict[str, dict[str, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_POSITION, {"kinds": [kind.value for kind in Kind], "on": on or datetime.date.max})
        for currency, kind, held in cursor.fetchall():
            row = found.setdefault(currency, {one.value: ZERO for one in Kind})
            row[kind] = natural(kind, held)
    return found


# A look-up for each kind and currency: the days that lie between are not read.
_POSITION = """
    SELECT c.currency, k.kind, t.balance
    FROM (SELECT DISTINCT currency FROM fund_account WHERE kind IN ('bank', 'pledges')) AS c
    CROSS JOIN unnest(%(kinds)s::text[]) AS k(kind)
    CROSS JOIN LATERAL (
        SELECT balance FROM fund_total t
        WHERE t.kind = k.kind AND t.currency = c.currency AND t.day <= %(on)s ORDER BY t.day DESC LIMIT 1
    ) AS t
    ORDER BY c.currency
"""


def balance(account: Account, on: datetime.date) -> Decimal:
    """What an account held at the end of a day (UTC), a debit positive: one look-up, however many postings."""
    held = Held.objects.filter(account=account, day__lte=on).order_by("-day").values_list("balance", flat=True).first()
    return held if held is not None else ZERO


@dataclass(frozen=True)
class Flaw:
    """Something in the ledger that does not hold: where, what stands there, what the legs say."""

    where: str
    stands: Decimal
    counted: Decimal


_CHECKS: dict[str, str] = {
    # Each posting by itself, by currency and set of accounts.
    "posting": """
        SELECT p.id || ' ' || a.currency, 0, abs(sum(l.amount) FILTER (WHERE a.kind = ANY(%(proper)s)))
            + abs(sum(l.amount) FILTER (WHERE a.kind = ANY(%(budget)s)))
        FROM fund_posting p JOIN fund_leg l ON l.posting_id = p.id JOIN fund_account a ON a.id = l.account_id
        GROUP BY p.id, a.currency
        HAVING coalesce(sum(l.amount) FILTER (WHERE a.kind = ANY(%(proper)s)), 0) <> 0
            OR coalesce(sum(l.amount) FILTER (WHERE a.kind = ANY(%(budget)s)), 0) <> 0
            OR coalesce(sum(l.amount) FILTER (WHERE a.kind = ANY(%(backing)s)), 0) <> 0
    """,
    "posting without legs": """
        SELECT p.id::text, p.amount, 0 FROM fund_posting p
        WHERE NOT EXISTS (SELECT 1 FROM fund_leg l WHERE l.posting_id = p.id)
    """,
    "account": """
        SELECT a.id::text, a.balance, coalesce(sum(l.amount), 0)
        FROM fund_account a LEFT JOIN fund_leg l ON l.account_id = a.id
        GROUP BY a.id HAVING a.balance <> coalesce(sum(l.amount), 0)
    """,
    "overdrawn account": """
        SELECT a.id::text, a.balance, 0 FROM fund_account a
        WHERE (a.kind = ANY(%(debit)s) AND a.balance < 0) OR (a.kind = ANY(%(credit)s) AND a.balance > 0)
    """,
    # Each day's balance against the legs up to that day.
    "balance of a day": """
        SELECT coalesce(h.account_id, d.account_id) || ' ' || coalesce(h.day, d.day), coalesce(h.balance, 0),
               coalesce(d.balance, 0)
        FROM fund_held h FULL JOIN (
            SELECT account_id, day, sum(sum(amount)) OVER (PARTITION BY account_id ORDER BY day) AS balance
            FROM (SELECT l.account_id, (p.posted_at AT TIME ZONE 'UTC')::date AS day, l.amount
                  FROM fund_leg l JOIN fund_posting p ON p.id = l.posting_id) AS moved
            GROUP BY account_id, day
        ) AS d ON d.account_id = h.account_id AND d.day = h.day
        WHERE h.balance IS DISTINCT FROM d.balance
    """,
    "total of a day": """
        SELECT coalesce(t.kind, d.kind) || ' ' || coalesce(t.currency, d.currency) || ' ' || coalesce(t.day, d.day),
               coalesce(t.balance, 0), coalesce(d.balance, 0)
        FROM fund_total t FULL JOIN (
            SELECT kind, currency, day, sum(sum(amount)) OVER (PARTITION BY kind, currency ORDER BY day) AS balance
            FROM (SELECT a.kind, a.currency, (p.posted_at AT TIME ZONE 'UTC')::date AS day, l.amount
                  FROM fund_leg l JOIN fund_posting p ON p.id = l.posting_id
                  JOIN fund_account a ON a.id = l.account_id) AS moved
            GROUP BY kind, currency, day
        ) AS d ON d.kind = t.kind AND d.currency = t.currency AND d.day = t.day
        WHERE t.balance IS DISTINCT FROM d.balance
    """,
    "one person": """
        SELECT p.id::text, p.amount, 0 FROM fund_posting p
        WHERE p.made_by_id = p.approved_by_id OR p.also_approved_by_id IN (p.made_by_id, p.approved_by_id)
    """,
}


def flaws() -> Iterator[Flaw]:
    """Everything in the ledger that does not hold, recomputed from its legs alone; nothing when it is sound."""
    sets = {
        name: [kind.value for kind in kinds]
        for name, kinds in (
            ("proper", chart.PROPER), ("budget", chart.BUDGET), ("backing", chart.BACKING), ("debit", chart.DEBIT),
            ("credit", chart.CREDIT),
        )
    }  # fmt: skip
    for what, query in _CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query, sets if "%(" in query else None)
            for where, stands, counted in cursor.fetchall():
                yield Flaw(f"{what} {where}", stands, counted or ZERO)
