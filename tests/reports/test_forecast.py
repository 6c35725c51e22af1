"""What may come and go: each pledge in its month, set-aside money in equal parts, nothing lost between the months."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.models import Case
from ricomi import l10n
from ricomi.reports import tables
from ricomi.reports.forecast import forecast, months, parts, place
from tests import flows
from tests.fund.moving import Mover
from tests.reports.reckoning import reckon

DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2040, 1, 1))


@given(st.decimals("0.01", "9999999999999.99", places=2), st.integers(1, 60))
def test_equal_parts_sum_to_the_cent_and_differ_by_one_at_most(amount, count):
    found = parts(amount, count, "USD")
    assert (len(found), sum(found)) == (count, amount)
    assert max(found) - min(found) <= Decimal("0.01")
    assert all(part == part.quantize(Decimal("0.01")) for part in found)


@given(DAYS, DAYS)
def test_a_day_lies_in_its_month_and_what_has_passed_in_the_first(today, day):
    n = place(day, today)
    if day < today:
        assert n == 0
    elif n < 12:
        assert months(today)[n] == day.replace(day=1)
    assert len({*months(today)}) == 12


@pytest.fixture
def later():
    """A day so many months after this one, in the middle of its month."""
    return lambda n: months(l10n.today().replace(day=1))[n % 12].replace(day=15)


@pytest.mark.django_db
@pytest.mark.one_server
def test_each_instalment_counts_in_its_month_with_its_chance(people, later):
    fund, today = Mover(people), l10n.today()
    dated = fund.pledge(Decimal("1000.00"), instalments=[(Decimal("400.00"), later(2)), (Decimal("600.00"), later(3))])
    fund.receive(dated, "150.00")
    fund.pledge(Decimal("33.33"), likelihood="unsure", instalments=[(Decimal("33.33"), later(2))])
    past = {"pledged_on": today - datetime.timedelta(days=90)}
    fund.pledge(Decimal("80.00"), likelihood="signed",
                instalments=[(Decimal("80.00"), today - datetime.timedelta(days=40))], **past)  # fmt: skip
    fund.pledge(Decimal("70.00"), instalments=[(Decimal("70.00"), None)])
    fund.pledge(Decimal("60.00"), instalments=[(Decimal("60.00"), today + datetime.timedelta(days=700))])
    found = forecast(today)
    first, _second, third, fourth, *_rest = found.months
    assert (first.expected, first.weighted) == ({"signed": 80}, 76)
    assert third.expected == {"likely": 250, "unsure": Decimal("33.33")}
    assert third.weighted == Decimal("200.83")
    assert fourth.expected == {"likely": 600}
    (beyond,) = found.beyond
    assert (beyond.undated, beyond.later) == ({"likely": 70}, {"likely": 60})
    everything = sum(one.in_full for one in found.months) + 70 + 60
    assert everything == reckon("kind")["pledges",]
    assert first.opening == 150
    assert found.months[-1].closing == 150 + sum(one.weighted for one in found.months)


@pytest.mark.django_db
@pytest.mark.one_server
def test_what_is_set_aside_leaves_in_equal_parts_to_the_end_of_the_case(people, later):
    walk = flows.Walk(people).exchange()
    Case.objects.filter(pk=walk.case.pk).update(ends_on=later(6))
    found = forecast(l10n.today())
    out = [one.out for one in found.months]
    assert sum(out) == 6000 == reckon("kind")["committed",]
    assert out[:7] == parts(Decimal("6000.00"), 7, "USD")
    assert out[7:] == [0] * 5
    assert found.months[0].opening == 10000
    Case.objects.filter(pk=walk.case.pk).update(starts_on=None, ends_on=l10n.today() - datetime.timedelta(days=90))
    assert forecast(l10n.today()).months[0].out == 6000
    Case.objects.filter(pk=walk.case.pk).update(ends_on=l10n.today() + datetime.timedelta(days=800))
    far = forecast(l10n.today())
    assert sum(one.out for one in far.months) + far.beyond[0].out == 6000
    assert far.beyond[0].out > 0


@pytest.mark.django_db
@pytest.mark.one_server
@pytest.mark.usefixtures("english")
def test_what_a_case_in_line_waits_for_goes_out_and_the_month_that_falls_short_is_said_in_words(people):
    walk = flows.Walk(people)
    walk.pay_in("1000.00").endorsed()
    assert not tables.forecast(forecast(l10n.today())).warnings
    walk.act("manager", "reservation", "full")
    walk.act("approver", "reservation_approval", "approve")
    assert walk.case.stage == "waiting"
    found = forecast(l10n.today())
    first = next(one for one in found.months if one.closing < 0)
    (warning,) = tables.forecast(found).warnings
    assert warning == (
        f"At the end of {tables.month_name(first.begins)} the Fund would lack {l10n.money(-first.closing, 'USD')}."
    )
