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
from workflows.money import hands, only_left, short_of


def cannot_revise(case: Case, data: Mapping[str, Any]) -> str | None:
    """Why the budget cannot be revised: a revision is under way, or this one leaves no room for what is spent."""
    if any(not one.has_ended for one in case.revisions.all()):
        return str(_("A revision of the budget is already under way."))
    if data.get("amount") and not case.amount_proposed:
        return str(_("This case has no money from the Fund; that takes a request of its own."))
    return _no_room(case, data.get("lines"), data.get("amount") or Decimal(0))


def revision_does_not_fit(revision: Revision, data: Mapping[str, Any]) -> str | None:
    """Why a corrected revision cannot be proposed again."""
    return _no_room(revision.case, data.get("lines"), data.get("amount") or Decimal(0))


def revision_fits(revision: Revision) -> bool:
    """Whether the revised budget still leaves room for what was spent and asked for while it was decided."""
    return _no_room(revision.case, [vars(line) for line in revision.budget_lines()], revision.amount) is None


def _no_room(case: Case, lines: Sequence[Mapping[str, Any]] | None, amount: Decimal) -> str | None:
    """Why a budget cannot take the place of the present one: less than is used, on a line or of the Fund's money."""
    if lines is None:
        return None
    planned = {line["number"]: line["amount"] or Decimal(0) for line in lines}
    asked, spent = exchange.asked_by_line(case), books.spent_by_line(case.reference)
    for number in sorted({*asked, *spent} - {""}):
        used = asked.get(number, Decimal(0)) + spent.get(number, Decimal(0))
        if used > planned.get(number, Decimal(0)):
            said = {"line": number, "amount": l10n.money(used, case.currency)}
            return str(_("On line %(line)s %(amount)s is spent or asked for already.") % said)
    left = books.committed(case.reference)
    return only_left(left, case.currency) if (case.amount_proposed or 0) - amount > left else None


def _difference(revision: Revision) -> Decimal:
    return revision.amount - revision.amount_before


def difference_is_not_there(revision: Revision, data: Mapping[str, Any]) -> str | None:
    """Why what a revision asks more cannot be reserved: the Fund lacks it, or keeps it for who waits."""
    return short_of(revision.case, _difference(revision))


def reserve_difference(revision: Revision, act: Act) -> None:
    """Set aside and commit what the revision asks more: both sides agreed to it before the CEAM endorsed it."""
    case, amount = revision.case, _difference(revision)
    ledger.take_turn()
    kept = waiting.kept_before(case, ledger.pots(case.currency))
    ledger.reserve(waiting.purpose_of(case), amount, case.currency, hands=hands(act, "reservation"), kept=kept)
    ledger.commit(case.reference, by=act.person)
    act.facts["amount"] = f"{amount} {case.currency}"


def put_revision_in_force(revision: Revision, act: Act) -> None:
    """The revised budget takes the place of the former; what the case needs no more returns to the Fund."""
    less = -_difference(revision)
    case = revising.put_in_force(revision)
    if less > 0:
        ledger.return_part(case.reference, less, case.currency, by=act.person)
        waiting.serve_who_waits(case.currency)
