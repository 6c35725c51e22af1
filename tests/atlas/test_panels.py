import itertools
import math

import pytest

from ricomi.atlas.geometry import area, clipped, coarser
from ricomi.atlas.panels import AMERICAS, EASTERN, MIDDLE, PANELS, STATES
from ricomi.directory.models import State

# How wide each panel is, in px, on a telephone that is 320 px wide, and how wide a finger's target is at least.
AT_320 = {"americas": 288, "middle": 288, "eastern": 168}
TARGET = 24


@pytest.mark.django_db
def test_every_state_of_the_oas_is_on_the_map_and_chosen_in_one_panel() -> None:
    members = State.objects.filter(kind=State.Kind.MEMBER).values_list("pk", flat=True)
    assert list(STATES) == sorted(members)
    assert len(STATES) == 35
    for panel in PANELS:
        assert set(panel.states) <= set(panel.shapes)
    assert set(STATES) <= set(AMERICAS.shapes)


@pytest.mark.parametrize("panel", [MIDDLE, EASTERN], ids=lambda panel: panel.code)
def test_what_is_small_can_be_pressed_by_a_finger(panel) -> None:
    px = AT_320[panel.code] / panel.width
    marks = {code: place for code in panel.states if (place := panel.mark(code))}
    for code in panel.states:
        wide, high = panel.shapes[code].size
        assert code in marks or max(wide, high) * px >= 0.95 * TARGET, code
    assert 2 * panel.radius * px >= 0.95 * TARGET
    for one, other in itertools.combinations(marks, 2):
        assert math.dist(marks[one], marks[other]) * px >= 0.95 * TARGET, (one, other)
    for code, (x, y) in marks.items():
        assert panel.radius / 2 < x < panel.width - panel.radius / 2, code
        assert panel.radius / 2 < y < panel.height - panel.radius / 2, code


def test_areas_are_as_on_the_ground() -> None:
    def measured(code: str) -> float:
        outlines = AMERICAS.shapes[code].path.strip("M").split("M")
        return sum(abs(area(points(outline))) for outline in outlines)

    # Square kilometres, by the states' own statistics.
    for code, ground in {"BR": 8_510_000, "CA": 9_985_000, "AR": 2_780_000, "MX": 1_964_000}.items():
        assert measured(code) / measured("PY") == pytest.approx(ground / 406_800, rel=0.08), code


def points(outline: str) -> list[tuple[float, float]]:
    """The points of one outline of a path, as panels write it."""
    start, _l, steps = outline.rstrip("z").partition("l")
    if not steps:
        return [(0, 0)]
    x, y = map(int, start.split())
    found = [(float(x), float(y))]
    numbers = [int(one) for one in steps.replace("-", " -").split()]
    for right, down in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + right, y + down
        found.append((float(x), float(y)))
    return found


def test_neighbours_keep_one_border() -> None:
    chile, argentina = (set(points(AMERICAS.shapes[code].path.strip("M").split("M")[0])) for code in ("CL", "AR"))
    both = chile | argentina
    assert len(both) < len(chile) + len(argentina) - 20


def test_nothing_of_alaska_is_smeared_over_the_date_line() -> None:
    left, right = AMERICAS.place((-168, 65))[0], AMERICAS.place((-66, 45))[0]
    for outline in AMERICAS.shapes["US"].path.strip("M").split("M"):
        places = [x for x, _y in points(outline)]
        assert max(places) - min(places) <= right - left


def test_a_coarser_line_stays_near_and_keeps_its_ends() -> None:
    line = [(x, 10 * math.sin(x / 9)) for x in range(200)]
    found = coarser(line, 0.5)
    assert found[0] == line[0]
    assert found[-1] == line[-1]
    assert len(found) < len(line) / 3
    for x, y in line:
        first, last = next((one, two) for one, two in itertools.pairwise(found) if one[0] <= x <= two[0])
        assert abs(first[1] + (last[1] - first[1]) * (x - first[0]) / (last[0] - first[0]) - y) <= 0.6


def test_what_lies_beyond_is_cut_off() -> None:
    square = [(-10.0, -10.0), (30.0, -10.0), (30.0, 30.0), (-10.0, 30.0)]
    assert abs(area(clipped(square, 0, 0, 20, 20))) == 400
    assert clipped(square, 40, 40, 50, 50) == []
