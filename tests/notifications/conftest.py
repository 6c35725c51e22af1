"""A mail server, a worker and readers for the tests of letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from ricomi.directory.models import User
from tests.office import Office, send_waiting, serving


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    """A real SMTP server on a free port, to which the site sends."""
    with serving(settings) as office:
        yield office


@pytest.fixture
def work(transactional_db: None) -> Callable[[], None]:
    """Lets the worker do all that waits for it, what was put off until later included."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        send_waiting(listen_notify=False)

    return run


@pytest.fixture
def reader() -> Callable[..., User]:
    """Creates people: `reader("ana", language="pt")`."""

    def create(account: str = "ana", **fields: Any) -> User:
        address = fields.pop("email", f"{account}@delegation.example")
        return User.objects.create_user(address, fields.pop("name", account.title()), **{"language": "en"} | fields)

    return create
