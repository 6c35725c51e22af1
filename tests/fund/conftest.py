"""People of the Fund, and money in it."""

import datetime

import pytest

from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from tests import flows


@pytest.fixture
def people():
    """All whom a case needs, and a second approver."""
    found = flows.people()
    found["approver_2"] = User.objects.create_user("approver_2@ricomi.example", "Approver 2")
    members.appoint(
        found["approver_2"], Body.objects.get(code="fund"), Role.FUND_APPROVER, by=None,
        since=datetime.date(2020, 1, 1),
    )  # fmt: skip
    return found
