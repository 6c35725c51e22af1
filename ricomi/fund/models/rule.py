"""What the Fund sets for itself: from which amount a second person must approve."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.fund.amounts import Amount, currency_is_a_code

# Until the Fund sets its own: about 25,000 US dollars.
FIRST: tuple[dict[str, Any], ...] = (
    {"currency": "USD", "since": datetime.date(2020, 1, 1), "second_above": Decimal(25_000)},
    {"currency": "EUR", "since": datetime.date(2020, 1, 1), "second_above": Decimal(25_000)},
)


class RuleQuerySet(models.QuerySet["Rule"]):
    def in_force(self, currency: str, on: datetime.date | None = None) -> Rule | None:
        """The rule for a currency on a day (UTC; today when none is given), if the Fund set one."""
        return self.filter(currency=currency, since__lte=on or l10n.today()).order_by("-since", "-pk").first()


class Rule(models.Model):
    """The Fund's rule for one currency since a day. Where there is none, two must approve whatever leaves the Fund.

    Set by the terms that one person proposed and another approved (`workflows/fund_terms.py`), and kept.
    """

    currency = models.CharField(_("currency"), max_length=3)
    since = models.DateField(_("since"))
    second_above = Amount(_("two approve above"))

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of the Fund")
        verbose_name_plural = _("rules of the Fund")
        ordering = ["currency", "-since"]
        constraints = [
            models.CheckConstraint(condition=currency_is_a_code(), name="rule_currency_is_a_code"),
            models.CheckConstraint(condition=Q(second_above__gte=0), name="rule_is_sound"),
            models.UniqueConstraint(fields=["currency", "since"], name="rule_once_a_day"),
        ]
        triggers = [pgtrigger.Protect(name="rule_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.currency} {self.since}"


def takes_two_approvers(amount: Decimal, currency: str) -> bool:
    """Whether a second person must approve that an amount leaves the Fund today."""
    rule = Rule.objects.in_force(currency)
    return rule is None or amount > rule.second_above
