"""Sending letters, by the worker."""

from __future__ import annotations

import smtplib
from typing import Any

from anymail.exceptions import AnymailInvalidAddress, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from notifications.models import Letter

QUEUE = "letters"
ATTEMPTS = 8
STALLED_AFTER = 120.0
"""Seconds without a sign of life from a worker after which its letters go to another one."""


class NotSentYetError(Exception):
    """The mail server did not take the letter now; it is tried again."""


class RefusedError(Exception):
    """The mail server will never take this letter; it is not tried again."""


# Waits 5, 25, 125 … seconds: the eighth and last attempt comes some 27 hours after the first.
PATIENCE = RetryStrategy(max_attempts=ATTEMPTS - 1, exponential_wait=5, retry_exceptions=[NotSentYetError])


@app.task(name="notifications.send_letter", queue=QUEUE, retry=PATIENCE)
def send_letter(letter_id: str) -> None:
    """Send a letter unless it was sent; what happened is on its row before this ends.

    The row is locked while the mail server is spoken to, so two workers never send the same letter. Raises
    NotSentYetError to be tried again, RefusedError not to be.
    """
    with transaction.atomic():
        letter = Letter.objects.select_for_update(of=("self",)).select_related("recipient").get(pk=letter_id)
        if letter.sent_at or letter.failed_at:
            return
        outcome = _attempt(letter)
        letter.save(update_fields=["sent_at", "failed_at", "attempts", "error"])
    if outcome:
        raise outcome


def _attempt(letter: Letter) -> Exception | None:
    """Try once, and note on the letter what came of it. Returns what to raise once that is saved."""
    letter.attempts += 1
    if not letter.recipient.is_active:
        letter.failed_at, letter.error = timezone.now(), "The recipient was deactivated."
        return None
    try:
        if not message(letter).send():
            raise NotSentYetError("The mail backend took nothing.")
    except Exception as error:  # any backend may serve here, each with errors of its own
        letter.error = _in_short(error)
        final = _is_final(error)
        if final or letter.attempts >= ATTEMPTS:
            letter.failed_at = timezone.now()
        return (RefusedError if final else NotSentYetError)(letter.error)
    letter.sent_at, letter.error = timezone.now(), ""
    return None


def message(letter: Letter) -> EmailMultiAlternatives:
    """The letter as mail: text and HTML, marked as written by a machine so that absence notes don't answer it."""
    mail = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[letter.address],
        headers={
            "Message-ID": letter.message_id,
            "Auto-Submitted": "auto-generated",
            "Content-Language": letter.language,
        },
    )
    mail.attach_alternative(letter.html, "text/html")
    return mail


def _is_final(error: Exception) -> bool:
    """Whether the address or the letter itself was refused for good; trouble with the connection or sign-in is not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _reply in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress)


def _in_short(error: Exception) -> str:
    """The error's kind, and the mail server's answer where there is one; never what a provider's API sent or got."""
    answer: Any = ""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answer = "; ".join(f"{code} {_text(reply)}" for code, reply in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException) and not isinstance(error, smtplib.SMTPAuthenticationError):
        answer = f"{error.smtp_code} {_text(error.smtp_error)}"
    elif isinstance(error, OSError):
        answer = error.strerror or ""
    return " ".join(f"{type(error).__name__} {answer}".replace("\0", " ").split())[:200]


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


@app.periodic(cron="*/2 * * * *", periodic_id="notifications.resume_letters")
@app.task(
    name="notifications.resume_letters", queue=QUEUE, queueing_lock="notifications.resume_letters", pass_context=True
)
async def resume_letters(context: JobContext, timestamp: int) -> None:
    """Give the letters of a worker that died to the workers that live. `timestamp` is the tick, in Unix seconds."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_AFTER):
        await jobs.retry_job(job)
