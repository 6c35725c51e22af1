"""Neither the web server nor the worker starts on a flow that does not hold; each says where it is broken."""

import os
import subprocess
import sys

import pytest

from tests.conftest import settings as site_settings

PLACES = ["waiting: outcome go leads nowhere and does not stay", "done: is never reached"]


def run(*command):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.setup.broken.settings"}
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=site_settings.BASE_DIR, capture_output=True, text=True,
        timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "gunicorn", "--bind", "127.0.0.1:0", "ricomi.wsgi"],
        ["manage.py", "procrastinate", "worker", "--one-shot"],
        ["manage.py", "check"],
    ],
    ids=["web", "worker", "check"],
)
def test_what_serves_refuses_to_start(command):
    done = run(*command)
    assert done.returncode != 0
    for place in PLACES:
        assert f"broken: {place}" in done.stdout + done.stderr
