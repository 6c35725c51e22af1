"""Who reads what was proposed, and who sets the weights."""

from __future__ import annotations

from ricomi.directory.authority import SEE_CASES, Authority, act_as, fixed_body
from ricomi.directory.models import Role


def reads_weights(rights: Authority) -> bool:
    """Whether a person reads how much each factor counts: whoever may see cases, for their state is ranked by it."""
    return bool(rights.bodies(SEE_CASES))


def sets_weights(rights: Authority) -> bool:
    """Whether a person sets the weights: the head of the secretariat."""
    secretariat = fixed_body("secretariat")
    return secretariat is not None and rights.may(act_as(Role.HEAD), secretariat)


def reads_proposals(rights: Authority) -> bool:
    """Whether a person reads whom the network proposed and what came of it: the secretariat and oversight."""
    bodies = {fixed_body("secretariat"), fixed_body("oversight")}
    return bool(bodies & set(rights.bodies(SEE_CASES)))
