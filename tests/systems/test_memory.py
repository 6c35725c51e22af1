"""However many rows a file has, an adapter holds a few of them at a time. `make bench` reads a million."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from ricomi.systems.adapters import adapters
from ricomi.systems.reading import sdmx
from ricomi.systems.reading.source import Source
from tests.systems.large import MAKERS, content

FEW, MANY = 500, 2_500
# A buffer that is not full yet grows with the first rows; a thousand records are larger.
SLACK = 256 * 1024


@pytest.mark.parametrize(("code", "form"), [(code, form) for form, (code, *_how) in MAKERS.items()])
def test_five_times_the_rows_take_no_more_memory(code, form, monkeypatch):
    monkeypatch.setattr(sdmx, "OF_A_MESSAGE", 250)
    file = content(form, MANY)
    adapter, source = adapters()[code], Source(io.BytesIO(file), len(file))
    list(adapter.read(Source(io.BytesIO(part := content(form, 20)), len(part))))  # what is imported on the way
    tracemalloc.start()
    try:
        for number, _record in enumerate(adapter.read(source), 1):
            if number == FEW:
                few = tracemalloc.get_traced_memory()[1]
        assert number == MANY
        assert tracemalloc.get_traced_memory()[1] <= 1.5 * few + SLACK
    finally:
        tracemalloc.stop()
