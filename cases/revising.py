"""What the steps of a revision of the budget write. Called by its flow inside the gate, and by nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cases import counterpart
from cases.acts import write_lines
from cases.budget_forms import LINE
from cases.models import Case, Revision, RevisionStage
from cases.models.revision import with_amounts


def propose(revision: Revision, act: Any) -> None:
    """Write a revision as it is proposed, and keep the budget that it is to replace."""
    revision.case = act.data["case"]
    correct(revision, act)


def correct(revision: Revision, act: Any) -> None:
    """Write what is proposed, again where it was sent back; the budget that it replaces is read anew."""
    case, data = revision.case, act.data
    revision.reason, revision.total = data["reason_given"], data["total"]
    revision.amount = data.get("amount") or Decimal(0)
    revision.lines = [_kept(line) for line in data["lines"]]
    if "counterparts" in data:
        revision.parts = counterpart.kept(data["counterparts"])
    elif not revision.pk:
        revision.parts = case.parts
    now = {"lines": [_kept(vars(line)) for line in case.lines.all()], "parts": case.parts,
           "total": str(case.stated_total or 0), "amount": str(case.amount_proposed or 0)}  # fmt: skip
    last = case.revisions.filter(stage=RevisionStage.IN_FORCE).exclude(pk=revision.pk).last()
    revision.before = now
    # Many small revisions are measured together, against the budget that the CEAM endorsed last.
    revision.endorsed = last.endorsed if last and last.is_within_tolerance() else now
    revision.save()
    act.facts |= {"total": f"{revision.total} {case.currency}", "amount": f"{revision.amount} {case.currency}"}


def _kept(line: Any) -> dict[str, Any]:
    return {name: str(line[name]) if isinstance(line[name], Decimal) else line[name] for name in LINE}


def put_in_force(revision: Revision) -> Case:
    """Put the revised budget in the place of the case's own; lines of the same number keep what they first stated."""
    case = revision.case
    keys = {line.number: line.pk for line in case.lines.all()}
    write_lines(case, [with_amounts(line) | {"pk": keys.get(line["number"])} for line in revision.lines])
    case.parts, case.stated_total = revision.parts, revision.total
    if case.amount_asked:
        case.amount_asked = case.amount_proposed = revision.amount
    case.save(update_fields=["parts", "stated_total", "amount_asked", "amount_proposed"])
    return case
