"""The statements in words: figures put under titles, in the language that is active."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases.models import Case
from ricomi import l10n
from ricomi.directory.models import Body
from ricomi.fund.chart import Kind as Account
from ricomi.fund.models import Contribution
from ricomi.reports.by_case import CaseRow
from ricomi.reports.by_line import LineRow, Lines
from ricomi.reports.donors import Given
from ricomi.reports.forecast import Beyond, Forecast, Month, weighted
from ricomi.reports.sheet import Column, Kind, Link, Row, Sheet, Statement
from ricomi.reports.totals import Totals
from ricomi.reports.trace import CasePart, Use


def as_now() -> str:
    """Of which day a statement is that tells how things stand."""
    return _("As the books stand on %(day)s (UTC).") % {"day": l10n.day(l10n.today())}


def money(*titles: str, bare: bool = False) -> list[Column]:
    """Columns of amounts, each in the currency of its row."""
    return [Column(title, Kind.MONEY, bare=bare) for title in titles]


def case_link(reference: str, visible: bool) -> Any:
    """A case's reference, which leads to its page where the reader may open it."""
    return Link(reference, reverse("cases:case", args=[reference])) if visible else reference


def position(found: Mapping[str, Mapping[str, Decimal]], on: datetime.date | None) -> Statement:
    """Where the Fund stands, a column for each currency; `on` is the past day of which it is."""
    rows = [
        (_("Pledged, still to come"), Account.PLEDGES), (_("Received, less refunds and exchanges"), Account.RECEIVED),
        (_("Available"), Account.AVAILABLE), (_("Reserved"), Account.RESERVED), (_("Committed"), Account.COMMITTED),
        (_("Obligated for trips"), Account.OBLIGATED), (_("Spent"), Account.SPENT), (_("In the bank"), Account.BANK),
        (_("Advanced to travellers"), Account.ADVANCES), (_("Payments to be made"), Account.PAYABLE),
        (_("Refunds due"), Account.REFUNDS), (_("Exchange difference"), Account.EXCHANGE),
    ]  # fmt: skip
    columns = [Column(_("What")), *(Column(currency, Kind.MONEY, currency) for currency in found)]
    told = [Row((title, *(row[kind] for row in found.values()))) for title, kind in rows] if found else []
    day = _("As the books said at the end of %(day)s (UTC).") % {"day": l10n.day(on)} if on else as_now()
    notes = [
        _("What was received is available, reserved, committed, obligated for trips or spent."),
        _("The exchange difference is above zero where money went into other currencies, below zero where it came "
          "from them."),
    ]  # fmt: skip
    empty = _("Nothing had been entered by then.") if on else _("The Fund has received nothing yet.")
    return Statement(_("Position of the Fund"), day, [Sheet(_("Position"), columns, told, empty)], notes)


def _given_columns(exchanged: bool) -> list[Column]:
    titles = [_("Pledged"), _("Still to come"), _("Written off"), _("Received")]
    used = [_("Refunded"), _("Available"), _("Reserved"), _("Committed"), _("Obligated for trips"), _("Spent")]
    columns = money(*titles, *([_("Exchanged")] if exchanged else []), *used, bare=True)
    return [Column(_("Currency"), Kind.CODE), *columns]


def _given_cells(one: Given, exchanged: bool) -> list[Any]:
    came = [
        one.currency,
        one.pledged,
        one.to_come,
        one.written_off,
        one.received,
        *([one.exchanged] if exchanged else []),
    ]
    return [*came, one.refunded, one.available, one.reserved, one.committed, one.obligated, one.spent]


def donors(
    by_donor: Mapping[int, list[Given]], names: Mapping[int, Body], contributions: Iterable[Contribution],
    by_contribution: Mapping[int, list[Given]],
) -> Statement:  # fmt: skip
    """What each donor gave and what became of it, then each contribution."""
    all_rows = [one for rows in (*by_donor.values(), *by_contribution.values()) for one in rows]
    exchanged = any(one.exchanged for one in all_rows)
    columns = _given_columns(exchanged)
    first = sorted(by_donor, key=lambda key: names[key].name)
    summed = [
        Row((names[key].name, *_given_cells(one, exchanged)), one.currency) for key in first for one in by_donor[key]
    ]
    single = [
        Row((Link(given.reference, reverse("reports:money", args=[given.reference])), given.donor.name,
             *_given_cells(one, exchanged)), one.currency)
        for given in contributions for one in by_contribution.get(given.pk, [])
    ]  # fmt: skip
    nothing = _("No contribution has been recorded.")
    sheets = [
        Sheet(_("By donor"), [Column(_("Donor")), *columns], summed, nothing),
        Sheet(_("By contribution"), [Column(_("Reference"), Kind.CODE), Column(_("Donor")), *columns], single, nothing),
    ]
    notes = [_("What came in another currency than was pledged has a row of that currency.")]
    return Statement(_("What donors gave, and what became of it"), as_now(), sheets, notes)


