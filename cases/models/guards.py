"""Triggers by which the database itself holds the record to the gate."""

from __future__ import annotations

import pgtrigger


def stage_needs_entry(kind: str) -> list[pgtrigger.Trigger]:
    """Refuse, at commit, a stage that no timeline entry of the same transaction brought about.

    `kind` is the subject's name in the timeline, e.g. `case` for entries about `case:12`.
    """
    return [
        pgtrigger.Trigger(
            name=f"{kind}_stage_needs_entry",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("stage"),
            timing=pgtrigger.Deferred,
            declare=[("last", "RECORD"), ("current", "TEXT")],
            # At commit the row as it then stands counts, not each of its states on the way there.
            func=f"""
                EXECUTE format('SELECT stage FROM %I WHERE id = $1', TG_TABLE_NAME) INTO current USING NEW.id;
                SELECT stage_to, transaction INTO last FROM workflows_entry
                WHERE subject = '{kind}:' || NEW.id ORDER BY id DESC LIMIT 1;
                IF NOT FOUND OR last.stage_to <> current
                   OR last.transaction <> pg_current_xact_id()::text::bigint THEN
                    RAISE EXCEPTION 'the stage of {kind} % may only be written through the gate', NEW.id
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NULL;
            """,
        ),
        pgtrigger.Protect(name=f"{kind}_is_never_deleted", operation=pgtrigger.Delete),
    ]
