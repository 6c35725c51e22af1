from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from ricomi.atlas.bars import HEIGHT, LETTERS, bars
from ricomi.atlas.layers import History, sources
from ricomi.atlas.panels import STATES
from ricomi.catalogue import listing
from ricomi.catalogue.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


def listed(kind: str, title: str, code: str = "PY", part: str = "concerned", **fields: object) -> None:
    content = listing.Content(
        origin=title, kind=kind, title=title, language="en", states=frozenset({(part, code)}), **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    listing.list_entries([content], source="")


def test_every_link_of_the_map_and_the_list_leads_somewhere(result, visitor) -> None:
    result()
    links: set[str] = set()
    for address in ("/map/", "/map/?show=between", "/countries/", "/countries/py/"):
        page = visitor.get(address).content.decode()
        links |= {
            link.replace("&amp;", "&") for link in re.findall(r"<main.*</main>", page, re.S)[0].split('href="')[1:]
        }
    addresses = {link.split('"')[0] for link in links} - {"#numbers"}
    assert len([one for one in addresses if one.startswith("/countries/")]) == len(STATES) + 1
    # Each country's entries of any kind, its initiatives, and those of the one pair.
    assert len([one for one in addresses if one.startswith("/catalogue/?")]) == 2 * len(STATES) + 1
    for address in sorted(addresses):
        assert visitor.get(address).status_code == 200, address


def test_a_country_tells_what_it_asked_gave_and_learnt(result, visitor) -> None:
    result("1", title="Asked for registers", lessons="Begin <early>.")
    result("2", title="Gave advice", requesting="CL", offering="PY")
    result("3", title="Of others", requesting="CL", offering="UY")
    for kind in ("law", "programme", "practice", "study", "publication"):
        listed(kind, f"A {kind} of ours", sample=kind == "law")
        listed(kind, f"A {kind} of theirs", code="CL")
    response = visitor.get("/countries/py/")
    page = response.content.decode()
    found = {str(one.section.title): [entry.title for entry in one.entries] for one in response.context["sections"]}
    assert found == {
        "What it asked for": ["Asked for registers"],
        "What it gave": ["Gave advice"],
        "What was learnt": ["Asked for registers"],
        "Its laws": ["A law of ours"],
        "Its programmes of seasonal employment": ["A programme of ours"],
        "Practices, studies and publications": ["A publication of ours", "A study of ours", "A practice of ours"],
    }
    assert "Begin &lt;early&gt;." in page
    assert "· sample" in page
    assert '/catalogue/?country=PY"' in page


def test_what_was_withdrawn_is_told_no_more(result, visitor) -> None:
    result("1", title="Withdrawn result", lessons="x")
    listing.withdraw(Entry.objects.all(), "")
    page = visitor.get("/countries/py/").content.decode()
    assert "Withdrawn result" not in page
    assert "Nothing is published yet in which Paraguay has a part." in page


def test_a_long_section_leads_to_the_search(result, visitor) -> None:
    for number in range(6):
        result(str(number), title=f"Result {number}")
    [asked, *_more] = visitor.get("/countries/py/").context["sections"]
    assert [entry.title for entry in asked.entries] == [f"Result {number}" for number in (5, 4, 3, 2, 1)]
    assert asked.more == "/catalogue/?kind=initiative&requesting=PY"


def test_offers_are_for_who_signs_in(visitor, signed_in, delegation, member, offer) -> None:
    person = member(delegation("UY"))
    offer(delegation("UY"), person, title="How registers are kept")
    assert "How registers are kept" not in visitor.get("/countries/uy/").content.decode()
    assert visitor.get("/countries/uy/").context["offers"] == []
    assert "/accounts/login/?next=/countries/uy/" in visitor.get("/countries/uy/").content.decode()
    assert "How registers are kept" in signed_in(person).get("/countries/uy/").content.decode()
    assert "How registers are kept" not in signed_in(person).get("/countries/py/").content.decode()


@pytest.mark.parametrize("code", ["es", "PY", "xx", "py-1", "paraguay"])
def test_there_is_no_page_of_what_is_no_state_of_the_americas(visitor, code) -> None:
    assert visitor.get(f"/countries/{code}/").status_code == 404


@pytest.mark.parametrize("code", ["py", "vc"])
def test_a_country_is_shown_where_it_lies(visitor, code) -> None:
    page = visitor.get(f"/countries/{code}/").content.decode()
    [locator] = re.findall(r"<svg.*?</svg>", page, re.S)
    root = ElementTree.fromstring(locator)
    assert root.get("aria-hidden") == "true"
    assert len(root.findall(".//*[@class='here']")) == 1
    assert bool(root.findall(".//*[@class='ring']")) == (code == "vc")


def test_the_list_has_all_countries_by_name(result, visitor) -> None:
    result("1")
    result("2", offering="CL")
    rows = visitor.get("/countries/").context["rows"]
    assert [row["state"].code for row in rows[:3]] == ["AG", "AR", "BS"]
    assert {row["state"].code for row in rows} == set(STATES)
    numbers = {row["state"].code: (row["asked"], row["given"]) for row in rows}
    assert (numbers["PY"], numbers["UY"], numbers["CL"], numbers["BR"]) == ((2, 0), (0, 1), (0, 1), (0, 0))


def test_bars_are_as_high_as_their_numbers_and_leave_gaps() -> None:
    chart = bars(History("Inflow", {2020: 50, 2021: 100, 2023: 0}))
    assert [bar.high for bar in chart.bars] == [42, 84, 0]
    assert {bar.y + bar.high for bar in chart.bars} == {HEIGHT - LETTERS}
    [one, two, three] = [bar.x for bar in chart.bars]
    assert three - two == 2 * (two - one)
    assert (chart.first, chart.last, chart.most) == ("2020", "2023", "100")
    assert chart.says == "Inflow: 2020: 50; 2021: 100; 2023: 0"


def test_nothing_is_drawn_of_a_history_of_zeros() -> None:
    assert [bar.high for bar in bars(History("Inflow", {2020: 0, 2021: 0})).bars] == [0, 0]


def histories(code: str) -> Iterator[History]:
    yield History("Inflow", {2022: 1200, 2023: 2400} if code == "PY" else {}, sample=True)


@pytest.fixture
def figures() -> Iterator[None]:
    """Another room's series on the countries' pages."""
    sources.add(list, histories)
    yield
    sources.layers.remove(list)
    sources.histories.remove(histories)


def test_figures_are_drawn_and_stand_in_a_table(figures, result, visitor) -> None:
    result()
    page = visitor.get("/countries/py/").content.decode()
    assert 'aria-label="Inflow: 2022: 1,200; 2023: 2,400"' in page
    assert re.search(r"<td>2023</td><td class=\"amount\">2,400</td>", page)
    assert 'aria-label="Initiatives in which it asked for help: 2025: 1"' in page
    assert "Inflow" not in visitor.get("/countries/cl/").content.decode()


def test_a_country_with_much_takes_as_many_queries_as_one_with_little(
    result, visitor, django_assert_max_num_queries
) -> None:
    counts = []
    for upto in (1, 20):
        for number in range(upto):
            result(str(number), lessons="x", requesting="PY", offering=("UY", "CL")[number % 2])
            listed("law", f"Law {number}")
        with django_assert_max_num_queries(4) as seen:
            visitor.get("/countries/py/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
