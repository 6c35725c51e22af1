"""The pages of cases: what each shows to whom, its sheets, its documents and the filters of the list."""

import csv
import datetime
import io
from html import unescape
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone, translation

from cases.models import Case, SavedFilter
from ricomi import l10n, uploads
from ricomi.catalogue.models import Term
from ricomi.directory import members
from ricomi.directory.calendar import Calendar
from ricomi.directory.models import Body, Role, User
from tests import flows
from workflows import gate
from workflows.engine import FLOWS
from workflows.models import Task
from workflows.templatetags.workflows import step_url

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
ENGLISH = {"Accept-Language": "en"}
FOUNDING = Path(__file__).parents[2] / "ricomi" / "demo_data" / "founding-proposal.json"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def people():
    return flows.people()


@pytest.fixture
def walk(people):
    return flows.Walk(people)


@pytest.fixture(autouse=True)
def _documents(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def read(client):
    """The text of a page as a person reads it; the status when it is not shown."""

    def get(person, url):
        client.force_login(person)
        answer = client.get(url, headers=ENGLISH)
        return unescape(answer.content.decode()) if answer.status_code == 200 else answer.status_code

    return get


def sheet(answer):
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; ")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_case_says_who_has_it_until_when_and_what_may_come_of_it(walk, read, people):
    walk.admissibility()
    text = read(people["officer"], walk.case.get_absolute_url())
    turn = text[text.index('id="now"') : text.index('id="acts"')]
    task = Task.objects.get(status="NEW", process__subject_key=walk.case.subject_key)
    due = task.due
    assert due == Calendar().deadline(task.created, 20)
    with translation.override("en"), timezone.override(ZoneInfo(people["officer"].time_zone)):
        day = l10n.day(due)
    for shown in (
        "Check admissibility", "Waits for: Technical secretariat", f"due {day}", "Admit the request",
        "Return for information", "Declare it inadmissible",
    ):  # fmt: skip
        assert shown in turn, shown
    assert "overdue" not in turn
    Task.objects.filter(status="NEW").update(due=timezone.now() - datetime.timedelta(days=1))
    assert "overdue" in read(people["officer"], walk.case.get_absolute_url())


def test_a_case_offers_each_reader_their_own_steps_alone(walk, read, people):
    walk.admissibility()
    url = step_url(walk.case, "screening")
    assert f'href="{url}"' in read(people["case_officer"], walk.case.get_absolute_url())
    assert f'href="{url}"' not in read(people["officer"], walk.case.get_absolute_url())
    withdrawal = f'href="{step_url(walk.case, "withdrawal")}"'
    assert withdrawal in read(people["focal"], walk.case.get_absolute_url())
    assert withdrawal not in read(people["officer"], walk.case.get_absolute_url())


def test_a_case_that_has_ended_waits_for_nobody(walk, read, people):
    walk.submitted()
    walk.act("focal", "withdrawal", "withdraw", reason="Enough")
    assert "Nobody has to act: the way has ended." in read(people["officer"], walk.case.get_absolute_url())
    assert "What you may do" not in read(people["auditor"], walk.case.get_absolute_url())


def test_the_pages_of_a_case_are_there_for_its_parties_alone(walk, read, people):
    walk.submitted()
    pages = ("", "timeline/", "compare/", "budget.csv")
    for who in ("officer", "case_officer", "chair", "auditor"):
        assert all(read(people[who], walk.case.get_absolute_url() + page) != 404 for page in pages), who
    root = User.objects.create_superuser("root@ricomi.example", "Root")
    for person in (people["partner"], people["other_focal"], people["donor"], people["manager"], root):
        assert [read(person, walk.case.get_absolute_url() + page) for page in pages] == [404] * 4, person
        assert walk.case.title not in read(person, "/cases/")
    assert read(people["officer"], "/cases/2026-9999/") == 404


def test_a_budget_shows_what_was_first_stated_beside_what_holds_now(people, read):
    call_command("import_request", str(FOUNDING), stdout=StringIO())
    case = Case.objects.get()
    person = User.objects.create_user("founder@ricomi.example", "Founder")
    members.appoint(person, case.requesting, Role.OFFICER, by=None)
    line = case.lines.get(number="3.1")
    line.amount = 2252
    line.save()
    text = read(person, case.get_absolute_url())
    budget = text[text.index('id="plan"') : text.index('id="money"')]
    for shown in ("First stated", "3,252.00", "2,252.00", "130,000.00", "The budget does not add up"):
        assert shown in budget, shown
    beside = read(person, f"{case.get_absolute_url()}compare/")
    row = beside[beside.index("3.1") :].split("</tr>")[0]
    assert "3,252.00" in row
    assert "2,252.00" in row
    assert "≠" in row


def test_a_request_that_was_written_here_has_no_earlier_figures(walk, read, people):
    walk.draft()
    assert "First stated" not in read(people["officer"], walk.case.get_absolute_url())
    assert "no earlier figures" in read(people["officer"], f"{walk.case.get_absolute_url()}compare/")


def test_the_budget_as_a_sheet(walk, people, client):
    walk.draft()
    client.force_login(people["officer"])
    rows = sheet(client.get(f"{walk.case.get_absolute_url()}budget.csv", headers=ENGLISH))
    assert rows[0] == ["Line", "Concept", "Unit cost", "Amount", "Currency"]
    assert rows[2] == ["1.1", "Fares", "1000.00", "2000.00", "USD"]
    assert len(rows) == 4


# Who reads what an officer of Paraguay wrote: for all parties, and for the own delegation alone.
READERS = {"officer": 2, "focal": 2, "case_officer": 1, "chair": 1, "auditor": 1}


def test_comments_are_read_by_those_for_whom_they_were_written(walk, read, people):
    walk.submitted()
    walk.act("officer", "comment", "add", text="To everybody <b>", audience="parties")
    walk.act("officer", "comment", "add", text="Among ourselves", audience="own")
    for who, count in READERS.items():
        url = walk.case.get_absolute_url()
        text = read(people[who], url)
        assert "To everybody <b>" in text, who
        assert ("Among ourselves" in text) == (count == 2), who
        entries = read(people[who], f"{url}timeline/").count("Add the comment")
        assert entries == count, who


def file(walk, name, content, audience="parties", who="officer"):
    upload = uploads.check(SimpleUploadedFile(name, content))
    walk.act(who, "filing", "add", file=upload, audience=audience)
    return walk.case.documents.latest("pk")


def test_a_document_is_a_download_that_no_browser_runs(walk, people, client, tmp_path):
    walk.submitted()
    paper = file(walk, "Informe año.pdf", PDF)
    client.force_login(people["case_officer"])
    answer = client.get(f"{walk.case.get_absolute_url()}documents/{paper.pk}/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert "Informe%20a%C3%B1o.pdf" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox"
    assert "Informe" not in paper.file.path
    assert paper.file.path.startswith(str(tmp_path))


def test_documents_are_read_by_those_for_whom_they_were_added(walk, read, people, client):
    walk.submitted()
    url = walk.case.get_absolute_url()
    papers = {
        "parties": file(walk, "all.txt", b"For all of us"), "own": file(walk, "own.txt", b"For our own", "own"),
    }  # fmt: skip
    content = {"parties": b"For all of us", "own": b"For our own"}
    for who in (*READERS, "partner", "donor"):
        client.force_login(people[who])
        for audience, paper in papers.items():
            may = READERS.get(who, 0) > (audience == "own")
            answer = client.get(f"{url}documents/{paper.pk}/")
            assert answer.status_code == (200 if may else 404), (who, audience)
            if may:
                assert b"".join(answer.streaming_content) == content[audience]
    assert "own.txt" not in read(people["case_officer"], url)
    client.logout()
    assert client.get(f"{url}documents/{papers['parties'].pk}/").status_code == 302


def test_a_document_is_found_under_its_own_case_alone(walk, people, client):
    walk.submitted()
    paper = file(walk, "all.txt", b"For all of us")
    other = flows.Walk(people).submitted()
    client.force_login(people["case_officer"])
    assert client.get(f"{other.case.get_absolute_url()}documents/{paper.pk}/").status_code == 404
    Path(paper.file.path).unlink()
    assert client.get(f"{walk.case.get_absolute_url()}documents/{paper.pk}/").status_code == 404


def test_what_is_empty_says_so(walk, read, people):
    walk.draft()
    text = read(people["officer"], walk.case.get_absolute_url())
    for said in ("No document has been added.", "Nobody has commented."):
        assert said in text, said
    assert "There is no case that you may see yet." in read(people["partner"], "/cases/")
    assert "No case fits these filters." in read(people["officer"], "/cases/?stage=closed")
    assert "Nothing waits for you now." in read(people["partner"], "/worklist/")


def open_case(person, code, title, **more):
    data = {"for_body": Body.objects.get(code=code).pk, "title": title, "language": "es"}
    case = gate.begin(FLOWS["cooperation"], person, data)
    gate.act(person, case, "draft", "save", flows.request_data(title=title, **more))
    return case


@pytest.fixture
def three(people):
    """Cases of two states in two stages with different themes."""
    first, second = Term.objects.filter(kind="theme")[:2]
    open_case(people["officer"], "py", "Migración laboral", themes=[first], need="Oficinas")
    open_case(people["officer"], "py", "Register of returns", themes=[second], need="Ninguna")
    away = open_case(people["other"], "uy", "Otra migracion", themes=[first, second], need="Nada")
    gate.act(people["other_focal"], away, "withdrawal", "withdraw", {"reason": "Enough"})
    return first, second


FILTERS = [
    ("", {"Migración laboral", "Register of returns", "Otra migracion"}),
    ("text=MIGRACION", {"Migración laboral", "Otra migracion"}),
    ("text=oficinas", {"Migración laboral"}),
    ("state=UY", {"Otra migracion"}),
    ("stage=draft", {"Migración laboral", "Register of returns"}),
    ("stage=draft&stage=withdrawn", {"Migración laboral", "Register of returns", "Otra migracion"}),
    ("way=ended", {"Otra migracion"}),
    ("way=open", {"Migración laboral", "Register of returns"}),
    ("theme={0}", {"Migración laboral", "Otra migracion"}),
    ("theme={0}&way=open", {"Migración laboral"}),
    ("theme={1}&state=PY", {"Register of returns"}),
    ("text=migracion&theme={1}&stage=withdrawn&state=UY&way=ended", {"Otra migracion"}),
    ("text=migracion&theme={1}&state=PY", set()),
    ("year={2}", {"Migración laboral", "Register of returns", "Otra migracion"}),
    ("year={3}", set()),
    ("stage=nonsense&way=open", {"Migración laboral", "Register of returns"}),
    ("text=%00&state=UY", {"Otra migracion"}),
]


@pytest.mark.parametrize(("query", "titles"), FILTERS)
def test_filters_combine_and_the_sheet_holds_what_the_list_does(query, titles, three, people, client):
    query = query.format(three[0].pk, three[1].pk, l10n.today().year, l10n.today().year - 1)
    client.force_login(people["auditor"])
    page = client.get(f"/cases/?{query}", headers=ENGLISH)
    assert {case.title for case in page.context["page"]} == titles
    rows = sheet(client.get(f"/cases/list.csv?{query}", headers=ENGLISH))
    assert rows[0] == ["Reference", "Title", "Requesting state", "Offering state", "Stage", "Opened"]
    assert [row[:2] for row in rows[1:]] == [[case.reference, case.title] for case in page.context["page"]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_of_a_sheet_is_a_formula(start, people, client):
    case = open_case(people["officer"], "py", f"{start}1+1")
    case.lines.filter(number="1.1").update(concept=f"{start}cmd")
    client.force_login(people["officer"])
    cells = [sheet(client.get("/cases/list.csv"))[1][1]]
    cells.append(sheet(client.get(f"{case.get_absolute_url()}budget.csv"))[2][1])
    assert cells == [f"'{start}1+1", f"'{start}cmd"]


def test_the_list_shows_a_filter_and_its_readers_cases_alone(three, read, people):
    text = read(people["officer"], f"/cases/?theme={three[0].pk}&way=open")
    assert "Filtered by:" in text
    assert "Migración laboral" in text
    assert "Otra migracion" not in read(people["officer"], "/cases/")


def save(client, name, query):
    return client.post("/cases/filters/save/", {"name": name, "query": query})


def test_a_filter_is_saved_applied_replaced_and_deleted(three, people, client, read):
    client.force_login(people["auditor"])
    assert save(client, "Ended", "way=ended&page=3&evil=1").url == "/cases/?way=ended"
    saved = SavedFilter.objects.get()
    assert (saved.person, saved.query) == (people["auditor"], "way=ended")
    assert f'<a href="?{saved.query}">Ended</a>' in read(people["auditor"], "/cases/")
    page = client.get(f"/cases/?{saved.query}")
    assert [case.title for case in page.context["page"]] == ["Otra migracion"]
    save(client, "Ended", "way=open")
    assert SavedFilter.objects.get().query == "way=open"
    assert "Ended" in client.get(f"/cases/filters/{saved.pk}/delete/").content.decode()
    assert SavedFilter.objects.exists()
    assert client.post(f"/cases/filters/{saved.pk}/delete/").status_code == 302
    assert not SavedFilter.objects.exists()


def test_a_filter_is_its_owners_alone(people, client, read):
    client.force_login(people["auditor"])
    save(client, "Mine", "way=ended")
    pk = SavedFilter.objects.get().pk
    client.force_login(people["officer"])
    assert client.get(f"/cases/filters/{pk}/delete/").status_code == 404
    assert client.post(f"/cases/filters/{pk}/delete/").status_code == 404
    assert "Mine" not in read(people["officer"], "/cases/")
    save(client, "Mine", "way=open")
    assert sorted(SavedFilter.objects.values_list("query", flat=True)) == ["way=ended", "way=open"]


@pytest.mark.parametrize(("name", "query"), [("", "way=ended"), ("x" * 81, "way=ended"), ("x", "text=" + "y" * 1001)])
def test_a_filter_without_a_good_name_is_not_saved(name, query, people, client):
    client.force_login(people["officer"])
    assert save(client, name, query).status_code == 302
    assert client.get("/cases/filters/save/").status_code == 405
    assert not SavedFilter.objects.exists()


def test_the_language_that_a_reader_chose_stays(walk, people, client):
    walk.submitted()
    client.force_login(people["officer"])
    for code, asked in (("fr", "31 déc."), ("pt", "31 de dez."), ("en", "Dec 31"), ("es", "31 dic")):
        case_url = walk.case.get_absolute_url()
        answer = client.post("/i18n/setlang/", {"language": code, "next": case_url})
        assert (answer.status_code, answer.url) == (302, case_url)
        Case.objects.filter(pk=walk.case.pk).update(ends_on="2027-12-31")
        for url in (case_url, "/cases/", "/"):
            text = client.get(url, headers={"Accept-Language": "en"}).content.decode()
            assert f'<html lang="{code}">' in text, url
            assert f'value="{code}" lang="{code}"' in text
        assert asked in unescape(client.get(case_url).content.decode())
