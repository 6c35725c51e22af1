"""What a revision of the budget asks of the Fund: room for what is spent, the difference reserved, the rest back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import exchange, revising
from cases.models import Case, Revision
from ricomi import l10n
from ricomi.fund import books, ledger
from workflows import waiting
from workflows.engine import Act
from workflows.money import hands, no_amount, reserve, short_of


def cannot_revise(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the budget cannot be revised: a revision is under way, or this one leaves no room for what is spent."""
    if any(not one.has_ended for one in case.revisions.all()):
        return str(_("A revision of the budget is already under way."))
    return _no_room(case, data.get("lines"), data.get("amount") or Decimal(0))


def correction_does_not_fit(revision: Revision, data: Mapping[str, Any]) -> str | None:
    """Why a corrected revision cannot be proposed again."""
    return _no_room(revision.case, data.get("lines"), data.get("amount") or Decimal(0))


def does_not_fit(revision: Revision, data: Mapping[str, Any] | None = None) -> str | None:
    """Why a revision as it was proposed has no room for what was spent and asked for since."""
    return _no_room(revision.case, [vars(line) for line in revision.budget_lines()], revision.amount)


def revision_fits(revision: Revision) -> bool:
    """Whether the revised budget still has room for what was spent and asked for while it was decided."""
    return does_not_fit(revision) is None


def _no_room(case: Case, lines: Sequence[Mapping[str, Any]] | None, amount: Decimal) -> str | None:
    """Why a budget cannot take the place of the present one: less than is used, on a line or of the Fund's money."""
    if lines is None:
        return None
    given = case.amount_proposed or Decimal(0)
    if amount and not given:
        return str(_("The Fund pays nothing of this case. To ask for money, open a new request."))
    for one in (amount, abs(amount - given)):
        if one and (why := no_amount(one, case.currency)):
            return why
    planned = {line["number"]: line["amount"] or Decimal(0) for line in lines}
    asked, spent = exchange.asked_by_line(case), books.spent_by_line(case.reference)
    for number in sorted({*asked, *spent} - {""}):
        used = asked.get(number, Decimal(0)) + spent.get(number, Decimal(0))
        if used > planned.get(number, Decimal(0)):
            said = {"line": number, "amount": l10n.money(used, case.currency)}
            return str(_("%(amount)s is spent or asked for on line %(line)s. Plan at least that amount.") % said)
    # What travellers hold in advance is out of what is committed already.
    promised = max(sum(asked.values(), Decimal(0)) - books.outstanding_advances(case.reference), Decimal(0))
    free = books.committed(case.reference) - promised
    if given - amount <= max(free, Decimal(0)):
        return None
    said = {"least": l10n.money(given - max(free, Decimal(0)), case.currency)}
    return str(_("Of the Fund's money %(least)s is spent or asked for. Leave at least that amount.") % said)


def _difference(revision: Revision) -> Decimal:
    return revision.amount - revision.amount_before


def difference_cannot_be_reserved(revision: Revision, data: Mapping[str, Any]) -> str | None:
    """Why what a revision asks more cannot be reserved: it has no room for what is spent, or the Fund lacks it."""
    return does_not_fit(revision) or short_of(revision.case, _difference(revision))


def reserve_difference(revision: Revision, act: Act) -> None:
    """Set aside and commit what the revision asks more: both sides agreed to it before the CEAM endorsed it."""
    case, amount = revision.case, _difference(revision)
    reserve(case, amount, act, hands(act, "reservation"))
    ledger.commit(case.reference, by=act.person)


def put_revision_in_force(revision: Revision, act: Act) -> None:
    """The revised budget takes the place of the former; what the case needs no more returns to the Fund."""
    less = -_difference(revision)
    case = revising.put_in_force(revision)
    if less > 0:
        ledger.return_part(case.reference, less, case.currency, by=act.person)
        waiting.serve_who_waits(case.currency)
