"""The record of a cooperation. Only the gate in `workflows` writes it."""

from cases.models.case import Case, CaseQuerySet, Grant, Part, Party, Stage
from cases.models.endorsement import Blocks, Condition, ConditionStage, Decision, Look
from cases.models.exchange import Disbursement, DisbursementStage, Extension, ExtensionStage, Trip, TripStage
from cases.models.papers import Audience, Comment, Document, SavedFilter
from cases.models.request import BudgetLine, Invitation
from cases.models.session import AgendaItem, Session, SessionStage

__all__ = [
    "AgendaItem",
    "Audience",
    "Blocks",
    "BudgetLine",
    "Case",
    "CaseQuerySet",
    "Comment",
    "Condition",
    "ConditionStage",
    "Decision",
    "Disbursement",
    "DisbursementStage",
    "Document",
    "Extension",
    "ExtensionStage",
    "Grant",
    "Invitation",
    "Look",
    "Part",
    "Party",
    "SavedFilter",
    "Session",
    "SessionStage",
    "Stage",
    "Trip",
    "TripStage",
]
