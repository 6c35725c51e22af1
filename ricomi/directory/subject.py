"""What every record that goes along a way has: the parts that flows, the gate and the pages ask of it."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

import pgtrigger
from django.db import models

from ricomi.directory.authority import fixed_body


class Subject(models.Model):
    """A record whose `stage` a flow writes and nothing else.

    A subclass has a `stage` with choices, a `reference`, a `title`, `get_absolute_url`, the names under which bodies
    take part in it (`BODIES`), the stages that end its way (`ENDED`), and, unless it goes under another record's lock,
    a manager with `visible_to(rights)`.
    """

    BODIES: ClassVar[frozenset[str]] = frozenset()
    ENDED: ClassVar[frozenset[str]] = frozenset()
    # What pages name of the record, to be fetched together with it.
    WITH: ClassVar[tuple[str, ...]] = ()

    revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def subject_key(self) -> str:
        """How the timeline names the record, such as `case:12`."""
        return f"{self._meta.model_name}:{self.pk}"

    @property
    def root(self) -> Any:
        """The record whose row every act on this one locks: itself, unless it belongs to another."""
        return self

    @property
    def has_ended(self) -> bool:
        way: Any = self
        return way.stage in self.ENDED

    def enter(self, stage: str, at: datetime.datetime) -> None:
        """Write the stage that the flow has reached; the database refuses it without the timeline's entry."""
        way: Any = self
        way.stage = stage
        way.save(update_fields=["stage", "revision"])

    def bodies(self, name: str, item: int | None = None) -> list[int]:
        """Keys of the bodies that take part under a name: here those of which the network has one."""
        key = fixed_body(name)
        return [key] if key else []

    def known_bodies(self) -> dict[int, Any]:
        """Bodies of the record that are at hand, by key: what a page need not fetch again."""
        return {}

    def party_states(self) -> set[str]:
        """Codes of the states whose reviewers are recused."""
        return set()

    def letter_facts(self) -> dict[str, str]:
        """What a letter says of the record."""
        way: Any = self
        return {"reference": way.reference, "title": way.title, "stage": str(way.get_stage_display())}


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
