"""The tests' settings on a data folder of the bench's own, and the bench as an app, so that viewflow finds its flow."""

import os
from pathlib import Path

os.environ.setdefault("RICOMI_DATA", str(Path(__file__).resolve().parents[2] / ".data" / "test-bench"))

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
