"""Every flow as BPMN 2.0: it keeps the OMG schema, opens in a reader, and has each step of the policy."""

from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator

from workflows.bpmn import MODEL, export
from workflows.engine import FLOWS

NAMES = ["cooperation", "trip", "disbursement", "contribution"]


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_the_schema_and_opens_in_a_reader(name):
    document = export(FLOWS[name]).encode()
    BpmnValidator().validate(etree.parse(BytesIO(document)))
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(document))
    assert name in parser.process_parsers


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_in_it_and_each_line_joins_two_of_them(name):
    process = ET.fromstring(export(FLOWS[name])).find(f"{{{MODEL}}}process")
    ids = {element.get("id") for element in process if not element.tag.endswith("sequenceFlow")}
    assert {step.name for step in FLOWS[name].steps()} <= ids
    lines = process.findall(f"{{{MODEL}}}sequenceFlow")
    assert lines
    assert all({line.get("sourceRef"), line.get("targetRef")} <= ids for line in lines)
    assert len({line.get("id") for line in lines}) == len(lines)


def test_a_document_with_a_broken_line_is_refused_by_the_schema():
    broken = export(FLOWS["trip"]).replace("sourceRef", "sourceReference").encode()
    with pytest.raises(Exception, match="sourceRef"):
        BpmnValidator().validate(etree.parse(BytesIO(broken)))
