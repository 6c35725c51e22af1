"""Work behind the scenes: alarms of tasks, rung by any number of workers, each once."""

from __future__ import annotations

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from workflows import gate, policy
from workflows.models import HUMAN, Task

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False)
def ring_alarms(timestamp: int) -> int:
    """Ring every alarm that is due, each under its case's lock. Returns how many rang."""
    due = Task.objects.filter(
        flow_task_type=HUMAN, status__in=policy.WAITING, paused_at__isnull=True, scheduled__lte=timezone.now()
    ).order_by("scheduled")
    rung = 0
    for pk in due.values_list("pk", flat=True):
        try:
            rung += gate.ring(pk)
        except gate.Refused as refused:
            logger.warning("Alarm of task %s was refused: %s", pk, refused)
    return rung
