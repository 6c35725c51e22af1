from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from django.utils import translation

from ricomi.atlas import drawing
from ricomi.atlas.layers import Group, Layer, sources
from ricomi.atlas.panels import PANELS, STATES
from ricomi.catalogue import listing
from ricomi.catalogue.models import Entry
from ricomi.directory.models import Role, State

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]
MAP = "/map/"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(page: str) -> list[ElementTree.Element]:
    """The panels of a page, read as XML."""
    return [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.S)]


def titles(page: str) -> list[str]:
    return [one.text or "" for panel in drawn(page) for one in panel.iter(f"{SVG}title")]


def programme(origin: str, destination: str, name: str = "P1", year: int = 2024) -> None:
    states = frozenset({("origin", origin), ("destination", destination)})
    content = listing.Content(
        origin=name, kind="programme", title="Harvest", language="en", states=states, year=year)  # fmt: skip
    listing.list_entries([content], source="minpet")


@pytest.fixture
def some(result) -> None:
    """Paraguay asked four times and helped once, in two years; one result is withdrawn."""
    for number, (asks, gives, year) in enumerate(
        [("PY", "UY", 2024), ("PY", "CL", 2024), ("PY", "CL", 2025), ("PY", "LC", 2025), ("BR", "PY", 2025)]
    ):
        result(str(number), requesting=asks, offering=gives, year=year)
    result("gone", requesting="PY", offering="UY")
    listing.withdraw(Entry.objects.filter(origin="gone"), "A mistake.")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", {"PY": 4, "BR": 1}),
        ("?show=received&year=2025", {"PY": 2, "BR": 1}),
        ("?show=given", {"CL": 2, "UY": 1, "LC": 1, "PY": 1}),
        ("?show=given&year=nonsense", {"CL": 2, "UY": 1, "LC": 1, "PY": 1}),
    ],
)
def test_map_legend_and_table_say_the_same_numbers(some, visitor, query, numbers) -> None:
    response = visitor.get(MAP + query)
    page = response.content.decode()
    assert {row.code: row.value for row in response.context["rows"]} == {code: numbers.get(code, 0) for code in STATES}
    said = set(titles(page))
    for row in response.context["rows"]:
        name = State(code=row.code).name
        assert f"{name}: {row.value}" in said
        assert row.search.startswith("/catalogue/?kind=initiative&")
        assert f"={row.code}" in row.search
        cells = re.search(rf'{row.url}">([^<]*)</a></td>\s*<td class="amount">(\d+)</td>', page)
        assert cells, row.code
        assert int(cells[2]) == row.value
    shown = Counter(row.shade for row in response.context["rows"])
    assert {f"shade-{one.shade}": one.size for one in response.context["classes"]} == shown
    looks = {link.get("href"): link.get("class") for link in drawn(page)[0].iter(f"{SVG}a")}
    assert looks == {row.url: row.shade for row in response.context["rows"]}


@pytest.mark.parametrize("layer", ["received", "between", "programmes"])
def test_each_panel_is_a_drawing_without_script_or_outside_address(some, visitor, layer) -> None:
    programme("GT", "CA")
    page = visitor.get(MAP, {"show": layer}).content.decode()
    panels = drawn(page)
    assert [panel.get("aria-label") for panel in panels] == [str(panel.title) for panel in PANELS]
    for panel in panels:
        assert not list(panel.iter(f"{SVG}script"))
        for element in panel.iter():
            assert not [name for name in element.attrib if name.startswith("on")]
            assert "//" not in "".join(element.attrib.values())
            assert element.get("href", "/countries/").startswith(("/countries/", "/catalogue/?kind="))
    # Each state is reached once by the keyboard, and in every panel by the pointer.
    links = [
        link for panel in panels for link in panel.iter(f"{SVG}a") if link.get("href", "").startswith("/countries/")
    ]
    reached = Counter(link.get("href") for link in links if link.get("tabindex") != "-1")
    assert reached == Counter({f"/countries/{code.lower()}/": 1 for code in STATES})
    assert {link.get("aria-hidden") for link in links if link.get("tabindex") == "-1"} == {"true"}


def test_a_map_is_light_enough_for_a_slow_line(some, visitor) -> None:
    numbers = {(one, other): 1 for one in STATES for other in STATES[:9] if one != other}
    panels, count = drawing.arcs(numbers, found_by=("helping", "requesting"), kind="initiative", year=2025)
    assert count == drawing.MOST_ARCS
    for page in ("".join(panels).encode(), visitor.get(MAP).content):
        assert len(page) < 120_000
        assert len(gzip.compress(page)) < 40_000


def test_arcs_run_from_who_helps_to_who_asked(some, visitor) -> None:
    response = visitor.get(MAP, {"show": "between"})
    said = titles(response.content.decode())
    assert "Chile → Paraguay: 2" in said
    assert "Paraguay → Brazil: 1" in said
    assert "Paraguay → Chile: 2" not in said
    rows = [(row["start"].code, row["end"].code, row["value"]) for row in response.context["pairs"]]
    assert rows == [("CL", "PY", 2), ("PY", "BR", 1), ("LC", "PY", 1), ("UY", "PY", 1)]
    search = "/catalogue/?kind=initiative&amp;helping=CL&amp;requesting=PY"
    assert response.content.decode().count(f'href="{search}"') == 2  # the arc, and the number in the table
    before = visitor.get(MAP, {"show": "between", "year": 2025}).content.decode()
    assert before.count(f'href="{search}&amp;year=2025"') == 2


