"""People of the Fund, and money in it."""

import pytest

from ricomi.directory.models import Role
from tests import flows


@pytest.fixture
def people():
    """All whom a case needs, and a second approver."""
    walk = flows.Walk(flows.people())
    flows.newcomer(walk, "approver_2", (Role.FUND_APPROVER, "fund"))
    return walk.people
