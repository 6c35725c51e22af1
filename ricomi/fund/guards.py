"""Triggers by which the database itself keeps the ledger: balanced, append-only, never overdrawn, by two people.

The functions in `ledger` refuse first, in the reader's words; these refuse whoever comes another way.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import reduce

import pgtrigger
from django.db.models import Q

from ricomi.fund import chart

# One writer at a time: nothing can change between what a posting reads and what it writes, and no two wait in a circle.
TURN = "pg_advisory_xact_lock(hashtextextended('fund ledger', 0))"
REFUSED = "USING ERRCODE = 'integrity_constraint_violation'"

_NAMED = ("contribution", "case_reference", "trip_reference", "traveller", "line")
_COLUMNS = {"contribution": "contribution_id", "traveller": "traveller_id"}


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def names_what_it_is_for() -> Q:
    """The condition by which an account names exactly what `chart.NAMES` says of its kind."""

    def named(kind: chart.Kind) -> Q:
        given = Q(kind=kind)
        for name in _NAMED:
            empty = Q(**{f"{name}__isnull": True}) if name in _COLUMNS else Q(**{name: ""})
            if name == "line":
                # An expense that no line of the budget planned stands under the empty line.
                given &= empty if name not in chart.NAMES[kind] else Q()
            elif kind == chart.Kind.PAYABLE and name == "case_reference":
                given &= ~empty
            else:
                given &= ~empty if name in chart.NAMES[kind] else empty
        return given

    return reduce(operator.or_, (named(kind) for kind in chart.Kind))


def _writes_alone(name: str, what: str) -> pgtrigger.Trigger:
    """Nothing but a posting's own trigger (depth 2; a statement of our own is depth 1) writes this table."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2 THEN
                RAISE EXCEPTION '{what} is written by postings only' {REFUSED};
            END IF;
            RETURN NEW;
        """,
    )


ACCOUNT_OPENS_EMPTY = pgtrigger.Trigger(
    name="account_opens_empty",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.balance <> 0 THEN
            RAISE EXCEPTION 'an account opens with a balance of zero' {REFUSED};
        END IF;
        RETURN NEW;
    """,
)

ACCOUNT_MOVES_BY_POSTING = pgtrigger.Trigger(
    name="account_moves_by_posting",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    # The key is generated from the rest after the trigger has run.
    func=f"""
        IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2
           OR to_jsonb(NEW) - '{{balance,key}}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{{balance,key}}'::text[] THEN
            RAISE EXCEPTION 'account % changes by a posting only', OLD.id {REFUSED};
        END IF;
        RETURN NEW;
    """,
)

HELD_IS_WRITTEN_BY_POSTINGS = _writes_alone("held_is_written_by_postings", "what an account held")
TOTAL_IS_WRITTEN_BY_POSTINGS = _writes_alone("total_is_written_by_postings", "what a kind of account held")

POSTING_TAKES_ITS_TURN = pgtrigger.Trigger(
    name="posting_takes_its_turn",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("latest", "TIMESTAMPTZ")],
    func=f"""
        PERFORM {TURN};
        -- Numbered when its turn has come, so that numbers, moments and balances go up together.
        NEW.id := nextval(pg_get_serial_sequence('fund_posting', 'id'));
        NEW.transaction := pg_current_xact_id()::text::bigint;
        -- The books are written forward: whoever waited for their turn is entered when it came.
        SELECT posted_at INTO latest FROM fund_posting ORDER BY id DESC LIMIT 1;
        NEW.posted_at := greatest(NEW.posted_at, latest);
        IF NEW.kind IN ({_quoted(chart.RELEASES)}) AND NEW.case_reference <> '' AND EXISTS (
            SELECT 1 FROM fund_posting
            WHERE case_reference = NEW.case_reference AND kind = 'reservation'
              AND made_by_id IN (NEW.approved_by_id, NEW.also_approved_by_id)
        ) THEN
            RAISE EXCEPTION 'nobody releases what they themselves reserved' {REFUSED};
        END IF;
        IF NEW.kind IN ({_quoted(chart.RELEASES)}) AND NEW.also_approved_by_id IS NULL AND NEW.amount > coalesce((
            SELECT second_above FROM fund_rule
            WHERE currency = NEW.currency AND since <= (NEW.posted_at AT TIME ZONE 'UTC')::date
            ORDER BY since DESC LIMIT 1), 0) THEN
            RAISE EXCEPTION 'two people approve that much' {REFUSED};
        END IF;
        RETURN NEW;
    """,
)

