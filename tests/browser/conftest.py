"""A browser for each person, a site that answers it, a worker, and a real mail server whose letters lead the way.

With RICOMI_PICTURES=1 every page that is looked at is kept as it was, wide and narrow, in .data/screenshots.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as site_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from notifications.models import Letter
from ricomi.directory.models import User
from tests import flows
from tests.office import Office, send_waiting, serving
from tests.run import CHROMIUM

# The browser's driver keeps an event loop in this thread; the tests themselves read the database as ever.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PASSWORD = "a-password-for-tests"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # what passed need not be described element by element
}
PICTURES = Path(site_settings.BASE_DIR) / ".data" / "screenshots"
KEEPS_PICTURES = os.environ.get("RICOMI_PICTURES") == "1"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this process."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        assert not os.environ.get("CI"), "Chromium must be there where tests decide"
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class Site:
    """The running site with its people."""

    # Looked at by all tests of this process: the same page of the same state is looked at once.
    seen: ClassVar[set[str]] = set()

    def __init__(self, address: str, browser: Browser, office: Office) -> None:
        self.address, self.browser, self.office = address, browser, office
        self.everybody: dict[str, User] = {}
        self.present: dict[str, Person] = {}

    def person(self, name: str, **how: Any) -> Person:
        """Somebody of tests/flows.PEOPLE, signed in in a browser of their own."""
        if name not in self.present:
            self.present[name] = Person(self, name, **how)
        return self.present[name]

    def visitor(self, locale: str = "en-US", **how: Any) -> Page:
        """A page of somebody who is not signed in."""
        page = self.browser.new_context(viewport=WIDE, locale=locale, **how).new_page()
        page.set_default_timeout(20_000)
        return page

    def deliver(self) -> None:
        """Let the worker send every letter that waits."""
        send_waiting()

    def letters(self, name: str) -> list[Any]:
        """What the mail server took for a person, the oldest first."""
        address = self.everybody[name].email
        return [mail for mail in self.office.taken if mail["To"] == address]

    def look(self, page: Page) -> None:
        """See that a page is what it should be: no violation of WCAG 2.2 AA, nothing cut off at 320 px."""
        path = re.sub(r"\d+", "N", page.url.removeprefix(self.address).split("#")[0].split("?")[0])
        heading = "" if path == "/" else page.locator("h1").first.inner_text()
        stage = page.locator("main .badge").first.inner_text() if page.locator("main .badge").count() else ""
        key = f"{path} {heading} {stage} {page.locator('.callout-stop, .callout-warn').count()}"
        if key in self.seen:
            return
        self.seen.add(key)
        found = Axe().run(page, options=RULES).response["violations"]
        faults = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
        assert not faults, (page.url, faults)
        name = re.sub(r"[^\w]+", "-", key).strip("-")[:90]
        for size in (NARROW, WIDE):
            self.fits(page, size)
            if KEEPS_PICTURES:
                page.screenshot(path=PICTURES / str(size["width"]) / f"{name}.png", full_page=True)

    def fits(self, page: Page, size: Any = NARROW) -> None:
        """See that nothing of a page is cut off at a size."""
        page.set_viewport_size(size)
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, (page.url, size["width"], beyond)

    def all_letters_were_sent(self) -> None:
        """Every letter that was queued reached the mail server once, as text and as HTML, with a link to this site."""
        queued = {letter.message_id for letter in Letter.objects.all()}
        taken = [mail["Message-ID"] for mail in self.office.taken]
        assert len(taken) == len(set(taken))
        assert set(taken) == queued
        for mail in self.office.taken:
            text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
            assert self.address in text
            assert self.address in html


class Person:
    """Somebody at their own browser, who signed in there by the form, or came back with the cookie of before."""

    def __init__(self, site: Site, name: str, *, scripts: bool = True, returning: bool = False) -> None:
        self.site, self.name, self.scripts = site, name, scripts
        self.page = site.visitor(java_script_enabled=scripts)
        self.read = 0
        if returning:
            before = Client()
            before.force_login(site.everybody[name])
            kept = before.cookies[site_settings.SESSION_COOKIE_NAME].value
            cookie = {"name": site_settings.SESSION_COOKIE_NAME, "value": kept, "url": site.address}
            self.page.context.add_cookies([cookie])
        else:
            self.sign_in()

    def sign_in(self) -> None:
        site, name = self.site, self.name
        self.page.goto(f"{site.address}/accounts/login/")
        self.page.fill("[name=login]", f"{name}@ricomi.example")
        self.page.fill("[name=password]", PASSWORD)
        self.press("Sign in")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Good day")
        self.look()

    def look(self) -> None:
        if self.scripts:
            self.site.look(self.page)

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        answer = self.page.goto(path if path.startswith("http") else f"{self.site.address}{path}")
        assert answer is None or answer.ok, (path, answer.status)
        self.look()

    def press(self, label: str) -> int:
        """Press the button that bears this label and wait for the page it leads to; its status."""
        with self.page.expect_navigation() as leading:
            self.page.locator("main").get_by_role("button", name=label, exact=True).click()
        return leading.value.status

    def follow(self, label: str, within: str = "main") -> None:
        """Click a link."""
        with self.page.expect_navigation():
            self.page.locator(within).get_by_role("link", name=label, exact=True).first.click()
        self.look()

    def fill(self, **fields: Any) -> None:
        """Fill in a form by the names of its fields: text, days, choices by label, files."""
        folded = self.page.locator("main details.folded:not([open]) > summary")
        if folded.count() and any(self.page.locator(f'details.folded [name="{name}"]').count() for name in fields):
            folded.first.click()
        for name, value in fields.items():
            field = self.page.locator(f'main [name="{name}"]')
            kind = field.first.evaluate("one => one.type") if self.scripts else field.first.get_attribute("type")
            if kind in ("checkbox", "radio"):
                for label in [value] if isinstance(value, str) else value:
                    whole = re.compile(rf"^\s*{re.escape(label)}(\s*$| [–(])")
                    self.page.locator("main").get_by_label(whole).check()
            elif kind == "file":
                field.set_input_files(value)
            elif kind in ("select-one", "select-multiple"):
                field.select_option(label=value)
            else:
                field.fill(str(value))

    def by_letter(self, about: str) -> None:
        """Open the newest letter that came since the last one was opened, and follow its link."""
        letters = self.site.letters(self.name)
        assert len(letters) > self.read, (self.name, about, "no new letter")
        text = letters[-1].get_body(("plain",)).get_content()
        self.read = len(letters)
        [link, *_more] = [word for word in text.split() if word.startswith(self.site.address)]
        self.page.goto("about:blank")  # as in a new tab: a link that differs by its anchor alone would load nothing
        self.open(link)

    def take(self, step: str, outcome: str, path: str = "", **fields: Any) -> None:
        """Take a step by clicking: to the case by the letter, or by `path`; then the step, the form, the button."""
        if path:
            self.open(path)
        else:
            self.by_letter(step)
        self.follow(step)
        self.fill(**fields)
        self.done(outcome)

    def done(self, outcome: str) -> None:
        """Press a step's button, confirm where that is asked, see that it was done, and let the letters go."""
        status = self.press(outcome)
        self.look()
        if self.page.get_by_text("This cannot be undone.").count():
            status = self.press(outcome)
        assert status == 200, (self.name, outcome, status)
        expect(self.page.get_by_role("status")).to_be_visible()
        self.look()
        self.site.deliver()


@pytest.fixture
def site(live_server: Any, chromium: Browser, settings: Any) -> Iterator[Site]:
    """The site, its people and its mail, empty of cases."""
    settings.SITE_URL = live_server.url
    with serving(settings) as office:
        found = Site(live_server.url, chromium, office)
        found.everybody = flows.people(password=PASSWORD)
        yield found
    for context in chromium.contexts:
        context.close()


@pytest.fixture(autouse=True)
def last_pages(request: pytest.FixtureRequest, site: Site) -> Iterator[None]:
    """When a test fails, what each person last saw is kept beside the other pictures."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before:
        for name, person in site.present.items():
            person.page.screenshot(path=PICTURES / "failed" / f"{request.node.name}-{name}.png", full_page=True)
