"""What a code and a file prove of each other."""

from __future__ import annotations

import enum
import hashlib
import re
from dataclasses import dataclass

from ricomi.papers import codes
from ricomi.papers.models import Paper

# The templates note the code among the keywords, which PDF keeps as plain text.
_WRITTEN_CODE = re.compile(rb"RICOMI-CODE ((?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4})")


class Verdict(enum.Enum):
    """What is known of what was handed in."""

    GENUINE = "genuine"  # the file is, byte by byte, one that was issued
    OTHER = "other"  # so it is, but under another code than the one that was typed
    ALTERED = "altered"  # the code was issued; this file was not
    KNOWN = "known"  # the code was issued; no file was handed in
    UNKNOWN = "unknown"  # nothing of the kind was issued


@dataclass(frozen=True)
class Answer:
    verdict: Verdict
    paper: Paper | None = None


def verify(typed: str, content: bytes | None, language: str) -> Answer:
    """Compare a code as somebody typed it, a file, or both, with what was issued.

    A file without a code is looked for by itself, and by the code that it bears. Where the code alone leads to a paper
    the answer holds the one in `language`; where the file does, the one that it is.
    """
    if content is None:
        known = _by_code(codes.read(typed), language)
        return Answer(Verdict.KNOWN if known else Verdict.UNKNOWN, known)
    code = codes.read(typed)
    paper = Paper.objects.light().filter(sha256=hashlib.sha256(content).hexdigest()).first()
    if paper is not None:
        return Answer(Verdict.GENUINE if not typed or paper.code == code else Verdict.OTHER, paper)
    if not typed and (written := _WRITTEN_CODE.search(content)):
        code = codes.read(written.group(1).decode("ascii"))
    known = _by_code(code, language)
    return Answer(Verdict.ALTERED if known else Verdict.UNKNOWN, known)


def _by_code(code: str, language: str) -> Paper | None:
    # Asked also for what can be no code, so that every answer takes the same way.
    found = {paper.language: paper for paper in Paper.objects.light().filter(code=code)}
    return found.get(language) or next(iter(found.values()), None)