POSTING_IS_APPEND_ONLY = pgtrigger.Protect(name="posting_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
LEG_IS_APPEND_ONLY = pgtrigger.Protect(name="leg_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)

_ROUTES = ", ".join(f"('{movement}', '{kind}', '{sign}')" for movement, kind, sign in chart.routes())

LEG_MOVES_BALANCES = pgtrigger.Trigger(
    name="leg_moves_balances",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="fresh"),
    declare=[("wrong", "RECORD")],
    # After the rows, not before: an insert that ON CONFLICT drops must not have moved anything.
    func=f"""
        SELECT p.kind, a.kind AS account, p.id INTO wrong
        FROM fresh l JOIN fund_posting p ON p.id = l.posting_id JOIN fund_account a ON a.id = l.account_id
        WHERE p.transaction <> pg_current_xact_id()::text::bigint
           OR (p.kind, a.kind, CASE WHEN l.amount > 0 THEN '+' ELSE '-' END) NOT IN ({_ROUTES})
           OR a.case_reference NOT IN ('', p.case_reference) OR a.trip_reference NOT IN ('', p.trip_reference)
           OR (p.kind IN ('pledge', 'write_off', 'receipt', 'conversion', 'refund')
               AND a.contribution_id <> p.contribution_id)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'posting %: a % does not move % so', wrong.id, wrong.kind, wrong.account {REFUSED};
        END IF;
        UPDATE fund_account a SET balance = balance + moved.amount
        FROM (SELECT account_id, sum(amount) AS amount FROM fresh GROUP BY account_id) AS moved
        WHERE a.id = moved.account_id;
        INSERT INTO fund_held (account_id, day, balance)
        SELECT a.id, max((p.posted_at AT TIME ZONE 'UTC')::date), a.balance
        FROM fresh l JOIN fund_posting p ON p.id = l.posting_id JOIN fund_account a ON a.id = l.account_id
        GROUP BY a.id, a.balance
        ON CONFLICT (account_id, day) DO UPDATE SET balance = excluded.balance;
        INSERT INTO fund_total (kind, currency, day, balance)
        SELECT moved.kind, moved.currency, moved.day, moved.amount + coalesce((
            SELECT t.balance FROM fund_total t
            WHERE t.kind = moved.kind AND t.currency = moved.currency ORDER BY t.day DESC LIMIT 1), 0)
        FROM (
            SELECT a.kind, a.currency, max((p.posted_at AT TIME ZONE 'UTC')::date) AS day, sum(l.amount) AS amount
            FROM fresh l JOIN fund_posting p ON p.id = l.posting_id JOIN fund_account a ON a.id = l.account_id
            GROUP BY a.kind, a.currency
        ) AS moved
        ON CONFLICT (kind, currency, day) DO UPDATE SET balance = excluded.balance;
        RETURN NULL;
    """,
)

LEG_BALANCES = pgtrigger.Trigger(
    name="leg_balances",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    declare=[("wrong", "RECORD")],
    # At commit, when all legs are there; each leg looks, so that none can be added after the others were looked at.
    func=f"""
        SELECT sums.* INTO wrong FROM (
            SELECT a.currency, p.currency = a.currency AND p.amount <> greatest(
                    sum(l.amount) FILTER (WHERE l.amount > 0 AND a.kind IN ({_quoted(chart.PROPER)})),
                    sum(l.amount) FILTER (WHERE l.amount > 0 AND a.kind IN ({_quoted(chart.BUDGET)}))) AS misstated,
                coalesce(sum(l.amount) FILTER (WHERE a.kind IN ({_quoted(chart.PROPER)})), 0) AS proper,
                coalesce(sum(l.amount) FILTER (WHERE a.kind IN ({_quoted(chart.BUDGET)})), 0) AS budget,
                coalesce(sum(l.amount) FILTER (WHERE a.kind IN ({_quoted(chart.BACKING)})), 0) AS backing
            FROM fund_leg l JOIN fund_account a ON a.id = l.account_id JOIN fund_posting p ON p.id = l.posting_id
            WHERE p.id = NEW.posting_id
            GROUP BY a.currency, p.currency, p.amount
        ) AS sums
        WHERE misstated OR proper <> 0 OR budget <> 0 OR backing <> 0
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'posting % does not balance in %', NEW.posting_id, wrong.currency {REFUSED};
        END IF;
        RETURN NULL;
    """,
)

POSTING_HAS_LEGS = pgtrigger.Trigger(
    name="posting_has_legs",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM fund_leg l JOIN fund_account a ON a.id = l.account_id
            WHERE l.posting_id = NEW.id AND a.currency = NEW.currency
        ) THEN
            RAISE EXCEPTION 'posting % moves nothing in its currency', NEW.id {REFUSED};
        END IF;
        RETURN NULL;
    """,
)

CONTRIBUTION_KEEPS_ITS_WORD = pgtrigger.Trigger(
    name="contribution_keeps_its_word",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    # What was promised is in the ledger: its donor, amount, currency and earmarks are facts from then on.
    func=f"""
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a contribution is written off, never deleted' {REFUSED};
        END IF;
        IF to_jsonb(NEW) - '{{stage,revision,likelihood,note}}'::text[]
           IS DISTINCT FROM to_jsonb(OLD) - '{{stage,revision,likelihood,note}}'::text[]
           AND EXISTS (SELECT 1 FROM fund_posting WHERE contribution_id = OLD.id) THEN
            RAISE EXCEPTION 'a contribution stays as it was recorded' {REFUSED};
        END IF;
        RETURN NEW;
    """,
)

TERMS_STAY_AS_PROPOSED = pgtrigger.Trigger(
    name="terms_stay_as_proposed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    # What one person proposed is what another approves, to the letter.
    func=f"""
        IF to_jsonb(NEW) - '{{stage,revision}}'::text[]
           IS DISTINCT FROM to_jsonb(OLD) - '{{stage,revision}}'::text[] THEN
            RAISE EXCEPTION 'terms stay as they were proposed' {REFUSED};
        END IF;
        RETURN NEW;
    """,
)
