"""The system of docs/adding-a-system.md, taken from the page as it stands, is found by its entry point and read."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from ricomi.catalogue.models import Entry
from ricomi.systems import adapters
from ricomi.systems.models import Edition, System

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
PAGE = Path(settings.BASE_DIR) / "docs" / "adding-a-system.md"


@pytest.fixture
def blocks(tmp_path, monkeypatch) -> Iterator[dict[str, str]]:
    """The page's files, installed: the module and the entry points that its project names."""
    found = dict(re.findall(r"```\w+ (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL))
    (tmp_path / "studies.py").write_text(found["studies.py"])
    project = tomllib.loads(found["pyproject.toml"])["project"]
    installed = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
             for group, points in project["entry-points"].items()]  # fmt: skip
    (installed / "entry_points.txt").write_text("".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    adapters.adapters.cache_clear()
    yield found
    adapters.adapters.cache_clear()
    sys.modules.pop("studies", None)


def test_the_system_of_the_page_is_found_shown_and_read(blocks, hand_in):
    assert set(blocks) == {"studies.py", "pyproject.toml", "studies.csv"}
    adapters.enter()
    client = Client(headers={"accept-language": "en"})
    assert "Studies on migration" in client.get("/systems/").content.decode()
    assert client.get("/systems/studies/").status_code == 200
    edition = hand_in("studies", blocks["studies.csv"].encode())
    assert (edition.state, edition.rows) == (Edition.State.TAKEN_IN, 2), edition.reason
    records = client.get("/systems/studies/records/").content.decode()
    assert "Movilidad en el Chaco" in records
    study = Entry.objects.get(source="studies", origin="A-2")
    assert (study.kind, study.year, [place.state_id for place in study.places.all()]) == ("study", 2023, ["BB"])
    assert f'<a href="{study.get_absolute_url()}">Seasonal work in the Caribbean</a>' in records
    assert "Seasonal work" not in client.get("/systems/studies/records/?country=PY").content.decode()
    assert "<dt>Code</dt><dd>A-2</dd>" in client.get(study.get_absolute_url()).content.decode()
    broken = hand_in("studies", blocks["studies.csv"].replace("2023", "23").encode())
    assert broken.reason == "Row 3, column year: “23” is no year."
    assert System.objects.get(pk="studies").current == edition


def test_a_system_that_is_no_longer_installed_is_not_shown():
    System.objects.create(code="gone")
    assert Client().get("/systems/gone/").status_code == 404
    assert "/systems/gone/" not in Client().get("/systems/").content.decode()


def test_ours_are_named_in_the_project():
    assert {"bulletin", "milex", "minpet", "sicremi"} <= set(adapters.adapters())