def given(
    one: Contribution, rows: list[Given], parts: list[CasePart], uses: Sequence[Use], open_to: set[str]
) -> Statement:
    """What became of one contribution; `open_to` are the references of the cases that the reader may open."""
    exchanged = any(row.exchanged for row in rows)
    by_case = [
        Row((case_link(part.case, part.case in open_to), part.reserved, part.committed, part.obligated, part.spent),
            part.currency)
        for part in parts
    ]  # fmt: skip
    in_all = [Row(_given_cells(row, exchanged), row.currency) for row in rows]
    sheets = [
        Sheet(_("In all"), _given_columns(exchanged), in_all),
        Sheet(
            _("By case"),
            [Column(_("Case"), Kind.CODE), *money(_("Reserved"), _("Committed"), _("Obligated for trips"), _("Spent"))],
            by_case, _("Nothing of it has been set aside for a case."),
        ),
        _trace(uses, open_to),
    ]  # fmt: skip
    notes = [
        _("An amount below zero came back: an advance or a disbursement that was not spent."),
        _("A trip is obligated with its advance, and spent once its expenses are settled."),
    ]
    title = _("What became of contribution %(reference)s") % {"reference": one.reference}
    return Statement(title, f"{one.donor.name}. {as_now()}", sheets, notes)


def _trace(uses: Iterable[Use], open_to: set[str]) -> Sheet:
    columns = [
        Column(_("When"), Kind.DAY), Column(_("Case"), Kind.CODE), Column(_("Budget line")), Column(_("What")),
        *money(_("Spent"), _("Obligated for trips")), Column(_("Paid on"), Kind.DAY), Column(_("Bank reference")),
        Column(_("Receipts")),
    ]  # fmt: skip
    rows = [
        Row((one.posting.posted_at.date(), case_link(one.posting.case_reference, one.posting.case_reference in open_to),
             one.line, _what(one), one.spent, one.obligated, one.paid_on, one.bank_reference, _receipts(one)),
            one.posting.currency)
        for one in uses
    ]  # fmt: skip
    return Sheet(_("Where it went"), columns, rows, _("Nothing of it has been spent."))


def _what(one: Use) -> str:
    kind = str(one.posting.get_kind_display())
    return f"{kind[:1].upper()}{kind[1:]}: {one.what}" if one.what else f"{kind[:1].upper()}{kind[1:]}"


def _receipts(one: Use) -> Any:
    """Links to the receipts where the reader may open them, else how many there are."""
    if one.files:
        return [
            Link(paper.name, reverse("cases:document", args=[paper.case.reference, paper.pk])) for paper in one.files
        ]
    if not one.receipts:
        return None
    return ngettext("%(count)d receipt", "%(count)d receipts", one.receipts) % {"count": one.receipts}


def cases(rows: Iterable[CaseRow], open_to: set[str]) -> Statement:
    """The cases in which the Fund has a part."""
    columns = [
        Column(_("Case"), Kind.CODE), Column(_("Title")),
        *money(_("Planned"), _("Asked"), _("Committed so far"), _("Paid by the bank"), _("Spent"), _("Left")),
    ]  # fmt: skip
    told = [
        Row((Link(one.case.reference, reverse("reports:case", args=[one.case.reference])),
             one.case.title if one.case.reference in open_to else None,
             one.planned, one.asked, one.committed, one.paid, one.spent, one.left), one.case.currency)
        for one in rows
    ]  # fmt: skip
    notes = [
        _("Committed so far is all that was committed to a case less what returned to the Fund; left is what is "
          "reserved or committed and not used."),
    ]  # fmt: skip
    sheet = Sheet(_("Cases"), columns, told, _("No case has been brought before the Fund."))
    return Statement(_("Cases and their money"), as_now(), [sheet], notes)


def lines(case: Case, found: Lines) -> Statement:
    """The budget of one case line by line."""
    columns = [
        Column(_("Line"), Kind.CODE), Column(_("Concept")), *money(_("Planned"), _("Committed"), _("Spent"), _("Left")),
    ]  # fmt: skip

    def row(one: LineRow, concept: str, strong: bool = False) -> Row:
        return Row((one.number, concept, one.planned, one.committed, one.spent, one.left), case.currency, strong)

    rows = [row(one, one.concept, one.is_section) for one in found.rows]
    if found.loose:
        rows.append(row(found.loose, _("Not on a line of the budget")))
    if rows:
        rows.append(row(found.total, _("Total"), strong=True))
    notes = [
        _("Committed is what is asked for, under way, or released and not yet paid; spent is paid, or accounted for "
          "by a traveller."),
    ]  # fmt: skip
    title = _("Budget of %(case)s line by line") % {"case": case.reference}
    sheet = Sheet(_("Budget"), columns, rows, _("There is no budget yet."))
    return Statement(title, f"{case.title}. {as_now()}", [sheet], notes)


