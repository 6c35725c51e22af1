"""Every flow as BPMN 2.0: it keeps the OMG schema, opens in a reader, and has each step of the policy."""

from io import BytesIO
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator

from workflows.bpmn import DRAWING, MODEL, export
from workflows.engine import FLOWS, Anytime, Back

NAMES = [
    "cooperation", "trip", "disbursement", "revision", "condition", "extension", "contribution", "payment", "session",
    "terms", "refund", "conversion", "cataloguing",
]  # fmt: skip
NOT_IN_LANES = {
    f"{{{MODEL}}}{word}" for word in ("laneSet", "sequenceFlow", "subProcess", "textAnnotation", "association")
}


@pytest.mark.parametrize("under_way", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_schema_and_opens_in_a_reader(name, under_way):
    document = export(FLOWS[name], under_way=under_way).encode()
    BpmnValidator().validate(etree.parse(BytesIO(document)))
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(document))
    assert name in parser.process_parsers


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_in_it_and_each_line_joins_two_of_them(name):
    process = ET.fromstring(export(FLOWS[name])).find(f"{{{MODEL}}}process")
    ids = {element.get("id") for element in process.iter() if not element.tag.endswith("sequenceFlow")}
    steps = [step for step in FLOWS[name].steps() if not isinstance(step, Back)]
    pairs = [step for step in steps if isinstance(step, Anytime) and step.pauses]
    resting = {name for step in pairs for name in step.next_names()}
    assert {step.name for step in steps if step not in pairs} - resting <= ids
    for pair in pairs:
        for stage in pair.stages:
            waiting = [step.name for step in steps if str(step.stage) == stage and step.kind == "human"]
            assert {f"{pair.name}_at_{one}" for one in waiting} <= ids
    lines = process.findall(f".//{{{MODEL}}}sequenceFlow")
    assert lines
    assert all({line.get("sourceRef"), line.get("targetRef")} <= ids for line in lines)
    assert len({line.get("id") for line in lines}) == len(lines)


@pytest.mark.parametrize("name", NAMES)
def test_each_deadline_is_a_timer_and_each_element_has_its_lane_and_its_place(name):
    root = ET.fromstring(export(FLOWS[name]))
    process = root.find(f"{{{MODEL}}}process")
    timers = {
        timer.get("attachedToRef"): (timer.findtext(f".//{{{MODEL}}}timeDuration"), timer.get("cancelActivity"))
        for timer in process.iter(f"{{{MODEL}}}boundaryEvent")
    }
    limits = {step.name: step.limit for step in FLOWS[name].steps() if step.limit}
    resting = {"resumption"}  # of which each step has its own
    assert timers == {
        step: (f"P{limit.days}D" if limit.days else None, "true" if limit.then else "false")
        for step, limit in limits.items() if step not in resting
    }  # fmt: skip
    nodes = [one.get("id") for one in process if one.get("id") and one.tag not in NOT_IN_LANES]
    assert sorted(one.text for one in process.iter(f"{{{MODEL}}}flowNodeRef")) == sorted(nodes)
    drawn = {shape.get("bpmnElement"): shape for shape in root.iter(f"{{{DRAWING}}}BPMNShape")}
    assert set(nodes) <= set(drawn)
    places = [
        tuple(float(drawn[one][0].get(side)) for side in ("x", "y", "width", "height"))
        for one in nodes if not one.startswith("due_")
    ]  # fmt: skip
    for (x, y, width, height), (to_x, to_y, to_width, to_height) in combinations(places, 2):
        assert x + width <= to_x or to_x + to_width <= x or y + height <= to_y or to_y + to_height <= y
    edges = {edge.get("bpmnElement") for edge in root.iter(f"{{{DRAWING}}}BPMNEdge")}
    assert {line.get("id") for line in root.iter(f"{{{MODEL}}}sequenceFlow")} <= edges


def test_a_document_with_a_broken_line_is_refused_by_the_schema():
    broken = export(FLOWS["trip"]).replace("sourceRef", "sourceReference").encode()
    with pytest.raises(Exception, match="sourceRef"):
        BpmnValidator().validate(etree.parse(BytesIO(broken)))
