"""The series that the site exports are read back with the same values, by `sdmx1` and by the site itself."""

from __future__ import annotations

import csv
import io
import logging
from decimal import Decimal

import pytest
import sdmx
from django.test import Client
from openpyxl import load_workbook

from ricomi.systems import exports
from ricomi.systems.adapters import adapters
from ricomi.systems.models import Figure, System
from ricomi.systems.reading.sdmx import structure
from ricomi.systems.reading.source import Source
from tests.systems.files import FORMS

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
CSV = FORMS[0]
ROWS = (
    "PY,2020,F,_T,stock,PS,12.5,A,\n", "PY,2021,F,_T,stock,PS,0,P,\n",
    "PY,2020,M,BR,stock,PS,999999999999999.1234,E,\n",
    'CL,2019,T,_U,stock,PERMIT,,M,"Sin ""dato"" <&>, aún"\n', "CL,2019,F,_T,asylum,CASE,7,A,\n",
)  # fmt: skip


@pytest.fixture
def stock(hand_in):
    edition = hand_in("sicremi", CSV.whole(*ROWS))
    assert edition.state == "taken_in", edition.reason
    return {
        (one.country, str(one.year), one.sex, one.origin, one.unit): (one.value, one.status, one.note)
        for one in Figure.objects.filter(series="stock")
    }


def got(path: str) -> bytes:
    answer = Client().get(f"/systems/sicremi/series/stock{path}")
    assert answer.status_code == 200
    return answer.getvalue()


@pytest.mark.parametrize(("path", "form"), [(".sdmx.csv", "csv"), (".sdmx.xml", "xml")])
def test_sdmx1_reads_back_the_same_values(path, form, stock):
    logging.getLogger("sdmx").setLevel(logging.ERROR)
    message = sdmx.read_sdmx(io.BytesIO(got(path)), format=form, structure=structure())
    found = {}
    for one in (one for data_set in message.data for one in data_set.obs):
        key = {name: value.value for name, value in one.key.values.items()}
        said = {name: str(value.value) for name, value in one.attached_attribute.items()}
        assert key["SERIES"] == "stock"
        named = tuple(key[name] for name in ("REF_AREA", "TIME_PERIOD", "SEX", "ORIGIN", "UNIT_MEASURE"))
        value = Decimal(one.value) if one.value else None
        found[named] = (value, said["OBS_STATUS"], said.get("NOTE", ""))
    assert found == stock


@pytest.mark.parametrize("path", [".csv", ".sdmx.csv", ".sdmx.xml"])
def test_the_site_reads_back_what_it_wrote(path, stock):
    content = got(path)
    found = [one.content for one in adapters()["sicremi"].read(Source(io.BytesIO(content), len(content)))]
    assert sorted(found, key=str) == sorted((one.said() for one in Figure.objects.filter(series="stock")), key=str)


def test_a_sheet_has_numbers(stock):
    page = load_workbook(io.BytesIO(got(".xlsx"))).active
    head, *rows = page.iter_rows(values_only=True)
    assert head == exports.HEAD
    assert {(row[0], row[1], row[6]) for row in rows if row[6] is not None} >= {("PY", 2020, 12.5), ("PY", 2021, 0)}


def test_files_are_narrowed_as_the_page_is(stock):
    rows = list(csv.reader(io.StringIO(got(".csv?country=PY&sex=F").decode())))
    assert [row[:3] for row in rows[1:]] == [["PY", "2020", "F"], ["PY", "2021", "F"]]


def test_a_file_shows_what_stood_in_an_older_edition(stock, hand_in):
    hand_in("sicremi", CSV.whole("PY,2020,F,_T,stock,PS,13.5,A,\n"))
    assert got(".csv").decode().splitlines()[1:] == ["PY,2020,F,_T,stock,PS,13.5,A,"]
    older = got(".csv?edition=1").decode().splitlines()[1:]
    assert len(older) == 4
    assert "PY,2020,F,_T,stock,PS,12.5,A," in older


def test_a_file_comes_while_it_is_written(stock):
    asked: list[Figure] = []

    def figures():
        for one in Figure.objects.filter(series="stock"):
            asked.append(one)
            yield one

    for write, *_how in exports.WRITTEN.values():
        asked.clear()
        pieces = write(figures())
        while not asked:
            next(pieces)
        assert len(asked) <= 2


def test_a_series_that_nobody_has_is_not_found(stock):
    for path in ("sicremi/series/none/", "milex/series/stock/", "none/", "none/series/stock.csv"):
        assert Client().get(f"/systems/{path}").status_code == 404


def test_figures_can_be_looked_up_by_series_year_and_country(stock):
    system = System.objects.get(pk="sicremi")
    assert Figure.objects.at(system, system.current).filter(series="stock", year=2020, country="PY").count() == 2
