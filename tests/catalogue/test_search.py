import csv
import datetime
import io
import itertools
import json
import random
from collections import Counter
from xml.etree import ElementTree

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from ricomi import l10n
from ricomi.catalogue import cards, finding, offers
from ricomi.catalogue.models import Card, SavedSearch, StandingOffer, Term, Word
from ricomi.catalogue.question import Need
from ricomi.catalogue.search import folded, words
from ricomi.catalogue.tasks import turn_the_day
from ricomi.directory.models import Role

pytestmark = pytest.mark.django_db
SEARCH = "/catalogue/"


def titles(answer) -> list[str]:
    return [one.thing.title for one in answer.context["results"]]


def found(text: str, *keys: str, **terms) -> list[str]:
    cards = finding.find(text, finding.Terms(keys=keys, **terms), strict=True).cards
    kept = Card.objects.select_related("entry", "offer").in_bulk(cards)
    return [(kept[key].entry or kept[key].offer).title for key in cards]


def test_folding_forgives_accents_and_capitals() -> None:
    assert folded("Niñez, MIGRACIÓN, Coração, Élan") == "ninez, migracion, coracao, elan"
    assert words("  Trata   de personas ") == ["trata", "de", "personas"]
    assert len(words("a " * 500)) == 10


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ("ninez", True), ("NIÑEZ", True), ("nin\u0303ez", True), ("niñez retorno", True), ("retornos", True),
        ("ninez remesas", False), ("RICOMI-1", True), ("ÉLAN", True), ("élans", True), ("' | !zanja & :* \\", False),
    ],
)  # fmt: skip
def test_words_are_found_whatever_their_accents_number_and_order(result, asked, finds) -> None:
    result(title="Retorno digno de la NIÑEZ", lessons="Un bel élan", language="es", terms=frozenset({"gcm-1"}))
    result("2", title="Un bel élan", language="fr", terms=frozenset({"gcm-1"}))
    assert bool(found(asked)) is finds


@pytest.mark.parametrize("nothing", ["", "%", "_", "' & !", "\x00"])
def test_signs_that_are_no_words_ask_for_nothing(result, nothing) -> None:
    result()
    assert found(nothing) == ["Registers"]


@pytest.mark.parametrize("asked", ["remesas", "remittances", "remessas", "envois de fonds", "remitances", "remezas"])
def test_a_word_of_any_language_finds_what_is_written_in_another(result, asked) -> None:
    result("1", title="Frais des envois", summary="Le coût des transferts.", language="fr", terms=frozenset({"gcm-20"}))
    result("2", title="Ponte", summary="Uma ponte.", language="pt", terms=frozenset({"gcm-11"}))
    assert found(asked) == ["Frais des envois"]


def test_a_term_that_the_text_itself_names_is_found_in_other_languages(result) -> None:
    result("1", title="Albergue en la frontera", language="es", terms=frozenset({"gcm-1"}))
    result("2", title="Cooperativa", language="es", terms=frozenset({"gcm-1"}))
    assert found("shelter") == ["Albergue en la frontera"]


def test_a_country_is_found_by_its_name_in_any_language(result) -> None:
    result("1", title="Registers", requesting="BR")
    result("2", title="Others", requesting="PY")
    assert found("Brésil") == found("brasil") == found("Brazil") == ["Registers"]


def test_what_stands_in_the_title_comes_before_what_stands_in_the_text(result) -> None:
    result("1", title="About fishing", text="A shelter was built.", terms=frozenset({"gcm-1"}))
    result("2", title="A shelter", text="It was built.", terms=frozenset({"gcm-1"}))
    result("3", title="About farming", text="A shelter was built.", terms=frozenset({"gcm-1"}))
    assert found("shelter")[0] == "A shelter"


def test_fewer_than_five_answers_are_followed_by_those_with_some_of_the_words(result, visitor) -> None:
    result("1", title="Bridges and tunnels")
    result("2", title="Bridges")
    result("3", title="Quarries")
    answer = visitor.get(SEARCH, {"q": "bridge tunnel"})
    assert titles(answer) == ["Bridges and tunnels", "Bridges"]
    assert "1 entry has all of these words" in answer.content.decode()


