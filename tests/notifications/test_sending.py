"""Sending: over a real SMTP server, by a real worker, at least once and never twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from notifications import tasks
from notifications.letters import queue
from notifications.models import Letter
from ricomi.directory.models import User
from tests.notifications.test_letters import write
from tests.office import Office

Reader = Callable[..., User]
Work = Callable[[], None]
pytestmark = pytest.mark.django_db(transaction=True)


def jobs() -> QuerySet[ProcrastinateJob]:
    return ProcrastinateJob.objects.filter(task_name="notifications.send_letter")


def test_a_letter_arrives_as_text_and_html_marked_as_automatic(office: Office, work: Work, reader: Reader) -> None:
    [letter] = write(reader("ana", language="es"), name="task_reminder")
    work()
    [mail] = office.taken
    assert mail["Message-ID"] == letter.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "es"
    assert mail["To"] == "ana@delegation.example"
    assert mail["Subject"].strip() == letter.subject
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == letter.text
    assert "<html" in html.get_content()
    letter.refresh_from_db()
    assert letter.state is Letter.State.SENT
    assert letter.attempts == 1


def test_a_title_with_an_at_sign_and_accents_survives(office: Office, work: Work, reader: Reader) -> None:
    task = {"title": "Revisión «Ñandutí» @ CEAM, n.º 3 <x@y.example>; \U0001f30e", "due": None, "body": ""}
    write(reader(), name="task_waiting", task=task)
    work()
    assert office.taken[0]["Subject"].strip() == f"RICOMI 2026-0012: {task['title']}"


def test_a_busy_mail_server_gets_the_letter_later_and_once(office: Office, work: Work, reader: Reader) -> None:
    office.busy = 2
    [letter] = write(reader())
    work()
    letter.refresh_from_db()
    assert letter.state is Letter.State.QUEUED
    assert letter.error == "SMTPDataError 451 4.3.0 Busy, try again later"
    work()
    work()
    work()
    letter.refresh_from_db()
    assert len(office.taken) == 1
    assert (letter.state, letter.attempts, letter.error) == (Letter.State.SENT, 3, "")
    assert [job.status for job in jobs()] == ["succeeded"]


def test_each_attempt_waits_longer(office: Office, work: Work, reader: Reader) -> None:
    office.busy = 3
    write(reader())
    waits = []
    for _attempt in range(3):
        work()
        with connection.cursor() as cursor:
            cursor.execute("select extract(epoch from max(scheduled_at) - now()) from procrastinate_jobs")
            waits.append(float(cursor.fetchone()[0]))
    assert waits == pytest.approx([5, 25, 125], abs=4)


def test_a_mail_server_that_never_answers_is_given_up_in_the_end(work: Work, reader: Reader, settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    [letter] = write(reader())
    for _attempt in range(tasks.ATTEMPTS):
        letter.refresh_from_db()
        assert letter.state is Letter.State.QUEUED
        work()
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (Letter.State.FAILED, tasks.ATTEMPTS)
    assert letter.error == "ConnectionRefusedError Connection refused"
    assert [job.status for job in jobs()] == ["failed"]


@pytest.mark.parametrize("refused", ["address", "letter"])
def test_what_is_refused_for_good_is_noted_and_not_tried_again(
    office: Office, work: Work, reader: Reader, refused: str
) -> None:
    person = reader("gone")
    if refused == "address":
        office.unknown[person.email] = "550 5.1.1 No such mailbox"
    else:
        office.refuses_all = "554 5.7.1 Refused"
    [letter] = write(person)
    work()
    office.unknown, office.refuses_all = {}, ""
    work()
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (Letter.State.FAILED, 1)
    assert ("550 5.1.1 No such mailbox" if refused == "address" else "554 5.7.1 Refused") in letter.error
    assert office.taken == []


def test_a_greylisted_address_is_tried_again(office: Office, work: Work, reader: Reader) -> None:
    person = reader()
    office.unknown[person.email] = "450 4.2.0 Greylisted"
    write(person)
    work()
    office.unknown = {}
    work()
    assert len(office.taken) == 1


def test_one_bad_address_holds_nobody_up(office: Office, work: Work, reader: Reader) -> None:
    office.unknown["gone@delegation.example"] = "550 5.1.1 No such mailbox"
    write(reader("gone"), reader("ana"), reader("bob"))
    work()
    assert sorted(str(mail["To"]) for mail in office.taken) == ["ana@delegation.example", "bob@delegation.example"]


def test_who_leaves_before_the_letter_is_sent_does_not_get_it(office: Office, work: Work, reader: Reader) -> None:
    person = reader()
    [letter] = write(person)
    person.is_active = False
    person.save()
    work()
    letter.refresh_from_db()
    assert office.taken == []
    assert letter.state is Letter.State.FAILED


def test_a_job_that_runs_again_sends_no_second_letter(office: Office, work: Work, reader: Reader) -> None:
    [letter] = write(reader())
    work()
    tasks.send_letter.defer(letter_id=str(letter.pk))
    work()
    assert len(office.taken) == 1


def test_two_workers_at_once_send_one_letter(office: Office, reader: Reader) -> None:
    [letter] = write(reader())

    def send() -> None:
        try:
            tasks.send_letter(letter_id=str(letter.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(office.taken) == 1


def test_the_letter_of_a_worker_that_died_goes_to_another(office: Office, work: Work, reader: Reader) -> None:
    write(reader())
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id"
        )
        [worker] = cursor.fetchone()
        cursor.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", [worker])
    app.configure_task("notifications.resume_letters").defer(timestamp=0)
    work()
    work()
    assert len(office.taken) == 1


def test_two_transactions_that_announce_the_same_write_one_letter(reader: Reader) -> None:
    people = [reader(name) for name in ("ana", "bob", "carla")]
    start = threading.Barrier(4)

    def announce() -> None:
        try:
            with transaction.atomic():
                start.wait()
                queue("comment_made", people, key="k", url="/", context={})
        finally:
            connection.close()

    threads = [threading.Thread(target=announce) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Letter.objects.count() == 3
    assert jobs().count() == 3