def line(waiting: Iterable[tuple[int, Case]], open_to: set[str]) -> Statement:
    """The cases that wait for money, each with its place."""
    columns = [
        Column(pgettext("in a line", "Place"), Kind.NUMBER), Column(_("Case"), Kind.CODE), Column(_("Title")),
        Column(_("Waits since"), Kind.DAY), *money(_("Amount")),
    ]  # fmt: skip
    rows = [
        Row((place, case_link(case.reference, case.reference in open_to), case.title,
             case.waiting_since.date() if case.waiting_since else None, case.amount_proposed), case.currency)
        for place, case in waiting
    ]  # fmt: skip
    notes = [_("New contributions go to these cases in this order, as far as their earmarks allow.")]
    sheet = Sheet(_("In line for money"), columns, rows, _("No case waits for money."))
    return Statement(_("In line for money"), as_now(), [sheet], notes)


def month_name(day: datetime.date, pattern: str = "MMMM y") -> str:
    """A month as the reader writes it, such as `November 2026`."""
    return l10n.pattern(day, pattern)


def forecast(found: Forecast) -> Statement:
    """The months with what may come and go, and what lies beyond them."""
    likely = [f"{name.label} ({l10n.percent(chance)})" for name, chance in Contribution.CHANCES.items()]
    columns = [
        Column(_("Month")),
        *money(_("Opening"), *likely, _("In, in full"), _("In, weighted"), _("Out"), _("Closing"), bare=True),
    ]  # fmt: skip

    def row(one: Month) -> Row:
        by_chance = [one.expected.get(name, Decimal(0)) for name in Contribution.CHANCES]
        amounts = (one.opening, *by_chance, one.in_full, one.weighted, one.out, one.closing)
        return Row((month_name(one.begins), *amounts), one.currency)

    sheets = [
        Sheet(currency, columns, [row(one) for one in found.months if one.currency == currency])
        for currency in dict.fromkeys(one.currency for one in found.months)
    ] or [Sheet(_("Months"), columns, [], _("The Fund has received nothing yet."))]
    notes = [
        _("Pledges count in the month in which their instalment is due, overdue ones in the first, each weighted with "
          "the chance of its likelihood."),
        _("What is reserved or committed for a case, and what a case in line waits for, leaves in equal parts over the "
          "months from now to the end of the case."),
    ]  # fmt: skip
    warnings = [
        _("At the end of %(month)s the Fund would lack %(amount)s.")
        % {"month": month_name(one.begins), "amount": l10n.money(-one.closing, one.currency)}
        for one in found.shortfalls()
    ]
    return Statement(_("Cash-flow forecast"), as_now(), [*sheets, *_beyond(found.beyond)], notes, warnings)


def _beyond(found: Sequence[Beyond]) -> list[Sheet]:
    if not found:
        return []
    columns = [
        Column(_("Currency")),
        *money(_("Pledged without a day, in full"), _("Without a day, weighted"), _("Due later, in full"),
               _("Later, weighted"),
               _("Out later")),
    ]  # fmt: skip
    rows = [
        Row((one.currency, sum(one.undated.values(), Decimal(0)), weighted(one.undated, one.currency),
             sum(one.later.values(), Decimal(0)), weighted(one.later, one.currency), one.out), one.currency)
        for one in found
    ]  # fmt: skip
    return [Sheet(_("Not in these months"), columns, rows)]


def totals(found: Totals) -> Statement:
    """The Fund in numbers, for everybody."""
    columns = [
        Column(_("Currency")), *money(_("Contributions received"), _("Committed to cases"), _("of that, spent")),
    ]  # fmt: skip
    rows = [Row((one.currency, one.received, one.committed, one.spent), one.currency) for one in found.rows]
    counts = [
        Row((_("Cases supported"), found.cases)), Row((_("States supported"), found.helped)),
        Row((_("Donors"), found.donors)),
    ]  # fmt: skip
    sheets = [
        Sheet(_("Money"), columns, rows, _("The Fund has received nothing yet.")),
        Sheet(_("Cases and states"), [Column(_("What")), Column(_("Number"), Kind.NUMBER)], counts),
    ]
    return Statement(_("The Fund in numbers"), as_now(), sheets)
