"""A query that was put into SQL once answers like the query as it is stated, whatever it is asked."""

import datetime

import pytest

from ricomi.directory.compiled import Compiled
from ricomi.directory.models import Body, Membership
from tests import flows

pytestmark = pytest.mark.django_db


def stated(bodies, role, day):
    return Membership.objects.active(day).filter(body__in=bodies, role=role).order_by("pk").values_list("pk", "role")


def test_each_answer_is_that_of_the_query_as_stated():
    flows.people()
    query = Compiled(stated)
    py, cl, uy = Body.objects.filter(code__in=("py", "cl", "uy")).order_by("code").values_list("pk", flat=True)
    found = []
    for bodies in ([py], [cl], [py, cl], [cl, uy], []):
        for role in ("officer", "expert"):
            for day in (datetime.date(2019, 12, 31), datetime.date(2020, 1, 1)):
                rows = query.rows(bodies=bodies, role=role, day=day)
                assert rows == list(stated(bodies, role, day))
                found.append(len(rows))
    assert set(found) == {0, 1, 2}
    assert len(query.known) == 2, "one SQL for one body, one for two, and none for none"
