"""A log replayed on a model by pm4py.

By alignments: they find the cheapest way of making a trace fit, so a fitness of 1.0 means that the model has a run that
is this trace, and less than 1.0 that it has none. Token-based replay guesses which silent steps to take, and on a model
with a gateway before each step its guess may be wrong either way.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pm4py
from pm4py.algo.conformance.alignments.petri_net import algorithm as alignments
from pm4py.objects.log.importer.xes import importer as xes_reader


def read(log: str) -> Any:
    """The traces of an XES document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.xes"
        path.write_text(log, encoding="utf-8")
        return xes_reader.apply(str(path), parameters={"show_progress_bar": False})


def net_of(bpmn: str) -> Any:
    """The Petri net that pm4py makes of a BPMN document, with its first and last marking."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.bpmn"
        path.write_text(bpmn, encoding="utf-8")
        return pm4py.convert_to_petri_net(pm4py.read_bpmn(str(path)))


def fitness(log: Any, net: Any) -> list[float]:
    """How well each trace fits, from 0 to 1; traces of the same steps are aligned once."""
    parameters = {"show_progress_bar": False}
    return [found["fitness"] for found in alignments.apply(log, *net, parameters=parameters)]


def fitness_by_tokens(log: Any, net: Any) -> float:
    """How well the whole log fits, by the tokens that were missing or left over."""
    found = pm4py.fitness_token_based_replay(log, *net)
    return float(found["log_fitness"])


def accepts(names: list[str], net: Any) -> bool:
    """Whether some run of the net is exactly these labels: every marking that silent steps can reach is followed."""
    _graph, first, last = net
    stands = _silently({_frozen(first)})
    for name in names:
        done = {_fire(one, task) for one in stands for task in _enabled(one) if task.label == name}
        stands = _silently(done)
    return _frozen(last) in stands


Marked = frozenset[tuple[Any, int]]


def _frozen(marking: Any) -> Marked:
    return frozenset((place, count) for place, count in marking.items() if count)


def _enabled(marking: Marked) -> list[Any]:
    held = dict(marking)
    tasks = {arc.target for place in held for arc in place.out_arcs}
    return [task for task in tasks if all(held.get(arc.source, 0) >= arc.weight for arc in task.in_arcs)]


def _fire(marking: Marked, task: Any) -> Marked:
    after = Counter(dict(marking))
    after.subtract({arc.source: arc.weight for arc in task.in_arcs})
    after.update({arc.target: arc.weight for arc in task.out_arcs})
    return _frozen(after)


def _silently(stands: set[Marked]) -> set[Marked]:
    found, new = set(stands), list(stands)
    while new:
        one = new.pop()
        for task in _enabled(one):
            if task.label is None and (after := _fire(one, task)) not in found:
                found.add(after)
                new.append(after)
    return found
