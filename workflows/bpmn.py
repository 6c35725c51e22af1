"""A flow as BPMN 2.0 with its drawing, read off the flow: OMG formal/2011-01-03."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from workflows.bpmn_model import Element, Line, Model, said_of
from workflows.engine import Flow

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DRAWING = "http://www.omg.org/spec/BPMN/20100524/DI"
SHAPES = "http://www.omg.org/spec/DD/20100524/DC"
LINES = "http://www.omg.org/spec/DD/20100524/DI"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SIZES = {"userTask": (120, 70), "scriptTask": (60, 44), "exclusiveGateway": (40, 40)}
ROUND = (30, 30)
# A column holds a gateway, a task and a gateway; a lane what waits in it, and under that what rests there.
COLUMN, SLOTS, LANE, HEAD = 300, (10, 80, 230), 170, 30
Placed = dict[str, tuple[int, int, int, int]]


def export(flow: type[Flow], *, under_way: bool = False) -> str:
    """The flow as an XML document; titles in the language that is active.

    `under_way` adds an end at each place where a subject waits: on this model, not on the plain one, a log replays
    that also holds subjects whose way has not ended.
    """
    for prefix, space in (("bpmn", MODEL), ("bpmndi", DRAWING), ("dc", SHAPES), ("di", LINES), ("xsi", INSTANCE)):
        ET.register_namespace(prefix, space)
    model = Model(flow, under_way)
    name = flow.flow_name()
    root = ET.Element(_model("definitions"), {"id": "ricomi", "targetNamespace": "urn:ricomi:flows"})
    if model.beside:
        ET.SubElement(root, _model("signal"), {"id": "beside_the_way", "name": _("Beside the way")})
    process = ET.SubElement(root, _model("process"), {"id": name, "name": str(flow.title), "isExecutable": "false"})
    _lanes(process, model)
    for element in model.elements:
        _write(process, element, model)
    if model.beside:
        _beside(process, model)
    for line in model.lines:
        named = {"name": line.label} if line.label else {}
        ends = {"id": line.ident, "sourceRef": line.source, "targetRef": line.target}
        ET.SubElement(process, _model("sequenceFlow"), ends | named)
    _notes(process, model)
    _draw(root, model)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _model(tag: str) -> str:
    return f"{{{MODEL}}}{tag}"


def _lanes(process: ET.Element, model: Model) -> None:
    """Whose each element is: a lane for each body that takes part, and one for what the network does by itself."""
    lanes = ET.SubElement(process, _model("laneSet"), {"id": f"{process.get('id')}_lanes"})
    for key, name, inside in model.lanes():
        lane = ET.SubElement(lanes, _model("lane"), {"id": f"lane_{key}", "name": name})
        for element in inside:
            ET.SubElement(lane, _model("flowNodeRef")).text = element.ident


def _write(process: ET.Element, element: Element, model: Model) -> None:
    """One element, its parts in the order of the schema."""
    attributes = {"id": element.ident, **({"name": element.name} if element.name else {})}
    if element.attached:
        attributes |= {"attachedToRef": element.attached, "cancelActivity": "true" if element.stops else "false"}
    written = ET.SubElement(process, _model(element.tag), attributes)
    if element.says:
        ET.SubElement(written, _model("documentation")).text = element.says
    for word, at in (("incoming", "target"), ("outgoing", "source")):
        for line in model.lines:
            if getattr(line, at) == element.ident:
                ET.SubElement(written, _model(word)).text = line.ident
    if element.each:
        ET.SubElement(written, _model("multiInstanceLoopCharacteristics"), {"isSequential": "false"})
    if element.days is not None:
        timer = ET.SubElement(written, _model("timerEventDefinition"))
        if element.days:
            lasts = ET.SubElement(timer, _model("timeDuration"), {f"{{{INSTANCE}}}type": "bpmn:tFormalExpression"})
            lasts.text = f"P{element.days}D"
    if element.event:
        ET.SubElement(written, _model(element.event))


def _beside(process: ET.Element, model: Model) -> None:
    """What may be done at any time and moves nothing: a group of acts that leaves the way alone."""
    around = {"id": "beside", "name": _("Beside the way"), "triggeredByEvent": "true"}
    inside = ET.SubElement(process, _model("subProcess"), around)
    begins = ET.SubElement(inside, _model("startEvent"), {"id": "beside_begins", "isInterrupting": "false"})
    ET.SubElement(begins, _model("outgoing")).text = "beside_begins_to_acts"
    ET.SubElement(begins, _model("signalEventDefinition"), {"signalRef": "beside_the_way"})
    acts = ET.SubElement(inside, _model("adHocSubProcess"), {"id": "beside_acts", "name": _("Beside the way")})
    ET.SubElement(acts, _model("incoming")).text = "beside_begins_to_acts"
    ET.SubElement(acts, _model("outgoing")).text = "beside_acts_to_done"
    for step in model.beside:
        task = ET.SubElement(acts, _model("userTask"), {"id": step.name, "name": str(step.title)})
        ET.SubElement(task, _model("documentation")).text = said_of(step)
    done = ET.SubElement(inside, _model("endEvent"), {"id": "beside_done"})
    ET.SubElement(done, _model("incoming")).text = "beside_acts_to_done"
    for ident, source, target in (("beside_begins_to_acts", "beside_begins", "beside_acts"),
                                  ("beside_acts_to_done", "beside_acts", "beside_done")):  # fmt: skip
        ends = {"id": ident, "sourceRef": source, "targetRef": target}
        ET.SubElement(inside, _model("sequenceFlow"), ends)


def _notes(process: ET.Element, model: Model) -> None:
    """The titles that stand beside elements without a name."""
    for element in model.elements:
        if element.note:
            note = ET.SubElement(process, _model("textAnnotation"), {"id": f"{element.ident}_note"})
            ET.SubElement(note, _model("text")).text = element.note
            ends = {"sourceRef": element.ident, "targetRef": f"{element.ident}_note"}
            ET.SubElement(process, _model("association"), {"id": f"{element.ident}_says", **ends})


def _draw(root: ET.Element, model: Model) -> None:
    """The picture: a lane a body, a column a step in the order of the page."""
    name = model.flow.flow_name()
    diagram = ET.SubElement(root, f"{{{DRAWING}}}BPMNDiagram", {"id": f"{name}_diagram"})
    plane = ET.SubElement(diagram, f"{{{DRAWING}}}BPMNPlane", {"id": f"{name}_plane", "bpmnElement": name})
    width = HEAD + COLUMN * (1 + max(element.column for element in model.elements))
    placed: Placed = {}
    top = 0
    for key, _name, inside in model.lanes():
        shape = _shape(plane, f"lane_{key}", (0, top, width, LANE))
        shape.set("isHorizontal", "true")
        for element in inside:
            placed[element.ident] = _place(element, top)
        top += LANE
    for element in model.elements:
        _shape(plane, element.ident, placed[element.ident])
        if element.note:
            x, y, _width, height = placed[element.ident]
            _shape(plane, f"{element.ident}_note", (x, y + height + 6, 150, 40))
            _edge(plane, f"{element.ident}_says", [(x + 20, y + height), (x + 20, y + height + 6)])
    for line in model.lines:
        _edge(plane, line.ident, _way(line, placed))
    if model.beside:
        _draw_beside(plane, model, top + 20)


def _place(element: Element, top: int) -> tuple[int, int, int, int]:
    """Where an element stands: on the axis of its lane; a timer on its task's corner, an alarm's end under it."""
    width, height = SIZES.get(element.tag, ROUND)
    x = HEAD + element.column * COLUMN + SLOTS[element.slot]
    y = top + LANE // 2 - height // 2
    if element.attached:
        x, y = x + 80, top + LANE // 2 + 20
    elif element.event:
        x, y = x + 80, top + LANE - height - 4
    elif element.ident.count("_at_") and element.tag == "userTask":
        # A pair that rests stands at the foot of its lane, out of the way of the lane's own steps.
        y, width, height = top + LANE - 46, 66, 42
    elif element.ident.count("_at_"):
        y = top + LANE - height - 4
    return x, y, width, height


def _draw_beside(plane: ET.Element, model: Model, top: int) -> None:
    wide = 140 * len(model.beside)
    _shape(plane, "beside", (HEAD, top, wide + 160, 150)).set("isExpanded", "true")
    _shape(plane, "beside_begins", (HEAD + 15, top + 60, *ROUND))
    _shape(plane, "beside_acts", (HEAD + 70, top + 20, wide + 20, 110)).set("isExpanded", "true")
    _shape(plane, "beside_done", (HEAD + wide + 115, top + 60, *ROUND))
    for place, step in enumerate(model.beside):
        _shape(plane, step.name, (HEAD + 90 + 140 * place, top + 40, *SIZES["userTask"]))
    _edge(plane, "beside_begins_to_acts", [(HEAD + 45, top + 75), (HEAD + 70, top + 75)])
    _edge(plane, "beside_acts_to_done", [(HEAD + wide + 90, top + 75), (HEAD + wide + 115, top + 75)])


def _shape(plane: ET.Element, ident: str, bounds: tuple[int, int, int, int]) -> ET.Element:
    shape = ET.SubElement(plane, f"{{{DRAWING}}}BPMNShape", {"id": f"{ident}_shape", "bpmnElement": ident})
    size = dict(zip(("x", "y", "width", "height"), map(str, bounds), strict=True))
    ET.SubElement(shape, f"{{{SHAPES}}}Bounds", size)
    return shape


def _edge(plane: ET.Element, ident: str, points: list[tuple[int, int]]) -> None:
    edge = ET.SubElement(plane, f"{{{DRAWING}}}BPMNEdge", {"id": f"{ident}_edge", "bpmnElement": ident})
    for x, y in points:
        ET.SubElement(edge, f"{{{LINES}}}waypoint", {"x": str(x), "y": str(y)})


def _way(line: Line, placed: Placed) -> list[tuple[int, int]]:
    """A line in right angles: forward from right to left, backward over the heads of both."""
    x, y, width, height = placed[line.source]
    to_x, to_y, to_width, to_height = placed[line.target]
    middle, to_middle = y + height // 2, to_y + to_height // 2
    if to_x > x + width:
        bend = to_x - 8
        return [(x + width, middle), (bend, middle), (bend, to_middle), (to_x, to_middle)]
    over = min(y, to_y) - 14
    start, end = x + width // 2, to_x + to_width // 2
    return [(start, y), (start, over), (end, over), (end, to_y)]
