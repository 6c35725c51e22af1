"""A file that is read once from its beginning to its end, and counted and summed while it is."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext_noop

from ricomi.systems.reading.faults import Broken

HEAD = 4096
PIECE = 64 * 1024
LONGEST_LINE = 1024 * 1024
BOM = b"\xef\xbb\xbf"
_ELSEWHERE = (b"\xff\xfe", b"\xfe\xff")
# Signs at the beginning of files that are no text: archives, pictures, documents.
_BINARY = (b"PK\x03\x04", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"GIF8", b"\xd0\xcf\x11\xe0")


class Source:
    """What an adapter reads: bytes, or lines of UTF-8, of a file of `size` bytes.

    Its form is read from its content: its name and what was said of it prove nothing. `done` counts the bytes that were
    read, and `ended` says whether somebody asked for more than there are.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self.size = file, size
        self.done, self.ended = 0, False
        self._sum = hashlib.sha256()
        self.head = file.read(HEAD)
        self._ahead = self.head

    @property
    def form(self) -> str:
        """`xml`, `html`, `json` or `csv`. Raises Broken for what is none of these."""
        if not self.head.strip():
            raise Broken(gettext_noop("The file is empty."))
        if self.head.startswith(_BINARY):
            raise Broken(gettext_noop("The file is an archive, a picture or a document, not a text that can be read."))
        text = self.head.removeprefix(BOM).lstrip().lower()
        if text.startswith((b"<!doctype html", b"<html")):
            return "html"
        if text.startswith(b"<") or self.head.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
            return "xml"
        if self.head.startswith(_ELSEWHERE):
            raise Broken(gettext_noop("The file is written in UTF-16; save it in UTF-8."))
        return "json" if text.startswith((b"[", b"{")) else "csv"

    def read(self, size: int = -1) -> bytes:
        """The next bytes, of which at most one piece is held in memory at a time; none at the end."""
        wanted = PIECE if size is None or size < 0 else min(size, PIECE)
        if self._ahead:
            piece, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        else:
            piece = self._file.read(wanted)
        self.done, self.ended = self.done + len(piece), not piece
        self._sum.update(piece)
        return piece

    def sum_of_all(self) -> str:
        """The SHA-256 of the whole file; what an adapter left unread is read now."""
        while self.read():
            pass
        return self._sum.hexdigest()

    def lines(self) -> Iterator[str]:
        """Lines with their ends. Raises Broken where one is too long, no UTF-8, or the file ends within it."""
        number, rest = 0, b""
        while piece := self.read(PIECE):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                number += 1
                yield _text(line + b"\n", number)
            if len(rest) > LONGEST_LINE:
                raise Broken(gettext_noop("The row is longer than a row may be."), row=number + 1)
        if rest:
            raise Broken(gettext_noop("The file ends in the middle of this row. Nothing was taken."), row=number + 1)

    def texts(self) -> Iterator[str]:
        """The whole text piece by piece. Raises Broken where it is no UTF-8."""
        decoder, line = codecs.getincrementaldecoder("utf-8-sig")(), 1
        while piece := self.read(PIECE):
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError as wrong:
                raise _encoding(line + wrong.object[: wrong.start].count(b"\n")) from None
            yield text
            line += text.count("\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise Broken(
                gettext_noop("The file ends in the middle of a letter. Nothing was taken."), row=line
            ) from None


def _text(line: bytes, number: int) -> str:
    if number == 1:
        line = line.removeprefix(BOM)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise _encoding(number) from None
    if "\x00" in text:
        raise Broken(gettext_noop("The row holds a character that no text has (NUL)."), row=number)
    return text


def _encoding(row: int) -> Broken:
    return Broken(gettext_noop("The text is not written in UTF-8. Save the file in UTF-8 and try again."), row=row)
