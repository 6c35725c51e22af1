"""Work behind the scenes: making the files of papers."""

from __future__ import annotations

import datetime
import hashlib
import logging

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ricomi.papers import rendering
from ricomi.papers.models import Paper

QUEUE = "papers"
LATE = datetime.timedelta(minutes=10)
"""How long after its issue a paper without its file is taken for forgotten."""

logger = logging.getLogger(__name__)


@app.task(name="papers.render_paper", queue=QUEUE, retry=RetryStrategy(max_attempts=4, exponential_wait=5))
def render_paper(paper_id: int) -> None:
    """Make the file of a paper, unless it is there. Its row is locked meanwhile, so it is made once."""
    with transaction.atomic():
        paper = Paper.objects.select_for_update().get(pk=paper_id)
        if paper.sha256 is not None:
            return
        paper.pdf = rendering.render(paper.kind, paper.data, paper.issued_at)
        paper.sha256 = hashlib.sha256(paper.pdf).hexdigest()
        paper.save(update_fields=["pdf", "sha256"])


@app.periodic(cron="*/10 * * * *", periodic_id="papers.render_forgotten")
@app.task(name="papers.render_forgotten", queue=QUEUE, queueing_lock="papers.render_forgotten")
def render_forgotten(timestamp: int) -> int:
    """Queue anew the papers whose worker died or gave up. Returns how many.

    `timestamp` is the tick, in Unix seconds.
    """
    forgotten = Paper.objects.unrendered().filter(issued_at__lt=timezone.now() - LATE).order_by("pk")
    queued = 0
    for pk in forgotten.values_list("pk", flat=True):
        try:
            render_paper.configure(queueing_lock=f"papers.render_paper:{pk}").defer(paper_id=pk)
        except AlreadyEnqueued:
            continue
        queued += 1
    if queued:
        logger.warning("%s papers had no file and are made again.", queued)
    return queued
