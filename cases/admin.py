"""What the technical administrator may look at; nothing can be changed here, for only the gate writes the record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from cases.models import Case


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ReadOnly):
    """References and stages only: the content of a case is for its parties."""

    list_display = ("reference", "requesting", "stage", "stage_since")
    fields = ("reference", "requesting", "stage", "stage_since", "opened_at", "ended_at")
