"""For the technical administrator: accounts alone. Roles are given in the site, by who may give them."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group

from ricomi.directory.models import User

admin.site.unregister(Group)
# A second address would be a second way into somebody's account.
admin.site.unregister(EmailAddress)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "is_active", "is_staff")
    fields = ("email", "name", "language", "time_zone", "is_active", "is_staff")
    # A new address with a password letter would be a way into somebody's account.
    readonly_fields = ("email",)
    search_fields = ("email", "name")

    def has_add_permission(self, request: Any) -> bool:
        """People come by invitation, in the site."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
