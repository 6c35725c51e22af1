"""What delegations write for the catalogue: its form, its review, its versions, who sees and who does what."""

from __future__ import annotations

import datetime

import pytest

from ricomi.catalogue.finding import Terms, find
from ricomi.catalogue.models import Card, Draft, Entry, Version
from ricomi.directory.authority import authority
from ricomi.directory.models import Role, State
from tests import flows
from tests.flows import also
from tests.workflows import drafts
from tests.workflows.drafts import act, content
from workflows import gate, policy

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]

TYPED = {
    "kind": "practice", "title": "Mobile consulates", "language": "en", "summary": "Papers are brought.",
    "text": "A bus.", "year": "2025", "theme": ["gcm-14"], "population": ["women"], "concerned": ["PY", "AR"],
    "destination": ["AR"],
}  # fmt: skip


@pytest.fixture
def people():
    return flows.people()


def read(signed_in, person, address):
    return signed_in(person).get(address).content.decode()


def waiting(person):
    return [task.flow_task.name for task in policy.worklist(authority(person))]


def press(signed_in, person, draft, step, outcome, **typed):
    seen = {"seen": draft.revision, "outcome": outcome}
    return signed_in(person).post(f"/act/draft/{draft.pk}/{step}/", seen | typed)


def test_a_delegation_writes_an_entry_and_finds_it_in_the_catalogue_once_it_is_reviewed(people, signed_in, visitor):
    officer = signed_in(people["officer"])
    assert "/open/cataloguing/" in officer.get("/catalogue/").content.decode()
    assert "/open/cataloguing/" not in visitor.get("/catalogue/").content.decode()
    page = officer.get("/open/cataloguing/")
    assert page.context["form"].initial["concerned"] == ["PY"]
    assert officer.post("/open/cataloguing/", TYPED).status_code == 302
    draft = Draft.objects.get()
    assert draft.reference == f"E-{datetime.datetime.now(datetime.UTC).year}-0001"
    assert draft.content["states"] == [["concerned", "AR"], ["concerned", "PY"], ["destination", "AR"]]
    assert draft.content["terms"] == ["gcm-14", "women"]
    assert press(signed_in, people["officer"], draft, "writing", "send", **TYPED).status_code == 302
    assert not Entry.objects.exists()
    draft.refresh_from_db()
    assert press(signed_in, people["case_officer"], draft, "review", "publish").status_code == 302
    entry = Entry.objects.get()
    draft.refresh_from_db()
    assert (draft.entry, entry.body.code, entry.origin) == (entry, "py", draft.reference)
    text = visitor.get(entry.get_absolute_url()).content.decode()
    for said in ("Mobile consulates", "Papers are brought.", "Argentina", "Paraguay"):
        assert said in text
    found = find("mobile consulates", Terms(keys=[], private=False, sort="relevance"))
    assert list(found.cards) == [Card.objects.get().pk]


