"""The figures that an imported request first stated stay readable beside the corrected ones."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from cases.models import Case

pytestmark = pytest.mark.django_db
FOUNDING = Path(__file__).parents[2] / "ricomi" / "demo_data" / "founding-proposal.json"


def test_the_founding_proposal_becomes_a_draft_that_names_what_is_off_and_keeps_its_figures():
    out = StringIO()
    call_command("import_request", str(FOUNDING), stdout=out)
    for amount in ("10,250.00", "11,252.00", "131,000.00", "129,998.00", "130,000.00"):
        assert amount in out.getvalue()
    case = Case.objects.get()
    assert case.stage == "draft"
    line = case.lines.get(number="3.1")
    assert line.stated_first == 3252
    assert not line.differs
    line.amount = 2252
    assert line.differs
