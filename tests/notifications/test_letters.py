"""What a letter says, to whom, and that it is written with what it announces or not at all."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.template import TemplateDoesNotExist
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django.models import ProcrastinateJob

from notifications import writing
from notifications.catalogue import SAMPLES, unwritable
from notifications.letters import catalogue, missing, queue
from notifications.models import Letter
from ricomi.directory.models import Body, Invitation, State, User
from ricomi.directory.signals import invited

Reader = Callable[..., User]
DUE = datetime.datetime(2026, 12, 9, 2, 0, tzinfo=datetime.UTC)


def context(**more: Any) -> dict[str, Any]:
    return {
        "case": {"reference": "2026-0012", "title": "Return of Ñandutí weavers @ home", "stage": "endorsement"},
        "act": {"title": "Agree", "by": "Ana Gómez", "body": "Paraguay", "reason": ""},
        "task": {"title": "Endorse the request", "due": DUE, "body": "CEAM"},
        "what": "",
    } | more


def write(
    *people: User, name: str = "endorsement_requested", key: str = "case:12:entry:345", **more: Any
) -> list[Letter]:
    with transaction.atomic():
        return queue(name, people, key=key, url="/tasks/7/", context=context(**more), about="2026-0012")


@pytest.mark.django_db
def test_a_letter_says_what_happened_what_is_asked_and_by_when(reader: Reader) -> None:
    [letter] = write(reader("zoe", name="Zoë <Z>", time_zone="UTC"))
    assert letter.subject == "RICOMI 2026-0012: your endorsement is asked for by Dec 9, 2026"
    assert letter.text.startswith("Dear Zoë <Z>,\n\nBoth sides have agreed on the work plan and budget.\n")
    assert "What is asked of you: Endorse the request, by Dec 9, 2026.\n" in letter.text
    assert (
        "\nCase: 2026-0012\nTitle: Return of Ñandutí weavers @ home\nStage: endorsement\nYou act for: CEAM\n"
        in letter.text
    )
    assert letter.text.count("\n\n\n") == 0
    assert letter.url.endswith("/tasks/7/")
    assert f"\n{letter.url}\n" in letter.text
    assert "<p>Dear Zoë &lt;Z&gt;,</p>" in letter.html
    assert f'href="{letter.url}"' in letter.html
    assert "<td>Return of Ñandutí weavers @ home</td>" in letter.html


@pytest.mark.django_db
def test_a_due_date_is_the_day_it_is_where_the_reader_lives(reader: Reader) -> None:
    here, there, nowhere = (
        reader(name, time_zone=zone)
        for name, zone in (("here", "America/Asuncion"), ("there", "UTC"), ("nowhere", "../etc/passwd"))
    )
    said = {letter.recipient: letter.subject for letter in write(here, there, nowhere)}
    assert said[here].endswith("by Dec 8, 2026")
    assert said[there].endswith("by Dec 9, 2026")
    assert said[nowhere].endswith("by Dec 9, 2026")


@pytest.mark.django_db
def test_each_reads_their_own_language(reader: Reader, settings: Any, tmp_path: Path) -> None:
    words = Catalog(locale="pt")
    words.add("Dear %(name)s,", "Prezada pessoa %(name)s:")
    words.add("Endorse", "Endossar")
    folder = tmp_path / "pt" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, words)
    settings.LOCALE_PATHS = [tmp_path]
    task = {"title": gettext_lazy("Endorse"), "due": None, "body": State(code="BR", kind="member")}
    letters = write(reader("ana", language="pt"), reader("bob", language="en"), name="task_waiting", task=task)
    said = {letter.language: letter for letter in letters}
    assert "Prezada pessoa Ana:" in said["pt"].text
    assert '<html lang="pt">' in said["pt"].html
    assert said["pt"].subject == "RICOMI 2026-0012: Endossar"
    assert "Atua por: Brasil" in said["pt"].text
    assert said["en"].subject == "RICOMI 2026-0012: Endorse"
    assert "You act for: Brazil" in said["en"].text


@pytest.mark.django_db
def test_nothing_that_a_person_typed_can_pass_for_the_letter(reader: Reader) -> None:
    evil = "Help\r\nBcc: all@example.org\n\nWhat is asked of you: pay \u202egnp.\x00"
    case = {"reference": "2026-0012", "title": evil, "stage": "draft"}
    task = {"title": evil, "due": None, "body": evil}
    act = {"title": evil, "by": evil, "body": evil, "reason": evil + "<script>"}
    [letter] = write(
        reader("eve", name=evil.strip("\0")), name="task_waiting", case=case, task=task, act=act, what=evil
    )
    assert letter.subject == "RICOMI 2026-0012: Help Bcc: all@example.org What is asked of you: pay gnp."
    assert "Title: Help Bcc: all@example.org What" in letter.text
    assert "\n> What is asked of you: pay gnp. <script>\n" in letter.text
    assert [line for line in letter.text.splitlines() if line.startswith(("Bcc", "What is asked of you: pay"))] == []
    assert "<script>" not in letter.html
    assert "<blockquote><p>Help<br>" in letter.html
    assert not {"\x00", "\u202e", "\ue000"} & set(letter.subject + letter.text + letter.html)


@pytest.mark.django_db
def test_a_letter_links_to_the_web_only(reader: Reader) -> None:
    with pytest.raises(ValueError, match="javascript"), transaction.atomic():
        queue("comment_made", [reader()], key="k", url="javascript:alert(1)", context=context())


@pytest.mark.django_db
def test_a_very_long_reason_and_title_are_shortened(reader: Reader) -> None:
    task = {"title": "t" * 10_000, "due": None, "body": ""}
    [letter] = write(reader(), name="task_waiting", task=task, act={"reason": "r" * 1_000_000})
    assert len(letter.subject) == 250
    assert "r" * 100 in letter.text
    assert letter.text.count("r") < 4000


@pytest.mark.django_db(transaction=True)
def test_a_letter_is_refused_outside_a_transaction(reader: Reader) -> None:
    with pytest.raises(TransactionManagementError):
        queue("comment_made", [reader()], key="k", url="/", context=context())
    assert not Letter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_leaves_neither_letter_nor_job(reader: Reader) -> None:
    person = reader()

    def fails() -> None:
        with transaction.atomic():
            queue("comment_made", [person], key="k", url="/", context=context())
            assert Letter.objects.count() == ProcrastinateJob.objects.count() == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not Letter.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db
def test_the_same_announced_twice_is_one_letter(reader: Reader) -> None:
    ana, bob = reader("ana"), reader("bob")
    first = write(ana)
    again = write(ana, bob, bob, task=None)
    assert {letter.pk for letter in again} > {letter.pk for letter in first}
    assert Letter.objects.count() == ProcrastinateJob.objects.count() == 2
    assert len(write(ana, key="case:12:entry:346")) == 1
    assert len({letter.message_id for letter in Letter.objects.all()}) == 3


@pytest.mark.django_db
def test_who_left_is_not_written_to(reader: Reader) -> None:
    gone = reader("gone", is_active=False)
    assert write(gone) == []
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_readers(reader: Reader) -> None:
    people = [reader(f"reader{number}") for number in range(35)]

    def queries(key: str, count: int) -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as seen:
            queue("comment_made", people[:count], key=key, url="/", context=context())
        return len(seen)

    assert queries("one", 1) == queries("many", 35) <= 5


@pytest.mark.django_db
def test_a_message_id_depends_on_what_is_announced_only(reader: Reader, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "RICOMI <letters@network.example>"
    [letter] = write(reader())
    first = letter.message_id
    Letter.objects.all().delete()
    [letter] = write(letter.recipient, task=None)
    assert letter.message_id == first
    assert first.startswith("<")
    assert first.endswith("@network.example>")


def test_every_letter_can_be_written_in_four_languages() -> None:
    assert len(catalogue()) > 50
    assert {"task_waiting", "person_invited"} < set(catalogue())
    assert "letter" not in catalogue()
    assert unwritable(catalogue()) == []


def test_every_letter_names_only_what_its_context_holds(settings: Any) -> None:
    marked = {**settings.TEMPLATES[0]["OPTIONS"], "string_if_invalid": "NOT THERE: %s"}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": marked}]
    for name in catalogue():
        letter = writing.write(name, SAMPLES[0], language="en", time_zone="UTC")
        assert "NOT THERE" not in letter.subject + letter.text + letter.html, name
        assert letter.text.count("\n\n\n") == 0, name


def test_a_letter_that_is_missing_or_broken_or_untranslated_is_named(settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "odd.txt").write_text(
        '{% extends "letters/letter.txt" %}{% block subject %}x{% endblock %}'
        '{% block body %}{% translate "An odd sentence" %}{% endblock %}'
    )
    (folder / "broken.txt").write_text("{% block subject %}")
    (folder / "mute.txt").write_text('{% extends "letters/letter.txt" %}')
    entry = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**entry, "DIRS": [tmp_path, *entry["DIRS"]]}]
    assert {"odd", "broken", "mute"} < set(catalogue())
    found = missing(["odd", "broken", "mute", "nowhere"])
    for said in (
        "templates/letters/odd.txt: no translation to fr of “An odd sentence”",
        "templates/letters/mute.txt: no subject in es",
        "templates/letters/nowhere.txt: letters/nowhere.txt does not exist",
    ):
        assert said in found
    assert any(line.startswith("templates/letters/broken.txt: cannot be written in es: Unclosed tag") for line in found)
    assert not any("to en of" in line for line in found)


@pytest.mark.django_db
def test_a_letter_without_a_template_is_an_error_of_the_flow(reader: Reader) -> None:
    with pytest.raises(TemplateDoesNotExist):
        write(reader(), name="no_such_letter")


@pytest.mark.django_db
def test_who_is_invited_is_led_to_choose_a_password(reader: Reader) -> None:
    body, _created = Body.objects.get_or_create(code="ceam", defaults={"kind": Body.Kind.CEAM})
    invitation = Invitation.objects.create(
        email="new@delegation.example",
        name="New",
        body=body,
        role="reviewer",
        language="en",
        invited_by=reader("ana", name="Ana Gómez"),
        expires_at=DUE,
    )
    invited.send(Invitation, invitation=invitation, person=reader("new", time_zone="UTC"))
    letter = Letter.objects.get(name="person_invited")
    assert letter.subject == "RICOMI: you are invited to take part"
    assert "Ana Gómez invites you to take part in RICOMI for Committee on Migration Issues (CEAM), as reviewer." in (
        letter.text
    )
    assert "open until Dec 9, 2026." in letter.text
    assert "Choose a password:\nhttp" in letter.text
    assert letter.url.endswith(reverse("account_reset_password"))
