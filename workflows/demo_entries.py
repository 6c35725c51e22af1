"""What delegations of the demo write for the catalogue: one entry published, one in review, one returned."""

from __future__ import annotations

from typing import Any

from ricomi.catalogue.models import Draft
from ricomi.directory.models import Body, User
from workflows import gate
from workflows.engine import FLOWS


def _said(kind: str, language: str, title: str, summary: str, text: str, terms: list[str], state: str) -> Any:
    return {
        "kind": kind, "language": language, "title": title, "summary": summary, "text": text, "lessons": "", "url": "",
        "since": None, "until": None, "year": 2025, "terms": terms, "states": [["concerned", state]],
    }  # fmt: skip


PUBLISHED = _said(
    "practice", "es", "Consulados móviles en zonas rurales",
    "Dos funcionarias recorren cada mes los municipios de destino y entregan documentos en el día.",
    "El recorrido se anuncia por radio en dos lenguas. Cada visita atiende a unas ochenta personas; los documentos se "
    "imprimen en el vehículo. Antes había que viajar dos días a la capital.",
    ["gcm-4", "gcm-14", "indigenous"], "PY",
)  # fmt: skip
IN_REVIEW = _said(
    "study", "es", "Qué buscan las personas que retornan",
    "Encuesta a mil doscientas personas retornadas sobre empleo, vivienda y escuela en su primer año.",
    "La mitad encontró trabajo por conocidos y no por las oficinas de empleo. Quienes recibieron reconocimiento de "
    "sus estudios ganaron un quinto más.", ["gcm-21", "gcm-18", "returned-migrants"], "CL",
)  # fmt: skip
RETURNED = _said(
    "programme", "pt", "Colheita da maçã: trabalho sazonal com contrato na origem",
    "Contratos assinados antes da viagem, em duas línguas, com transporte e alojamento incluídos.",
    "O programa leva trabalhadores de fronteira à colheita durante três meses.", ["gcm-5", "gcm-6"], "BR",
)  # fmt: skip


def write_entries(everybody: dict[str, User]) -> None:
    """Bring each to its stage by the flow's own steps."""
    secretariat = everybody["sofia"]
    published = _sent(everybody["lucia.py"], "py", PUBLISHED)
    gate.act(secretariat, published, "review", "publish")
    _sent(everybody["carla.cl"], "cl", IN_REVIEW)
    returned = _sent(everybody["ana.br"], "br", RETURNED)
    why = "Falta dizer em que anos e com quantas pessoas, e qual é a lei que o permite."
    gate.act(secretariat, returned, "review", "return", {"reason": why})


def _sent(person: User, body: str, said: Any) -> Draft:
    data = {"content": said, "for_body": Body.objects.get(code=body).pk}
    draft: Draft = gate.begin(FLOWS["cataloguing"], person, data)
    gate.act(person, draft, "writing", "send", data)
    return draft