WRONG = {
    "a title": ({"title": ""}, "title"), "an end": ({"since": "2025-02-01", "until": "2025-01-01"}, "until"),
    "a link": ({"url": "javascript:alert(1)"}, "url"), "a term": ({"theme": ["nothing"]}, "theme"),
    "a state": ({"concerned": ["ZZ"]}, "concerned"), "a kind": ({"kind": "series"}, "kind"),
    "a year": ({"year": "20250"}, "year"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(name, people, signed_in):
    typed, at = WRONG[name]
    answer = signed_in(people["officer"]).post("/open/cataloguing/", TYPED | typed)
    assert answer.status_code == 422
    assert at in answer.context["form"].errors
    assert "Papers are brought." in answer.content.decode()
    assert not Draft.objects.exists()


def test_what_lacks_something_is_kept_on_the_page_and_not_sent(people, signed_in):
    draft = drafts.begin(people)
    answer = press(signed_in, people["officer"], draft, "writing", "send", **TYPED | {"theme": [], "text": "By boat."})
    assert answer.status_code == 422
    assert "at least one theme" in answer.content.decode()
    assert "By boat." in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.stage, draft.content["text"]) == ("writing", "A bus with two officials.")


def test_what_is_returned_says_why_and_keeps_what_was_written(people, signed_in):
    draft = drafts.sent(people, text="Every word counts.")
    act(people, draft, "case_officer", "review", "return", reason="Since when?")
    assert (draft.stage, draft.asked, draft.content["text"]) == ("writing", "Since when?", "Every word counts.")
    for address in (draft.get_absolute_url(), f"/act/draft/{draft.pk}/writing/"):
        page = read(signed_in, people["officer"], address)
        assert "Since when?" in page
        assert "Every word counts." in page
    act(people, draft, "officer", "writing", "send", **content())
    assert draft.asked == ""


def test_a_change_is_the_next_version_and_what_is_published_stands_until_then(people, visitor):
    draft = drafts.changing(people)
    entry = draft.entry
    address = entry.get_absolute_url()
    act(
        people,
        draft,
        "officer",
        "changing",
        "send",
        **content(title="By boat", terms=["gcm-4"], states=[["third", "CL"]]),
    )
    entry.refresh_from_db()
    assert (entry.title, entry.version) == ("Mobile consulates", 1)
    assert "Former versions" not in visitor.get(address).content.decode()
    act(people, draft, "case_officer", "review", "return", reason="Which boat?")
    assert draft.stage == "changing"
    act(people, draft, "officer", "changing", "send", **content(title="By boat", states=[["third", "CL"]]))
    act(people, draft, "case_officer", "review", "publish")
    entry.refresh_from_db()
    assert Entry.objects.get() == entry
    assert (entry.title, entry.version, draft.stage) == ("By boat", 2, "published")
    assert f"{address}versions/1/" in visitor.get(address).content.decode()
    former = visitor.get(f"{address}versions/1/").content.decode()
    for said in ("Mobile consulates", "Paraguay", "This is a former version"):
        assert said in former
    assert "Chile" not in former
    assert visitor.get(f"{address}versions/3/").status_code == 404
    assert [one.by.name for one in Version.objects.all()] == ["Case Officer"] * 2


def test_a_change_that_is_given_up_leaves_the_entry_and_the_text_as_published(people):
    draft = drafts.changing(people)
    act(people, draft, "officer", "changing", "give_up")
    assert (draft.stage, draft.title, Version.objects.count()) == ("published", "Mobile consulates", 1)
    assert act(people, draft, "officer", "change", "save", **content()).stage == "changing"


def test_what_is_withdrawn_stays_where_links_lead_and_says_why(people, signed_in, visitor):
    draft = drafts.published(people)
    entry = draft.entry
    typed = {"reason": "The bus is sold."}
    answer = press(signed_in, people["officer"], draft, "withdrawing", "withdraw", **typed)
    assert b'name="confirmed"' in answer.content
    assert Entry.objects.published().exists()
    press(signed_in, people["officer"], draft, "withdrawing", "withdraw", **typed, confirmed="1")
    assert not Entry.objects.published().exists()
    assert not Card.objects.exists()
    for address in (entry.get_absolute_url(), f"{entry.get_absolute_url()}versions/1/"):
        page = visitor.get(address)
        assert page.status_code == 200
        assert "was withdrawn" in page.content.decode()
        assert "The bus is sold." in page.content.decode()
    draft.refresh_from_db()
    with pytest.raises(gate.Refused):
        act(people, draft, "officer", "change", "save", **content())


def test_nobody_waits_for_what_is_published(people, signed_in):
    draft = drafts.sent(people)
    assert waiting(people["case_officer"]) == ["review"]
    act(people, draft, "case_officer", "review", "publish")
    assert [waiting(one) for one in people.values() if waiting(one)] == []
    run = policy.run_of(draft)
    assert run.finished is not None
    page = read(signed_in, people["officer"], draft.get_absolute_url())
    assert "Nobody has to act" in page
    act(people, draft, "officer", "change", "save", **content(title="Other"))
    run.refresh_from_db()
    assert (run.finished, waiting(people["focal"])) == (None, ["changing"])


def test_who_wrote_does_not_publish(people):
    also(people["officer"], Role.CASE_OFFICER, "secretariat")
    draft = drafts.sent(people)
    with pytest.raises(gate.NotAllowed):
        act(people, draft, "officer", "review", "publish")
    assert "review" not in waiting(people["officer"])
    act(people, draft, "case_officer", "review", "publish")
    act(people, draft, "focal", "change", "send", **content(title="Other"))
    # Whoever wrote a former version has still written it.
    with pytest.raises(gate.NotAllowed):
        act(people, draft, "officer", "review", "publish")


def test_two_who_decide_at_once_publish_once_and_the_second_is_told(people, signed_in):
    draft = drafts.sent(people)
    assert press(signed_in, people["case_officer"], draft, "review", "publish").status_code == 302
    late = press(signed_in, people["head"], draft, "review", "return", reason="Not yet")
    assert late.status_code == 409
    assert "Case Officer" in late.content.decode()
    assert (Version.objects.count(), Draft.objects.get().stage) == (1, "published")


def test_two_who_write_at_once_do_not_overwrite_each_other(people, signed_in):
    draft = drafts.begin(people)
    assert press(signed_in, people["focal"], draft, "writing", "save", **TYPED).status_code == 302
    late = press(signed_in, people["officer"], draft, "writing", "save", **TYPED | {"text": "By boat."})
    assert late.status_code == 409
    assert "By boat." in late.content.decode()
    assert Draft.objects.get().content["text"] == "A bus."


def test_a_draft_is_seen_by_its_delegation_the_secretariat_and_auditors_alone(people, signed_in):
    draft = drafts.begin(people)
    for who, sees in {"focal": True, "head": True, "auditor": True, "partner": False, "chair": False}.items():
        assert signed_in(people[who]).get(draft.get_absolute_url()).status_code == (200 if sees else 404), who
        assert (draft.reference in read(signed_in, people[who], "/catalogue/drafts/")) is sees, who
    assert "has written no entry yet" in read(signed_in, people["partner"], "/catalogue/drafts/")


def test_on_an_entrys_page_its_delegation_alone_finds_what_it_may_do(people, signed_in, visitor):
    entry = drafts.published(people).entry
    door = "/withdrawing/"
    assert door in read(signed_in, people["officer"], entry.get_absolute_url())
    for who in ("partner", "case_officer"):
        assert door not in read(signed_in, people[who], entry.get_absolute_url()), who
    assert "How this entry came about" not in visitor.get(entry.get_absolute_url()).content.decode()


def test_a_state_that_does_not_take_part_begins_nothing(people):
    State.objects.get(pk="PY").participations.update(until=datetime.date(2020, 1, 1))
    with pytest.raises(gate.Blocked, match="does not take part"):
        drafts.begin(people)
