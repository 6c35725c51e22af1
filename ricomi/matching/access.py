"""Who reads what was proposed, and who sets the weights."""

from __future__ import annotations

from ricomi.directory.authority import SEE_CASES, Authority, heads_secretariat, oversees


def reads_weights(rights: Authority) -> bool:
    """Whether a person reads how much each factor counts: whoever may see cases, for their state is ranked by it."""
    return bool(rights.bodies(SEE_CASES))


def sets_weights(rights: Authority) -> bool:
    """Whether a person sets the weights: the head of the secretariat."""
    return heads_secretariat(rights)


def reads_proposals(rights: Authority) -> bool:
    """Whether a person reads whom the network proposed and what came of it: the secretariat and oversight."""
    return oversees(rights)