def test_programmes_run_from_origin_to_destination(visitor) -> None:
    programme("GT", "CA")
    programme("GT", "CA", "P2", year=2020)
    programme("SV", "CR", "P3", year=2020)
    page = visitor.get(MAP, {"show": "programmes"}).content.decode()
    assert "Guatemala → Canada: 2" in titles(page)
    # Both lie in Central America, so its own panel has the arc as well.
    assert titles(page).count("El Salvador → Costa Rica: 1") == 2
    assert "Guatemala → Canada: 1" in titles(visitor.get(MAP, {"show": "programmes", "year": 2020}).content.decode())


def test_a_pair_beyond_the_americas_stands_in_the_table_alone(result, visitor) -> None:
    result(requesting="PY", offering="UY")
    spain = frozenset({("requesting", "PY"), ("offering", "ES")})
    content = listing.Content(origin="S", kind="initiative", title="S", language="es", states=spain)
    listing.list_entries([content], source="")
    response = visitor.get(MAP, {"show": "between"})
    assert not [title for title in titles(response.content.decode()) if "Spain" in title]
    assert "1 pair more stands in the table." in response.content.decode()
    assert [row["start"].url for row in response.context["pairs"] if row["start"].code == "ES"] == [""]


def test_offers_are_a_map_for_who_signs_in(visitor, signed_in, delegation, member, offer) -> None:
    person = member(delegation("UY"), Role.OFFICER)
    offer(delegation("UY"), person)
    assert visitor.get(MAP, {"show": "offers"}).status_code == 404
    assert "offers" not in visitor.get(MAP).content.decode().split('<form method="get"')[1].split("</form>")[0]
    assert "Uruguay: 1" in titles(signed_in(person).get(MAP, {"show": "offers"}).content.decode())


@pytest.mark.parametrize("query", ["show=nothing", "show=%00", "show=received%27"])
def test_there_is_no_map_of_what_nobody_knows(visitor, query) -> None:
    assert visitor.get(f"{MAP}?{query}").status_code == 404


def test_an_empty_map_says_so(visitor) -> None:
    assert "There is nothing to show yet." in visitor.get(MAP).content.decode()
    assert "There is nothing to show yet." in visitor.get(MAP, {"show": "between"}).content.decode()


INFLOW = {2023: {"PY": 12_500, "LC": 0}, 2024: {"PY": 14_000, "BR": 90_000}}


def inflow() -> Iterator[Layer]:
    yield Layer(
        "figures-inflow", "Inflow", "People who came.", Group.FIGURES, lambda year: INFLOW[year or 2024],
        lambda: [2024, 2023], counted=False, sample=True)  # fmt: skip


@pytest.fixture
def figures() -> Iterator[None]:
    """Another room's series among the layers."""
    sources.add(inflow)
    yield
    sources.layers.remove(inflow)


def test_another_room_adds_a_series(figures, visitor) -> None:
    response = visitor.get(MAP, {"show": "figures-inflow"})
    page = response.content.decode()
    assert response.context["year"] == 2024
    assert "Sample figures" in page
    assert {"Brazil: 90,000", "Paraguay: 14,000", "St. Lucia: no data"} <= set(titles(page))
    assert response.context["unknown"] == 33
    assert page.count('class="unknown"') >= 33
    assert "All years" not in page
    before = visitor.get(MAP, {"show": "figures-inflow", "year": 2023}).content.decode()
    assert {"Brazil: no data", "Paraguay: 12,500", "St. Lucia: 0"} <= set(titles(before))


def test_the_same_numbers_are_drawn_once_a_language() -> None:
    with translation.override("en"):
        first, _classes = drawing.shades({"BR": 1}, counted=True)
        again, _classes = drawing.shades({"BR": 1}, counted=True)
    with translation.override("pt"):
        other, _classes = drawing.shades({"BR": 1}, counted=True)
    assert [one is two for one, two in zip(first, again, strict=True)] == [True] * 3
    assert "Brazil: 1" in first[0]
    assert "Brasil: 1" in other[0]


@pytest.mark.parametrize("layer", ["received", "between"])
def test_many_results_take_as_many_queries_as_few(result, visitor, layer, django_assert_max_num_queries) -> None:
    counts = []
    for upto in (2, 20):
        for number in range(upto):
            result(f"{layer}{number}", requesting=("PY", "BR", "CL")[number % 3], offering="UY")
        with django_assert_max_num_queries(4) as seen:
            visitor.get(MAP, {"show": layer})
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_map_is_only_read(visitor) -> None:
    assert visitor.post(MAP).status_code == 405
    assert visitor.head(MAP).status_code == 200
