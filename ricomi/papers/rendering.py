"""From the data of a paper to its PDF: tagged, in its language, the same bytes each time."""

from __future__ import annotations

import datetime
import io
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings

# Tagged for readers who listen, and with all that it needs inside for readers in thirty years.
STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]
EMBLEM = settings.BASE_DIR / "ricomi" / "static" / "ricomi" / "emblem.svg"


def render(kind: str, data: dict[str, Any], at: datetime.datetime) -> bytes:
    """The PDF of a paper by the template of its kind.

    `data` is what `issuing.issue` put together, or the like of it without an address at which it is verified; `at` is
    the moment that the file bears as that of its making. The template gets the data as JSON and never as source, so
    nothing that anybody wrote is taken for an instruction.
    Raises typst.TypstError when the template fails.
    """
    return _compile(kind, data, at, format="pdf", pdf_standards=STANDARDS)


def pictures(kind: str, data: dict[str, Any], at: datetime.datetime, ppi: float = 80) -> list[bytes]:
    """The pages as PNG, `ppi` dots an inch, for whoever works on a template."""
    pages = _compile(kind, data, at, format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def _compile(kind: str, data: dict[str, Any], at: datetime.datetime, **how: Any) -> Any:
    root: Path = settings.BASE_DIR / "templates" / "papers"
    sent = json.dumps(shown(data), ensure_ascii=False, sort_keys=True)
    address = data["frame"].get("address")
    return typst.compile(
        root / f"{kind}.typ",
        root=root,
        ignore_system_fonts=True,
        font_paths=[],
        sys_inputs={
            "data": sent,
            **({"qr": _qr(address)} if address else {}),
            "emblem": EMBLEM.read_text("utf-8"),
        },
        timestamp=int(at.timestamp()),
        **how,
    )


def _qr(address: str) -> str:
    drawing = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", border=0, xmldecl=False, omitsize=True)
    return drawing.getvalue().decode("utf-8")


def shown(value: Any) -> Any:
    """The same data with each character that no embedded font has written as its number, such as `[U+4E2D]`.

    One such character would otherwise keep a whole paper from being made.
    """
    if isinstance(value, str):
        return "".join(char if char <= "\u024f" or _has_glyph(char) else f"[U+{ord(char):04X}]" for char in value)
    if isinstance(value, dict):
        return {key: shown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one) for one in value]
    return value


@lru_cache(maxsize=4096)
def _has_glyph(char: str) -> bool:
    probe = b'#set document(title: "-")\n#set text(font: "Libertinus Serif")\n#sys.inputs.char'
    how: dict[str, Any] = {"format": "pdf", "pdf_standards": STANDARDS, "timestamp": 0}
    try:
        typst.compile(probe, ignore_system_fonts=True, sys_inputs={"char": char}, **how)
    except typst.TypstError:
        return False
    return True
