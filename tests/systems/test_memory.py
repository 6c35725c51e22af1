"""However many rows a file has, an adapter holds a few of them at a time. `make bench` reads a million."""

from __future__ import annotations

import io
import time
import tracemalloc

import pytest

from ricomi.systems.adapters import adapters
from ricomi.systems.reading import sdmx, tree
from ricomi.systems.reading.faults import Broken
from ricomi.systems.reading.source import Source
from tests.systems.files import FORMS
from tests.systems.large import MAKERS, content

pytestmark = pytest.mark.usefixtures("english")
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


UNWANTED = [
    ("bulletin", "rss", "<x><y/></x>", "<item>"), ("bulletin", "rss", "<language/>", "<item>"),
    ("bulletin", "html", "<p><b>x</b></p>", "<article"), ("milex", "xml", "<x/>", "<law "),
    ("sicremi", "generic", "<g:Other/>", "<g:Series>"), ("sicremi", "generic", "<g:Other/>", "<g:Obs>"),
    ("sicremi", "specific", "<Other/>", "<Series"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "what", "before"), UNWANTED)
def test_what_nobody_wants_is_not_held(code, name, what, before, monkeypatch):
    form = next(form for form in FORMS if (form.code, form.name) == (code, name))
    file = form.whole().replace(before.encode(), what.encode() * 2000 + before.encode(), 1)
    roots = []

    seen = tree.local

    def local(element):
        roots[:] = [element.getroottree().getroot()]
        return seen(element)

    monkeypatch.setattr(tree, "local", local)
    monkeypatch.setattr(sdmx, "local", local)
    assert len(list(adapters()[code].read(Source(io.BytesIO(file), len(file))))) == 2
    assert sum(1 for _one in roots[0].iter()) < 100


def test_a_row_of_parts_without_an_end_is_refused():
    file = b"<laws><law>" + b"<x/>" * 30_000
    with pytest.raises(Broken, match="longer than a row may be"):
        list(adapters()["milex"].read(Source(io.BytesIO(file), len(file))))


def test_a_page_is_searched_for_definitions_in_a_moment():
    file = b"<html><body>" + b"<!doctype" * 150_000 + b"</body></html>"
    begun = time.process_time()
    list(adapters()["bulletin"].read(Source(io.BytesIO(file), len(file))))
    assert time.process_time() - begun < 2
