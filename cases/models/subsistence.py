"""The table of daily subsistence allowances (DSA): what the Fund pays a traveller for a day, by place and period.

Each import is an edition, which is never changed or deleted: what was reckoned by it can be reckoned again.
"""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.directory.models import User

SMALLEST, LARGEST = Decimal("0.01"), Decimal("9999999999.99")


def where(country: str, place: str) -> str:
    """A place with its country, or everywhere else in it, in the reader's language."""
    name = l10n.country(country)
    return f"{place}, {name}" if place else str(_("%(country)s, elsewhere") % {"country": name})


class Edition(models.Model):
    """One import of the table: from which file, on whose word, of which day, and from when it counts."""

    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    source = models.CharField(_("source"), max_length=300)
    dated = models.DateField(_("dated"))
    in_force_from = models.DateField(_("in force from"))
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by"))
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)

    class Meta:
        verbose_name = _("edition of the table of rates")
        verbose_name_plural = _("editions of the table of rates")
        ordering = ["-pk"]
        triggers = [pgtrigger.Protect(name="edition_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.source}, {l10n.day(self.dated)}"


class Rate(models.Model):
    """What a day at a place comes to, in a currency, from a day on, up to and with a last one if it has one.

    `place` is empty for everywhere else in the country.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="rates")
    country = models.CharField(_("country"), max_length=2)
    place = models.CharField(_("place"), max_length=100, blank=True)
    place_key = models.CharField(max_length=200, blank=True, editable=False)
    amount = models.DecimalField(_("daily rate"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("rate of the daily subsistence allowance")
        verbose_name_plural = _("rates of the daily subsistence allowance")
        ordering = ["country", "place_key", "currency", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "country", "place_key", "currency", "valid_from"], name="rate_one_a_day"
            ),
            # The upper bound also keeps NaN out, which PostgreSQL holds to be greater than every number.
            models.CheckConstraint(condition=Q(amount__gte=SMALLEST, amount__lte=LARGEST), name="rate_is_an_amount"),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$", currency__regex=r"^[A-Z]{3}$"), name="rate_is_coded"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="rate_ends_after_it_began"
            ),
        ]
        indexes = [models.Index(fields=["country", "place_key", "-edition", "-valid_from"], name="rate_in_force")]
        triggers = [pgtrigger.Protect(name="rate_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.where}: {self.amount} {self.currency}"

    @property
    def where(self) -> str:
        """The place and its country in the reader's language."""
        return where(self.country, self.place)
