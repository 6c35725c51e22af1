"""A session of the CEAM: an agenda of many cases, decided by consent list or one by one, and its minutes."""

from __future__ import annotations

import datetime
import io
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from cases.models import AgendaItem, Case, Decision, Session, SessionStage, Stage
from notifications.models import Letter
from ricomi.directory.models import Body, VotingRule
from ricomi.papers import rendering
from ricomi.papers.models import Paper
from ricomi.papers.tasks import render_paper
from tests import flows, many
from workflows import gate
from workflows.models import Entry
from workflows.rehearsal import Meeting
from workflows.templatetags.workflows import step_url

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
OUTCOME = AgendaItem.Outcome


def tabled(people, count):
    """So many cases of which each waits for the CEAM's endorsement; where they are many, copies of the first."""
    if count < 4:
        return [flows.Walk(people, amount=None).endorsement().case for _number in range(count)]
    flows.Walk(people, amount=None).endorsement()
    many.Many(None, hours="0").grow_to(count)
    return list(Case.objects.order_by("pk"))


def outcomes(meeting):
    return list(meeting.session.items.values_list("outcome", flat=True))


@pytest.fixture
def people():
    return flows.people()


def test_ten_cases_are_decided_by_one_press(people):
    meeting = Meeting(people, tabled(people, 10)).opened()
    meeting.act("chair", "sitting", "consent", attending=meeting.attending)
    numbers = [item.decision.number for item in meeting.session.items.select_related("decision")]
    assert numbers == [f"CEAM-{timezone.now().year}-{n:04d}" for n in range(1, 11)]
    for case in meeting.cases:
        case.refresh_from_db()
        assert case.stage == Stage.EXCHANGE
        [decision] = case.decisions.all()
        assert (decision.outcome, decision.closing, decision.present) == ("endorse", "consent", 3)
        assert decision.record["session"] == meeting.session.reference
        assert Letter.objects.filter(about=case.reference, name="endorsement_decided").exists()
    assert (
        len({Entry.objects.get(subject=case.subject_key, step="endorsement").transaction for case in meeting.cases})
        == 1
    )


def test_a_case_taken_off_the_list_is_not_decided_with_it_and_says_who_asked(people):
    cases = tabled(people, 2)
    meeting = Meeting(people, cases).convened()
    meeting.act("reviewer_br", "taking_off", "take_off", item=meeting.item(cases[0]), reason="The budget.")
    item = meeting.item(cases[0])
    assert not item.consent
    assert item.taken_off == {"state": "BR", "person": "Reviewer Br", "reason": "The budget."}
    meeting.act("chair", "convened", "open", attending=meeting.attending)
    meeting.act("chair", "sitting", "consent", attending=meeting.attending)
    assert outcomes(meeting) == ["", "decided"]
    gate.act(people["reviewer_br"], cases[0], "endorsement", "endorse")
    gate.act(people["chair"], cases[0], "endorsement", "endorse")
    meeting.act("chair", "deciding", "decide", item=item)
    decision = meeting.item(cases[0]).decision
    assert (decision.outcome, decision.closing, decision.present) == ("endorse", "chair", 2)


def test_what_was_taken_off_stays_off_when_the_agenda_is_changed(people):
    cases = tabled(people, 2)
    meeting = Meeting(people, cases).convened()
    meeting.act("reviewer_br", "taking_off", "take_off", item=meeting.item(cases[0]), reason="The budget.")
    meeting.act("case_officer", "revising", "revise", reason="Another order.")
    meeting.cases.reverse()
    meeting.act("case_officer", "preparing", "convene", **meeting.agenda)
    assert [(item.case, item.consent) for item in meeting.session.items.all()] == [(cases[1], True), (cases[0], False)]


def test_a_party_may_not_take_its_own_case_off_the_list(people):
    [case] = tabled(people, 1)
    meeting = Meeting(people, [case]).convened()
    with pytest.raises(gate.Blocked, match="no voice"):
        meeting.act("reviewer_py", "taking_off", "take_off", item=meeting.item(case), reason="Ours.")
    gate.act(people["reviewer_br"], case, "endorsement", "recuse", {"reason": "A relative."})
    with pytest.raises(gate.Blocked, match="no voice"):
        meeting.act("reviewer_br", "taking_off", "take_off", item=meeting.item(case), reason="Still.")
    assert meeting.item(case).consent


