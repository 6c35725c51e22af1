"""The catalogue as a visitor finds it: three clicks lead to an initiative, and a word in another language as well."""

from __future__ import annotations

from django.utils import translation
from playwright.sync_api import expect

from ricomi.catalogue import samples
from tests.browser.conftest import NARROW, Site
from workflows.demo import CATALOGUE

LOOKED_FOR = "Detección de víctimas de trata en terminales de ómnibus de Encarnación y Posadas"


def test_a_visitor_finds_an_initiative_by_theme_population_and_country_in_three_clicks(site: Site) -> None:
    with translation.override("en"):
        samples.load(CATALOGUE)
    page = site.visitor()
    page.goto(f"{site.address}/catalogue/")
    site.look(page)
    for facet, choice in (("Theme", "trafficking"), ("Population", "Women"), ("Country", "Argentina")):
        facets = page.locator("details.facet", has=page.locator("summary", has_text=facet))
        facets.get_by_role("link").filter(has_text=choice).first.click()
    expect(page.locator(".result").filter(has_text=LOOKED_FOR)).to_be_visible()
    page.set_viewport_size(NARROW)
    site.look(page)
    page.get_by_role("link", name=LOOKED_FOR).click()
    expect(page.locator("main h1")).to_have_text(LOOKED_FOR)

    page.goto(f"{site.address}/catalogue/")
    page.get_by_role("searchbox").fill("human trafficking bus terminals")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".result h2").first).to_have_text(LOOKED_FOR)

    for language in ("es", "pt", "fr"):
        reader = site.visitor(language)
        reader.goto(f"{site.address}/catalogue/?q=remesas")
        assert reader.locator("html").get_attribute("lang") == language
        site.fits(reader)
