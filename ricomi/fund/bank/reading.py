"""Where a statement file is read, whatever its form."""

from __future__ import annotations

import hashlib

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from ricomi.fund.bank import camt053, csv_statement
from ricomi.fund.bank.faults import Unreadable
from ricomi.fund.bank.statement import StatementFile, check_count, with_keys

LARGEST_FILE = 20 * 1024 * 1024
_XML_BEGINNINGS = (b"<", b"\xff\xfe<\x00", b"\xfe\xff\x00<")


def read(content: bytes, *, sha256: str = "") -> StatementFile:
    """What a bank's statement file holds: camt.053 from version 02 on, or CSV in the form of `csv_statement`.

    `content` is the file, of at most LARGEST_FILE bytes; `sha256`, when the bank gave one, is the sum that it must
    have, in hexadecimal. Raises Unreadable, with a sentence that says what to do, for anything but a whole and sound
    file: one fault anywhere and nothing is taken.
    """
    if not content.strip():
        raise Unreadable(_("The file is empty. Download it again from the bank."))
    if len(content) > LARGEST_FILE:
        raise Unreadable(
            _("The file is larger than %(limit)s. Ask the bank for shorter periods, and upload them one by one.")
            % {"limit": filesizeformat(LARGEST_FILE)}
        )
    found = hashlib.sha256(content).hexdigest()
    if sha256 and "".join(sha256.split()).lower() != found:
        raise Unreadable(
            _("The file's SHA-256 is not the one that was given with it: it was changed on the way. Download it again "
              "from the bank.")
        )  # fmt: skip
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_XML_BEGINNINGS):
        form, message_id, statements = camt053.read(content)
    else:
        form, message_id, statements = "csv", "", [csv_statement.read(content, vouched_for=bool(sha256))]
    check_count(sum(len(statement.entries) for statement in statements))
    return StatementFile(found, form, message_id, with_keys(statements))
