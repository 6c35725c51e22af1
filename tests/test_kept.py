"""What is put back is what was walked, and one write is enough to walk anew."""

from __future__ import annotations

import contextlib

import pytest
from django.db import connection, transaction

from notifications.models import Letter
from ricomi.directory.models import Body, User
from tests import flows
from tests.kept import KEEPER
from workflows.models import Entry

pytestmark = pytest.mark.django_db


@contextlib.contextmanager
def as_a_test_of_its_own():
    KEEPER.begin()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def walked():
    """The hashes tell one walk from every other: the time of each act is in them."""
    walk = flows.Walk(flows.people()).matching()
    letters = Letter.objects.order_by("message_id").values_list("message_id", "text")
    return walk.case.stage, list(Entry.objects.order_by("pk").values_list("hash", flat=True)), list(letters)


def test_the_same_stands_there_when_it_is_put_back():
    with as_a_test_of_its_own():
        first = walked()
    with as_a_test_of_its_own():
        assert walked() == first
        flows.Walk({one.email.split("@")[0]: one for one in User.objects.all()}).draft()
        assert len(set(Entry.objects.values_list("chain", flat=True))) == 2, "a second case is a case of its own"


def test_after_a_write_all_is_walked_anew():
    with as_a_test_of_its_own():
        _stage, before, _letters = walked()
    with as_a_test_of_its_own():
        Body.objects.filter(code="ar").update(code="ar")
        _stage, after, _letters = walked()
    assert set(before).isdisjoint(after)


def test_nothing_is_put_back_that_was_kept_before_the_database_was_emptied():
    with as_a_test_of_its_own():
        _stage, before, _letters = walked()
    with as_a_test_of_its_own(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_workers CASCADE")
    with as_a_test_of_its_own():
        _stage, after, _letters = walked()
    assert set(before).isdisjoint(after)
