"""Triggers by which the database itself keeps the ledger: what may move where, append-only, balances, two people.

The functions in `ledger` refuse first, in the reader's words; these refuse whoever comes another way.
"""

from __future__ import annotations

import pgtrigger

# Which way each kind of posting may go. One table for the trigger and for whoever wants to read it.
ROUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "contribution": (("outside", "available"),),
    "reservation": (("available", "reserved"),),
    "return_to_fund": (("reserved", "available"),),
    "advance": (("reserved", "advanced"),),
    "recovery": (("advanced", "reserved"),),
    "settlement": (("advanced", "spent"), ("reserved", "spent")),
    "disbursement": (("reserved", "spent"),),
    "refund": (("available", "outside"),),
}

_ROUTES_SQL = ", ".join(
    f"('{kind}', '{source}', '{target}')" for kind, ways in ROUTES.items() for source, target in ways
)

ACCOUNT_OPENS_EMPTY = pgtrigger.Trigger(
    name="account_opens_empty",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NEW.balance <> 0 THEN
            RAISE EXCEPTION 'an account opens with a balance of zero'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    """,
)

ACCOUNT_MOVES_BY_POSTING = pgtrigger.Trigger(
    name="account_moves_by_posting",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    # Depth 1 is a statement of our own; only the posting's trigger reaches an account from within (depth 2).
    func="""
        IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2
           OR (NEW.id, NEW.kind, NEW.case_reference, NEW.trip_reference, NEW.currency)
              IS DISTINCT FROM (OLD.id, OLD.kind, OLD.case_reference, OLD.trip_reference, OLD.currency) THEN
            RAISE EXCEPTION 'account % changes by a posting only', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    """,
)

POSTING_IS_SOUND = pgtrigger.Trigger(
    name="posting_is_sound",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("origin", "RECORD"), ("destination", "RECORD"), ("pledge", "RECORD"), ("paid_in", "NUMERIC")],
    func=f"""
        -- Both accounts are locked before anything is read that a posting at the same moment might change.
        PERFORM 1 FROM fund_account WHERE id IN (NEW.source_id, NEW.target_id) ORDER BY id FOR NO KEY UPDATE;
        SELECT * INTO origin FROM fund_account WHERE id = NEW.source_id;
        SELECT * INTO destination FROM fund_account WHERE id = NEW.target_id;
        IF origin.id IS NULL OR destination.id IS NULL THEN
            RAISE EXCEPTION 'a posting needs two accounts' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF origin.currency <> NEW.currency OR destination.currency <> NEW.currency THEN
            RAISE EXCEPTION 'a posting moves one currency' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF (NEW.kind, origin.kind, destination.kind) NOT IN ({_ROUTES_SQL}) THEN
            RAISE EXCEPTION 'a % does not go from % to %', NEW.kind, origin.kind, destination.kind
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT (origin.case_reference IN ('', NEW.case_reference)
                AND destination.case_reference IN ('', NEW.case_reference)
                AND (origin.case_reference <> '' OR destination.case_reference <> '' OR NEW.case_reference = '')
                AND origin.trip_reference IN ('', NEW.trip_reference)
                AND destination.trip_reference IN ('', NEW.trip_reference)
                AND (origin.trip_reference <> '' OR destination.trip_reference <> '' OR NEW.trip_reference = '')) THEN
            RAISE EXCEPTION 'a posting stays within its case and trip'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.kind = 'contribution' THEN
            SELECT * INTO pledge FROM fund_contribution WHERE id = NEW.contribution_id;
            IF pledge.id IS NULL OR pledge.donor_id <> NEW.donor_id OR pledge.amount <> NEW.amount
               OR pledge.currency <> NEW.currency THEN
                RAISE EXCEPTION 'a contribution is received as it was recorded'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        IF NEW.kind = 'refund' THEN
            SELECT coalesce(sum(CASE kind WHEN 'contribution' THEN amount ELSE -amount END), 0) INTO paid_in
            FROM fund_posting
            WHERE donor_id = NEW.donor_id AND currency = NEW.currency AND kind IN ('contribution', 'refund');
            IF paid_in < NEW.amount THEN
                RAISE EXCEPTION 'a donor is refunded at most what they paid in'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        IF NEW.kind IN ('advance', 'settlement', 'disbursement') AND EXISTS (
            SELECT 1 FROM fund_posting
            WHERE case_reference = NEW.case_reference AND kind = 'reservation' AND made_by_id = NEW.approved_by_id
        ) THEN
            RAISE EXCEPTION 'nobody releases what they themselves reserved'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    """,
)

POSTING_MOVES_BALANCES = pgtrigger.Trigger(
    name="posting_moves_balances",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    # After the row, not before: an insert that ON CONFLICT drops must not have moved anything.
    func="""
        UPDATE fund_account
        SET balance = balance + CASE WHEN id = NEW.target_id THEN NEW.amount ELSE -NEW.amount END
        WHERE id = least(NEW.source_id, NEW.target_id);
        UPDATE fund_account
        SET balance = balance + CASE WHEN id = NEW.target_id THEN NEW.amount ELSE -NEW.amount END
        WHERE id = greatest(NEW.source_id, NEW.target_id);
        RETURN NULL;
    """,
)

POSTING_IS_APPEND_ONLY = pgtrigger.Protect(name="posting_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)

CONTRIBUTION_KEEPS_ITS_WORD = pgtrigger.Trigger(
    name="contribution_keeps_its_word",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    # What was received is in the ledger: its donor, amount and currency are facts from then on.
    func="""
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a contribution is withdrawn, never deleted'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF (NEW.id, NEW.reference, NEW.donor_id, NEW.amount, NEW.currency)
           IS DISTINCT FROM (OLD.id, OLD.reference, OLD.donor_id, OLD.amount, OLD.currency)
           AND EXISTS (SELECT 1 FROM fund_posting WHERE contribution_id = OLD.id) THEN
            RAISE EXCEPTION 'a received contribution stays as it was recorded'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    """,
)

CONTRIBUTION_STAGE_IS_TRUE = pgtrigger.Trigger(
    name="contribution_stage_is_true",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("stage"),
    timing=pgtrigger.Deferred,
    # At commit, so that the flow may write the stage before or after the ledger has moved the money.
    declare=[("current", "TEXT"), ("posted", "BOOLEAN")],
    func="""
        SELECT stage INTO current FROM fund_contribution WHERE id = NEW.id;
        SELECT EXISTS (SELECT 1 FROM fund_posting WHERE contribution_id = NEW.id AND kind = 'contribution')
        INTO posted;
        IF current IS NOT NULL AND (current = 'received') <> posted THEN
            RAISE EXCEPTION 'a contribution is at stage received exactly when the ledger has it'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    """,
)
