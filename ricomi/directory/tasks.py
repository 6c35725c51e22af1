"""Work behind the scenes: what the end of a day changes in the directory."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ricomi.directory import members


@app.periodic(cron="5 0 * * *")
@app.task(name="directory.expire_memberships", queue="clock", queueing_lock="directory.expire_memberships")
def expire_memberships(timestamp: int) -> int:
    """Take groups from people whose memberships ran out with the day (UTC). Returns how many did.

    Their rights ended with the day already; this keeps Django's groups in step. `timestamp` is the tick, in Unix
    seconds.
    """
    return members.expire()
