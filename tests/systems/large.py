"""Files of any number of rows, written row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pycountry import countries

from tests.systems.files import FORMS, Form

ORIGINS = [one.alpha_2 for one in countries]
YEARS = 20
COUNTRIES = ["AG", "AR", "BS", "BB", "BO", "BR", "BZ", "CA", "CL", "CO"]


def _form(code: str, name: str) -> Form:
    return next(form for form in FORMS if (form.code, form.name) == (code, name))


def _figure(number: int) -> tuple[str, int, str, str, str]:
    """Country, year, sex, origin, series: a million of them, all different."""
    number, country = divmod(number, len(COUNTRIES))
    number, sex = divmod(number, 2)
    number, origin = divmod(number, 240)
    number, year = divmod(number, 220)
    return COUNTRIES[country], 1810 + year, "FM"[sex], ORIGINS[origin], "stock"


def _csv(number: int) -> str:
    country, year, sex, origin, series = _figure(number)
    return f"{country},{year},{sex},{origin},{series},PS,{number},A,\n"


def _specific(number: int) -> str:
    """Series of twenty years, each row an observation."""
    number, year = divmod(number, YEARS)
    country, of, sex, origin, series = _figure(number)
    key = f'REF_AREA="{country}" SERIES="{series}" SEX="{sex}" ORIGIN="{origin}" UNIT_MEASURE="PS"'
    begins = f"<Series {key}>" if year == 0 else ""
    obs = f'<Obs TIME_PERIOD="{1810 + (of - 1810) * YEARS % 280 + year}" OBS_VALUE="{number}" OBS_STATUS="A"/>'
    return begins + obs + ("</Series>\n" if year == YEARS - 1 else "")


def _law(number: int) -> str:
    return _form("milex", "xml").rows[0].replace("978", str(number))


def _programme(number: int) -> str:
    return _form("minpet", "json").rows[0].replace("M1", f"M{number}")


def _item(number: int) -> str:
    return _form("bulletin", "rss").rows[0].replace("<guid>a", f"<guid>a{number}")


MAKERS: dict[str, tuple[str, str, Callable[[int], str]]] = {
    "csv": ("sicremi", "csv", _csv),
    "specific": ("sicremi", "specific", _specific),
    "laws": ("milex", "xml", _law),
    "programmes": ("minpet", "json", _programme),
    "articles": ("bulletin", "rss", _item),
}


def pieces(form: str, rows: int) -> Iterator[bytes]:
    """A file of so many rows, a multiple of twenty, piece by piece."""
    code, name, make = MAKERS[form]
    like = _form(code, name)
    yield like.head.encode()
    for number in range(rows):
        yield (make(number) + (like.between if number < rows - 1 else "")).encode()
    yield like.foot.encode()


def content(form: str, rows: int) -> bytes:
    """A file of so many rows, all of it."""
    return b"".join(pieces(form, rows))
