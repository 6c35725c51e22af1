"""The timeline as an event log: XES (IEEE 1849-2016), one trace a subject, one event an act, written as it is read.

An event is named as the task is in the flow's BPMN file of the same language, so that the one replays on the other.
What moves a subject or is done in a step of its way always belongs to the log. What is done beside the way (a comment,
a document, a late note) and subjects that are still under way are written only when asked for: no model of the way
can say when a remark comes, and a way that has not ended fits no model that ends.

People appear as codes that stay the same from one export to the next and from which nobody without the site's secret
key can tell who they are. That is a pseudonym, not anonymity: whoever knows the network can often tell from body, role
and moment who acted. Names, addresses, titles, reasons and texts are not in the log. Hand it on accordingly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import TextIOBase
from itertools import groupby
from typing import Any
from xml.sax.saxutils import XMLGenerator

from django.utils.crypto import salted_hmac

from workflows.engine import Anytime, Ballot, Flow
from workflows.models import Entry, Run

BATCH = 200
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EXTENSIONS = {
    "concept": "Concept", "lifecycle": "Lifecycle", "time": "Time", "org": "Organizational",
}  # fmt: skip
OWN = "urn:ricomi:xes"


def write(out: TextIOBase, flow: type[Flow], *, under_way: bool = False, beside: bool = False) -> int:
    """Write the log of all subjects of a flow whose way has ended; returns the number of traces.

    `under_way` adds the subjects that have not come to an end, `beside` the acts beside the way. Titles are in the
    language that is active. However many subjects there are, a batch of them takes three queries.
    """
    log = _Log(out)
    log.begin(flow)
    count = 0
    for run, subject, entries in _ways(flow, under_way):
        events = [(entry, kind) for entry in entries if (kind := kind_of(flow, entry)) or beside]
        log.trace(flow, run, subject, events)
        count += 1
    log.end()
    return count


def kind_of(flow: type[Flow], entry: Entry) -> str:
    """What an entry is to the way: `move`, `stay` (done in a step that goes on waiting), or nothing: beside it."""
    step = flow._nodes_by_name.get(flow.today(entry.step))
    outcome = next((one for one in getattr(step, "outcomes", []) if one.name == entry.outcome), None)
    if step is None or outcome is None:
        return ""
    if isinstance(step, Anytime) and not step.next_names():
        return ""
    unheard = isinstance(step, Ballot) and not entry.steps_to and entry.stage_from == entry.stage_to
    return "stay" if outcome.stays or unheard else "move"


def code_of(person: int) -> str:
    """The code under which a person appears in every log of this site."""
    return salted_hmac("workflows.event_log", str(person), algorithm="sha256").hexdigest()[:16]


def _ways(flow: type[Flow], under_way: bool) -> Iterator[tuple[Run, Any, list[Entry]]]:
    """Each way in the order in which they began, with its subject and its entries."""
    runs = Run.objects.filter(flow_class=flow).order_by("pk")
    if not under_way:
        runs = runs.filter(finished__isnull=False)
    model = flow.subject_model()
    subjects = model.objects.all()
    if any(field.name == "case" for field in model._meta.get_fields()):
        subjects = subjects.select_related("case")
    last = 0
    while batch := list(runs.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        keys = {run.subject_key: int(run.subject_key.split(":")[1]) for run in batch}
        found = subjects.in_bulk(keys.values())
        entries = Entry.objects.filter(subject__in=keys).select_related("body").order_by("subject", "number")
        of = {key: list(some) for key, some in groupby(entries.iterator(), key=lambda entry: entry.subject)}
        for run in batch:
            yield run, found[keys[run.subject_key]], of.get(run.subject_key, [])


class _Log:
    """The elements of XES, written one by one."""

    def __init__(self, out: TextIOBase) -> None:
        self.xml = XMLGenerator(out, "UTF-8", short_empty_elements=True)

    def value(self, key: str, value: Any, kind: str = "string") -> None:
        self._empty(kind, {"key": key, "value": UNWRITABLE.sub("\ufffd", str(value))})

    def begin(self, flow: type[Flow]) -> None:
        """The head: extensions, what each trace and event bears, and by what events are told apart."""
        self.xml.startDocument()
        self._start("log", {"xes.version": "1849-2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"})
        for prefix, name in EXTENSIONS.items():
            uri = f"http://www.xes-standard.org/{prefix}.xesext"
            self._empty("extension", {"name": name, "prefix": prefix, "uri": uri})
        self._empty("extension", {"name": "RICOMI", "prefix": "ricomi", "uri": OWN})
        self._start("global", {"scope": "trace"})
        self.value("concept:name", "")
        self.value("ricomi:ended", "false", "boolean")
        self._end("global")
        self._start("global", {"scope": "event"})
        for key in ("concept:name", "ricomi:step", "ricomi:outcome", "ricomi:channel", "ricomi:kind"):
            self.value(key, "")
        self.value("lifecycle:transition", "complete")
        self.value("time:timestamp", "1970-01-01T00:00:00.000000+00:00", "date")
        self._end("global")
        for name, keys in (("Step", "concept:name"), ("Step and outcome", "concept:name ricomi:outcome"),
                           ("Body", "org:group")):  # fmt: skip
            self._empty("classifier", {"name": name, "keys": keys})
        self.value("concept:name", flow.title)
        self.value("lifecycle:model", "standard")
        self.value("ricomi:flow", flow.flow_name())
        self.value("ricomi:version", flow.version, "int")

    def trace(self, flow: type[Flow], run: Run, subject: Any, events: list[tuple[Entry, str]]) -> None:
        self._start("trace")
        self.value("concept:name", subject.reference)
        self.value("ricomi:stage", subject.stage)
        self.value("ricomi:version", run.version, "int")
        self.value("ricomi:ended", "true" if run.finished else "false", "boolean")
        for entry, kind in events:
            self.event(flow, entry, kind)
        self._end("trace")

    def event(self, flow: type[Flow], entry: Entry, kind: str) -> None:
        name = flow.today(entry.step)
        step = flow._nodes_by_name.get(name)
        self._start("event")
        self.value("concept:name", step.title if step else name)
        self.value("lifecycle:transition", "complete")
        self.value("time:timestamp", entry.at.isoformat(timespec="microseconds"), "date")
        if entry.person_id:
            self.value("org:resource", code_of(entry.person_id))
            if step and step.who and step.who.role:
                self.value("org:role", step.who.role.value)
        if entry.body:
            self.value("org:group", entry.body.code)
        self.value("ricomi:step", name)
        self.value("ricomi:outcome", entry.outcome)
        self.value("ricomi:channel", entry.channel)
        self.value("ricomi:kind", kind or "beside")
        self._end("event")

    def end(self) -> None:
        self.xml.ignorableWhitespace("\n")
        self._end("log")
        self.xml.ignorableWhitespace("\n")
        self.xml.endDocument()

    def _empty(self, tag: str, attributes: dict[str, str]) -> None:
        self._start(tag, attributes)
        self._end(tag)

    def _start(self, tag: str, attributes: dict[str, str] | None = None) -> None:
        if tag != "log":
            self.xml.ignorableWhitespace("\n")
        self.xml.startElement(tag, attributes or {})  # type: ignore[arg-type]

    def _end(self, tag: str) -> None:
        self.xml.endElement(tag)
