"""XML from outside: read only when it is whole, brings no definitions of its own, and keeps within bounds."""

from __future__ import annotations

import re
from xml.parsers.expat import errors
from xml.sax import ContentHandler, SAXParseException

from defusedxml import DefusedXmlException, sax
from django.utils.translation import gettext_lazy as _
from lxml import etree

from ricomi import l10n
from ricomi.fund.bank.faults import Unreadable

DEEPEST = 40
MOST_ELEMENTS = 600_000
_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_CUT = {
    errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN, errors.XML_ERROR_PARTIAL_CHAR,
    errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
}  # fmt: skip


def root_of(content: bytes) -> etree._Element:
    """The root of an XML document. Raises Unreadable.

    It is looked through first by a parser that stops at the first definition and counts as it goes; only then is it
    kept in memory.
    """
    try:
        sax.parseString(content, _Bounds(), forbid_dtd=True)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        return etree.fromstring(content, parser)
    except DefusedXmlException:
        raise Unreadable(
            _("The file brings definitions (a DOCTYPE or entities), which no bank statement has. Nothing was read; ask "
              "the bank where this file comes from.")
        ) from None  # fmt: skip
    except SAXParseException as error:
        if error.getMessage() in _CUT:
            raise Unreadable(_("The file ends in the middle. Download it again from the bank, whole.")) from None
        raise _refusal(content, error.getLineNumber() or 1) from None
    except etree.XMLSyntaxError as error:
        raise _refusal(content, error.lineno or 1) from None
    except (LookupError, ValueError):
        # Encodings that the parser does not know, or that no XML is written in.
        raise _refusal(content, 1) from None


class _Bounds(ContentHandler):
    """Counts, and stops a file that is nested too deep or has too many elements."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.elements = 0

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise Unreadable(_("The file is nested deeper than any bank statement. Ask the bank for a corrected file."))
        if self.elements > MOST_ELEMENTS:
            raise Unreadable(
                _("The file holds more than %(limit)s elements. Ask the bank for shorter periods, and upload them one "
                  "by one.") % {"limit": l10n.number(MOST_ELEMENTS)}
            )  # fmt: skip

    def endElement(self, name: str) -> None:  # noqa: N802
        self.depth -= 1


def _refusal(content: bytes, line: int) -> Unreadable:
    declared = _ENCODING.match(content.lstrip(b"\xef\xbb\xbf"))
    encoding = declared[1].decode() if declared else "utf-8"
    try:
        content.decode(encoding)
    except (LookupError, ValueError):
        return Unreadable(
            _("The file is not written in the encoding that it states, %(encoding)s. Upload it as the bank sent it, "
              "without having opened and saved it.") % {"encoding": encoding}
        )  # fmt: skip
    return Unreadable(
        _("Line %(line)d of the file is not XML. Upload it as the bank sent it, without having opened and saved it.")
        % {"line": line}
    )
