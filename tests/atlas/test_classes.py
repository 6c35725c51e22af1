import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ricomi.atlas.classes import MOST, classes

numbers = st.dictionaries(st.integers(0, 99).map(str), st.integers(0, 40), min_size=1, max_size=35)


@settings(max_examples=150, deadline=None)
@given(values=numbers, counted=st.booleans())
def test_each_number_is_in_one_class_and_the_legend_tells_the_truth(values: dict[str, int], counted: bool) -> None:
    found = classes(values, counted=counted)
    for value in values.values():
        assert [one for one in found if one.holds(value)] == [one for one in found if one.low <= value <= one.high]
        assert sum(one.holds(value) for one in found) == 1
    for one in found:
        assert one.size == sum(one.holds(value) for value in values.values())
        assert {one.low, one.high} <= set(values.values())
    shades = [one.shade for one in found]
    assert shades == sorted(set(shades))
    assert sum(1 for shade in shades if shade) <= MOST
    assert (0 in shades) == (counted and 0 in values.values())


def test_classes_are_quantiles() -> None:
    found = classes({str(number): number for number in range(1, 36)}, counted=True)
    assert [(one.low, one.high, one.size) for one in found] == [
        (1, 7, 7), (8, 14, 7), (15, 21, 7), (22, 28, 7), (29, 35, 7)]  # fmt: skip


def test_few_numbers_are_a_class_each_and_differ_well() -> None:
    found = classes({"a": 1, "b": 9, "c": 9}, counted=True)
    assert [(one.shade, one.low, one.high, one.size) for one in found] == [(2, 1, 1, 1), (4, 9, 9, 2)]


@pytest.mark.parametrize("counted", [True, False])
def test_zero_is_none_only_of_what_is_counted(counted) -> None:
    found = classes({"a": 0, "b": 3}, counted=counted)
    assert [one.shade for one in found] == ([0, 3] if counted else [2, 4])


@pytest.mark.usefixtures("english")
def test_a_class_says_its_least_and_its_most() -> None:
    first, last = classes({str(number): number * 1000 for number in range(1, 11)}, counted=False)[::4]
    assert (first.says, last.says) == ("1,000 – 2,000", "9,000 – 10,000")
