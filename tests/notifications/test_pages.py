"""A person's own letters, and the demonstration's mail."""

from __future__ import annotations

import os
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404
from django.test import Client, RequestFactory

from ricomi import mail_page
from ricomi.directory.models import User
from tests.notifications.test_letters import write

Reader = Callable[..., User]


@pytest.mark.django_db
def test_a_person_reads_their_own_letters(client: Client, reader: Reader) -> None:
    ana = reader("ana")
    [letter] = write(ana, name="comment_made", act={"reason": "<b>Careful</b>", "by": "Bob", "body": ""})
    client.force_login(ana)
    page = client.get("/letters/", headers={"accept-language": "en"}).content.decode()
    assert letter.subject in page
    page = client.get(f"/letters/{letter.pk}/").content.decode()
    assert "Bob" in page
    assert "&lt;b&gt;Careful" in page
    assert f'href="{letter.url}"' in page


@pytest.mark.django_db
def test_the_letters_of_another_person_are_not_there(client: Client, reader: Reader) -> None:
    [letter] = write(reader("ana"), name="comment_made")
    client.force_login(reader("eve"))
    assert client.get(f"/letters/{letter.pk}/").status_code == 404
    assert letter.subject not in client.get("/letters/").content.decode()


@pytest.mark.django_db
def test_nobody_reads_letters_without_signing_in(client: Client, reader: Reader) -> None:
    [letter] = write(reader("ana"), name="comment_made")
    assert client.get("/letters/").status_code == 302
    assert client.get(f"/letters/{letter.pk}/").status_code == 302


@pytest.mark.django_db
def test_the_list_costs_the_same_for_one_letter_and_for_sixty(
    client: Client, reader: Reader, django_assert_max_num_queries: Any
) -> None:
    ana = reader("ana")
    for number in range(60):
        write(ana, name="comment_made", key=str(number))
    client.force_login(ana)
    # What a process asks once and remembers is no cost of the list.
    client.get("/")
    with django_assert_max_num_queries(8):
        assert client.get("/letters/?page=no-number").status_code == 200


@pytest.fixture
def caught(settings: Any, tmp_path: Path) -> Path:
    """The folder of caught mail, with two letters in it."""
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    folder = tmp_path / "mail"
    folder.mkdir()
    for number, person in enumerate(("ana", "bob")):
        mail = EmailMessage()
        mail["Subject"], mail["To"], mail["From"] = (
            f"Señal {person}",
            f"{person}@delegation.example",
            "x@ricomi.example",
        )
        mail.set_content(f"Hola {person}\n\nhttps://ricomi.example/task/\n")
        mail.add_alternative("<p>Hola<script>alert(1)</script></p>", subtype="html")
        file = folder / f"0{number}-{person}.eml"
        file.write_bytes(bytes(mail))
        os.utime(file, (1_800_000_000 + number, 1_800_000_000 + number))
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    return folder


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """What a page of the mail catcher is given to show."""

    def render(_request: Any, _template: str, context: dict[str, Any]) -> dict[str, Any]:
        return context

    monkeypatch.setattr(mail_page, "render", render)

    def call(view: Callable[..., Any], *args: str, **query: str) -> dict[str, Any]:
        return view(RequestFactory().get("/mail/", query), *args)

    return call


def test_caught_mail_is_listed_newest_first_and_by_reader(caught: Path, shown: Callable[..., Any]) -> None:
    assert [mail.subject for mail in shown(mail_page.listing)["page"]] == ["Señal bob", "Señal ana"]
    assert [mail.name for mail in shown(mail_page.listing, to="ana@delegation.example")["page"]] == ["00-ana"]
    (caught / "00-ana.eml").unlink()
    assert [mail.name for mail in shown(mail_page.listing)["page"]] == ["01-bob"]


def test_caught_mail_is_read(caught: Path, shown: Callable[..., Any]) -> None:
    page = shown(mail_page.show, "00-ana")
    assert ("To", "ana@delegation.example") in page["headers"]
    assert "https://ricomi.example/task/" in page["text"]


def test_the_html_of_caught_mail_runs_nothing(caught: Path) -> None:
    answer = mail_page.formatted(RequestFactory().get("/"), "00-ana")
    assert b"Hola" in answer.content
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", ["../secret", "..%2fsecret", "/etc/passwd", "", "00-ana.eml", "a\x00b", "é" * 5000])
def test_a_name_never_becomes_a_path(caught: Path, name: str) -> None:
    for view in (mail_page.show, mail_page.formatted):
        with pytest.raises(Http404):
            view(RequestFactory().get("/"), name)


def test_outside_the_demonstration_there_is_no_such_page(caught: Path, settings: Any) -> None:
    assert len(mail_page.urls()) == 1
    settings.DEMO = False
    assert mail_page.urls() == []
    with pytest.raises(Http404):
        mail_page.listing(RequestFactory().get("/mail/"))
    with pytest.raises(Http404):
        mail_page.show(RequestFactory().get("/mail/"), "00-ana")
