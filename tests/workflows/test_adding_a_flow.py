"""The flow of docs/adding-a-flow.md, taken from the page as it stands, runs from its opening to its end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PAGE = Path(settings.BASE_DIR) / "docs" / "adding-a-flow.md"


@pytest.mark.django_db
@pytest.mark.one_server
def test_the_flow_of_the_page_runs(tmp_path):
    blocks = dict(re.findall(r"```python (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert set(blocks) == {"bulletins/models.py", "workflows/bulletin.py"}
    assert 50 <= blocks["workflows/bulletin.py"].count("\n") <= 75
    for name, code in blocks.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(code)
    (tmp_path / "bulletins" / "__init__.py").touch()
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "tests.workflows.added_settings", "RICOMI_ADDED": str(tmp_path),
        "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.workflows.added"], cwd=settings.BASE_DIR, env=environment, text=True,
        capture_output=True, timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout.strip().endswith("The flow runs."), done.stdout + done.stderr
