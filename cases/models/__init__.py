"""The record of a cooperation. Only the gate in `workflows` writes it."""

from cases.models.case import Case, CaseQuerySet, Stage
from cases.models.endorsement import Blocks, Condition, ConditionStage, Decision, Look
from cases.models.exchange import Disbursement, DisbursementStage, Extension, ExtensionStage
from cases.models.papers import Audience, Comment, Document, SavedFilter
from cases.models.party import PARTNERS, Grant, Part, Party, Support
from cases.models.request import BudgetLine, Invitation
from cases.models.revision import Revision, RevisionStage
from cases.models.session import AgendaItem, Session, SessionStage
from cases.models.subsistence import Edition, Rate
from cases.models.trip import ClaimLine, Kind, Leg, Trip, TripStage

__all__ = [
    "PARTNERS",
    "AgendaItem",
    "Audience",
    "Blocks",
    "BudgetLine",
    "Case",
    "CaseQuerySet",
    "ClaimLine",
    "Comment",
    "Condition",
    "ConditionStage",
    "Decision",
    "Disbursement",
    "DisbursementStage",
    "Document",
    "Edition",
    "Extension",
    "ExtensionStage",
    "Grant",
    "Invitation",
    "Kind",
    "Leg",
    "Look",
    "Part",
    "Party",
    "Rate",
    "Revision",
    "RevisionStage",
    "SavedFilter",
    "Session",
    "SessionStage",
    "Stage",
    "Support",
    "Trip",
    "TripStage",
]