def test_a_party_that_attends_counts_for_the_other_cases_and_not_for_its_own(people):
    own = flows.Walk(people, amount=None).endorsement().case
    cast = people | {"officer": people["partner"], "focal": people["partner_focal"], "partner": people["other"],
                     "partner_focal": people["other_focal"]}  # fmt: skip
    other = flows.Walk(cast, amount=None)
    other.requesting, other.offering, other.declining = "cl", "uy", "py"
    other.people |= {"other_focal": people["focal"]}
    other.endorsement()
    meeting = Meeting(people, [own, other.case], attending=["BR", "PY"]).by_consent()
    assert meeting.item(own).decision.present == 1
    assert "PY" in meeting.item(own).decision.record["recused"]
    assert meeting.item(other.case).decision.present == 2


def test_without_a_quorum_a_case_of_the_list_is_deferred(people):
    ceam = Body.objects.get(code="ceam")
    VotingRule.objects.create(body=ceam, method="majority", quorum_numerator=3, quorum_denominator=4)
    cases = tabled(people, 2)
    meeting = Meeting(people, cases, attending=["BR", "CA"]).by_consent()
    for case in cases:
        case.refresh_from_db()
        assert case.stage == Stage.DEFERRED
        assert meeting.item(case).decision.outcome == "defer"
    assert outcomes(meeting) == ["decided", "decided"]


def test_a_case_decided_before_the_sitting_is_passed_over_and_named(people):
    walks = [flows.Walk(people, amount=None).endorsement() for _number in range(4)]
    decided, suspended, withdrawn, left = [walk.case for walk in walks]
    meeting = Meeting(people, [decided, suspended, withdrawn, left]).convened()
    walks[0].vote("endorse")
    meeting.act("chair", "convened", "open", attending=meeting.attending)
    assert outcomes(meeting) == ["skipped", "", "", ""]
    walks[1].act("case_officer", "suspension", "suspend", reason="Wait.")
    walks[2].act("focal", "withdrawal", "withdraw", reason="No more.")
    receipt = meeting.act("chair", "sitting", "consent", attending=meeting.attending)
    assert outcomes(meeting) == ["skipped", "skipped", "skipped", "decided"]
    assert receipt.entry.facts["skipped"] == [suspended.reference, withdrawn.reference]
    assert [item.found for item in meeting.session.items.all()] == ["exchange", "suspended", "withdrawn", ""]
    assert meeting.item(decided).decision == decided.decisions.get()


def test_deferred_cases_are_put_before_the_ceam_again_when_the_sitting_opens(people):
    walk = flows.Walk(people, amount=None).endorsement().vote("defer", reason="Later")
    meeting = Meeting(people, [walk.case]).opened()
    walk.case.refresh_from_db()
    assert (walk.case.stage, walk.case.endorsement_round) == (Stage.ENDORSEMENT, 2)
    assert walk.case.meeting_on == timezone.now().date()
    meeting.act("chair", "sitting", "consent", attending=meeting.attending)
    assert meeting.item(walk.case).decision.outcome == "endorse"


def test_what_was_not_reached_or_put_off_stays_open_for_another_session(people):
    cases = tabled(people, 2)
    meeting = Meeting(people, cases, discussed=cases).opened()
    meeting.act("chair", "deciding", "put_off", item=meeting.item(cases[0]), reason="No time.")
    with pytest.raises(gate.Blocked, match="No case is left"):
        meeting.act("chair", "sitting", "consent", attending=meeting.attending)
    meeting.act("chair", "sitting", "close")
    assert outcomes(meeting) == ["put_off", "not_reached"]
    assert not Decision.objects.exists()
    assert Meeting(people, cases).by_consent().session.items.filter(outcome="decided").count() == 2


@pytest.mark.both_servers
def test_the_database_refuses_a_case_on_two_open_agendas(people):
    [case] = tabled(people, 1)
    first, second = Meeting(people, [case]).planned(), Meeting(people, []).planned()
    second.cases = [case]
    with pytest.raises(gate.Blocked, match=case.reference):
        second.act("case_officer", "preparing", "save", **second.agenda)
    with pytest.raises(IntegrityError, match="agenda_case_on_one_session"), transaction.atomic():
        AgendaItem.objects.create(session=second.session, case=case, position=1)
    first.act("case_officer", "cancelling", "cancel", reason="Nobody can come.")
    second.act("case_officer", "preparing", "save", **second.agenda)
    assert second.item(case).outcome == ""


