"""What everybody reads on a system's pages, and what the secretariat does there."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ricomi.catalogue.models import Entry
from ricomi.systems import importing
from ricomi.systems.models import Edition, Figure, System
from ricomi.systems.reading.faults import Broken
from tests.office import work_off
from tests.systems.files import FORMS

pytestmark = [pytest.mark.one_server, pytest.mark.usefixtures("english")]
CSV = FORMS[0]


def signed_in(person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def send(client: Client, content: bytes):
    return client.post("/systems/sicremi/import/", {"file": SimpleUploadedFile("figures.csv", content)})


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_from_hand_in_to_taken_in_on_pages(people):
    client = signed_in(people["case_officer"])
    address = send(client, CSV.whole()).url
    page = client.get(address)
    assert page["Refresh"] == "3"
    assert "<progress" in page.content.decode()
    work_off("systems")
    page = client.get(address)
    assert "Refresh" not in page
    assert "Take it in" in page.content.decode()
    assert not Figure.objects.exists()
    client.post(address, {"take": "1"})
    assert client.get(address)["Refresh"] == "3"
    work_off("systems")
    assert Figure.objects.count() == 2
    again = send(client, CSV.whole())
    assert again.url == address
    assert "This very file is here already" in client.get(again.url).content.decode()
    assert "Edition 1 of" in visitor().get("/systems/").content.decode()


@pytest.mark.django_db
def test_the_last_good_edition_is_shown_when_the_source_is_broken(hand_in):
    hand_in("sicremi", CSV.whole())
    importing.fail_to_arrive(System.objects.get(pk="sicremi"), Broken("Nobody answers at the address."), source="x")
    page = visitor().get("/systems/sicremi/").content.decode()
    assert "The source was broken on" in page
    assert "Nobody answers at the address." in page
    assert "What is shown is the last good edition, 1 of" in page
    hand_in("sicremi", CSV.updated)
    assert "The source was broken on" not in visitor().get("/systems/sicremi/").content.decode()


@pytest.mark.django_db
def test_a_sample_says_so_wherever_its_data_are_shown(hand_in):
    hand_in("sicremi", b"# ricomi-sample\n" + CSV.whole())
    for path in ("", "records/", "series/stock/"):
        assert "This is a sample" in visitor().get(f"/systems/sicremi/{path}").content.decode(), path
    hand_in("sicremi", CSV.updated)
    assert "This is a sample" not in visitor().get("/systems/sicremi/").content.decode()


@pytest.mark.django_db
def test_records_are_shown_as_they_stood(hand_in):
    hand_in("sicremi", CSV.whole())
    hand_in("sicremi", CSV.updated)
    now, then = (visitor().get(f"/systems/sicremi/records/{query}").content.decode() for query in ("", "?edition=1"))
    assert "Paraguay" not in now
    assert "Paraguay" in then


@pytest.mark.django_db
def test_only_the_head_sets_from_where_a_system_is_read(people):
    sent = {"address": "https://oas.example/figures.csv?key=secret", "every": "7", "by_itself": "on"}
    assert signed_in(people["case_officer"]).post("/systems/sicremi/settings/", sent).status_code == 404
    client = signed_in(people["head"])
    assert client.post("/systems/sicremi/settings/", sent).status_code == 302
    system = System.objects.get(pk="sicremi")
    assert (system.address, system.every, system.by_itself, system.set_by) == (sent["address"], 7, True, people["head"])
    page = visitor().get("/systems/sicremi/").content.decode()
    assert "https://oas.example/figures.csv" in page
    assert "secret" not in page
    for address in ("http://oas.example/", "https://a:b@oas.example/"):
        answer = client.post("/systems/sicremi/settings/", sent | {"address": address})
        assert answer.status_code == 422
        assert address in answer.content.decode()


@pytest.mark.django_db
def test_an_auditor_looks_and_does_not_decide(people, hand_in):
    edition = hand_in("sicremi", CSV.whole(), take=False)
    client = signed_in(people["auditor"])
    page = client.get(edition.get_absolute_url())
    assert page.status_code == 200
    assert "Take it in" not in page.content.decode()
    assert client.post(edition.get_absolute_url(), {"take": "1"}).status_code == 404
    assert Edition.objects.get().state == "waiting"


@pytest.mark.django_db
def test_a_file_that_is_missing_or_too_large_is_said(people, settings):
    client = signed_in(people["head"])
    assert client.post("/systems/sicremi/import/", {}).status_code == 422
    settings.SYSTEM_MAX_BYTES = 10
    answer = send(client, CSV.whole())
    assert answer.status_code == 422
    assert "The file is larger than" in answer.content.decode()


@pytest.mark.django_db
def test_no_page_asks_more_of_the_database_for_more_records(hand_in, django_assert_max_num_queries):
    paths = ["", "sicremi/", "sicremi/records/", "sicremi/series/stock/"]

    def counted() -> list[int]:
        found = []
        for path in paths:
            with django_assert_max_num_queries(12) as asked:
                visitor().get(f"/systems/{path}")
            found.append(len(asked))
        return found

    hand_in("sicremi", CSV.whole())
    counted()  # what a process remembers is remembered
    few = counted()
    hand_in(
        "sicremi",
        CSV.whole(*(f"PY,{year},F,{of},stock,PS,1,A,\n" for year in range(1990, 2020) for of in ("BR", "AR"))),
    )
    assert counted() == few


LAWS = (
    b"country,kind,number,title,language,year,status,themes\n"
    b"PY,law,978,Ley de extranjeros,es,1996,repealed,gcm-5\nCL,law,21325,Ley de puertas,es,2021,in_force,gcm-5 gcm-6\n"
)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["country=PY", "year=1996", "status=repealed", "themes=gcm-6"])
def test_laws_are_narrowed_on_their_page(query, hand_in):
    hand_in("milex", LAWS)
    page = visitor().get(f"/systems/milex/records/?{query}").content.decode()
    found = ["Ley de extranjeros" in page, "Ley de puertas" in page]
    assert found == ([False, True] if "themes" in query else [True, False])
    assert "Paraguay" in page, "the choices stay"


@pytest.mark.django_db
def test_a_record_and_its_entry_lead_to_each_other(hand_in, django_assert_max_num_queries):
    hand_in("milex", LAWS)
    entry = Entry.objects.get(origin="PY|law|978")
    page = visitor().get("/systems/milex/records/").content.decode()
    assert f'<a href="{entry.get_absolute_url()}">Ley de extranjeros</a>' in page
    with django_assert_max_num_queries(6):
        shown = visitor().get(entry.get_absolute_url()).content.decode()
    assert '<span class="badge badge-withdrawn">repealed</span>' in shown
    assert "978" in shown
    assert '<a href="/systems/milex/records/?edition=1">edition 1 of' in shown


@pytest.mark.django_db
def test_entries_of_each_system_show_their_facts(hand_in):
    says = {"minpet": ("agriculture", "120", "80"), "bulletin": ("Issue", "7"), "sicremi": ("edition 1 of",)}
    for form in FORMS:
        if form.code in says:
            hand_in(form.code, form.whole())
            entry = Entry.objects.filter(source=form.code).first()
            page = visitor().get(entry.get_absolute_url()).content.decode()
            for words in says.pop(form.code):
                assert words in page, (form.code, words)


@pytest.mark.django_db
def test_pages_of_figures_look_through_none_that_they_do_not_show(hand_in):
    hand_in("sicremi", CSV.whole())
    for path, most in (("", 0), ("series/stock/", 1), ("records/", 1)):
        with CaptureQueriesContext(connection) as asked:
            visitor().get(f"/systems/sicremi/{path}")
        figures = [one["sql"] for one in asked if "systems_figure" in one["sql"]]
        assert len(figures) == most, figures


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        lambda figures: figures.filter(series="stock")[:60], lambda figures: figures[:60],
        lambda figures: figures.order_by().filter(country="PY").order_by("series", "year"),
    ],
)  # fmt: skip
def test_figures_come_in_their_order_from_an_index(asked, hand_in):
    hand_in("sicremi", CSV.whole(*(f"PY,{year},F,_T,stock,PS,1,A,\n" for year in range(1900, 2020))))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    system = System.objects.get(pk="sicremi")
    plan = asked(Figure.objects.at(system, system.current)).explain()
    assert "Sort" not in plan, plan


@pytest.mark.django_db
def test_reading_an_address_says_that_only_what_is_new_makes_an_edition(people, hand_in):
    System.objects.filter(pk="sicremi").update(address="https://oas.example/figures.csv")
    assert "Last read" in visitor().get("/systems/sicremi/").content.decode()
    answer = signed_in(people["head"]).post("/systems/sicremi/import/", {"address": "1"}, follow=True)
    assert "Only what is new makes an edition" in answer.content.decode()