def test_a_search_is_widened_by_one_word_at_a_time(result) -> None:
    words = ["bridge", "tunnel", "quarry", "harbour"]
    for number in range(12):
        result(f"{number}", title=" ".join(words[: 1 + number % 3]))
    answer = finding.find(" ".join(words))
    having = {card.entry.title.count(" ") + 1 for card in Card.objects.filter(pk__in=answer.cards)}
    assert (answer.exact, answer.total, having) == (0, 8, {2, 3})
    result("all", title=" ".join(words))
    assert (finding.find(" ".join(words)).exact, finding.find(" ".join(words)).total) == (1, 5)


@pytest.mark.parametrize(
    ("many", "sizes"),
    [(0, [0]), (1, [1]), (2, [2, 1]), (3, [3, 2, 1]), (4, [4, 3, 2, 1]), (7, [7, 6, 5, 2, 1]), (10, [10, 9, 1])],
)
def test_each_question_is_looser_than_the_one_before(many, sizes) -> None:
    needs = [Need(f"w{number}", (f"w{number}",)) for number in range(many)]
    questions = finding.ever_looser(needs)
    assert [len(question[0]) if "|" not in str(question) else 1 for question in questions] == sizes
    ways = [{frozenset(way) for way in question} for question in questions]
    for stricter, looser in itertools.pairwise(ways[:-1] if many > 1 else ways):
        assert all(any(part < whole for part in looser) for whole in stricter)


def test_many_ways_asked_as_one_find_what_each_apart_does(result, monkeypatch) -> None:
    dice = random.Random(3)
    words = ["bridge", "tunnel", "quarry", "harbour", "mill"]
    for number in range(30):
        result(f"{number}", title=" ".join(dice.sample(words, dice.randint(1, 3))))
    apart = finding.find(" ".join(words), finding.Terms(limit=100))
    monkeypatch.setattr(finding, "FEW_WAYS", 0)
    assert finding.find(" ".join(words), finding.Terms(limit=100)) == apart
    assert apart.total > 5


@pytest.mark.parametrize("key", ["'", "\\", "'\\", "kind:'", "a b", "&", "=gcm-14"])
def test_a_key_of_any_signs_narrows_to_nothing(result, key) -> None:
    result()
    assert finding.find("", finding.Terms(keys=[key])).total == 0


def test_a_misspelt_word_is_guessed_and_the_page_says_so(result, visitor) -> None:
    result("1", title="Quarries of marble")
    answer = visitor.get(SEARCH, {"q": "quareis"})
    assert titles(answer) == ["Quarries of marble"]
    assert "quarries" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"A", "B"}), ({"theme": "gcm-20"}, {"B"}), ({"population": "women"}, {"A"}), ({"country": "BR"}, {"B"}),
        ({"country": "UY"}, {"A", "B"}), ({"year": "2024"}, {"B"}), ({"q": "remesas"}, {"B"}), ({"kind": "law"}, set()),
        ({"theme": "gcm-20", "country": "PY"}, set()), ({"theme": ["gcm-20", "gcm-14"]}, set()),
        ({"language": "en"}, {"A", "B"}),
    ],
)  # fmt: skip
def test_anybody_narrows_the_search(result, visitor, query, expected) -> None:
    result("1", title="A")
    result("2", title="B", requesting="BR", terms=frozenset({"gcm-20"}), until=datetime.date(2024, 5, 1))
    assert set(titles(visitor.get(SEARCH, query))) == expected


def test_facets_count_what_a_plain_recount_counts(result, visitor) -> None:
    dice = random.Random(5)
    for number in range(40):
        result(
            str(number), requesting=dice.choice(["PY", "BR", "CL"]), language=dice.choice(["es", "en", "pt", "fr"]),
            title=dice.choice(["Shelter", "Bridge"]), terms=frozenset(dice.sample(["gcm-1", "gcm-2", "women"], 2)),
        )  # fmt: skip
    for text, keys in [("", ()), ("", ("gcm-1",)), ("shelter", ()), ("shelter", ("women", "country:PY"))]:
        answer = finding.find(text, finding.Terms(keys=keys, limit=100))
        counted = Counter(key for card in Card.objects.filter(pk__in=answer.cards) for key in card.keys)
        assert answer.total == len(answer.cards) > 0
        assert answer.counts == counted


def test_a_choice_leads_to_as_many_as_it_says(result, visitor) -> None:
    result("1", requesting="PY")
    result("2", requesting="BR")
    result("3", requesting="BR", terms=frozenset({"gcm-20"}))
    answer = visitor.get(SEARCH)
    for facet in answer.context["facets"]:
        for choice in facet.choices:
            assert visitor.get(f"{SEARCH}?{choice.query}").context["found"].total == choice.count, choice


