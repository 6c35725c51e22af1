"""Who may read the Fund's pages."""

from __future__ import annotations

from typing import Any

from ricomi.directory.authority import SEE_CASES, Authority, act_as, fixed_body
from ricomi.directory.models import Role
from ricomi.fund.models import Contribution

READERS = ("fund", "secretariat", "ceam", "oversight")


def reads_all(rights: Authority) -> bool:
    """Whether a person reads the whole ledger: the Fund's people, secretariat, CEAM, auditors."""
    bodies = [fixed_body(code) for code in READERS]
    return any(rights.may(SEE_CASES, body) for body in bodies if body)


def gives(rights: Authority) -> list[int]:
    """The bodies for which a person is a donor."""
    return rights.bodies(act_as(Role.DONOR))


def readable(rights: Authority) -> Any:
    """The contributions that a person may read: all, or those of the bodies for which they give."""
    return Contribution.objects.visible_to(rights).select_related("donor")


def reads_payments(rights: Authority) -> bool:
    """Whether a person reads payments, which hold bank accounts: the Fund's people and auditors."""
    bodies = [fixed_body(code) for code in ("fund", "oversight")]
    return any(rights.may(SEE_CASES, body) for body in bodies if body)
