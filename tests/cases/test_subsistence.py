"""The table of daily allowances: how days are counted, which rate counts when, what an import takes and refuses."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from cases import rate_sheet, rates, travel
from cases.models import Edition, Rate
from cases.trip_forms import Planned
from ricomi import l10n
from ricomi.directory.models import Record
from tests import flows
from tests.cases.tables import BEGIN, HEAD, import_table, sheet

ENGLISH = {"Accept-Language": "en"}
DAY = datetime.timedelta(days=1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def day(text):
    return datetime.date.fromisoformat(text)


def leg(start, end, departs, arrives=None, **more):
    country = {"Santiago": "CL", "Asunción": "PY", "Lima": "PE", "Quito": "EC", "Bogotá": "CO"}
    fare = Decimal("100.00")
    return Planned(start, country[start], end, country[end], day(departs), day(arrives or departs), "air", fare, **more)


TWO_CITIES = [
    leg("Santiago", "Asunción", "2027-02-26", "2027-02-27"), leg("Asunción", "Lima", "2027-03-01"),
    leg("Lima", "Santiago", "2027-03-03", "2027-03-04"),
]  # fmt: skip


def by_hand(legs):
    """The same count made another way: who walks through the nights and asks where the traveller lay down."""
    places, where, home = {}, legs[0].from_place, legs[0].from_place
    for one in legs:
        night = one.departs
        while night < one.arrives:  # on the way: there already, or, homeward, still where they came from
            places[night] = one.from_place if one.to_place == home else one.to_place
            night += DAY
        where = one.to_place
        places[one.arrives] = where
    found, here = [], home
    night = legs[0].departs
    while night < legs[-1].arrives:
        here = places.get(night, here)
        found.append((night, None if here == home else here, 0 if here == home else 100))
        night += DAY
    away = [one.to_place for one in legs if one.to_place != home]
    return [*found, (legs[-1].arrives, away[-1], 60)]


@st.composite
def trips(draw):
    """Legs between five cities, with nights on the way, back home at the end or not."""
    begins = day("2027-02-20") + DAY * draw(st.integers(0, 400))
    where, found = "Santiago", []
    for number in range(draw(st.integers(1, 6))):
        choices = [one for one in ("Santiago", "Asunción", "Lima", "Quito", "Bogotá") if one != where]
        target = draw(st.sampled_from(choices if number else choices[1:]))
        arrives = begins + DAY * draw(st.integers(0, 2))
        found.append(leg(where, target, begins.isoformat(), arrives.isoformat()))
        where, begins = target, arrives + DAY * draw(st.integers(0, 4))
    if where != "Santiago" and draw(st.booleans()):
        found.append(leg(where, "Santiago", begins.isoformat(), (begins + DAY * draw(st.integers(0, 1))).isoformat()))
    return found


@given(trips())
def test_days_are_counted_as_the_rule_says(legs):
    assert travel.disorder(legs) == []
    counted = [
        (on, legs[number].to_place if number is not None else None, share)
        for on, number, share in travel.days_away(legs)
    ]
    last = legs[travel.last_place(legs)].to_place
    assert counted[:-1] == by_hand(legs)[:-1]
    assert counted[-1] == (legs[-1].arrives, last, 60)
    assert len(counted) == (legs[-1].arrives - legs[0].departs).days + 1


def test_nights_on_the_way_and_the_day_of_return():
    found = travel.reckon(TWO_CITIES, lambda number, on: (Decimal(100 + number), "x"), "USD")
    assert [(one.day.day, one.place, one.share, one.amount) for one in found] == [
        (26, "Asunción", 100, 100), (27, "Asunción", 100, 100), (28, "Asunción", 100, 100), (1, "Lima", 100, 101),
        (2, "Lima", 100, 101), (3, "Lima", 100, 101), (4, "Lima", 60, Decimal("60.60")),
    ]  # fmt: skip
    assert [travel.Day.of(one.as_kept()) for one in found] == found


def test_a_day_trip_is_one_day_of_return():
    legs = [leg("Santiago", "Lima", "2027-03-01"), leg("Lima", "Santiago", "2027-03-01")]
    assert travel.days_away(legs) == [(day("2027-03-01"), 0, 60)]


def test_a_leap_day_counts():
    legs = [leg("Santiago", "Lima", "2028-02-28"), leg("Lima", "Santiago", "2028-03-01")]
    assert [on.isoformat() for on, _leg, _share in travel.days_away(legs)] == ["2028-02-28", "2028-02-29", "2028-03-01"]


def test_a_currency_without_cents_is_rounded_to_its_own_digits():
    (one,) = travel.reckon(
        [leg("Santiago", "Lima", "2027-03-01"), leg("Lima", "Santiago", "2027-03-01")],
        lambda number, on: (Decimal("101"), "x"), "PYG",
    )  # fmt: skip
    assert one.amount == Decimal("61")
    assert travel.share_of(Decimal("1000001"), 80, "PYG") == Decimal("800000")


def test_the_days_actually_travelled():
    planned = travel.reckon(TWO_CITIES, lambda number, on: (Decimal(100 + number), "x"), "USD")
    first = TWO_CITIES[0].departs

    def amounts(left, returned):
        return [one.amount for one in travel.as_travelled(planned, left, returned, 2)]

    assert travel.as_travelled(planned, first, day("2027-03-04"), 2) == planned
    assert amounts(first, first) == [60]
    assert amounts(first, day("2027-03-01")) == [100, 100, 100, 60]  # cut short where the last night was
    assert amounts(first, day("2027-03-06"))[-3:] == [101, 101, Decimal("60.60")]  # delayed at the last place
    assert amounts(day("2027-03-03"), day("2027-03-04")) == [101, Decimal("60.60")]


db = pytest.mark.django_db


@pytest.fixture
def people():
    return flows.people()


@pytest.fixture
def manager(people):
    return people["manager"]


def at(place, on, country="PY", currency="USD"):
    found = rates.Table.of([country]).at(country, place, currency, day(on))
    return found and found.amount


@db
def test_a_newer_edition_takes_the_place_of_an_older_one(manager):
    import_table(manager, "PY,Asunción,200,USD,2026-01-01,", "PY,,150,USD,,", "PE,Lima,210,USD,,")
    import_table(
        manager, "PY,asuncion,220,USD,2026-07-01,2026-12-31", dated=day("2026-06-01"), in_force_from=day("2026-07-01")
    )
    assert [at("ASUNCIÓN", on) for on in ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01", "2026-12-31")] == [
        None, 200, 200, 220, 220,
    ]  # fmt: skip
    assert at("Asunción", "2027-01-01") == 150  # its own rate has ended: elsewhere in the country
    assert at("Encarnación", "2026-08-01") == 150
    assert at("Lima", "2026-08-01", "PE") == 210
    assert at("Lima", "2026-08-01", "PE", "EUR") is None


@db
def test_each_night_has_the_rate_in_force_on_its_day(manager):
    import_table(manager, "PY,Asunción,100,USD,2028-01-01,2028-02-28", "PY,Asunción,120,USD,2028-02-29,")
    import_table(manager, "PY,Asunción,130,USD,2028-03-02,", dated=day("2026-02-01"))
    legs = [leg("Santiago", "Asunción", "2028-02-28"), leg("Asunción", "Santiago", "2028-03-03")]
    found = rates.subsistence(legs, "USD")
    assert [one.amount for one in found] == [100, 120, 120, 130, 78]


@db
def test_where_there_is_no_rate_it_is_said_and_a_written_one_serves(manager):
    import_table(manager, "PY,Asunción,100,EUR,,2027-03-01")
    legs = [leg("Santiago", "Asunción", "2027-03-01"), leg("Asunción", "Santiago", "2027-03-03")]
    with pytest.raises(rates.NoRate, match=r"EUR"):
        rates.subsistence(legs, "USD")
    with pytest.raises(rates.NoRate):
        rates.subsistence(legs, "EUR")  # its period ends a day too early
    legs[0] = leg("Santiago", "Asunción", "2027-03-01", rate=Decimal("80.00"), rate_source="A letter")
    assert [(one.amount, one.source) for one in rates.subsistence(legs, "USD")] == [
        (80, "A letter"), (80, "A letter"), (48, "A letter"),
    ]  # fmt: skip


@db
def test_editions_and_rates_are_final(manager):
    edition = import_table(manager)
    for change in (
        lambda: Edition.objects.filter(pk=edition.pk).update(source="Another"),
        lambda: Edition.objects.filter(pk=edition.pk).delete(),
        lambda: Rate.objects.update(amount=1), lambda: Rate.objects.filter(edition=edition).delete(),
    ):  # fmt: skip
        with pytest.raises(Error), transaction.atomic():
            change()
    for amount in ("0", "NaN", "-1"):
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO cases_rate (edition_id, country, place, place_key, amount, currency, valid_from)"
                " VALUES (%s, 'PY', 'x', 'x', %s, 'USD', now())", [edition.pk, amount],
            )  # fmt: skip


@db
def test_only_a_manager_of_the_fund_imports(manager, people):
    with pytest.raises(PermissionDenied):
        import_table(people["approver"])
    import_table(manager)
    assert Record.objects.latest("pk").what == "rates"
    with pytest.raises(rates.AlreadyImported):
        import_table(manager)
    with pytest.raises(ValidationError):
        import_table(manager, "PY,,99,USD,,", dated=day("2025-01-01"))
    assert Edition.objects.count() == 1


WRONG_ROWS = {
    "PY,Asunción,0,USD,,": "zero", "PY,Asunción,0.00,USD,,": "zero", "PY,Asunción,-5,USD,,": "below zero",
    "PY,Asunción,NaN,USD,,": "no amount", "PY,Asunción,1e5,USD,,": "no amount", "PY,Asunción,Infinity,USD,,": "amount",
    "PY,Asunción,9999999999999,USD,,": "no amount", "PY,Asunción,,USD,,": "missing", "PY,Asunción,１０,USD,,": "",
    "PY,Asunción,10.001,USD,,": "more decimals", "PY,Asunción,10.5,PYG,,": "more decimals",
    "ZZ,Nowhere,10,USD,,": "no country", ",Nowhere,10,USD,,": "no country", "PY,Asunción,10,XYZ,,": "no currency",
    "PY,Asunción,10,,,": "no currency", "PY,Asunción,10,USD,2027-02-29,": "no day", "PY,A,10,USD,29/02/2028,": "no day",
    "PY,A,10,USD,2028-03-01,2028-02-01": "before the first", "PY,A,10,USD,2020-03-01,2020-04-01": "comes into force",
    "PY,A,10,USD,2028W011,": "no day", "PY,A,10,USD,9999-01-01,": "no day", f"PY,{'a' * 101},10,USD,,": "longer",
    "PY,A\x01,10,USD,,": "cannot be read",
}  # fmt: skip


@pytest.mark.parametrize("row", WRONG_ROWS)
def test_a_row_that_is_wrong_is_named(row):
    from django.utils import translation

    with translation.override("en"):
        lines, faults = rate_sheet.read(sheet("CL,Santiago,200,USD,,", row), BEGIN)
    if WRONG_ROWS[row]:
        assert [fault.row for fault in faults] == [3]
        assert WRONG_ROWS[row] in faults[0].message
    assert [line.country for line in lines][:1] == ["CL"]


def test_periods_that_overlap_are_refused():
    rows = ("PY,Asunción,1,USD,2027-01-01,2027-06-30", "PY,,1,USD,,", "PY,asuncion,2,USD,2027-06-30,",
            "PY,Asunción,3,EUR,2027-06-30,", "PY,Asunción,4,USD,2028-01-01,")  # fmt: skip
    _lines, faults = rate_sheet.read(sheet(*rows), BEGIN)
    assert [fault.row for fault in faults] == [4, 6]


WRONG_FILES = {
    "a program": ("rates.csv", b"\x7fELF" + bytes(200)),
    "a program called .xlsx": ("rates.xlsx", b"MZ" + bytes(200)),
    "a page": ("rates.csv", b"<!doctype html><table>"),
    "a document": ("rates.pdf", b"%PDF-1.4\n%%EOF\n"),
    "a text": ("rates.txt", HEAD.encode()),
    "nothing": ("rates.csv", b""),
    "no rows": ("rates.csv", HEAD.encode()),
    "no columns": ("rates.csv", b"a,b\n1,2\n"),
    "too large": ("rates.csv", HEAD.encode() + b"," * 1_100_000),
    "too many rows": ("rates.csv", HEAD.encode() + b"PY,,1,USD,,\n" * 5001),
    "a broken archive": ("rates.xlsx", b"PK\x03\x04" + bytes(50)),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_what_is_no_table_is_refused(name):
    title, content = WRONG_FILES[name]
    with pytest.raises(ValidationError):
        rate_sheet.read(SimpleUploadedFile(title, content), BEGIN)


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in (HEAD.strip().split(","), *rows):
        book.active.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile("rates.xlsx", content.getvalue(), content_type=XLSX)


def test_a_workbook_and_a_sheet_with_semicolons_are_read_alike():
    rows = [("py", " Asunción ", 190.5, "usd", day("2027-01-01"), None), ("CL", None, 200, "USD", "", "")]
    lines, faults = rate_sheet.read(workbook(*rows), BEGIN)
    assert faults == []
    text = "\ufeff" + HEAD.replace(",", ";") + "PY;Asunción;190,5;USD;2027-01-01;\n;;;;;\nCL;;200;USD;;\n"
    again, faults = rate_sheet.read(SimpleUploadedFile("rates.csv", text.encode()), BEGIN)
    assert faults == []
    assert [vars(one) | {"row": 0} for one in lines] == [vars(one) | {"row": 0} for one in again]
    assert lines[0].amount == Decimal("190.50")
    _lines, faults = rate_sheet.read(workbook(("PY", "A", 190.123, "USD", None, None)), BEGIN)
    assert [fault.row for fault in faults] == [2]


def typed(file, **more):
    begins = BEGIN.isoformat()
    return {"file": file, "source": "Circular 4/2026", "dated": begins, "in_force_from": begins} | more


@db
def test_an_import_is_looked_at_before_it_is_confirmed(manager, client):
    import_table(manager, "PY,Asunción,200,USD,,", "PE,Lima,210,USD,,", "EC,Quito,90,USD,,")
    client.force_login(manager)
    rows = ("PY,Asunción,220,USD,2027-01-01,", "PE,Lima,210,USD,,", "EC,Quito,90,USD,,2027-06-30", "CL,,100,USD,,")
    answer = client.post("/rates/import/", typed(sheet(*rows)), headers=ENGLISH)
    page = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert [(one.what, one.country, one.before, one.after) for one in answer.context["changes"]] == [
        ("new", "CL", None, 100), ("ended", "EC", 90, None), ("changed", "PY", 200, 220),
    ]  # fmt: skip
    assert "Import this table" in page
    assert Edition.objects.count() == 1
    confirmed = client.post("/rates/import/", {"checked": answer.context["checked"]})
    assert confirmed.status_code == 302
    assert Edition.objects.count() == 2
    shown = unescape(client.get("/rates/", headers=ENGLISH).content.decode())
    assert "220.00" in shown
    assert "Circular 4/2026" in shown
    again = client.post("/rates/import/", {"checked": answer.context["checked"]}, follow=True, headers=ENGLISH)
    assert "Nothing has changed" in again.content.decode()
    again = client.post("/rates/import/", typed(sheet(*rows)), follow=True, headers=ENGLISH)
    assert "Nothing has changed" in again.content.decode()
    assert (Edition.objects.count(), Rate.objects.count()) == (2, 7)


@db
def test_a_preview_that_is_old_is_shown_anew(manager, client):
    client.force_login(manager)
    answer = client.post("/rates/import/", typed(sheet("PY,,100,USD,,")))
    import_table(manager, "PY,,90,USD,,")
    moved = client.post("/rates/import/", {"checked": answer.context["checked"]}, headers=ENGLISH)
    assert moved.status_code == 409
    assert "Another table was imported meanwhile" in moved.content.decode()
    assert [(one.what, one.before) for one in moved.context["changes"]] == [("changed", 90)]
    assert client.post("/rates/import/", {"checked": moved.context["checked"]}).status_code == 302
    assert Edition.objects.count() == 2


@db
@pytest.mark.parametrize("forged", ["", "x", "a:b:c", "\0"])
def test_a_forged_confirmation_imports_nothing(manager, client, forged):
    client.force_login(manager)
    answer = client.post("/rates/import/", {"checked": forged}, follow=True)
    assert answer.status_code == 200
    assert not Edition.objects.exists()


@db
def test_anothers_preview_is_not_confirmed(manager, people, client):
    client.force_login(manager)
    answer = client.post("/rates/import/", typed(sheet("PY,,100,USD,,")))
    client.force_login(people["manager_2"])
    client.post("/rates/import/", {"checked": answer.context["checked"]})
    assert not Edition.objects.exists()


@db
@pytest.mark.parametrize(
    "wrong",
    [{"source": ""}, {"source": "a\0"}, {"dated": "2027-02-30"}, {"in_force_from": ""}, {"file": ""},
     {"dated": "2099-01-01"}, {"file": "bad"}, {"source": "a" * 301}],
)  # fmt: skip
def test_a_rough_import_is_refused_and_what_was_typed_stays(manager, client, wrong):
    client.force_login(manager)
    wrong = {**wrong, **({"file": sheet("PY,Asunción,0,USD,,")} if wrong.get("file") == "bad" else {})}
    answer = client.post("/rates/import/", typed(sheet("PY,,100,USD,,")) | wrong, headers=ENGLISH)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert "source" in wrong or "Circular 4/2026" in page
    assert "file" not in wrong or wrong["file"] == "" or "Row 2" in page
    assert not Edition.objects.exists()


def test_the_demos_table_can_be_imported():
    from workflows.demo import RATES

    lines, faults = rate_sheet.read(SimpleUploadedFile(RATES.name, RATES.read_bytes()), l10n.today())
    assert faults == []
    assert len({line.country for line in lines}) == 35