def test_a_case_that_is_not_before_the_ceam_comes_on_no_agenda(people):
    walk = flows.Walk(people).matching()
    meeting = Meeting(people, []).planned()
    meeting.cases = [walk.case]
    with pytest.raises(gate.Blocked, match=walk.case.reference):
        meeting.act("case_officer", "preparing", "save", **meeting.agenda)


def test_a_session_is_not_convened_with_an_empty_agenda_nor_opened_long_before_its_day(people):
    meeting = Meeting(people, [], begins_at=timezone.now() + datetime.timedelta(days=9)).planned()
    with pytest.raises(gate.Blocked, match="at least one case"):
        meeting.act("case_officer", "preparing", "convene", **meeting.agenda)
    meeting.cases = tabled(people, 1)
    meeting.act("case_officer", "preparing", "convene", **meeting.agenda)
    with pytest.raises(gate.Blocked, match="open it then"):
        meeting.act("chair", "convened", "open", attending=["BR"])
    with pytest.raises(gate.Blocked, match="which delegations"):
        Meeting(people, tabled(people, 1), attending=[]).opened()


def test_sessions_are_numbered_by_year(people):
    numbers = [Meeting(people, []).planned().session.reference for _number in range(2)]
    assert numbers == [f"CEAM-S-{timezone.now().year}-{n:02d}" for n in (1, 2)]


def test_the_whole_ceam_and_the_secretariat_get_the_agenda(people):
    cases = tabled(people, 2)
    meeting = Meeting(people, cases, discussed=cases[1:]).convened()
    letters = Letter.objects.filter(name="session_convened", about=meeting.session.reference)
    told = {"chair", "reviewer_br", "reviewer_ca", "reviewer_py", "head"}
    assert {letter.recipient for letter in letters} == {people[name] for name in told}
    text = letters[0].text
    assert f"1. {cases[0].reference} {cases[0].title} (consent list)" in text
    assert f"2. {cases[1].reference} {cases[1].title}\n" in text
    assert "Washington, hall 3" in text


OUTSIDE = ["officer", "focal", "partner", "expert", "manager", "approver", "donor"]


@pytest.mark.parametrize("who", OUTSIDE)
def test_outsiders_neither_see_nor_act(people, client, who):
    [case] = tabled(people, 1)
    meeting = Meeting(people, [case]).opened()
    client.force_login(people[who])
    for address in (meeting.session.get_absolute_url(), reverse("sessions:list"), step_url(meeting.session, "sitting")):
        assert client.get(address).status_code == 404, address
    assert client.post(step_url(meeting.session, "sitting"), {"outcome": "close", "confirmed": "1"}).status_code == 404
    with pytest.raises(gate.NotAllowed):
        meeting.act(who, "sitting", "consent", attending=["BR"])
    page = client.get(case.get_absolute_url())
    assert meeting.session.reference not in page.content.decode()
    assert meeting.session.reference not in client.get("/").content.decode()


@pytest.mark.parametrize("who", ["reviewer_br", "chair", "head", "auditor"])
def test_members_of_the_ceam_the_secretariat_and_oversight_find_the_session(people, client, who):
    [case] = tabled(people, 1)
    meeting = Meeting(people, [case]).convened()
    client.force_login(people[who])
    # The home page lists sessions for those who speak in them, and leads the others to the list.
    listed = meeting.session.get_absolute_url() if who in ("reviewer_br", "chair") else reverse("sessions:list")
    assert f'href="{listed}"' in client.get("/").content.decode()
    for address in (case.get_absolute_url(), reverse("sessions:list")):
        assert meeting.session.get_absolute_url() in client.get(address).content.decode(), address
    assert client.get(meeting.session.get_absolute_url()).status_code == 200


def test_positions_are_shown_where_the_vote_is_open_and_only_there(people, client):
    open_case = flows.Walk(people, amount=None).endorsement().case
    ceam = Body.objects.get(code="ceam")
    VotingRule.objects.create(body=ceam, method="majority", open_voting=False)
    secret = flows.Walk(people, amount=None).endorsement().case
    meeting = Meeting(people, [open_case, secret]).convened()
    gate.act(people["reviewer_br"], open_case, "endorsement", "abstain")
    client.force_login(people["reviewer_ca"])
    client.cookies["django_language"] = "en"
    page = client.get(meeting.session.get_absolute_url()).content.decode()
    assert "Brazil: Abstain" in page
    gate.act(people["reviewer_br"], secret, "endorsement", "reject", {"reason": "No."})
    page = client.get(meeting.session.get_absolute_url()).content.decode()
    assert "Brazil: Reject" not in page
    assert "secret" in page


