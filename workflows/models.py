"""What the engine keeps: a subject's way through a flow, its tasks, voices, and the timeline of every act."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

import pgtrigger
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractProcess, AbstractTask
from viewflow.workflow.status import STATUS

from ricomi.directory.authority import SEE_CASES, Authority
from ricomi.directory.models import Body, User

OPEN = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)
HUMAN = "HUMAN"


class Run(AbstractProcess):
    """One subject's way through one flow, on the version of the flow that it knows."""

    subject_key = models.CharField(max_length=60, unique=True)
    root_key = models.CharField(max_length=60, db_index=True)
    version = models.PositiveSmallIntegerField()
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("run of a flow")
        verbose_name_plural = _("runs of flows")

    def __str__(self) -> str:
        return self.subject_key

    @property
    def subject(self) -> Any:
        """The record on its way, fetched once; the gate sets the row that it has locked."""
        if not hasattr(self, "_subject"):
            model, pk = self.flow_class.subject_model(), self.subject_key.split(":")[1]
            self._subject = model.objects.get(pk=pk)
        return self._subject

    @subject.setter
    def subject(self, value: Any) -> None:
        self._subject = value


class Task(AbstractTask):
    """One step under way or done. Its body must act; `scheduled` is when its next alarm rings (UTC).

    `rung` names the alarms that have rung for `due`. `rested` is for how long it was suspended so far, without the rest
    that began at `paused_at`.
    """

    process = models.ForeignKey(Run, on_delete=models.PROTECT, verbose_name=_("run"))
    data = models.JSONField(default=dict, blank=True)
    item = models.PositiveBigIntegerField(null=True, blank=True)
    due = models.DateTimeField(_("due"), null=True, blank=True)
    rung = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    rested = models.DurationField(default=datetime.timedelta(0))
    barred_people = ArrayField(models.BigIntegerField(), default=list, blank=True)
    barred_states = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    owner_permission_content_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["created", "pk"]
        indexes = [
            models.Index(
                fields=["owner_permission_obj_pk", "owner_permission", "due"],
                condition=Q(status__in=["NEW", "ASSIGNED"], flow_task_type="HUMAN", paused_at__isnull=True),
                name="worklist",
            ),
            models.Index(fields=["process", "status"], name="task_of_run"),
        ]

    @property
    def body_id(self) -> int | None:
        return int(self.owner_permission_obj_pk) if self.owner_permission_obj_pk else None

    @property
    def is_overdue(self) -> bool:
        return bool(self.due and self.due < timezone.now() and self.finished is None)


class Voice(models.Model):
    """What somebody said for a delegation in a step that several decide. Every word is kept; see `standing`."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="voices")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Whose authority it was, and then whose place `rank` is, when the person held it by delegation only.
    on_behalf = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=2)
    rank = models.PositiveSmallIntegerField(default=1)
    choice = models.CharField(max_length=40)
    remark = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("voice")
        verbose_name_plural = _("voices")
        ordering = ["pk"]
        indexes = [models.Index(fields=["task", "state"], name="voice_of_delegation")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.state}: {self.choice}"

    @property
    def signed_by(self) -> str:
        """Who spoke, and for whom, in the reader's language."""
        return signature(self.person, self.on_behalf)


def signature(person: User | None, giver: User | None) -> str:
    """Who acted, and on whose authority if not their own, in the reader's language; empty when no person did."""
    if giver is None:
        return str(person or "")
    return gettext("%(person)s, for %(giver)s") % {"person": person, "giver": giver}


class EntryQuerySet(models.QuerySet["Entry"]):
    def readable_by(self, rights: Authority) -> EntryQuerySet:
        """What everybody who sees the subject reads, and what was written for one of the reader's own bodies."""
        return self.filter(Q(audience=[]) | Q(audience__overlap=rights.bodies(SEE_CASES)))


class Entry(models.Model):
    """One act in the timeline: who, for which body, from which step to which. Append-only, chained by hash."""

    chain = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    body = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("for"))
    # Whose authority it was, when the person held it by delegation only.
    on_behalf = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("on behalf of")
    )
    channel = models.CharField(max_length=10)
    flow = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=60, db_index=True)
    step = models.CharField(max_length=60)
    outcome = models.CharField(max_length=60)
    steps_to = ArrayField(models.CharField(max_length=60), default=list)
    stage_from = models.CharField(max_length=20, blank=True)
    stage_to = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    audience = ArrayField(models.BigIntegerField(), default=list)
    transaction = models.BigIntegerField(null=True, editable=False)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="entry_once_in_its_chain")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="knows_its_transaction",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.transaction = pg_current_xact_id()::text::bigint; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}: {self.step} {self.outcome}"

    def is_readable_by(self, rights: Authority) -> bool:
        """Whether the reader may read this entry, as `EntryQuerySet.readable_by` tells it of many."""
        return not self.audience or bool(set(self.audience) & set(rights.bodies(SEE_CASES)))

    @property
    def signed_by(self) -> str:
        """Who acted, and for whom, in the reader's language; empty when no person did."""
        return signature(self.person, self.on_behalf)

    def digest(self) -> str:
        """The hash over all that the entry says and the hash of the entry before it."""
        said = [
            self.chain, self.number, self.at.isoformat(), self.person_id, self.body_id, self.channel, self.flow,
            self.version, self.subject, self.step, self.outcome, list(self.steps_to), self.stage_from, self.stage_to,
            self.reason, self.facts, sorted(self.audience), self.previous_hash,
        ]  # fmt: skip
        # Entries from before there was delegation keep the hash that they had.
        said += [self.on_behalf_id] if self.on_behalf_id else []
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def subject_of(key: str) -> Any:
    """The record that a key such as `trip:5` names.

    Raises KeyError when no flow carries that kind, DoesNotExist when the record is not there.
    """
    kind, pk = key.split(":")
    from workflows.engine import FLOWS

    for flow in FLOWS.values():
        if flow.kind() == kind:
            return apps.get_model(flow.subject).objects.get(pk=pk)
    raise KeyError(kind)