def test_standing_offers_are_found_by_those_who_sign_in_alone(delegation, member, signed_in, visitor, offer) -> None:
    officer = member(delegation("CL"))
    made = offers.create(officer, delegation("CL"), {
        "title": "Seasonal registers", "text": "We teach it.", "language": "en", "modality": "training",
        "languages": ["en"], "since": "2020-01-01", "until": None, "themes": ["gcm-5"], "populations": [],
    })  # fmt: skip
    for client, sees in ((signed_in(officer), ["Seasonal registers"]), (visitor, [])):
        assert titles(client.get(SEARCH, {"q": "seasonal"})) == sees
        assert titles(client.get(SEARCH, {"kind": "offer"})) == sees
        assert ("Seasonal" in client.get(reverse("catalogue:take_away", args=["csv"])).content.decode()) is bool(sees)
    assert "Seasonal" not in signed_in(officer).get(reverse("catalogue:feed")).content.decode()
    offers.withdraw(officer, made)
    assert titles(signed_in(officer).get(SEARCH, {"q": "seasonal"})) == []


def test_an_offer_that_has_ended_is_found_no_more(delegation, member, offer) -> None:
    made = offer(delegation("CL"), member(delegation("CL")), until=datetime.date(2020, 1, 1))
    cards.write(offers=[made.pk])
    assert found("registers", private=True) == []


def test_nothing_found_says_what_to_do(result, visitor) -> None:
    assert "The catalogue is empty" in visitor.get(SEARCH).content.decode()
    result()
    page = visitor.get(SEARCH, {"q": "registers", "country": "PY", "theme": "gcm-1"}).content.decode()
    assert "Nothing fits this search" in page
    assert "1 entry has these words if the search is not narrowed" in page


def test_results_are_taken_away_in_three_forms(result, visitor) -> None:
    made = result(title="=cmd|registers")
    sheet = list(csv.reader(io.StringIO(visitor.get("/catalogue/results.csv").content.decode("utf-8-sig"))))
    assert sheet[1][1] == "'=cmd|registers"
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/catalogue/results.xlsx").content))
    assert book.active.cell(2, 2).value == "'=cmd|registers"
    (entry,) = json.loads(visitor.get("/catalogue/results.json").content)["entries"]
    assert (entry["title"], entry["states"], entry["themes"]) == (made.title, ["UY", "PY"], ["gcm-14"])
    assert entry["url"].endswith(made.get_absolute_url())


def test_the_feed_holds_the_newest_of_a_search(result, visitor) -> None:
    result("1", title="Older <registers>")
    result("2", title="Newer", terms=frozenset({"gcm-20"}))
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(visitor.get("/catalogue/feed.atom").content)
    assert [one.findtext(f"{atom}title") for one in feed.iter(f"{atom}entry")] == ["Newer", "Older <registers>"]
    feed = ElementTree.fromstring(visitor.get("/catalogue/feed.atom", {"theme": "gcm-14"}).content)
    assert [one.findtext(f"{atom}title") for one in feed.iter(f"{atom}entry")] == ["Older <registers>"]


def test_a_long_list_has_pages_and_keeps_its_filters(result, visitor) -> None:
    for number in range(21):
        result(str(number), title=f"Result {number}")
    first = visitor.get(SEARCH, {"theme": "gcm-14"})
    assert len(titles(first)) == 20
    assert "theme=gcm-14&amp;page=2" in first.content.decode()
    assert titles(visitor.get(SEARCH, {"theme": "gcm-14", "page": 2})) == ["Result 0"]


@pytest.mark.parametrize("query", [{}, {"q": "result"}, {"q": "result paraguay"}, {"country": "PY"}])
def test_the_search_takes_as_many_queries_for_many_rows_as_for_few(
    result, visitor, django_assert_max_num_queries, query
) -> None:
    visitor.get(SEARCH)  # what a process asks once and keeps is no part of it
    counts = []
    for upto in (5, 50):
        for number in range(upto):
            result(str(number), title=f"Result {number}", requesting=("PY", "BR", "CL")[number % 3])
        with django_assert_max_num_queries(9) as seen:
            visitor.get(SEARCH, query)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_search_is_saved_renamed_over_and_forgotten_by_its_owner_alone(delegation, member, signed_in) -> None:
    mine, other = member(delegation("PY")), member(delegation("CL"), Role.FOCAL_POINT)
    client = signed_in(mine)
    client.post("/catalogue/saved/new/", {"name": "Water", "query": "q=water&theme=gcm-1"})
    client.post("/catalogue/saved/new/", {"name": "Water", "query": "q=fire"})
    kept = SavedSearch.objects.get()
    assert (kept.person, kept.query) == (mine, "q=fire")
    assert "Water" in client.get("/catalogue/saved/").content.decode()
    assert signed_in(other).post(f"/catalogue/saved/{kept.pk}/delete/").status_code == 404
    client.post("/catalogue/saved/new/", {"name": "", "query": "q=fire"})
    assert SavedSearch.objects.count() == 1
    client.post(f"/catalogue/saved/{kept.pk}/delete/")
    assert not SavedSearch.objects.exists()


