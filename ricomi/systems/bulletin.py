"""The bulletin “Migración en l@s Américas”: its issues and articles, from a feed or a page."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from lxml import etree, html

from ricomi import l10n
from ricomi.catalogue.listing import Content
from ricomi.systems import network
from ricomi.systems.adapters import Adapter, Fact, Record
from ricomi.systems.reading import page, tree
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.fields import LONGEST, Fields
from ricomi.systems.reading.source import Source

ISSUE = "issue"
FEEDS, ITEMS = ("rss", "feed"), ("item", "entry")
# What each part of an article is called in RSS 2.0 and in Atom, the best first.
NAMES = {
    "id": ("guid", "id"), "title": ("title",), "day": ("pubDate", "published", "updated"),
    "summary": ("description", "summary"), "text": ("encoded", "content"), "language": ("language",),
}  # fmt: skip


class Bulletin(Adapter):
    code = "bulletin"
    title = _("Bulletin “Migración en l@s Américas”")
    about = _("The articles of the bulletin on migration in the Americas, issue by issue.")
    form = _("RSS 2.0 or Atom, where a category whose domain or scheme is “issue” names the issue; or an HTML page "
             "with an <article> for each, and the issue in its data-issue.")  # fmt: skip
    every = 7
    whole = False
    leads = "title"
    columns = {"title": _("Title"), "issue": _("Issue"), "day": _("Published")}

    def read(self, source: Source) -> Iterator[Record]:
        form = source.form
        if form == "xml":
            beside = {"language": ""}
            return (_of_feed(item, beside) for item in tree.elements(source, FEEDS, ITEMS, beside))
        if form == "html":
            return (_of_page(article) for article in page.elements(source, "article"))
        raise Broken(gettext_noop("The file is neither a feed (RSS, Atom) nor an HTML page."))

    def entry(self, key: str, content: dict[str, Any]) -> Content:
        day = datetime.date.fromisoformat(content["day"])
        return Content(
            origin=key, kind="publication", title=content["title"], summary=content["summary"], text=content["text"],
            language=content["language"], url=content["link"], terms=frozenset(content["themes"]), since=day,
            year=day.year, facts={"issue": content["issue"]},
        )  # fmt: skip

    def facts(self, facts: dict[str, Any]) -> list[Fact]:
        return [Fact(self.columns[ISSUE], facts[ISSUE])] if facts.get(ISSUE) else []

    def cell(self, column: str, content: dict[str, Any]) -> str:
        return l10n.day(datetime.date.fromisoformat(content["day"])) if column == "day" else content[column] or "–"


def _of_feed(item: etree._Element, beside: Mapping[str, str]) -> Record:
    parts: dict[str, list[etree._Element]] = {}
    for part in item:
        parts.setdefault(tree.local(part), []).append(part)
    cells = {
        name: next((_content(parts[one][0]) for one in names if one in parts), "") for name, names in NAMES.items()
    }
    links = [part.get("href") or part.text or "" for part in parts.get("link", []) if part.get("rel") != "self"]
    cells["link"] = next(iter(links), "").strip()
    codes = [(part.get("domain") or part.get("scheme") or "", part.get("term") or part.text or "")
             for part in parts.get("category", [])]  # fmt: skip
    cells[ISSUE] = next((code for scheme, code in codes if scheme == ISSUE), "")
    cells["language"] = (cells["language"] or _language_of(item, beside))[:2].lower()
    themes = [code for scheme, code in codes if scheme != ISSUE and code in network.terms()]
    return _record(Fields(cells, item.sourceline or 0), themes)


def _language_of(item: etree._Element, beside: Mapping[str, str]) -> str:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    return item.get(lang) or beside["language"].strip() or item.getroottree().getroot().get(lang) or "es"


def _content(part: etree._Element) -> str:
    """The content of a part of a feed, be it text, escaped HTML or XHTML."""
    if len(part):
        return etree.tostring(part, encoding="unicode", method="xml", with_tail=False)
    return part.text or ""


def _of_page(article: etree._Element) -> Record:
    heading = next(article.iter("h1", "h2", "h3"), None)
    time = next(article.iter("time"), None)
    link = next(article.iter("a"), None) if heading is None else next(heading.iter("a"), next(article.iter("a"), None))
    first = next(article.iter("p"), None)
    cells = {
        "id": article.get("id") or "", "title": "" if heading is None else " ".join(heading.itertext()),
        "day": "" if time is None else (time.get("datetime") or time.text or ""),
        "link": "" if link is None else link.get("href") or "", ISSUE: article.get("data-issue") or "",
        "summary": "" if first is None else " ".join(first.itertext()),
        "text": etree.tostring(article, encoding="unicode", method="html", with_tail=False),
        "language": (article.get("lang") or article.getroottree().getroot().get("lang") or "es")[:2].lower(),
    }  # fmt: skip
    themes = [code for code in (article.get("data-themes") or "").split() if code in network.terms()]
    return _record(Fields(cells, article.sourceline or 0), themes)


def _record(row: Fields, themes: list[str]) -> Record:
    plain = Fields({**row.cells, "title": text_of(row.cells["title"]), "summary": text_of(row.cells["summary"])[:2000],
                    "text": text_of(row.cells["text"])}, row.row)  # fmt: skip
    link = plain.link("link")
    name = plain.text("id", 1000, needed=False) or link
    if not name:
        raise plain.wrong("id", gettext_noop("It is missing."))
    content = {
        "title": plain.text("title"), "issue": plain.text(ISSUE, 40, needed=False), "day": _day(plain).isoformat(),
        "summary": plain.text("summary", 2000, needed=False, lines=True), "link": link, "themes": sorted(set(themes)),
        "text": plain.text("text", LONGEST, needed=False, lines=True),
        "language": plain.one_of("language", dict(l10n.LANGUAGES)),
    }  # fmt: skip
    key = name if len(name) <= 120 else hashlib.sha256(name.encode()).hexdigest()
    return Record(key, content, row.row)


def _day(row: Fields) -> datetime.date:
    """The day of an article (UTC), as RSS, Atom or HTML write it."""
    text = row.text("day", 60)
    try:
        found = datetime.datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError):
        raise row.wrong("day", gettext_noop("“%(text)s” is no day; write it like 2027-01-31.")) from None
    return (found.astimezone(datetime.UTC) if found.tzinfo else found).date()


def text_of(markup: str) -> str:
    """HTML reduced to text: a line for each paragraph, nothing that is run or only drawn."""
    if "<" not in markup and "&" not in markup:
        return markup
    try:
        found = html.fragment_fromstring(markup, create_parent="div")
    except (etree.ParserError, ValueError):
        return ""
    for part in list(found.iter("script", "style", "template", "iframe", "object", "svg", etree.Comment)):
        part.drop_tree()
    for part in found.iter("p", "br", "li", "div", "h1", "h2", "h3", "h4", "tr"):
        part.text, part.tail = "\n" + (part.text or ""), "\n" + (part.tail or "")
    lines = (" ".join(line.split()) for line in found.text_content().splitlines())
    return "\n".join(line for line in lines if line)
