"""HTML pages, element by element."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext_noop
from lxml import etree

from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.source import Source
from ricomi.systems.reading.tree import DEEPEST, Wanted, forget

_END = re.compile(r"</html\s*>\s*\Z", re.IGNORECASE)
_DEFINES = re.compile(r"<!(entity|doctype[^>]{0,200}\[)", re.IGNORECASE)


def elements(source: Source, name: str) -> Iterator[etree._Element]:
    """The elements of a name; each is gone once the next is asked for, and all else at once.

    HTML has no end that a parser would miss, so a page must end with </html>. Raises Broken for one that does not, that
    is not written in UTF-8, or that brings entities of its own.
    """
    # In the encoding that is given here, whatever the page states within.
    parser = etree.HTMLPullParser(
        events=("start", "end"), encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    tail, depth, wanted = "", 0, Wanted((name,))
    for text in source.texts():
        if _DEFINES.search(tail + text):
            raise Broken(
                gettext_noop("The file brings definitions of its own (a DOCTYPE or entities), which are not read.")
            )
        tail = (tail + text)[-300:]
        if "\x00" in text:
            raise Broken(gettext_noop("The row holds a character that no text has (NUL)."), row=1)
        parser.feed(text.encode())
        for event, element in parser.read_events():
            depth += 1 if event == "start" else -1
            if depth > DEEPEST * 2:
                raise Broken(gettext_noop("The file is nested deeper than any of its kind."), row=element.sourceline)
            if wanted.has_come(event, element):
                yield element
            if event == "end" and not wanted.inside:
                forget(element)
    if not _END.search(tail):
        raise Broken(gettext_noop("The page has no end (</html>): it was cut. Nothing was taken."))
