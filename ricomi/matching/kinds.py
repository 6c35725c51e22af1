"""Which kinds of help the words of a request name, in any of the four languages."""

from __future__ import annotations

from ricomi.catalogue.models import StandingOffer
from ricomi.catalogue.search import folded

Kind = StandingOffer.Modality

# How words begin that name a kind of help, folded: Spanish, English, Portuguese, French.
BEGINNINGS: dict[str, tuple[str, ...]] = {
    Kind.EXPERT: ("expert", "perit", "especialist", "specialist", "asesor", "advis", "advic", "assessor", "conseiller"),
    Kind.STUDY_VISIT: ("pasant", "visit", "internship", "estagio", "stage", "intercambio", "exchange", "echange"),
    Kind.TRAINING: (
        "capacit", "curso", "taller", "formacion", "train", "course", "workshop", "oficina", "formacao", "treinamento",
        "atelier", "cours", "formation",
    ),
    Kind.REMOTE: ("distancia", "virtual", "remot", "online", "distance", "webinar"),
    Kind.MATERIALS: (
        "manual", "guia", "protocol", "document", "material", "software", "guide", "tool", "herramienta", "ferramenta",
        "outil", "manuel", "materiel",
    ),
}  # fmt: skip


def named(text: str) -> frozenset[str]:
    """The kinds of help that a text names; none when it says nothing of how."""
    words = folded(text).split()
    return frozenset(
        str(kind) for kind, beginnings in BEGINNINGS.items() if any(word.startswith(beginnings) for word in words)
    )
