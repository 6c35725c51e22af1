"""What the steps of a contribution write: the pledge, what came of it, what is given up. Called inside the gate."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi.directory.models import Body, User
from ricomi.fund import amounts, books, ledger
from ricomi.fund.amounts import ZERO
from ricomi.fund.chart import Kind
from ricomi.fund.ledger import Hands
from ricomi.fund.models import Contribution, Instalment, Receipt

EARMARKS = ("theme", "population", "country", "only_case")


def record_pledge(
    given: Contribution, *, by: User, donor: Body, amount: Decimal, currency: str,
    instalments: list[tuple[Decimal, datetime.date | None]] | None = None, **more: Any,
) -> None:  # fmt: skip
    """Write down what a donor promised, with its instalments, and enter it. Raises ValidationError for no promise.

    Without instalments all of it is one, due on no day.
    """
    given.donor, given.amount, given.currency, given.recorded_by = donor, amount, currency, by
    for name, value in more.items():
        setattr(given, name, value)
    given.full_clean()
    amounts.check(given.amount, currency)
    given.save()
    parts = instalments or [(given.amount, None)]
    if sum((part for part, _day in parts), ZERO) != given.amount:
        raise amounts.NotAnAmount(_("The instalments do not add up to the amount."))
    for number, (part, day) in enumerate(parts, 1):
        amounts.check(part, currency)
        if day and day < given.pledged_on:
            raise ValidationError(_("The day has passed"))
        Instalment.objects.create(contribution=given, number=number, amount=part, due_on=day)
    ledger.pledge(given, by=by)


def owed(given: Contribution) -> Decimal:
    """What of a pledge has not come, in its currency."""
    return books.holding(Kind.PLEDGES, contribution=given)


def next_due(given: Contribution) -> datetime.date | None:
    """The day on which the next instalment that has not come is due."""
    return given.instalments.filter(settled_on__isnull=True).values_list("due_on", flat=True).first()


def missing(given: Contribution) -> Decimal:
    """What is to come with the next instalment, in the pledge's currency."""
    later = given.instalments.filter(settled_on__isnull=True).values_list("amount", flat=True)[1:]
    return owed(given) - sum(later, ZERO)


def report_receipt(given: Contribution, *, by: User, data: Mapping[str, Any]) -> Receipt:
    """Note that money came; it counts once another person confirms it. Raises NotEnough, NotAnAmount."""
    ledger.take_turn()
    if why := receipt_is_wrong(given, data):
        raise ValidationError(why)
    amount, currency = data.get("amount") or missing(given), data.get("currency") or given.currency
    amounts.check(amount, currency)
    rate = data.get("rate") or Decimal(1)
    settles = data.get("settles") or amounts.rounded(amount * rate, given.currency)
    amounts.check(settles, given.currency)
    if settles > owed(given):
        raise ledger.NotEnough(owed(given), settles, given.currency)
    return Receipt.objects.create(
        contribution=given, amount=amount, currency=currency, settles=settles, rate=rate,
        rate_source=data.get("rate_source", ""), received_on=data["received_on"],
        bank_reference=data["bank_reference"], reported_by=by,
    )  # fmt: skip


def reported(given: Contribution) -> Receipt:
    """The receipt that waits to be confirmed."""
    return given.receipts.select_related("reported_by").get(posting__isnull=True, sent_back=False)


def confirm_receipt(given: Contribution, *, approved_by: User) -> Receipt:
    """Put into the Fund what was reported, and settle the instalments that it covers. Raises SamePerson."""
    receipt = reported(given)
    hands = Hands(receipt.reported_by, approved_by)
    receipt.posting = ledger.receive(
        given, receipt.amount, receipt.currency, receipt.settles, hands=hands, bank_reference=receipt.bank_reference
    )
    receipt.confirmed_by = approved_by
    receipt.save(update_fields=["posting", "confirmed_by"])
    _settle_instalments(given, receipt.received_on)
    return receipt


def _settle_instalments(given: Contribution, day: datetime.date) -> None:
    came = given.amount - owed(given)
    for part in given.instalments.all():
        came -= part.amount
        if came < 0:
            break
        if part.settled_on is None:
            part.settled_on = day
            part.save(update_fields=["settled_on"])


def send_receipt_back(given: Contribution) -> None:
    """What was reported is not confirmed: it never came, or is to be reported anew."""
    receipt = reported(given)
    receipt.sent_back = True
    receipt.save(update_fields=["sent_back"])


def is_complete(given: Contribution) -> bool:
    """Whether all that was promised came."""
    return owed(given) == 0


def receipt_is_wrong(given: Contribution, data: Mapping[str, Any]) -> str | None:
    """Why a receipt cannot be reported: more than is owed, a rate that is missing, or a sum that is there already."""
    if "bank_reference" not in data:
        return None
    currency = data.get("currency") or given.currency
    if Receipt.objects.filter(bank_reference=data["bank_reference"], currency=currency, sent_back=False).exists() or (
        books.knows(data["bank_reference"], currency)
    ):
        return str(_("A receipt with this bank reference is already recorded."))
    if currency != given.currency and not (data.get("rate") and data.get("rate_source")):
        return str(_("Give the exchange rate of the day and where it is published."))
    return None
