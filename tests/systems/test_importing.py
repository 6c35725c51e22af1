"""How editions come in: who may, what a preview shows, one press, nothing half, and what comes by itself."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from notifications.models import Letter
from ricomi.catalogue import listing
from ricomi.catalogue.listing import Content
from ricomi.catalogue.models import Card, Entry
from ricomi.systems import importing, staging, tasks
from ricomi.systems.models import Edition, Figure, Programme, System
from ricomi.systems.reading.faults import Broken
from tests.systems.files import FORMS
from tests.systems.large import content

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
State = Edition.State
CSV = FORMS[0]


def figures(*countries: str, value: str = "5") -> bytes:
    return CSV.whole(*(f"{country},2020,F,_T,stock,PS,{value},A,\n" for country in countries))


MANY = ["AG", "AR", "BS", "BB", "BO", "BR", "BZ", "CA", "CL", "CO", "CR"]


def values() -> dict[str, str]:
    system = System.objects.get(pk="sicremi")
    return {one.country: str(one.value.normalize()) for one in Figure.objects.at(system, system.current)}


def test_a_preview_changes_nothing_and_shows_before_and_after(hand_in):
    hand_in("sicremi", figures("AG", "AR"))
    edition = hand_in("sicremi", figures("AR", "BO", value="7"), take=False)
    assert (edition.state, edition.added, edition.changed, edition.gone) == (State.WAITING, 1, 1, 1)
    assert values() == {"AG": "5", "AR": "5"}
    changed = edition.samples["changed"][0]
    assert (changed["before"]["value"], changed["after"]["value"]) == ("5.0000", "7.0000")
    assert [one["before"]["country"] for one in edition.samples["gone"]] == ["AG"]
    assert [one["after"]["country"] for one in edition.samples["added"]] == ["BO"]


@pytest.mark.parametrize("who", ["officer", "chair", "manager", "auditor", "expert"])
def test_only_the_secretariat_hands_in_and_decides(who, people, hand_in):
    system = System.objects.get(pk="sicremi")
    with pytest.raises(PermissionDenied):
        importing.arrive(system, io.BytesIO(figures("AG")), source="file", by=people[who])
    edition = hand_in("sicremi", figures("AG"), take=False)
    with pytest.raises(PermissionDenied):
        importing.decide(edition, take=True, by=people[who])
    edition.refresh_from_db()
    assert edition.state == State.WAITING


def test_a_second_press_is_told_and_changes_nothing(people, hand_in):
    edition = hand_in("sicremi", figures("AG"), take=False)
    importing.decide(edition, take=False, by=people["head"], defer=False)
    with pytest.raises(importing.Moved):
        importing.decide(edition, take=True, by=people["case_officer"], defer=False)
    importing.finish(edition)
    assert values() == {}


def test_what_was_compared_with_another_edition_is_compared_anew(people, hand_in):
    hand_in("sicremi", figures("AG"))
    older = hand_in("sicremi", figures("AR"), take=False)
    newer = hand_in("sicremi", figures("BO"), take=False)
    importing.decide(older, take=True, by=people["head"], defer=False)
    importing.finish(older)
    assert (older.state, set(values())) == (State.TAKEN_IN, {"AR"})
    importing.decide(newer, take=True, by=people["head"], defer=False)
    importing.finish(newer)
    newer.refresh_from_db()
    assert (newer.state, newer.base, set(values())) == (State.WAITING, older, {"AR"})
    assert newer.samples["gone"][0]["before"]["country"] == "AR"
    importing.decide(newer, take=True, by=people["head"], defer=False)
    importing.finish(newer)
    assert set(values()) == {"BO"}


def test_an_older_edition_never_takes_the_place_of_a_newer(people, hand_in):
    older = hand_in("sicremi", figures("AR"), take=False)
    importing.decide(older, take=True, by=people["head"], defer=False)
    hand_in("sicremi", figures("BO"))
    importing.finish(older)
    older.refresh_from_db()
    assert (older.state, set(values())) == (State.REFUSED, {"BO"})


def test_it_is_taken_in_whole_or_not_at_all(people, hand_in, monkeypatch):
    form = next(form for form in FORMS if (form.code, form.name) == ("minpet", "csv"))
    hand_in("minpet", form.whole())
    edition = hand_in("minpet", form.updated, take=False)
    importing.decide(edition, take=True, by=people["head"], defer=False)
    before = sorted(Programme.objects.values_list("key", "since", "until"))

    def dies(*_args: object, **_more: object) -> None:
        raise SystemExit("the worker was ended")

    with monkeypatch.context() as during:
        during.setattr(listing, "withdraw", dies)  # the last thing that is written
        with pytest.raises(SystemExit), transaction.atomic():
            importing.finish(edition)
    assert sorted(Programme.objects.values_list("key", "since", "until")) == before
    edition.refresh_from_db()
    assert edition.state == State.TAKING
    importing.finish(edition)
    assert Entry.objects.published().filter(source="minpet").count() == 2


def test_the_kept_file_must_still_be_the_one_that_arrived(people, hand_in):
    edition = hand_in("sicremi", figures("AG"), take=False)
    importing.decide(edition, take=True, by=people["head"], defer=False)
    with open(edition.file.path, "wb") as file:
        file.write(figures("AG", "AR"))
    importing.finish(edition)
    assert edition.state == State.BROKEN
    assert values() == {}


def by_itself(allowed: bool = True) -> None:
    System.objects.filter(pk="sicremi").update(by_itself=allowed, address="https://oas.example/sicremi.csv")


def test_by_itself_comes_only_what_is_set_so(hand_in):
    hand_in("sicremi", figures(*MANY))
    by_itself(allowed=False)
    assert hand_in("sicremi", figures(*MANY, value="6"), by=None, take=False).state == State.WAITING
    by_itself()
    assert hand_in("sicremi", figures(*MANY, value="7"), by=None, take=False).state == State.TAKEN_IN
    assert set(values().values()) == {"7"}
    assert hand_in("sicremi", figures(*MANY, value="8"), take=False).state == State.WAITING, (
        "a person decides on theirs"
    )


def test_by_itself_goes_at_most_a_tenth(hand_in):
    by_itself()
    hand_in("sicremi", figures(*MANY))
    assert hand_in("sicremi", figures(*MANY[:-2]), by=None, take=False).state == State.WAITING
    assert len(values()) == 11
    assert hand_in("sicremi", figures(*MANY[1:]), by=None, take=False).state == State.TAKEN_IN
    assert len(values()) == 10


def test_a_broken_source_leaves_the_last_good_data_and_is_tried_again_the_next_day(hand_in, monkeypatch):
    hand_in("sicremi", figures("AG"))
    by_itself()
    system = System.objects.get(pk="sicremi")
    broken = importing.fail_to_arrive(system, Broken("Nobody answers at the address."), source=system.public_address)
    assert broken.reason == "Nobody answers at the address."
    assert values() == {"AG": "5"}
    system.refresh_from_db()
    assert not tasks._is_due(system)
    moment = system.looked_at + importing.timedelta(days=1)
    monkeypatch.setattr(tasks.timezone, "now", lambda: moment)
    assert tasks._is_due(system)


def told() -> list[tuple[str, str]]:
    return sorted(Letter.objects.values_list("name", "recipient__email"))


def test_who_decides_is_told_of_what_the_clock_brought(people, hand_in):
    hand_in("sicremi", figures("AG"), take=False)
    assert told() == []
    edition = hand_in("sicremi", figures("AG", "AR"), take=False, by=None)
    assert told() == [("edition_waits", people[name].email) for name in ("case_officer", "head")]
    letter = Letter.objects.first()
    assert letter.url.endswith(edition.get_absolute_url())
    assert "Records that are new: 2." in letter.text


def test_of_a_source_that_stays_broken_it_is_told_once(people):
    system = System.objects.get(pk="sicremi")
    for _day in range(2):
        importing.fail_to_arrive(system, Broken("The file has no records."), source="https://example.org")
    assert told() == [("source_broken", people[name].email) for name in ("case_officer", "head")]
    assert "The file has no records." in Letter.objects.first().text
    importing.read(arrived(figures("AG")))
    importing.read(arrived(b"x"))
    assert [name for name, _who in told()].count("source_broken") == 4
    importing.read(arrived(figures("AG", "AR")))
    importing.read(arrived(b"y", people["head"]))
    importing.read(arrived(b"z"))
    assert [name for name, _who in told()].count("source_broken") == 6


def test_what_comes_in_by_itself_is_told_to_nobody(people, hand_in):
    by_itself()
    assert hand_in("sicremi", figures("AG"), by=None).state == State.TAKEN_IN
    assert told() == []


def test_an_address_of_this_machine_is_not_read(people):
    System.objects.filter(pk="sicremi").update(address="https://localhost/figures.csv?key=secret")
    tasks.fetch("sicremi")
    edition = Edition.objects.get(system="sicremi")
    assert edition.state == State.BROKEN
    assert edition.reason == "The address is one of a private network, which is never read."
    assert edition.source == "https://localhost/figures.csv"


def test_what_a_worker_left_behind_is_done_again(people):
    system = System.objects.get(pk="sicremi")
    importing.arrive(system, io.BytesIO(figures("AG")), source="file", by=people["head"], defer=False)
    assert tasks.look(0) == 0
    Edition.objects.update(moved_at=importing.timezone.now() - importing.LATE)
    assert tasks.look(0) == 1
    assert tasks.look(0) == 0, "it is queued already"


def test_a_record_that_no_table_takes_breaks_the_file(hand_in):
    System.objects.get(pk="sicremi")
    with pytest.raises(Broken):
        staging.fill([staging.Record("a", {"text": "\ud800"}, 1)], lambda: None)
    with pytest.raises(Broken):
        staging.fill([staging.Record("a" * 121, {}, 1)], lambda: None)
    assert staging.fill([staging.Record("a", {}, 1)], lambda: None) == 1


def test_progress_is_told_while_a_file_is_read(hand_in, monkeypatch):
    told: list[int] = []
    monkeypatch.setattr(staging, "BATCH", 2)
    kept = staging.fill

    def fill(records, tell):
        def also() -> None:
            tell()
            told.append(Edition.objects.latest("pk").percent)

        return kept(records, also)

    monkeypatch.setattr(staging, "fill", fill)
    monkeypatch.setattr("ricomi.systems.reading.source.PIECE", 64)
    monkeypatch.setattr("ricomi.systems.reading.source.HEAD", 64)
    hand_in("sicremi", figures(*MANY), take=False)
    assert told == sorted(told)
    assert len(set(told)) > 3
    assert told[-1] == 100


@pytest.mark.django_db(transaction=True)
def test_progress_is_told_while_entries_come_into_the_catalogue(hand_in, monkeypatch):
    told: list[int] = []
    kept = importing.listing.take_in

    def take_in(*given):
        told.append(Edition.objects.get().percent)
        kept(*given)

    monkeypatch.setattr(importing, "IN_CATALOGUE", 1)
    monkeypatch.setattr(importing.listing, "take_in", take_in)
    edition = hand_in("milex", content("laws", 20))
    assert (edition.state, edition.percent) == (State.TAKEN_IN, 100)
    assert told == sorted(told)
    assert len(set(told)) == 20
    assert told[-1] < 100


def test_what_cannot_be_told_of_progress_stops_no_work(hand_in, monkeypatch):
    class Full:
        def copy(self):
            raise OperationalError("too many clients")

    monkeypatch.setattr(importing, "connection", Full())
    assert hand_in("milex", content("laws", 20)).state == State.TAKEN_IN


@pytest.mark.parametrize("changed", [False, True])
def test_many_entries_take_as_many_statements_as_one(people, changed):
    def taken(count: int, title: str) -> int:
        origins = (str(number) if changed else f"{title}{number}" for number in range(count))
        with CaptureQueriesContext(connection) as asked:
            listing.list_entries([law(origin, title) for origin in origins], source="milex")
        return len(asked)

    if changed:
        taken(50, "Before")
    assert taken(1, "Now") == taken(50, "Then")
    assert Card.objects.filter(entry__title="Then").count() == 50
    assert {entry.versions.count() for entry in Entry.objects.filter(title="Then")} == ({2, 3} if changed else {1})


def law(number: str, title: str) -> Content:
    return Content(
        origin=number, kind="law", title=title, language="en", year=2020, terms=frozenset({"gcm-5"}),
        states=frozenset({("concerned", "AG")}),
    )  # fmt: skip


def test_a_worker_that_comes_late_does_not_undo_a_decision(people, hand_in):
    edition = arrived(figures("AG"), people["head"])
    late, later = (Edition.objects.get(pk=edition.pk) for _one in range(2))
    importing.read(edition)
    importing.decide(edition, take=False, by=people["head"], defer=False)
    importing.read(late)
    assert Edition.objects.get(pk=edition.pk).state == State.REFUSED
    edition.file.delete(save=False)
    importing.read(later)
    assert Edition.objects.get(pk=edition.pk).state == State.REFUSED


def arrived(content: bytes, by=None) -> Edition:
    system = System.objects.get(pk="sicremi")
    return importing.arrive(system, io.BytesIO(content), source="file", by=by, defer=False)


def test_an_older_edition_that_is_read_late_is_not_decided_on(people, hand_in):
    older = arrived(figures("AR"), people["head"])
    hand_in("sicremi", figures("BO"))
    importing.read(older)
    assert (Edition.objects.get(pk=older.pk).state, set(values())) == (State.REFUSED, {"BO"})


def test_a_file_that_is_gone_breaks_its_edition(people):
    edition = arrived(figures("AR"), people["head"])
    edition.file.storage.delete(edition.file.name)
    importing.read(edition)
    assert edition.reason == "The file cannot be read (FileNotFoundError)."


@pytest.mark.parametrize("becomes", [State.BROKEN, State.REFUSED, State.SAME])
def test_the_clock_does_not_bring_again_what_came_to_nothing(becomes, people, hand_in):
    hand_in("sicremi", figures("AG"))
    content = {State.BROKEN: b"x\n", State.REFUSED: figures("AR"), State.SAME: figures("AG") + b"\n"}[becomes]
    edition = hand_in("sicremi", content, by=None, take=False)
    if becomes == State.REFUSED:
        importing.decide(edition, take=False, by=people["head"], defer=False)
    assert edition.state == becomes
    by_itself()
    System.objects.update(looked_at=None)
    for by in (None, None):
        with pytest.raises(importing.AlreadyHere) as known:
            arrived(content, by)
        assert known.value.edition == edition
    assert System.objects.get(pk="sicremi").looked_at is not None, "that it was looked at is noted"
    assert arrived(content, people["head"]).number == edition.number + 1, "a person may"


def test_what_stands_already_was_looked_at_too(hand_in):
    hand_in("sicremi", figures("AG"))
    System.objects.update(looked_at=None)
    with pytest.raises(importing.AlreadyHere):
        arrived(figures("AG"))
    assert System.objects.get(pk="sicremi").looked_at is not None


@pytest.mark.parametrize(
    ("fails", "wrong", "state"),
    [(1, OperationalError("deadlock detected"), State.TAKEN_IN), (9, OperationalError("deadlock"), State.BROKEN),
     (9, KeyError("facts"), State.BROKEN)],
)  # fmt: skip
def test_nothing_is_being_taken_in_for_ever(fails, wrong, state, hand_in, monkeypatch):
    left, kept = [wrong] * fails, listing.take_in

    def take_in(*given: object) -> None:
        if left:
            raise left.pop()
        kept(*given)

    monkeypatch.setattr(listing, "take_in", take_in)
    edition = hand_in("sicremi", figures("AG"))
    assert edition.state == Edition.objects.get(pk=edition.pk).state == state
    assert bool(edition.reason) == (state == State.BROKEN)
    assert set(values()) == ({"AG"} if state == State.TAKEN_IN else set())


def test_what_an_adapter_cannot_put_into_words_breaks_the_file(hand_in, monkeypatch):
    def entry(*_given: object) -> None:
        raise KeyError("title")

    monkeypatch.setattr(type(System.objects.get(pk="milex").adapter), "entry", entry)
    form = next(form for form in FORMS if form.code == "milex")
    assert hand_in("milex", form.whole()).reason == "The file cannot be read (KeyError)."


def test_an_edition_tells_what_stood_in_it(hand_in):
    hand_in("sicremi", figures("AG", "AR"))
    edition = hand_in("sicremi", figures("AR", "BO", "BR", value="7"))
    held = {"countries": ["AR", "BO", "BR"], "origins": ["_T"], "years": [2020], "figures": 3}
    assert (edition.holds, edition.standing) == ({"stock": held}, 3)
    law = hand_in("milex", next(form for form in FORMS if form.code == "milex").whole())
    assert law.holds == {"country": ["CL", "PY"], "themes": ["gcm-5"], "year": [1996], "status": ["in_force"]}
