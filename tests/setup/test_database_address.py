"""Which server the settings name, and the key that the demo signs with."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ricomi import database


def test_without_an_address_our_own_server_serves_and_nothing_is_touched(tmp_path: Path) -> None:
    entry = database.settings("", tmp_path / "absent")
    assert entry["ENGINE"] == "ricomi.postgres"
    assert not (tmp_path / "absent").exists()


def test_an_address_is_taken_apart(tmp_path: Path) -> None:
    entry = database.settings("postgres://ana:p%40ss%2Fw@db.example:6543/net?sslmode=require", tmp_path)
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "ana",
        "p@ss/w",
        "db.example",
        "6543",
        "net",
    )
    assert entry["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ana:secret@db/net",
        "postgres://ana:secret@db",
        "postgres://ana:secret@db:port/net",
        "postgres://ana:secret@[db/net",
        "secret",
    ],
)
def test_another_form_is_refused_without_showing_the_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        database.settings(url, tmp_path)
    assert "secret" not in str(refusal.value)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = database.local_secret(data)
    assert len(key) >= 50
    assert database.local_secret(data) == key
    assert (data / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in data.iterdir()] == ["secret"]


def test_a_folder_that_cannot_be_made_still_gives_a_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(database.local_secret(tmp_path / "file" / "data")) >= 50
