import datetime
import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from ricomi.catalogue import listing
from ricomi.catalogue.models import Card, Entry, Version

pytestmark = pytest.mark.django_db


def content(origin: str = "L-1", **fields) -> listing.Content:
    said = {"kind": "law", "title": "Labour Mobility Act", "language": "en", "terms": frozenset({"gcm-5"}),
            "states": frozenset({("concerned", "BR")}), "year": 2020}  # fmt: skip
    return listing.Content(origin=origin, **said | fields)


def test_a_result_is_published_once_and_the_first_one_stands(result) -> None:
    first = result("RICOMI-7", title="First words")
    again = result("RICOMI-7", title="Other words", terms=frozenset({"gcm-1"}))
    assert again.pk == first.pk
    assert again.title == "First words"
    assert [term.pk for term in again.themes] == ["gcm-14"]


def test_a_result_counts_for_the_year_of_its_end_and_never_for_one_that_has_not_come(result) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    assert result("RICOMI-1", until=None).year == today.year
    assert result("RICOMI-2", until=today.replace(year=today.year + 2, day=1)).year == today.year
    assert result("RICOMI-3", since=datetime.date(2015, 1, 1), until=datetime.date(2016, 1, 1)).year == 2016


@pytest.mark.parametrize(
    "fields",
    [{"currency": "XXY"}, {"language": "de"}, {"terms": frozenset({"nothing"})}, {"kind": "poem"},
     {"states": frozenset({("concerned", "ZZ")})}, {"states": frozenset({("sideways", "PY")})}],
)  # fmt: skip
def test_what_is_not_known_is_refused(delegation, fields) -> None:
    delegation("BR")
    delegation("PY")
    with pytest.raises(ValueError, match="is not a"):
        listing.list_entries([content(**fields)], source="milex")
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"amount_spent": Decimal(-1)}, {"since": datetime.date(2026, 1, 1), "until": datetime.date(2025, 1, 1)}],
)
def test_the_database_refuses_what_cannot_be(result, fields) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        result(**fields)


def test_what_is_told_again_unchanged_changes_nothing_and_what_changed_is_a_new_version(delegation) -> None:
    delegation("BR")
    assert len(listing.list_entries([content()], source="milex")) == 1
    assert listing.list_entries([content()], source="milex") == []
    listing.take_in("milex", [content(title="Labour Mobility Act, amended")], [])
    entry = Entry.objects.get()
    assert (entry.version, entry.title) == (2, "Labour Mobility Act, amended")
    assert [one.content["title"] for one in Version.objects.all()] == [entry.title, "Labour Mobility Act"]


def test_the_same_origin_in_another_source_is_another_entry(delegation) -> None:
    delegation("BR")
    listing.list_entries([content()], source="milex")
    listing.list_entries([content()], source="other")
    assert Entry.objects.count() == 2


def test_what_is_gone_is_withdrawn_its_page_stays_and_it_may_come_back(delegation, visitor) -> None:
    delegation("BR")
    (entry,) = listing.list_entries([content()], source="milex")
    listing.take_in("milex", [], ["L-1"])
    page = visitor.get(entry.get_absolute_url()).content.decode()
    assert "was withdrawn" in page
    assert "Labour Mobility Act" in page
    assert not Card.objects.exists()
    assert not Entry.objects.published().exists()
    listing.take_in("milex", [content()], [])
    assert Entry.objects.published().get() == entry
    assert Card.objects.get().entry == entry


def test_a_result_has_a_page_for_everybody(result, visitor) -> None:
    made = result(amount_spent=Decimal("1234.50"), lessons="Start <early>", since=datetime.date(2025, 1, 2))
    page = visitor.get(made.get_absolute_url()).content.decode()
    for text in ("Registers", "Paraguay", "Uruguay", "1,234.50", "USD", "Start &lt;early&gt;", 'lang="en"', "Consular"):
        assert text in page
    assert visitor.get("/catalogue/999999/").status_code == 404
    assert visitor.get(f"/catalogue/{10**30}/").status_code == 404
    assert visitor.post(made.get_absolute_url()).status_code == 405


def test_old_addresses_lead_on(result, visitor) -> None:
    made = result()
    assert visitor.get(f"/initiatives/{made.pk}/")["Location"] == made.get_absolute_url()
    assert visitor.get("/initiatives/")["Location"] == "/catalogue/?kind=initiative"
    narrowed = visitor.get("/initiatives/", {"theme": "gcm-1", "text": "water"})["Location"]
    assert narrowed == "/catalogue/?q=water&kind=initiative&theme=gcm-1"


def test_a_sample_says_that_it_is_one(delegation, visitor) -> None:
    delegation("BR")
    (entry,) = listing.list_entries([content(sample=True)], source="milex")
    assert "invented" in visitor.get(entry.get_absolute_url()).content.decode()


def test_versions_keep_what_json_can_say(result) -> None:
    kept = result(amount_spent=Decimal("3.10")).versions.get().content
    assert json.loads(json.dumps(kept)) == kept
    assert (kept["amount_spent"], kept["until"]) == ("3.10", "2025-03-01")
