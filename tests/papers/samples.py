"""A decision as a body would put it on paper."""

from __future__ import annotations

import datetime
from typing import Any

from ricomi.papers import issuing
from ricomi.papers.decision import KIND, Condition, DecisionPaper, Position, Recusal
from ricomi.papers.models import Paper

AT = datetime.datetime(2026, 11, 20, 15, 30, tzinfo=datetime.UTC)
NUMBER = "CEAM/DEC/2026/0014"


def decision(**fields: Any) -> DecisionPaper:
    said: dict[str, Any] = {
        "body": "Committee on Migration Issues", "number": NUMBER, "date": "24 November 2026",
        "case_reference": "2026-0012", "case_title": "Registro de trabajadores de temporada",
        "requesting": "Paraguay", "offering": "Chile", "outcome": "Endorsed with conditions",
        "meaning": "The cooperation may go on.",
        "explanation": "It serves objective 5.", "rule": "Two thirds of those voting.",
        "quorum_needed": "18 of 34", "quorum_present": "31 of 34", "closed": "20 November 2026, 18:00 UTC",
        "closing": "The deadline had passed.",
        "chair": "María José Núñez", "session": "XII", "open_voting": True,
        "positions": [Position("Brazil", "In favour", "João Conceição", "Inês Assunção", "Très bien, señora")],
        "recused": [Recusal("Paraguay", "Party to the case")],
        "conditions": [Condition("Name a person responsible", "Paraguay", "15 January 2027", "First release")],
    }  # fmt: skip
    return DecisionPaper(**said | fields)


def issue(number: str = NUMBER, at: datetime.datetime = AT, **fields: Any) -> dict[str, Paper]:
    """The four papers of a decision, their files not made yet, by language."""
    papers = issuing.issue(
        KIND, "2026-0012", number, AT.date(), lambda language: decision(number=number, **fields).data(), at=at,
        summarise=lambda language: [("Outcome", f"Endorsed ({language})")],
    )  # fmt: skip
    return {paper.language: paper for paper in papers}
