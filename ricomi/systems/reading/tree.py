"""XML element by element: whole, without definitions of its own, and within bounds."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from xml.sax import ContentHandler, SAXParseException

from defusedxml import DefusedXmlException, expatreader
from django.utils.translation import gettext_noop
from lxml import etree

from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.source import Source

DEEPEST = 40
MOST_PARTS = 20_000
SHORT = 100
_ENCODING = {
    etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_UNKNOWN_ENCODING, etree.ErrorTypes.ERR_INVALID_CHAR,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING, etree.ErrorTypes.I18N_CONV_FAILED,
}  # fmt: skip


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def events(source: Source) -> Iterator[tuple[str, etree._Element]]:
    """`start` and `end` of each element, in their order; whoever reads lets go of what they are done with (`forget`).

    Raises Broken for a document that brings definitions, is cut, nested too deep, or is not XML in its own encoding.
    """
    _look_at_the_prolog(source.head)
    depth = 0
    try:
        found = etree.iterparse(
            source, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
            remove_comments=True, remove_pis=True, huge_tree=False,
        )  # fmt: skip
        for event, element in found:
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise Broken(gettext_noop("The file is nested deeper than any of its kind."), row=element.sourceline)
            if depth == 1 and event == "start" and element.getroottree().docinfo.internalDTD is not None:
                raise _definitions()
            yield event, element
    except etree.XMLSyntaxError as wrong:
        raise _refusal(wrong, source) from None
    except LookupError:
        raise Broken(gettext_noop("The file names an encoding that nobody knows."), row=1) from None


def elements(
    source: Source, root: Collection[str], name: Collection[str], beside: dict[str, str] | None = None
) -> Iterator[etree._Element]:
    """The elements of these names below a root of one of these; each is gone once the next is asked for.

    All else is gone at once. `beside` is filled with the first text of each element outside them that it names.
    """
    first, wanted = True, Wanted(name)
    for event, element in events(source):
        if first and local(element) not in root:
            raise Broken(gettext_noop("The file begins with “%(found)s”, where %(wanted)s is wanted."),
                         row=element.sourceline, found=local(element)[:40], wanted=", ".join(root))  # fmt: skip
        first = False
        if wanted.has_come(event, element):
            yield element
        if event == "end" and not wanted.inside:
            if beside is not None and beside.get(local(element)) == "":
                beside[local(element)] = (element.text or "")[:SHORT]
            forget(element)


class Wanted:
    """Tells when an element of one of these names has come whole; those within it belong to it."""

    def __init__(self, names: Collection[str]) -> None:
        self.names, self.inside, self.parts = names, 0, 0

    def has_come(self, event: str, element: etree._Element) -> bool:
        """Whether the element that this event ends is one of them. Raises Broken for one of more parts than any has."""
        if event == "start":
            if self.inside or local(element) in self.names:
                self.inside, self.parts = self.inside + 1, self.parts + 1
            if self.parts > MOST_PARTS:
                raise Broken(gettext_noop("The row is longer than a row may be."), row=element.sourceline)
            return False
        if not self.inside:
            return False
        self.inside -= 1
        self.parts = self.parts if self.inside else 0
        return not self.inside


def forget(element: etree._Element) -> None:
    """Let go of an element and of all that stand before it beside it."""
    parent = element.getparent()
    if parent is None:
        return
    element.clear()
    while element.getprevious() is not None:
        del parent[0]


class _Begun(Exception):
    """The root has begun, so no definition can come any more."""


class _Prolog(ContentHandler):
    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802
        raise _Begun


def _look_at_the_prolog(head: bytes) -> None:
    parser = expatreader.create_parser(forbid_dtd=True)
    parser.setContentHandler(_Prolog())
    try:
        parser.feed(head)
    except _Begun:
        return
    except DefusedXmlException:
        raise _definitions() from None
    except (SAXParseException, LookupError, ValueError):
        return  # what is wrong is said with its place by who reads the rest


def _definitions() -> Broken:
    return Broken(gettext_noop("The file brings definitions of its own (a DOCTYPE or entities), which are not read."))


def _refusal(wrong: etree.XMLSyntaxError, source: Source) -> Broken:
    row, code = wrong.lineno or 1, wrong.code
    if code in _ENCODING or "encoding" in str(wrong):
        return Broken(gettext_noop("The text is not in the encoding that the file states."), row=row)
    if source.ended:
        # Only what has an end that never came is wrong no earlier than here.
        return Broken(gettext_noop("The file ends in the middle of this row. Nothing was taken."), row=row)
    if code in (etree.ErrorTypes.ERR_ENTITY_LOOP, etree.ErrorTypes.ERR_UNDECLARED_ENTITY):
        return _definitions()
    return Broken(gettext_noop("The row is not XML: %(why)s."), row=row, why=_plain(wrong))


def _plain(wrong: etree.XMLSyntaxError) -> str:
    """What the parser says, without where: it is said beside."""
    words = (wrong.msg or "").partition(", line")[0]
    return codecs.decode(codecs.encode(words[:100], "ascii", "replace"), "ascii")
