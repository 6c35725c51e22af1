"""The demo network, built anew: every kind of money under way is in it, and its books hold."""

import pytest

from cases.models import Case
from ricomi.fund import books
from ricomi.fund.models import BankAccount, Contribution, Payment, Posting
from workflows import demo, waiting
from workflows.verification import verify

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_server]


def test_the_demo_shows_money_in_every_state_and_its_books_hold():
    assert demo.build(lambda _number: None) == len(demo.SCENES) + 1
    assert list(books.flaws()) == []
    assert verify().faults == []
    assert waiting.line() == [Case.objects.get(stage="waiting")]
    assert set(Payment.objects.values_list("stage", flat=True)) == {"released", "ready", "sent", "paid"}
    assert list(BankAccount.objects.values_list("currency", flat=True)) == ["EUR", "USD"]
    assert set(Contribution.objects.values_list("stage", flat=True)) == {"received", "pledged"}
    much = Posting.objects.get(kind="disbursement", also_approved_by__isnull=False)
    assert much.amount == 36_000
    assert Case.objects.get(reference=much.case_reference).stage == "closed"
