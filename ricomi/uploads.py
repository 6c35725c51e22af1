"""What a file really is, read from its content; its name and what the browser says of it prove nothing."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from typing import Any

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

OFFICE = {
    "word/document.xml": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": OFFICE["word/document.xml"][1],
    "xlsx": OFFICE["xl/workbook.xml"][1],
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "txt": "text/plain",
    "csv": "text/csv",
}


def check(upload: Any) -> Any:
    """Accept a document, an image, a sheet or a text, and note its real type and its SHA-256 on the upload.

    Raises ValidationError when it is empty, larger than settings.DOCUMENT_MAX_BYTES, of a kind that is not
    accepted, or not what its name says.
    """
    content = read(upload, settings.DOCUMENT_MAX_BYTES)
    ending = upload.name.rsplit(".", 1)[-1].lower() if "." in upload.name else ""
    if ending not in KINDS:
        raise ValidationError(
            _("Files of this kind are not accepted. Accepted are: %(kinds)s.") % {"kinds": ", ".join(sorted(KINDS))}
        )
    if sniff(content, ending) != KINDS[ending]:
        raise ValidationError(
            _("The file is not what its name says: its content is not “.%(ending)s”.") % {"ending": ending}
        )
    upload.checked_type, upload.sha256 = KINDS[ending], hashlib.sha256(content).hexdigest()
    upload.name = "".join(char for char in upload.name if char.isprintable() and char not in '/\\"')[-200:]
    return upload


def read(upload: Any, most: int) -> bytes:
    """The content of an upload of at most `most` bytes. Raises ValidationError when it is empty or larger."""
    if upload.size > most:
        raise ValidationError(_("The file is larger than %(limit)s.") % {"limit": filesizeformat(most)})
    content: bytes = upload.read()
    upload.seek(0)
    if not content:
        raise ValidationError(_("The file is empty."))
    return content


def sniff(content: bytes, ending: str) -> str:
    """The media type that the content has; empty when it is none that is accepted."""
    if content[:4] == b"PK\x03\x04":
        return _of_archive(content)
    guess = filetype.guess(content)
    if guess is not None:
        return str(guess.mime)
    return KINDS[ending] if ending in {"txt", "csv"} and _is_text(content) else ""


def _of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any("vbaProject" in name for name in names):
                return ""
            for name, (_ending, kind) in OFFICE.items():
                if name in names:
                    return kind
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                return archive.read("mimetype").decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError):
        return ""
    return ""


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"#!"))
