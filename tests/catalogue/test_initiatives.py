import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from ricomi.catalogue.models import Initiative
from ricomi.catalogue.search import folded, words

pytestmark = pytest.mark.django_db
LIST = "/initiatives/"


def titles(response) -> list[str]:
    return [row.title for row in response.context["page"]]


def test_a_result_is_published_once_and_the_first_one_stands(result) -> None:
    first = result("RICOMI-7", title="First words")
    again = result("RICOMI-7", title="Other words", themes=["gcm-1"])
    assert again.pk == first.pk
    assert again.title == "First words"
    assert [term.pk for term in again.themes.all()] == ["gcm-14"]


def test_a_result_without_a_known_end_counts_for_the_year_of_its_publication(result) -> None:
    assert result(ended_on=None).year == datetime.datetime.now(datetime.UTC).year


@pytest.mark.parametrize(
    "fields", [{"currency": "XXY"}, {"language": "de"}, {"themes": ["women"]}, {"populations": ["none"]}]
)
def test_an_unknown_currency_language_or_term_is_refused(result, fields) -> None:
    with pytest.raises(ValueError, match="is not a"):
        result(**fields)
    assert not Initiative.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"amount_spent": Decimal(-1)}, {"started_on": datetime.date(2026, 1, 1), "ended_on": datetime.date(2025, 1, 1)}],
)
def test_the_database_refuses_what_cannot_be(result, fields) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        result(**fields)


def test_folding_forgives_accents_and_capitals() -> None:
    assert folded("Niñez, MIGRACIÓN, Coração, Élan") == "ninez, migracion, coracao, elan"
    assert words("  Trata   de personas ") == ["trata", "de", "personas"]
    assert len(words("a " * 500)) == 10


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ninez", True),
        ("NIÑEZ", True),
        ("nin\u0303ez", True),
        ("retorno ninez", True),
        ("ninez remesas", False),
        ("%", False),
        ("_", False),
        ("RICOMI-1", True),
        ("ÉLAN", True),
    ],
)
def test_words_are_found_whatever_their_accents(result, asked, found) -> None:
    result(title="Retorno digno de la NIÑEZ", lessons="Un bel élan")
    assert Initiative.objects.about(asked).exists() is found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"A", "B"}),
        ({"theme": "gcm-20"}, {"B"}),
        ({"population": "women"}, {"A"}),
        ({"country": "BR"}, {"B"}),
        ({"country": "UY"}, {"A", "B"}),
        ({"year": "2024"}, {"B"}),
        ({"text": "remesas"}, {"B"}),
        ({"theme": "gcm-20", "country": "PY"}, set()),
    ],
)
def test_anybody_narrows_the_list(result, visitor, query, expected) -> None:
    result("1", title="A")
    result(
        "2",
        title="B",
        requesting_state="BR",
        themes=["gcm-20"],
        populations=[],
        ended_on=datetime.date(2024, 5, 1),
        summary="Envío de REMÉSAS",
    )
    assert set(titles(visitor.get(LIST, query))) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"theme": "\x00"},
        {"theme": "nothing"},
        {"country": "ZZ"},
        {"year": "9" * 5000},
        {"year": "0"},
        {"text": "a\x00b"},
        {"text": "x" * 3000},
        {"page": "-1"},
        {"page": "\x00"},
        {"page": "9" * 5000},
        {"text": "' OR 1=1 --"},
    ],
)
def test_a_senseless_address_is_answered_plainly(result, visitor, query) -> None:
    result()
    response = visitor.get(LIST, query)
    assert response.status_code == 200
    if "page" not in query and query != {"text": "' OR 1=1 --"}:
        assert response.context["filters"].errors
        assert titles(response) == ["Registers"]


def test_empty_lists_say_why(result, visitor) -> None:
    assert "No result is published yet" in visitor.get(LIST).content.decode()
    result()
    assert "No result fits these filters" in visitor.get(LIST, {"text": "nowhere"}).content.decode()


def test_a_result_has_a_page_for_everybody(result, visitor) -> None:
    made = result(amount_spent=Decimal("1234.50"), lessons="Start <early>", started_on=datetime.date(2025, 1, 2))
    page = visitor.get(made.get_absolute_url()).content.decode()
    for text in ("Registers", "Paraguay", "Uruguay", "1,234.50", "USD", "Start &lt;early&gt;", 'lang="en"', "Consular"):
        assert text in page
    assert visitor.get("/initiatives/999999/").status_code == 404
    assert visitor.get(f"/initiatives/{10**30}/").status_code == 404


@pytest.mark.parametrize("name", ["initiatives", "initiative"])
def test_public_pages_are_only_read(result, visitor, name) -> None:
    made = result()
    address = reverse(f"catalogue:{name}", args=[made.pk] if name == "initiative" else [])
    assert visitor.post(address).status_code == 405
    assert visitor.head(address).status_code == 200


def test_a_long_list_has_pages_and_keeps_its_filters(result, visitor) -> None:
    for number in range(21):
        result(str(number), title=f"Result {number}")
    first = visitor.get(LIST, {"theme": "gcm-14"})
    assert len(titles(first)) == 20
    assert "theme=gcm-14&amp;page=2" in first.content.decode()
    assert titles(visitor.get(LIST, {"theme": "gcm-14", "page": 2})) == ["Result 0"]


def test_the_list_takes_as_many_queries_for_many_rows_as_for_few(
    result, visitor, django_assert_max_num_queries
) -> None:
    counts = []
    for upto in (5, 50):
        for number in range(upto):
            result(str(number), title=f"Result {number}", requesting_state=("PY", "BR", "CL")[number % 3])
        with django_assert_max_num_queries(8) as seen:
            visitor.get(LIST, {"text": "result"})
        counts.append(len(seen))
    assert counts[0] == counts[1]
