"""The event log: what it holds, whom it names, and that it replays on the BPMN of the same flow."""

import datetime
import random
from collections import Counter
from copy import deepcopy
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pm4py.objects.log.obj import EventLog

from cases.models import Case
from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from tests import flows, many
from tests.workflows import drafts, replay
from tests.workflows.endings import all_money, every_ending, every_session
from workflows import event_log
from workflows.bpmn import MODEL, export
from workflows.engine import FLOWS, Anytime, Back, Ballot, End, ForEach

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_server,
    pytest.mark.usefixtures("english"),
    # pm4py computes with a class that numpy would rather see gone.
    pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning"),
]
COOPERATION = FLOWS["cooperation"]

XES = "{http://www.xes-standard.org/}"


def exported(*options):
    out, told = StringIO(), StringIO()
    call_command("export_xes", *options, stdout=out, stderr=told)
    return out.getvalue()


class Sink(StringIO):
    """What is written, and after how many queries each trace began."""

    def __init__(self):
        super().__init__()
        self.begun = []

    def write(self, text):
        if text == "<trace":
            self.begun.append(len(connection.queries_log))
        return super().write(text)


def said(element):
    return {one.get("key"): one.get("value") for one in element if one.get("key")}


def test_a_trace_tells_what_was_done_by_whose_role_and_never_by_whom():
    walk = flows.Walk(flows.people()).agreement()
    walk.act("focal", "withdrawal", "withdraw", reason="Reasons <stay> here & there.")
    written = exported()
    root = ET.fromstring(written)
    trace = root.find(f"{XES}trace")
    assert said(trace)["concept:name"] == walk.case.reference
    events = [said(event) for event in trace.findall(f"{XES}event")]
    assert [event["ricomi:step"] for event in events] == [
        "opening", "draft", "draft", "submission", "receipt", "screening", "matching", "answer", "answer", "choice",
        "withdrawal",
    ]  # fmt: skip
    first = events[0]
    assert (first["concept:name"], first["org:role"], first["org:group"]) == ("Open a request", "officer", "py")
    assert [event["ricomi:kind"] for event in events[:3]] == ["move", "stay", "move"]
    assert {event["lifecycle:transition"] for event in events} == {"complete"}
    assert events[0]["org:resource"] == events[1]["org:resource"] != events[3]["org:resource"]
    for person in walk.people.values():
        assert person.name not in written
        assert person.email not in written
    assert "Reasons" not in written
    assert walk.case.title not in written


def test_what_is_done_beside_the_way_is_written_only_when_asked_for(tmp_path):
    walk = flows.Walk(flows.people()).draft()
    walk.act("officer", "comment", "add", text="Soon.", audience="parties")
    kinds = {}
    for options in ((), ("--all",)):
        assert "<trace>" not in exported(*options)
        exported("--under-way", "--output", str(tmp_path / "log.xes"), *options)
        events = ET.parse(tmp_path / "log.xes").iter(f"{XES}event")
        kinds[options] = [(said(event)["ricomi:step"], said(event)["ricomi:kind"]) for event in events]
    assert kinds[()] == [("opening", "move"), ("draft", "stay")]
    assert kinds[("--all",)] == [*kinds[()], ("comment", "beside")]


@pytest.mark.parametrize("language", ["es", "pt", "fr"])
def test_log_and_model_name_the_steps_alike_in_every_language(language):
    flows.Walk(flows.people()).submitted()
    written, model = StringIO(), StringIO()
    call_command("export_xes", "--under-way", language=language, stdout=written, stderr=StringIO())
    call_command("policy", bpmn="cooperation", language=language, stdout=model)
    names = {task.get("name") for task in ET.fromstring(model.getvalue()).iter(f"{{{MODEL}}}userTask")}
    events = [said(event)["concept:name"] for event in ET.fromstring(written.getvalue()).iter(f"{XES}event")]
    assert len(events) == 4
    assert set(events) <= names
    assert "Open a request" not in events


def test_nothing_that_is_written_breaks_the_document():
    walk = flows.Walk(flows.people()).draft()
    Body.objects.filter(code="py").update(code='p<y>&"\x02')
    trace = ET.fromstring(exported("--under-way")).find(f"{XES}trace")
    assert walk.case.reference == said(trace)["concept:name"]
    assert said(trace.find(f"{XES}event"))["org:group"] == 'p<y>&"\ufffd'


