"""The mail catcher takes letters as a real mail server does, and keeps them."""

import smtplib
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from ricomi.mail_catcher import Catcher


def letter(subject: str) -> EmailMessage:
    """A small letter."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@ricomi.example", "b@ricomi.example"
    message.set_content("Señoras y señores:\n\n.\nA line with one dot stays.\n")
    return message


def test_letters_are_kept_whole_in_order_and_readable_for_the_owner_alone(tmp_path: Path) -> None:
    with Catcher(tmp_path / "mail") as catcher:
        with smtplib.SMTP("127.0.0.1", catcher.port) as connection:
            for subject in ("Endoso solicitado", "Segundo"):
                connection.send_message(letter(subject), to_addrs=["b@ricomi.example", "blind@ricomi.example"])
        kept = catcher.messages()
    parsed = [BytesParser(policy=policy.default).parsebytes(path.read_bytes()) for path in kept]
    assert [message["Subject"] for message in parsed] == ["Endoso solicitado", "Segundo"]
    assert parsed[0].get_all("X-Envelope-To") == ["b@ricomi.example", "blind@ricomi.example"]
    assert parsed[0].get_content().splitlines() == ["Señoras y señores:", "", ".", "A line with one dot stays."]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_two_catchers_do_not_want_the_same_port(tmp_path: Path) -> None:
    with Catcher(tmp_path / "one") as first, Catcher(tmp_path / "two") as second:
        assert first.port != second.port


def test_stopping_twice_does_no_harm(tmp_path: Path) -> None:
    catcher = Catcher(tmp_path)
    catcher.start()
    catcher.stop()
    catcher.stop()
