"""The table of daily subsistence allowances: which rate counts where and when, and how a new edition comes in."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models.subsistence import Edition, Rate, where
from cases.rate_sheet import Line
from cases.travel import Day, Way, key_of, reckon
from ricomi import l10n
from ricomi.directory.authority import Authority, act_as, authority, fixed_body
from ricomi.directory.models import Body, Record, Role, User

Key = tuple[str, str, str]  # country, place as it is compared, currency


class NoRate(ValidationError):
    """No rate counts for the place of arrival of a leg (`leg`, from 0) on a day."""

    def __init__(self, leg: int, message: str) -> None:
        self.leg = leg
        super().__init__(message)


class AlreadyImported(Exception):
    """The same file was imported before, as `edition`."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        super().__init__(str(edition))


class Moved(Exception):
    """Another edition was imported since the preview was shown."""


@dataclass(frozen=True)
class Change:
    """What an edition changes for one place: its rate before (None if it had none) and from a day on (None: ended)."""

    what: str
    country: str
    place: str
    currency: str
    day: datetime.date
    before: Decimal | None
    after: Decimal | None

    @property
    def where(self) -> str:
        """The place and its country in the reader's language."""
        return where(self.country, self.place)


class Table:
    """The rates of some countries, read once. A newer edition's rates take the place of an older one's.

    For each country, place and currency, the newest edition counts that has begun to state a rate for it by that day;
    where its last period is over, the place has no rate.
    """

    def __init__(self, rates: Iterable[Rate]) -> None:
        self.by_key: dict[Key, list[Rate]] = {}
        for rate in rates:
            self.by_key.setdefault((rate.country, rate.place_key, rate.currency), []).append(rate)
        for its in self.by_key.values():
            its.sort(key=lambda rate: (rate.edition_id, rate.valid_from), reverse=True)

    @classmethod
    def of(cls, countries: Iterable[str]) -> Table:
        """The table of these countries. One query."""
        return cls(Rate.objects.filter(country__in=set(countries)).select_related("edition"))

    def exactly(self, key: Key, day: datetime.date) -> Rate | None:
        """The rate that was stated for just this place."""
        begun = (rate for rate in self.by_key.get(key, ()) if rate.valid_from <= day)
        newest = next(begun, None)
        return newest if newest and (newest.valid_to is None or newest.valid_to >= day) else None

    def at(self, country: str, place: str, currency: str, day: datetime.date) -> Rate | None:
        """The rate for a day at a place: the place's own, else that of elsewhere in its country."""
        return self.exactly((country, key_of(place), currency), day) or self.exactly((country, "", currency), day)

    def currencies(self, country: str, place: str, day: datetime.date) -> list[str]:
        """The currencies in which there is a rate for a day at a place."""
        known = {currency for of, _place, currency in self.by_key if of == country}
        return sorted(currency for currency in known if self.at(country, place, currency, day))


def subsistence(legs: Sequence[Any], currency: str) -> list[Day]:
    """The subsistence of a trip day by day, by the table or by the daily rate that a leg brings. Raises NoRate."""
    table = Table.of(leg.to_country for leg in legs)

    def rate_at(number: int, day: datetime.date) -> tuple[Decimal, str]:
        leg = legs[number]
        if leg.rate:
            return leg.rate, leg.rate_source
        rate = table.at(leg.to_country, leg.to_place, currency, day)
        if rate is None:
            raise NoRate(number, _no_rate(table, leg, currency, day))
        return rate.amount, str(rate.edition)

    return reckon(legs, rate_at, currency)


def _no_rate(table: Table, leg: Way, currency: str, day: datetime.date) -> str:
    said = {"place": f"{leg.to_place}, {l10n.country(leg.to_country)}", "day": l10n.day(day), "currency": currency}
    others = table.currencies(leg.to_country, leg.to_place, day)
    why = _("No rate in %(currency)s is in force for %(place)s on %(day)s.") % said
    if others:
        why += " " + _("The table has one in %(currencies)s only.") % {"currencies": ", ".join(others)}
    return why + " " + str(_("Have a rate imported, or write the daily rate yourself with its source."))