def test_a_flow_that_is_not_there_and_a_file_that_cannot_be_written_are_told(tmp_path):
    with pytest.raises(CommandError, match="There is no flow “nothing”"):
        exported("--flow", "nothing")
    with pytest.raises(CommandError, match="cannot be written"):
        exported("--output", str(tmp_path))


def second_approver():
    person = User.objects.create_user("approver_2@ricomi.example", "Approver 2")
    members.appoint(person, Body.objects.get(code="fund"), Role.FUND_APPROVER, by=None, since=datetime.date(2020, 1, 1))
    return person


@pytest.fixture(scope="module")
def endings(django_db_setup, django_db_blocker):
    """The logs of cases that came to every end, by flow; nothing else is left of them."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        people = flows.people()
        every_ending(people)
        every_session(people)
        all_money(people | {"approver_2": second_approver()})
        logs = {name: exported("--flow", name) for name in FLOWS}
        transaction.set_rollback(True)
    return logs


def steps_of(trace):
    return [event["concept:name"] for event in trace]


def test_it_takes_every_outcome_of_every_step(endings):
    taken = {
        (event["ricomi:step"], event["ricomi:outcome"])
        for trace in replay.read(endings["cooperation"])
        for event in trace
    }
    moving = [step for step in COOPERATION.steps() if getattr(step, "outcomes", None)]
    beside = {step.name for step in COOPERATION.anytimes() if not step.next_names()}
    assert {
        (step.name, outcome.name)
        for step in moving
        for outcome in step.outcomes
        # The close of a vote stands in the timeline as what was decided.
        if step.name not in beside and not (isinstance(step, Ballot) and outcome.by_clock)
    } == taken


def test_the_close_of_a_vote_is_written_as_what_was_decided(endings):
    by_clock = [
        (event["ricomi:outcome"], event["ricomi:kind"])
        for trace in replay.read(endings["cooperation"])
        for event in trace
        if event["ricomi:step"] == "endorsement" and event["ricomi:channel"] == "clock"
    ]
    assert by_clock == [("endorse", "move")]


def test_every_ending_replays(endings):
    log = replay.read(endings["cooperation"])
    assert len(log) == 12
    assert {trace.attributes["ricomi:stage"] for trace in log} == {
        str(step.stage) for step in COOPERATION.steps() if step.kind == "end"
    }
    assert replay.fitness(log, replay.net_of(export(COOPERATION))) == [1.0] * 12


@pytest.mark.parametrize("name", ["disbursement", "revision", "contribution", "payment"])
def test_what_moves_money_takes_every_outcome_as_well(endings, name):
    taken = {
        (event["ricomi:step"], event["ricomi:outcome"]) for trace in replay.read(endings[name]) for event in trace
    }  # fmt: skip
    beside = {step.name for step in FLOWS[name].anytimes() if not step.next_names()}
    wanted = {
        (step.name, outcome.name)
        for step in FLOWS[name].steps() if step.name not in beside
        # What closes a vote is entered as what the vote then came to.
        for outcome in getattr(step, "outcomes", ()) if not (isinstance(step, Ballot) and outcome.by_clock)
    }  # fmt: skip
    assert wanted == taken


@pytest.mark.parametrize(
    "name",
    ["trip", "disbursement", "revision", "condition", "contribution", "payment", "session", "refund", "conversion"],
)
def test_the_ways_under_a_case_replay_as_well(endings, name):
    log = replay.read(endings[name])
    assert len(log) > 0
    assert set(replay.fitness(log, replay.net_of(export(FLOWS[name])))) == {1.0}


def test_a_way_that_is_taken_up_again_from_its_end_replays_and_from_no_other_end():
    """Changed and published anew, withdrawn at last; another dropped, from where nothing goes on."""
    people = flows.people()
    drafts.act(people, drafts.begin(people), "officer", "dropping", "drop")
    draft = drafts.changing(people)
    drafts.act(people, draft, "officer", "changing", "send", **drafts.content(title="By boat"))
    drafts.act(people, draft, "case_officer", "review", "return", reason="Why?")
    drafts.act(people, draft, "officer", "changing", "give_up")
    drafts.act(people, draft, "officer", "withdrawing", "withdraw", reason="Sold")
    log, net = replay.read(exported("--flow", "cataloguing")), replay.net_of(export(FLOWS["cataloguing"]))
    assert len(log) == 2
    assert set(replay.fitness(log, net)) == {1.0}
    titles = {name: str(FLOWS["cataloguing"].step(name).title) for name in ("opening", "dropping", "change")}
    assert replay.accepts([titles["opening"], titles["dropping"]], net)
    assert not replay.accepts([titles["opening"], titles["dropping"], titles["change"], titles["dropping"]], net)


def test_a_thousand_cases_replay_wherever_they_stand():
    network = many.Many(many.Seeds(flows.people()))
    network.grow_to(1000)
    sink = Sink()
    with CaptureQueriesContext(connection) as asked:
        call_command("export_xes", "--under-way", stdout=sink, stderr=StringIO())
    # Three queries a batch, one that finds no more; and each batch is written before the next is read.
    assert len(asked) == 3 * 1000 / event_log.BATCH + 1
    assert Counter(sink.begun) == {3 * batch: event_log.BATCH for batch in range(1, 6)}
    log = replay.read(sink.getvalue())
    assert len({trace.attributes["concept:name"] for trace in log}) == 1000
    assert set(replay.fitness(log, replay.net_of(export(COOPERATION, under_way=True)))) == {1.0}
    ended = replay.read(exported())
    assert len(ended) == Case.objects.filter(stage__in=("closed", "withdrawn")).count() == 200
    model = replay.net_of(export(COOPERATION))
    assert set(replay.fitness(ended, model)) == {1.0}
    assert replay.fitness_by_tokens(ended, model) == 1.0


def test_a_forged_event_is_found(endings):
    """A step put in where the flow has no place for it, one taken out, and one that was taken twice."""
    model = replay.net_of(export(COOPERATION))

    def forged(change):
        log = replay.read(endings["cooperation"])
        trace = log[0]
        change(trace)
        return replay.fitness(EventLog([trace]), model)[0], replay.fitness_by_tokens(log, model)

    def insert(trace):
        trace.insert(4, deepcopy(next(event for event in trace if event["ricomi:step"] == "reservation_approval")))

    def take_out(trace):
        trace._list.pop(steps_of(trace).index("Acknowledge the request"))

    def repeat(trace):
        place = steps_of(trace).index("Acknowledge the request")
        trace.insert(place, deepcopy(trace[place]))

    for change in (insert, take_out, repeat):
        by_trace, by_log = forged(change)
        assert by_trace < 1.0, change
        assert by_log < 1.0, change


def reached(flow, step):
    """The steps at which a subject may wait after a step, or `end`, or `back` to what rested; read off the policy."""
    found = set()
    for node in map(flow.step, step.next_names()):
        if isinstance(node, End):
            found.add("end")
        elif node.who is not None:
            found.add(node.name)
        else:
            found |= {"back"} if isinstance(node, Back) else reached(flow, node)
    return found


def allows(flow, names):
    """Whether the policy lets a subject take these steps in this order, from the opening to an end."""
    several = {name for step in flow.steps() if isinstance(step, ForEach) for name in step.next_names()}
    stands = {(flow.start().name, None)}
    for name in names:
        step, following = flow.step(name), set()
        for at, rests in stands:
            if at == name:
                stays = name in several or isinstance(step, Ballot) or any(one.stays for one in step.outcomes)
                following |= {(at, rests)} if stays else set()
                following |= {(rests, None) if to == "back" else (to, rests) for to in reached(flow, step)}
            elif at != "end" and isinstance(step, Anytime) and str(flow.step(at).stage) in step.stages:
                following |= {(to, at if step.pauses else None) for to in reached(flow, step)}
        stands = following
    return any(at == "end" for at, _rests in stands)


def test_the_model_accepts_what_the_policy_allows_and_nothing_else(endings):
    """Each trace, and 150 changed ones of each: an event put in, taken out, replaced or moved by one."""
    names = [[event["ricomi:step"] for event in trace] for trace in replay.read(endings["cooperation"])]
    titles = {step.name: str(step.title) for step in COOPERATION.steps()}
    every = [step.name for step in COOPERATION.steps() if step.who and step.next_names()]
    chance, changed = random.Random(3), []
    for trace in names:
        for _number in range(150):
            place, other = chance.randrange(len(trace)), trace.copy()
            match chance.randrange(4):
                case 0:
                    other.insert(place, chance.choice(every))
                case 1:
                    other.pop(place)
                case 2:
                    other[place] = chance.choice(every)
                case _:
                    other[place : place + 2] = reversed(other[place : place + 2])
            changed.append(other)
    model = replay.net_of(export(COOPERATION))
    verdicts = [allows(COOPERATION, trace) for trace in names + changed]
    assert all(verdicts[: len(names)])
    assert 80 < sum(verdicts) < 800
    for trace, allowed in zip(names + changed, verdicts, strict=True):
        assert replay.accepts([titles[name] for name in trace], model) == allowed, trace
