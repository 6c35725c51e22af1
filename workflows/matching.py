"""Invitations keep whom the network proposed for them; a call on all states is told to those whose offers fit."""

from __future__ import annotations

from cases import acts as record
from cases.models import Case
from ricomi.matching.fitting import write_of_call
from ricomi.matching.keeping import keep
from workflows.engine import Act


def invite(case: Case, act: Act) -> None:
    """Ask the chosen states for help."""
    keep(case, act.at)
    record.invite(case, act)


def open_call(case: Case, act: Act) -> None:
    """Ask every state that takes part."""
    keep(case, act.at)
    record.open_call(case, act)
    write_of_call(case)
