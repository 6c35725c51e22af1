"""Cases in which several states take part: brought to where a test needs them, and to their end."""

from __future__ import annotations

from cases.partners import Asked
from ricomi.directory.models import Body, Role
from tests.flows import Walk, newcomer
from workflows import gate

WHY = {"reason": "For a reason."}


def both_offer(walk: Walk) -> None:
    """Chile and Uruguay are invited, and offer help: one as asked, one otherwise."""
    walk.act("case_officer", "matching", "invite", bodies=list(Body.objects.filter(code__in=("cl", "uy"))))
    walk.act("partner_focal", "answer", "accept", item=walk.invitation("cl"), terms="Two experts.")
    walk.act("other_focal", "answer", "counter", item=walk.invitation("uy"), terms="In spring.")


def to_plan(walk: Walk) -> None:
    """Uruguay, chosen beside Chile, has left: the requesting state decides how to go on."""
    to_parting(walk)
    walk.act("other_focal", "plan_answer", "leave", item=walk.party("uy"), reason="Elections")


def to_parting(walk: Walk) -> None:
    """Uruguay, chosen beside Chile, does not answer to the plan."""
    walk.matching()
    both_offer(walk)
    walk.choose("cl", "uy")
    walk.act("focal", "plan", "propose", **walk.request, plan="Two visits")


def ask_france() -> Asked:
    """France, a permanent observer, is asked to support."""
    return Asked(Body.objects.get(code="fr"), "technical", "Trainers")


def to_support(walk: Walk) -> None:
    walk.answered()
    walk.choose("cl", third=ask_france())


def item_of(walk: Walk, step: str) -> int | None:
    """Of which of several tasks is meant where a step waits for several bodies at once: Chile's, or France's."""
    items = {
        "answer": lambda: walk.invitation("cl"), "support": lambda: walk.invitation("fr"),
        "plan_answer": lambda: walk.party("cl"),
    }  # fmt: skip
    return items[step]() if step in items else None


def several(walk: Walk) -> Walk:
    """The only partner leaves; another time one of two, and others are looked for; then three agree, one asked anew."""
    third = newcomer(walk, "third", (Role.FOCAL_POINT, "fr"))
    walk.matching()
    both_offer(walk)
    walk.choose("cl", third=ask_france())
    gate.act(third, walk.case, "support", "decline", WHY, item=walk.invitation("fr"))
    walk.act("focal", "plan", "propose", **walk.request, plan="A visit")
    walk.act("partner_focal", "plan_answer", "leave", item=walk.party("cl"), **WHY)
    both_offer(walk)
    walk.choose("cl", "uy", third=ask_france())
    gate.act(None, walk.case, "support", "silent", item=walk.invitation("fr"), channel="clock")
    walk.case.refresh_from_db()
    walk.act("focal", "plan", "propose", **walk.request, plan="A visit")
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    walk.act("other_focal", "plan_answer", "leave", item=walk.party("uy"), **WHY)
    walk.act("focal", "plan", "look_anew", **WHY)
    both_offer(walk)
    walk.choose("cl", third=ask_france(), uy="financial")
    walk.act("case_officer", "suspension", "suspend", **WHY)
    walk.act("case_officer", "resumption", "resume")
    walk.act("third", "support", "accept", item=walk.invitation("fr"))
    walk.act("focal", "plan", "propose", **walk.request, plan="A visit")
    gate.act(None, walk.case, "plan_answer", "silent", item=walk.party("uy"), channel="clock")
    walk.case.refresh_from_db()
    walk.act("focal", "plan", "propose", **walk.request, plan="A visit")
    walk.act("partner_focal", "plan_answer", "agree", item=walk.party("cl"))
    walk.act("focal", "parting", "part", partner=walk.case.parties.get(body__code="uy", part="third"), **WHY)
    walk.act("focal", "plan", "propose", **walk.request, plan="A visit")
    for who, code in (("third", "fr"), ("partner_focal", "cl")):
        walk.act(who, "plan_answer", "agree", item=walk.party(code))
    walk.act("focal", "withdrawal", "withdraw", **WHY)
    return walk
