"""The paper on a decision, from the voices that made it to the public page on which anybody verifies it."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from cases.models import Decision
from ricomi.directory.models import Body, Role, VotingRule
from ricomi.papers import codes
from ricomi.papers.models import Paper
from ricomi.papers.tasks import render_paper
from tests import flows
from tests.papers.test_verification import altered_text
from tests.workflows.test_delegation import give
from tests.workflows.test_endorsement import let_the_deadline_pass, seat
from tests.workflows.ways import conditions
from workflows import gate
from workflows.rehearsal import Meeting

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


@pytest.fixture
def walk():
    return flows.Walk(flows.people())


def rule(**how):
    return VotingRule.objects.create(body=Body.objects.get(code="ceam"), **how)


def files(decision):
    """The papers of a decision by language, their files made."""
    for paper in Paper.objects.filter(kind="decision", number=decision.number):
        render_paper(paper.pk)
    return {paper.language: paper for paper in Paper.objects.filter(kind="decision", number=decision.number)}


def text(paper):
    """What the pages say, as one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.pdf)).pages).split())


def test_a_vote_issues_its_paper_in_four_languages_under_one_code(walk):
    rule(method="majority", quorum_numerator=1, quorum_denominator=2, casting_vote=True)
    walk.endorsement()
    walk.act("reviewer_ca", "endorsement", "recuse", reason="We trained them")
    walk.act("reviewer_br", "endorsement", "endorse_with_conditions", **conditions(text="A report each month"))
    walk.act("chair", "endorsement", "endorse")
    made = walk.case.decisions.get()
    papers = files(made)
    assert set(papers) == {"es", "en", "pt", "fr"}
    assert len({paper.code for paper in papers.values()}) == 1
    said = text(papers["en"])
    for words in (
        made.number, walk.case.reference, walk.case.title, "Endorsed with conditions", "Majority of those voting",
        "quorum 1/2 of all delegations", "at a tie the chair decides", "2 of 4 delegations",
        "All delegations that had a voice had spoken.", "Reviewer Br (titular)", "Chair (titular)",
        "A report each month", "Canada declared a conflict of interest", "Paraguay a party to the case",
        "Presiding chair",
    ):  # fmt: skip
        assert words in said, words
    for language, name in {"es": "Brasil", "en": "Brazil", "pt": "Brasil", "fr": "Brésil"}.items():
        assert name in text(papers[language]), language
        assert made.number in text(papers[language])


@pytest.mark.parametrize("choice", ["endorse", "return", "defer", "reject"])
def test_whatever_comes_out_is_issued_with_its_reasons(walk, choice):
    walk.endorsement()
    for who in ("reviewer_br", "reviewer_ca", "chair"):
        walk.act(who, "endorsement", choice, reason="Because of the budget")
    made = walk.case.decisions.get()
    assert made.outcome == choice
    assert "Brazil: Because of the budget" in text(files(made)["en"])


def test_silence_that_agrees_is_told_as_such(walk):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    let_the_deadline_pass(walk.case)
    said = text(files(walk.case.decisions.get())["en"])
    assert "The deadline had passed." in said
    assert "Mexico silent, and so agreeing" in said


def test_silence_that_does_not_agree_is_told_as_such(walk):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    walk.act("chair", "closing", "close")
    said = text(files(walk.case.decisions.get())["en"])
    assert "The chair closed the vote in a sitting." in said
    assert "Mexico silent" in said
    assert "so agreeing" not in said


def test_the_paper_says_for_whom_somebody_signed_and_who_is_an_alternate(walk):
    walk.endorsement()
    walk.people["stand_in"] = seat("CA", rank=2, name="Stand In")
    give(walk.people, "reviewer_ca", "stand_in", "ceam", Role.REVIEWER)
    walk.act("stand_in", "endorsement", "endorse")
    walk.people["alternate"] = seat("BR", rank=2, name="Second Br")
    walk.act("alternate", "endorsement", "endorse")
    walk.act("chair", "closing", "close")
    made = walk.case.decisions.get()
    said = text(files(made)["en"])
    assert "Stand In Reviewer Ca (titular)" in said
    assert "Second Br (alternate)" in said
    client = Client(headers={"accept-language": "en"})
    client.force_login(walk.people["officer"])
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Stand In, for Reviewer Ca" in page


@pytest.mark.parametrize("silent", [False, True])
def test_a_secret_vote_names_nobody_who_voted(walk, silent):
    rule(method="consensus", open_voting=False)
    walk.endorsement()
    if silent:
        walk.act("reviewer_br", "endorsement", "abstain")
        let_the_deadline_pass(walk.case)
    else:
        walk.act("reviewer_br", "endorsement", "reject", reason="Between us")
        walk.act("reviewer_ca", "endorsement", "reject", reason="Nor we")
        walk.act("chair", "endorsement", "endorse")
    made = walk.case.decisions.get()
    client = Client()
    client.force_login(walk.people["officer"])
    papers = files(made)
    for said in [*map(text, papers.values()), client.get(made.get_absolute_url()).content.decode()]:
        # The chair presides, and is named for that alone.
        for unsaid in ("Reviewer", "Brazil", "Brasil", "Brésil", "Canad", "Mexi", "Méxi", "(titular)"):
            assert unsaid not in said, unsaid
    said = text(papers["en"])
    assert ("silent, and so agreeing 2" if silent else "Reject 2") in said
    assert ("Abstain 1" if silent else "Endorse 1") in said