def may_import(rights: Authority) -> bool:
    """Whether a person imports the table: the managers of the Fund."""
    fund = fixed_body("fund")
    return fund is not None and rights.may(act_as(Role.FUND_MANAGER), fund)


def newest() -> Edition | None:
    """The edition that was imported last."""
    return Edition.objects.first()


def changes(lines: Sequence[Line]) -> list[Change]:
    """What importing these rates would change, place by place, on the first day of each of their periods."""
    table = Table.of(line.country for line in lines)
    by_key: dict[Key, list[Line]] = {}
    for line in sorted(lines, key=lambda line: line.valid_from):
        by_key.setdefault(line.key, []).append(line)
    found: list[Change] = []
    for key, its in by_key.items():
        for line in its:
            before = table.exactly(key, line.valid_from)
            if before is None or before.amount != line.amount:
                what = "new" if before is None else "changed"
                old = before.amount if before else None
                found.append(_change(what, line, line.valid_from, old, line.amount))
        last = its[-1]
        if last.valid_to is not None:
            after = last.valid_to + datetime.timedelta(days=1)
            if (ending := table.exactly(key, after)) is not None:
                found.append(_change("ended", last, after, ending.amount, None))
    return sorted(found, key=lambda one: (one.country, key_of(one.place), one.day))


def _change(what: str, line: Line, day: datetime.date, before: Decimal | None, after: Decimal | None) -> Change:
    return Change(what, line.country, line.place, line.currency, day, before, after)


def cannot_be(about: Mapping[str, Any]) -> str | None:
    """Why an edition with this source and these days cannot come in: a table of a later day is in use."""
    last = newest()
    if last is not None and about["dated"] < last.dated:
        said = {"day": l10n.day(last.dated)}
        return str(_("The table in use is dated %(day)s; an older one cannot take its place.") % said)
    return None


@transaction.atomic
def bring_in(lines: Sequence[Line], about: Mapping[str, Any], *, by: User, seen: int | None) -> Edition:
    """Import an edition of the table; `about` says file_name, sha256, source, dated, in_force_from.

    Like the rules of the directory it belongs to no case, so it has no timeline: the edition itself says who and when,
    is final, and the directory's records name it. `seen` is the key of the newest edition when the preview was shown.

    Raises PermissionDenied when `by` may not, AlreadyImported, Moved, ValidationError for an older table.
    """
    if not may_import(authority(by)):
        raise PermissionDenied(_("Only a manager of the Fund imports the table of rates."))
    fund = Body.objects.select_for_update().get(code="fund")
    if known := Edition.objects.filter(sha256=about["sha256"]).first():
        raise AlreadyImported(known)
    last = newest()
    if (last.pk if last else None) != seen:
        raise Moved
    if why := cannot_be(about):
        raise ValidationError(why)
    edition = Edition.objects.create(imported_by=by, **about)
    Rate.objects.bulk_create(
        Rate(
            edition=edition, country=line.country, place=line.place, place_key=key_of(line.place), amount=line.amount,
            currency=line.currency, valid_from=line.valid_from, valid_to=line.valid_to,
        )
        for line in lines
    )  # fmt: skip
    Record.objects.create(by=by, what="rates", body=fund)
    return edition


def in_use(day: datetime.date) -> list[Rate]:
    """The rates that count on a day, with those that will count later, by country and place. One query."""
    table = Table(Rate.objects.select_related("edition"))
    found = [rate for key in table.by_key if (rate := table.exactly(key, day))]
    for key, its in table.by_key.items():
        found += [rate for rate in its if rate.valid_from > day and table.exactly(key, rate.valid_from) is rate]
    return sorted(found, key=lambda r: (l10n.country(r.country), r.place_key, r.currency, r.valid_from))
