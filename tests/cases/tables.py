"""Tables of rates for tests, as the Fund's manager imports them."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from cases import rate_sheet, rates
from cases.models import Edition
from ricomi.directory.models import User

HEAD = "country,place,amount,currency,valid_from,valid_to\n"
SOURCE = "Circular 4/2026"
BEGIN = datetime.date(2026, 1, 1)


def sheet(*rows: str, name: str = "rates.csv") -> Any:
    """A CSV file of these rows, such as `PY,Asunción,190,USD,,`."""
    return SimpleUploadedFile(name, (HEAD + "\n".join(rows) + "\n").encode())


def import_table(
    by: User, *rows: str, dated: datetime.date = BEGIN, in_force_from: datetime.date = BEGIN, source: str = SOURCE
) -> Edition:
    """Import these rates as an edition."""
    file = sheet(*(rows or ("PY,Asunción,190,USD,,", "PY,,150,USD,,", "CL,Santiago,235,USD,,")))
    lines, faults = rate_sheet.read(file, in_force_from)
    assert not faults
    about = {"file_name": file.name, "sha256": file.sha256, "source": source, "dated": dated,
             "in_force_from": in_force_from}  # fmt: skip
    last = rates.newest()
    return rates.bring_in(lines, about, by=by, seen=last.pk if last else None)