def test_a_second_rejection_is_final(walk):
    walk.endorsement().vote("reject", reason="No")
    walk.act("focal", "reconsideration", "ask", reason="New facts")
    walk.vote("reject", reason="Still no")
    first, second = (text(files(one)["en"]) for one in walk.case.decisions.all())
    assert "may ask once" in first
    assert "may ask once" not in second
    assert "this ends the case" in second


def test_without_a_quorum_the_paper_says_so(walk):
    rule(method="majority", quorum_numerator=1, quorum_denominator=1)
    walk.endorsement().vote("endorse")
    assert "The quorum was not reached" in text(files(walk.case.decisions.get())["en"])


def test_a_decision_and_its_papers_come_together_or_not_at_all(walk, monkeypatch):
    walk.endorsement()
    walk.act("reviewer_br", "endorsement", "endorse")
    walk.act("reviewer_ca", "endorsement", "endorse")

    def stand():
        jobs = ProcrastinateJob.objects.filter(task_name="papers.render_paper")
        return Decision.objects.count(), Paper.objects.count(), jobs.count(), walk.case.stage

    class Power(Exception):
        pass

    def fails(*_some, **_more):
        raise Power

    before = stand()
    for broken in ("workflows.gate._conclude", "workflows.decision_paper.issuing.issue"):
        monkeypatch.setattr(broken, fails)
        with pytest.raises(Power), transaction.atomic():
            gate.act(walk.people["chair"], walk.case, "endorsement", "endorse")
        monkeypatch.undo()
        walk.case.refresh_from_db()
        assert stand() == before
    walk.act("chair", "endorsement", "endorse")
    decisions, papers, jobs, stage = before
    assert stand() == (decisions + 1, papers + 4, jobs + 4, "funding")
    assert stage == "endorsement"


def test_the_page_offers_the_readers_language_first_and_says_what_is_being_made(walk, client):
    made = walk.endorsed().case.decisions.get()
    address = made.get_absolute_url()
    client.force_login(walk.people["officer"])
    client.cookies["django_language"] = "fr"
    page = client.get(address).content.decode()
    assert f"{address}fr.pdf" not in page
    assert client.get(f"{address}fr.pdf").headers["Location"] == address
    papers = files(made)
    page = client.get(address).content.decode()
    places = [page.index(f"{address}{language}.pdf") for language in ("fr", "es", "en", "pt")]
    assert places == sorted(places)
    assert papers["fr"].grouped_code in page
    assert f"/verify/{papers['fr'].grouped_code}/" in page
    answer = client.get(f"{address}fr.pdf")
    assert answer.content == bytes(papers["fr"].pdf)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{made.number}-fr.pdf"'
    assert "private" in answer["Cache-Control"]
    assert client.get(f"{address}fr.pdf", headers={"if-none-match": answer["ETag"]}).status_code == 304
    client.force_login(walk.people["other"])
    assert client.get(f"{address}fr.pdf", headers={"if-none-match": answer["ETag"]}).status_code == 404


def test_the_case_and_its_timeline_lead_to_the_decision(walk, client):
    made = walk.endorsed().case.decisions.get()
    client.force_login(walk.people["officer"])
    page = client.get(walk.case.get_absolute_url()).content.decode()
    assert page.count(f'href="{made.get_absolute_url()}"') == 2
    assert f'href="{made.get_absolute_url()}"' in client.get("/").content.decode()


def with_other_words(content):
    """The same file saved anew with another text on its first page."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 12 Tf 72 700 Td (Rejected) Tj ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    saved = io.BytesIO()
    writer.write(saved)
    return saved.getvalue()


def test_anybody_verifies_the_file_and_an_altered_one_is_refused(walk):
    made = walk.endorsed().case.decisions.get()
    paper = files(made)["en"]
    genuine, visitor = bytes(paper.pdf), Client(headers={"accept-language": "en"})

    def ask(content, code=""):
        cache.clear()  # which counts attempts
        return visitor.post(
            "/verify/", {"code": code, "file": SimpleUploadedFile("paper.pdf", content)}
        ).content.decode()

    assert "This is genuine and unaltered" in ask(genuine)
    assert "This is genuine and unaltered" in ask(genuine, paper.grouped_code)
    for changed in (altered_text(genuine), with_other_words(genuine)):
        assert changed != genuine
        page = ask(changed, paper.grouped_code)
        assert "do not rely on it" in page
        assert "genuine and unaltered</h2>" not in page
    assert "is not its code" in ask(genuine, codes.grouped(codes.new()))
    assert "Not known" in visitor.get(f"/verify/{codes.grouped(codes.new())}/").content.decode()


def test_the_code_alone_tells_neither_people_nor_the_subject(walk):
    made = walk.endorsed().case.decisions.get()
    paper = Paper.objects.get(number=made.number, language="en")
    page = Client(headers={"accept-language": "en"}).get(f"/verify/{paper.grouped_code}/").content.decode()
    for said in (made.number, "Endorsed"):
        assert said in page
    for unsaid in ("Reviewer", "Chair", walk.case.title, "Paraguay", "Chile"):
        assert unsaid not in page


def test_a_case_of_a_consent_list_tells_its_session_and_who_agreed_by_attending(walk):
    walk.endorsement()
    meeting = Meeting(walk.people, [walk.case], attending=["BR", "CA"]).by_consent()
    said = text(files(walk.case.decisions.get())["en"])
    assert f"Session {meeting.session.reference}" in said
    assert "It stood on a consent list" in said
    for state in ("Brazil silent, and so agreeing", "Canada silent, and so agreeing"):
        assert state in said
    assert "Mexico silent, and so agreeing" not in said
