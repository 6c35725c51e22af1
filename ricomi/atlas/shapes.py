"""The outlines of the countries of the Americas, from Natural Earth at 1:50,000,000 as the package mapcraft has them.

Its file is read and none of its code is run. It is TopoJSON: neighbours share the arcs of their border, so a border
that is drawn coarser stays one line.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pycountry

from ricomi.atlas.geometry import Point

PACKAGE, FILE = "mapcraft", "packs/world-countries-2024.json.gz"
# From the last of the Aleutians that the map shows to the east of Greenland, from Cape Horn to the Pole, in degrees.
WEST, EAST, SOUTH, NORTH = -170.0, -25.0, -57.0, 85.0
FAR = {"RU", "AQ", "IS", "PT"}


@dataclass(frozen=True)
class Atlas:
    """Arcs as points (longitude, latitude) in degrees, and rings as arcs: ~n is the arc n backwards."""

    arcs: tuple[tuple[Point, ...], ...]
    rings: dict[str, tuple[tuple[int, ...], ...]]


@lru_cache(maxsize=1)
def americas() -> Atlas:
    """The countries and territories of the Americas by ISO 3166-1 alpha-2 code; of others the parts that lie there."""
    topology = _read()
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for right, up in steps:
            x, y = x + right, y + up
            arc.append((x * wide + left, y * high + low))
        arcs.append(tuple(arc))
    rings = {}
    for one in topology["objects"]["countries"]["geometries"]:
        found = pycountry.countries.get(numeric=one.get("id", ""))
        if found is None or found.alpha_2 in FAR:
            continue
        polygons = [one["arcs"]] if one["type"] == "Polygon" else one["arcs"]
        kept = tuple(tuple(ring) for polygon in polygons for ring in polygon if _is_here(ring, arcs))
        if kept:
            rings[found.alpha_2] = kept
    return Atlas(tuple(arcs), rings)


def _read() -> dict[str, Any]:
    spec = find_spec(PACKAGE)
    assert spec is not None, PACKAGE
    assert spec.origin is not None, PACKAGE
    with gzip.open(Path(spec.origin).parent / FILE) as file:
        topology: dict[str, Any] = json.load(file)["topology"]
    return topology


def _is_here(ring: list[int], arcs: list[tuple[Point, ...]]) -> bool:
    """Whether a ring lies in the Americas, by the middle of its first arc."""
    points = arcs[ring[0] if ring[0] >= 0 else ~ring[0]]
    east, north = (sum(values) / len(points) for values in zip(*points, strict=True))
    return WEST < east < EAST and SOUTH < north < NORTH
