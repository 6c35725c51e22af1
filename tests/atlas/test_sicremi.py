from decimal import Decimal

import pytest

from ricomi.atlas import sicremi
from ricomi.systems.models import Edition, Figure, System

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]


@pytest.fixture
def figure():
    system = System.objects.get(pk="sicremi")
    edition = Edition.objects.create(system=system, number=1, state=Edition.State.TAKEN_IN, sample=True)
    System.objects.filter(pk="sicremi").update(current=edition)

    def make(country: str, year: int, sex: str, origin: str, value: int | None, series: str = "stock") -> None:
        Figure.objects.create(
            system=system, key=f"{series}{country}{year}{sex}{origin}", digest="", since=edition, series=series,
            country=country, year=year, sex=sex, origin=origin, unit="PS", value=value, status="A",
        )  # fmt: skip

    return make


def test_a_stated_total_is_believed_and_parts_are_added_up_where_there_is_none(figure) -> None:
    for sex, origin, value in (("T", "_T", 10), ("F", "_T", 4), ("M", "_T", 5), ("F", "HT", 2)):
        figure("PY", 2024, sex, origin, value)
    for sex, origin, value in (("F", "_T", 4), ("M", "_T", 5), ("F", "HT", 2)):
        figure("BR", 2024, sex, origin, value)
    for sex, origin, value in (("F", "HT", 2), ("M", "HT", 3), ("M", "CU", 1)):
        figure("CL", 2024, sex, origin, value)
    figure("UY", 2024, "T", "_T", None)
    figure("PY", 2023, "T", "_T", 7)
    assert sicremi.by_country("stock", None) == {"PY": Decimal(10), "BR": Decimal(9), "CL": Decimal(6)}
    assert sicremi.by_country("stock", 2023) == {"PY": Decimal(7)}
    (history,) = [one for one in sicremi.histories("PY") if one.values]
    assert (dict(history.values), history.sample) == ({2023: 7, 2024: 10}, True)


def test_only_series_with_figures_are_offered_and_samples_say_so(figure, django_assert_num_queries) -> None:
    assert list(sicremi.layers()) == []
    figure("PY", 2024, "T", "_T", 10)
    with django_assert_num_queries(1):
        (layer,) = sicremi.layers()
    assert (layer.code, layer.sample, layer.years()) == ("sicremi-stock", True, [2024])
