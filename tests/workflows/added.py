"""Runs the flow of docs/adding-a-flow.md on a site of its own; started by test_adding_a_flow.py."""

from __future__ import annotations

import json
from io import StringIO

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402

from notifications.models import Letter  # noqa: E402
from ricomi.directory.authority import authority  # noqa: E402
from tests import flows  # noqa: E402
from workflows import policy  # noqa: E402


def printed(*command: str, **options: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


def walk() -> None:
    from bulletins.models import Bulletin

    people = flows.people()
    officer, head, stranger = Client(), Client(), Client()
    for client, name in ((officer, "case_officer"), (head, "head"), (stranger, "donor")):
        client.force_login(people[name])

    assert "Write a bulletin" in officer.get("/").content.decode()
    assert officer.post("/open/bulletin/", {"title": "Spring"}).status_code == 302
    bulletin = Bulletin.objects.get()
    writing, checking = (f"/act/bulletin/{bulletin.pk}/{step}/" for step in ("writing", "checking"))
    assert stranger.get(writing).status_code == 404
    empty = officer.post(writing, {"title": "Spring", "text": "", "outcome": "hand_in"})
    assert (empty.status_code, "Write the text first." in empty.content.decode()) == (422, True)
    assert officer.post(writing, {"title": "Spring", "text": "News.", "outcome": "hand_in"}).status_code == 302
    bulletin.refresh_from_db()
    assert (bulletin.stage, bulletin.text) == ("checking", "News.")
    assert officer.get(checking).status_code == 403
    assert policy.worklist(authority(people["head"])).count() == 1
    texts = Letter.objects.filter(recipient=people["head"], name="task_waiting").values_list("text", flat=True)
    assert sum("Check the bulletin" in text for text in texts) == 1
    assert head.post(checking, {"outcome": "publish"}).status_code == 302
    bulletin.refresh_from_db()
    assert (bulletin.stage, bulletin.has_ended) == ("published", True)

    described = json.loads(printed("policy", format="json"))["flows"]["bulletin"]
    assert [step["name"] for step in described["steps"]][:3] == ["opening", "writing", "checking"]
    assert 'id="checking"' in printed("policy", bpmn="bulletin")
    assert "The timeline holds: 3 entries" in printed("verify_timeline")


if __name__ == "__main__":
    call_command("makemigrations", "bulletins", verbosity=0)
    call_command("check", fail_level="WARNING")
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        walk()
    finally:
        teardown_databases(databases, verbosity=0)
    print("The flow runs.")
