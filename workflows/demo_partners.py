"""Scenes of the demo network in which several states answer an invitation, and several take part in a case."""

from __future__ import annotations

import datetime
from decimal import Decimal

from cases.partners import Asked
from ricomi.directory.models import Body, User
from workflows.rehearsal import Rehearsal


def three_answers(play: Rehearsal) -> None:
    """Of three states, one accepts; the others offer help at other days or costs: which of them is still to be said."""
    play.matching()
    play.people = {**play.people, "third_focal": _person("owen.jm"), "observer_focal": _person("pilar.es")}
    bodies = list(Body.objects.filter(code__in=(play.offering, "uy", "jm")))
    play.act("case_officer", "matching", "invite", bodies=bodies)
    play.act("partner_focal", "answer", "accept", item=play.invitation(play.offering), terms=play.texts["terms"])
    begins = play.case.starts_on + datetime.timedelta(days=45)  # type: ignore[operator]
    play.act(
        "other_focal", "answer", "counter", item=play.invitation("uy"), starts_on=begins,
        cost=(play.amount or Decimal(0)) + Decimal("1500.00"),
        terms="Un taller en Montevideo con cuatro formadoras, a partir de la segunda mitad del semestre.",
    )  # fmt: skip
    play.act(
        "third_focal", "answer", "counter", item=play.invitation("jm"), cost=Decimal("2500.00"),
        terms="An online course of ten sessions, in English, and one visit.",
    )  # fmt: skip


def triangular(play: Rehearsal) -> None:
    """Two of the three are chosen, and Spain supports them; one of the three has agreed to the plan by now."""
    three_answers(play)
    spain = Asked(Body.objects.get(code="es"), "financial", "Pagar la interpretación y la sala del taller.")
    play.choose(play.offering, "uy", third=spain)
    play.act("observer_focal", "support", "accept", item=play.invitation("es"))
    play.act("focal", "plan", "propose", **play.request, plan=play.texts["plan"])
    play.act("partner_focal", "plan_answer", "agree", item=play.party(play.offering))


def _person(short: str) -> User:
    return User.objects.get(email=f"{short}@ricomi.example")
