"""A flow as BPMN 2.0 with its drawing, read off the flow: OMG formal/2011-01-03."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from workflows.engine import Anytime, Auto, Choice, End, Flow, ForEach, Opening, Step, Together

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DRAWING = "http://www.omg.org/spec/BPMN/20100524/DI"
SHAPES = "http://www.omg.org/spec/DD/20100524/DC"
LINES = "http://www.omg.org/spec/DD/20100524/DI"
COLUMN, ROW = 190, 120
Placed = dict[str, tuple[int, int, int, int]]


def export(flow: type[Flow]) -> str:
    """The flow as an XML document; titles in the language that is active.

    A step with several outcomes is followed by an exclusive gateway. What may be done at any time begins with an
    event of its own, a signal that a person gives.
    """
    for prefix, space in (("bpmn", MODEL), ("bpmndi", DRAWING), ("dc", SHAPES), ("di", LINES)):
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{MODEL}}}definitions", {"id": "ricomi", "targetNamespace": "urn:ricomi:flows"})
    name = flow.flow_name()
    signals = [step for step in flow.anytimes() if step.next_names()]
    for step in signals:
        ET.SubElement(root, f"{{{MODEL}}}signal", {"id": f"signal_{step.name}", "name": str(step.title)})
    process = ET.SubElement(root, f"{{{MODEL}}}process", {"id": name, "name": str(flow.title), "isExecutable": "false"})
    flows = list(_sequence(flow))
    for ident, tag, title, step in _nodes(flow):
        element = ET.SubElement(process, f"{{{MODEL}}}{tag}", {"id": ident, "name": title})
        _say(element, step, ident)
        for line, source, _target, _label in flows:
            if source == ident:
                ET.SubElement(element, f"{{{MODEL}}}outgoing").text = line
        if tag == "startEvent" and isinstance(step, Anytime):
            ET.SubElement(element, f"{{{MODEL}}}signalEventDefinition", {"signalRef": f"signal_{step.name}"})
        _order(element)
    for line, source, target, label in flows:
        ET.SubElement(
            process, f"{{{MODEL}}}sequenceFlow",
            {"id": line, "sourceRef": source, "targetRef": target, **({"name": label} if label else {})},
        )  # fmt: skip
    _draw(root, name, flow, flows)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _say(element: ET.Element, step: Any, ident: str) -> None:
    """Who acts and by when, as documentation."""
    if step.who is None or ident != step.name:
        return
    parts = [step.who.says] + ([f"{step.limit.days} d"] if step.limit else [])
    ET.SubElement(element, f"{{{MODEL}}}documentation").text = "; ".join(str(part) for part in parts)


def _order(element: ET.Element) -> None:
    """Documentation stands first, event definitions last, as the schema wants it."""
    rank = {"documentation": 0, "incoming": 1, "outgoing": 2}
    element[:] = sorted(element, key=lambda child: rank.get(child.tag.rsplit("}", 1)[1], 3))


def _nodes(flow: type[Flow]) -> list[tuple[str, str, str, Any]]:
    """Every element: its id, its BPMN word, its title, and the step that it stands for."""
    found: list[tuple[str, str, str, Any]] = []
    for step in flow.steps():
        title = str(step.title)
        if isinstance(step, Anytime) or (isinstance(step, Opening) and step.form is not None):
            found.append((f"{step.name}_begins", "startEvent", title, step))
        found.append((step.name, _word(step), title, step))
        if isinstance(step, Anytime) and not step.next_names():
            found.append((f"{step.name}_done", "endEvent", title, step))
        if len(step.next_names()) > 1 and isinstance(step, Step):
            found.append((f"{step.name}_outcome", "exclusiveGateway", title, step))
    return found


def _word(step: Any) -> str:
    if isinstance(step, End):
        return "endEvent"
    if isinstance(step, (Choice,)):
        return "exclusiveGateway"
    if isinstance(step, (ForEach, Together)):
        return "parallelGateway"
    return "scriptTask" if isinstance(step, Auto) else "userTask" if step.who is not None else "endEvent"


def _sequence(flow: type[Flow]) -> list[tuple[str, str, str, str]]:
    """Every line: its id, from where, to where, and what is written on it."""
    found = []
    for step in flow.steps():
        if isinstance(step, (Anytime, Opening)):
            found.append((f"to_{step.name}", f"{step.name}_begins", step.name, ""))
        if isinstance(step, Anytime) and not step.next_names():
            found.append((f"after_{step.name}", step.name, f"{step.name}_done", ""))
        if not isinstance(step, Step) and step.who is None and _word(step) == "endEvent":
            continue
        source = step.name
        edges = list(step._outgoing())
        if isinstance(step, Step) and len(edges) > 1:
            source = f"{step.name}_outcome"
            found.append((f"from_{step.name}", step.name, source, ""))
        for edge in edges:
            found.append((f"{source}_to_{edge.dst.name}", source, edge.dst.name, str(edge.label or "")))
    return found


def _draw(root: ET.Element, name: str, flow: type[Flow], flows: list[tuple[str, str, str, str]]) -> None:
    """The picture: six elements a row in the order of the page, each in a field of its own."""
    diagram = ET.SubElement(root, f"{{{DRAWING}}}BPMNDiagram", {"id": f"{name}_diagram"})
    plane = ET.SubElement(diagram, f"{{{DRAWING}}}BPMNPlane", {"id": f"{name}_plane", "bpmnElement": name})
    placed: Placed = {}
    for place, (ident, tag, _title, _step) in enumerate(_nodes(flow)):
        width, height = (120, 70) if tag.endswith("Task") else (50, 50) if tag.endswith("Gateway") else (36, 36)
        x, y = place % 6 * COLUMN + (COLUMN - width) // 2, place // 6 * ROW + (ROW - height) // 2
        placed[ident] = (x, y, width, height)
        shape = ET.SubElement(plane, f"{{{DRAWING}}}BPMNShape", {"id": f"{ident}_shape", "bpmnElement": ident})
        size = {"x": str(x), "y": str(y), "width": str(width), "height": str(height)}
        ET.SubElement(shape, f"{{{SHAPES}}}Bounds", size)
    for line, source, target, _label in flows:
        edge = ET.SubElement(plane, f"{{{DRAWING}}}BPMNEdge", {"id": f"{line}_edge", "bpmnElement": line})
        for ident in (source, target):
            x, y, width, height = placed[ident]
            point = {"x": str(x + width // 2), "y": str(y + height // 2)}
            ET.SubElement(edge, f"{{{LINES}}}waypoint", point)