def test_an_offer_is_found_from_its_first_day_on(delegation, member, offer) -> None:
    today = l10n.today()
    made = offer(delegation("CL"), member(delegation("CL")), since=today + datetime.timedelta(days=1))
    cards.write(offers=[made.pk])
    assert found("registers", private=True) == []
    StandingOffer.objects.update(since=today)
    assert turn_the_day(0) == 1
    assert found("registers", private=True) == ["Consular registers"]


def test_what_was_counted_is_counted_anew_once_a_card_is_written(result, monkeypatch) -> None:
    monkeypatch.setattr(finding, "MANY", 1)
    result("1")
    assert finding.find("").counts["kind:initiative"] == finding.find("").total == 1
    result("2")
    assert finding.find("").counts["kind:initiative"] == finding.find("").total == 2
    assert len(finding.find("registers").cards) == len(finding.find("registers").cards) == 2


def test_after_a_change_of_the_thesaurus_cards_are_written_anew(result) -> None:
    result("1", title="Quinoa harvests", terms=frozenset({"gcm-1"}))
    Term.objects.filter(code="gcm-1").update(labels={"es": "Zafra", "en": "Zafra", "pt": "Zafra", "fr": "Zafra"})
    assert found("zafra quinoa") == []
    call_command("write_cards", stdout=io.StringIO())
    assert found("zafra quinoa") == ["Quinoa harvests"]


def test_words_of_standing_offers_are_guessed_for_those_who_sign_in_alone(delegation, member, offer, result) -> None:
    result()
    made = offer(delegation("CL"), member(delegation("CL")), text="Xylographic kiosks.")
    cards.write(offers=[made.pk])
    (need,) = finding.understand("xylografic")
    assert not need.guessed
    (need,) = finding.understand("xylografic", private=True)
    assert need.meant == ("xylographic",)
    result("2", title="Xylographic prints")
    (need,) = finding.understand("xylografic")
    assert need.meant == ("xylographic",)


def test_signs_that_cannot_be_printed_break_no_feed(result, visitor) -> None:
    result(title="Regi\x01sters")
    for query in ({}, {"q": "\x01"}, {"country": "\x01"}):
        assert visitor.get("/catalogue/feed.atom", query).status_code == 200


def test_a_page_beyond_the_last_is_the_last(result, visitor) -> None:
    result()
    assert titles(visitor.get(SEARCH, {"page": 99})) == ["Registers"]


def test_an_entry_without_a_summary_asks_for_no_query_of_its_own(
    result, visitor, django_assert_max_num_queries
) -> None:
    for number in range(8):
        result(str(number), summary="", text="All went well.")
    with django_assert_max_num_queries(9):
        assert b"All went well." in visitor.get(SEARCH).content


def test_a_long_transaction_learns_its_words_at_the_end(result) -> None:
    result()
    with cards.learning_at_the_end():
        result("2", title="Xylographic prints")
        assert not Word.objects.filter(form="xylographic").exists()
    assert Word.objects.filter(form="xylographic").exists()


@pytest.mark.parametrize(("exact", "with_one", "cards"), [(6, 2, 6), (1, 7, 8), (1, 2, 3)])
def test_counts_that_are_remembered_go_with_the_same_answers(result, monkeypatch, exact, with_one, cards) -> None:
    """Six have both words; one has, and others one of them: asked again, the same cards come as at first."""
    monkeypatch.setattr(finding, "MANY", 1)
    for number in range(exact):
        result(f"both {number}", title="Bridges and tunnels")
    for number in range(with_one):
        result(f"one {number}", title="Bridges")
    first, again = (finding.find("bridge tunnel") for _time in range(2))
    assert first.total == again.total == len(first.cards) == cards
    assert first.cards == again.cards
