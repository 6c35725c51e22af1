"""The map by clicking: a country's shape, a small island's mark and the keyboard lead to the country's page."""

from __future__ import annotations

import pytest
from django.utils import translation
from playwright.sync_api import expect

from ricomi.catalogue import listing
from tests.browser.conftest import NARROW, WIDE, Site

HEADING = "main h1"


@pytest.fixture
def _results(site: Site) -> None:
    """Two states that helped Paraguay, one of them an island."""
    for number, gives in enumerate(("CL", "LC")):
        states = frozenset({("requesting", "PY"), ("offering", gives)})
        content = listing.Content(
            origin=f"{number}",
            kind="initiative",
            title="Registers",
            language="en",
            states=states,
            lessons="Begin early.",
        )
        with translation.override("en"):
            listing.publish(content)


@pytest.mark.usefixtures("_results")
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_press_on_a_country_opens_its_page(site: Site, size: dict[str, int]) -> None:
    page = site.visitor()
    page.set_viewport_size(size)
    for panel, code, name in (
        ("americas", "py", "Paraguay"),
        ("middle", "sv", "El Salvador"),
        ("eastern", "lc", "St. Lucia"),
    ):
        page.goto(f"{site.address}/map/?show=given")
        page.set_viewport_size(size)
        state = page.locator(f".atlas-{panel} a[href='/countries/{code}/']")
        pressed = (state.locator("circle") if state.locator("circle").count() else state.locator("path")).first
        box = pressed.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= (23 if panel != "americas" else 8), (name, box)
        pressed.click()
        expect(page.locator(HEADING)).to_have_text(name)


@pytest.mark.usefixtures("_results")
def test_maps_and_countries_are_for_everybody(site: Site) -> None:
    page = site.visitor()
    for address in ("/map/", "/map/?show=between", "/countries/", "/countries/py/", "/countries/lc/"):
        page.goto(f"{site.address}{address}")
        site.look(page)
    page.goto(f"{site.address}/map/")
    page.locator("#show").select_option(label="Who helps whom")
    page.get_by_role("button", name="Draw the map").click()
    expect(page.locator(HEADING)).to_have_text("Who helps whom")
    page.locator(".atlas-americas a:not([tabindex])").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(HEADING)).to_have_text("Argentina")