def minutes_of(session, language="en"):
    paper = Paper.objects.get(kind="minutes", number=session.reference, language=language)
    content = rendering.render(paper.kind, paper.data, paper.issued_at)
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_minutes_hold_the_attendance_and_each_decision(people):
    cases = tabled(people, 3)
    meeting = Meeting(people, cases, discussed=cases[2:]).opened()
    due = (timezone.now().date() + datetime.timedelta(days=30)).isoformat()
    condition = {"text": "A timetable is handed in", "owner": "requesting", "due_on": due, "blocks": "closure"}
    gate.act(
        people["chair"], cases[0], "endorsement", "endorse_with_conditions", {"voice": {"conditions": [condition]}}
    )
    meeting.act("chair", "sitting", "consent", attending=["MX", "BR"])
    meeting.act("chair", "sitting", "close")
    meeting.act("case_officer", "drafting", "hand_in", remarks="The next session is in spring.")
    meeting.act("chair", "approval", "approve")
    assert meeting.session.stage == SessionStage.ISSUED
    assert Paper.objects.filter(kind="minutes", number=meeting.session.reference).count() == 4
    text = minutes_of(meeting.session)
    assert "2 of 4 delegations" in text
    assert "Attending Brazil, Mexico" in text
    assert "Absent Canada, Paraguay" in text
    for item in meeting.session.items.all():
        assert item.case.reference in text
    for decision in Decision.objects.all():
        assert decision.number in text
        assert f"{decision.present} present, {decision.needed} needed" in text
    assert "Endorsed with conditions" in text
    assert "A timetable is handed in (to be met by the requesting state" in text
    assert "Recused Paraguay" in text
    assert "Not reached; the vote stays open" in text
    assert "The next session is in spring." in text
    assert "Attending Brasil, México" not in text
    assert "Brasil, México" in minutes_of(meeting.session, "es")
    told = Letter.objects.filter(name="session_minutes", about=meeting.session.reference)
    assert {people["reviewer_py"], people["reviewer_br"], people["case_officer"]} <= {one.recipient for one in told}


def test_the_minutes_are_issued_when_the_chair_approves_and_not_before(people, client):
    meeting = Meeting(people, tabled(people, 1)).to_approve()
    assert not Paper.objects.filter(kind="minutes").exists()
    meeting.act("chair", "approval", "return", reason="Name the hall.")
    meeting.act("case_officer", "drafting", "hand_in", remarks="Held in hall 4.")
    meeting.act("chair", "approval", "approve")
    client.force_login(people["reviewer_br"])
    address = reverse("sessions:minutes", args=[meeting.session.reference, "en"])
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, meeting.session.get_absolute_url())
    render_paper(paper_id=Paper.objects.get(kind="minutes", language="en").pk)
    answer = client.get(address)
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    client.force_login(people["officer"])
    assert client.get(address).status_code == 404


def row(case, on=True, position="", consent=True):
    found = {f"case-{case.pk}-position": position}
    return found | ({f"case-{case.pk}-on": "on"} if on else {}) | ({f"case-{case.pk}-consent": "on"} if consent else {})


def test_the_form_of_the_agenda_orders_forty_cases_and_keeps_what_was_typed(people, client):
    cases = tabled(people, 4)
    meeting = Meeting(people, []).planned()
    client.force_login(people["case_officer"])
    address = step_url(meeting.session, "preparing")
    data = {"begins_at": "2099-05-04T10:00", "place": "Hall 9", "outcome": "save"}
    data |= row(cases[0], position="3") | row(cases[1], position="1", consent=False) | row(cases[2])
    data |= row(cases[3], on=False, position="2")
    assert client.post(address, data | row(cases[0], position="0")).status_code == 422
    answer = client.post(address, data | {"place": ""})
    assert answer.status_code == 422
    assert f'name="case-{cases[0].pk}-position" value="3"' in answer.content.decode()
    assert client.post(address, data).status_code == 302
    items = meeting.session.items.all()
    assert [(item.case, item.consent) for item in items] == [(cases[1], False), (cases[0], True), (cases[2], True)]


