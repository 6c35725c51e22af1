"""Issuing: with the decision or not at all, files made afterwards, and nothing changed ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from ricomi.papers import codes, tasks
from ricomi.papers.issuing import NotReady, pdf
from ricomi.papers.models import Paper
from tests.office import work_off
from tests.papers.samples import issue

Issued = Callable[..., dict[str, Paper]]


@pytest.fixture
def work(transactional_db: None) -> Callable[[], None]:
    """Lets the worker do what waits for it."""

    def run() -> None:
        work_off(tasks.QUEUE, listen_notify=False)

    return run


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="papers.render_paper", status="todo").count()


@pytest.mark.django_db(transaction=True)
def test_files_are_made_by_the_worker_after_the_decision(work: Callable[[], None]) -> None:
    with transaction.atomic():
        issue()
    assert (Paper.objects.unrendered().count(), jobs()) == (4, 4)
    work()
    papers = list(Paper.objects.all())
    assert {paper.language for paper in papers} == {"es", "en", "pt", "fr"}
    assert len({paper.code for paper in papers}) == 1
    for paper in papers:
        assert pdf(paper).startswith(b"%PDF-1.7")
        assert paper.sha256 == hashlib.sha256(pdf(paper)).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_a_decision_that_is_taken_back_issues_nothing(work: Callable[[], None]) -> None:
    with transaction.atomic():
        issue()
        transaction.set_rollback(True)
    assert (Paper.objects.count(), jobs()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_paper_whose_job_was_lost_is_made_all_the_same(work: Callable[[], None]) -> None:
    issue()
    issue("CEAM/DEC/2026/0015", at=timezone.now())  # whose turn may yet come
    ProcrastinateJob.objects.all()._raw_delete("default")
    assert tasks.render_forgotten(0) == 4
    assert tasks.render_forgotten(0) == 0
    work()
    assert set(Paper.objects.unrendered().values_list("number", flat=True)) == {"CEAM/DEC/2026/0015"}


def test_a_file_is_made_once(issued: Issued) -> None:
    paper = issued()["en"]
    before = pdf(paper)
    tasks.render_paper(paper.pk)
    paper.refresh_from_db()
    assert pdf(paper) == before


@pytest.mark.django_db
def test_a_paper_without_its_file_says_so() -> None:
    with pytest.raises(NotReady):
        pdf(issue()["en"])


CHANGES = [
    "number = 'x'", "about = 'x'", "date = '2020-01-01'", "language = 'xx'", "issued_at = now()", "code = 'x'",
    "data = '{}'", "summary = '[]'", "kind = 'x'", "id = 0",
]  # fmt: skip


def refused(statement: str, *values: object) -> None:
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("change", [*CHANGES, "sha256 = NULL, pdf = NULL", "sha256 = sha256"])
def test_a_paper_with_its_file_never_changes(issued: Issued, change: str) -> None:
    refused(f"UPDATE papers_paper SET {change} WHERE id = %s", issued()["en"].pk)


@pytest.mark.parametrize("change", [*CHANGES, "sha256 = 'x'", "pdf = 'x'", "sha256 = repeat('0', 64), pdf = 'x'"])
@pytest.mark.django_db
def test_a_paper_without_its_file_takes_nothing_but_that(change: str) -> None:
    paper = issue()["en"]
    refused(f"UPDATE papers_paper SET {change} WHERE id = %s", paper.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE papers_paper SET sha256 = encode(sha256('x'), 'hex'), pdf = 'x' WHERE id = %s", [paper.pk]
        )


def test_a_paper_is_never_deleted(issued: Issued) -> None:
    refused("DELETE FROM papers_paper WHERE id = %s", issued()["en"].pk)


@pytest.mark.django_db
def test_a_number_is_given_once() -> None:
    issue()
    with pytest.raises(IntegrityError), transaction.atomic():
        issue()


def test_codes_are_long_and_never_the_same() -> None:
    made = {codes.new() for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(code) == 20 and set(code) <= set(codes.ALPHABET) for code in made)
    assert len({code[place] for code in made for place in (0, 19)}) == 32


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0123-4567-89AB-CDEF-GHJK", "0123456789ABCDEFGHJK"),
        (" o l2345 6789\tabcdefghjk-", "012345" + "6789ABCDEFGHJK"),
        ("i123-4567-89AB-CDEF-GHJK", "1123456789ABCDEFGHJK"),
        ("0123-4567-89AB-CDEF-GHJ", ""),
        ("0123-4567-89AB-CDEF-GHJU", ""),
        ("é123-4567-89AB-CDEF-GHJK", ""),
        ("٠123-4567-89AB-CDEF-GHJK", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str) -> None:
    assert codes.read(typed) == code