def test_a_case_gone_meanwhile_is_named_and_the_rest_of_the_form_kept(people, client):
    walk = flows.Walk(people, amount=None).endorsement()
    [other] = tabled(people, 1)
    meeting = Meeting(people, []).planned()
    client.force_login(people["case_officer"])
    walk.vote("endorse")
    data = {"begins_at": "2099-05-04T10:00", "place": "Hall 9", "outcome": "save"} | row(walk.case) | row(other)
    answer = client.post(step_url(meeting.session, "preparing"), data)
    assert answer.status_code == 422
    assert walk.case.reference in answer.content.decode()
    assert "Hall 9" in answer.content.decode()
    assert not meeting.session.items.exists()


def test_the_consent_list_asks_for_a_confirmation_that_keeps_the_attendance(people, client):
    meeting = Meeting(people, tabled(people, 1)).opened()
    client.force_login(people["chair"])
    address = step_url(meeting.session, "sitting")
    data = {"outcome": "consent", "attending": ["MX", "CA"]}
    asked = client.post(address, data).content.decode()
    assert 'name="confirmed"' in asked
    for state in ("MX", "CA"):
        assert f'name="attending" value="{state}"' in asked
    assert not Decision.objects.exists()
    assert client.post(address, data | {"confirmed": "1"}).status_code == 302
    meeting.session.refresh_from_db()
    assert meeting.session.attending == ["CA", "MX"]
    assert Decision.objects.get().present == 2


def test_a_link_names_the_case_that_is_meant(people, client):
    cases = tabled(people, 2)
    meeting = Meeting(people, cases).opened()
    client.force_login(people["chair"])
    page = client.get(f"{step_url(meeting.session, 'deciding')}?item={meeting.item(cases[1]).pk}").content.decode()
    assert f'<option value="{meeting.item(cases[1]).pk}" selected>' in page


def test_a_page_with_an_agenda_takes_the_same_queries_however_long_it_is(people, client):
    def counted(meeting):
        found = []
        for address in (meeting.session.get_absolute_url(), step_url(meeting.session, "sitting")):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            found.append(len(asked))
        return found

    client.force_login(people["chair"])
    cases = tabled(people, 24)
    short, long = Meeting(people, cases[:2]).opened(), Meeting(people, cases[2:14]).opened()
    for case in cases[:14]:
        gate.act(people["reviewer_br"], case, "endorsement", "endorse")
    assert counted(short) == counted(long)
    client.force_login(people["case_officer"])
    short, long = Meeting(people, cases[14:15]).planned(), Meeting(people, cases[15:]).planned()
    counts = []
    for meeting in (short, long):
        with CaptureQueriesContext(connection) as asked:
            client.get(step_url(meeting.session, "preparing"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.both_servers
@pytest.mark.django_db(transaction=True)
def test_two_presses_and_a_voice_at_the_same_moment_decide_each_case_once():
    people = flows.people()
    cases = tabled(people, 4)
    meeting = Meeting(people, cases).opened()
    for case in cases:
        gate.act(people["reviewer_br"], case, "endorsement", "endorse")
        gate.act(people["reviewer_ca"], case, "endorsement", "endorse")
    start, faults = threading.Barrier(4), []

    def run(what):
        start.wait()
        try:
            what()
        except gate.Refused:
            pass
        except Exception as error:  # a deadlock, for one
            faults.append(error)
        finally:
            connection.close()

    def press():
        gate.act(people["chair"], meeting.session, "sitting", "consent", {"attending": ["MX", "BR", "CA"]})

    def last_voice(case):
        return lambda: gate.act(people["chair"], case, "endorsement", "endorse")

    acts = [press, press, last_voice(cases[3]), last_voice(cases[0])]
    threads = [threading.Thread(target=run, args=[what]) for what in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [case.decisions.count() for case in cases] == [1, 1, 1, 1]
    assert set(outcomes(meeting)) <= {"decided", "skipped"}


@pytest.mark.both_servers
@pytest.mark.django_db(transaction=True)
def test_two_agendas_saved_at_once_in_another_order_wait_for_each_other():
    people = flows.people()
    cases = tabled(people, 4)
    first, second = Meeting(people, []).planned(), Meeting(people, []).planned()
    first.cases, second.cases = cases, cases[::-1]
    start, refused, faults = threading.Barrier(2), [], []

    def save(meeting):
        start.wait()
        try:
            gate.act(people["case_officer"], meeting.session, "preparing", "save", meeting.agenda)
        except gate.Blocked as error:
            refused.append(error)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[meeting]) for meeting in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), faults) == (1, [])
    assert AgendaItem.objects.count() == 4
    assert Session.objects.count() == 2
