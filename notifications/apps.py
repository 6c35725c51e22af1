from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Letters and their delivery."""

    name = "notifications"
    label = "notifications"
    verbose_name = _("Letters")
    default_auto_field = "django.db.models.BigAutoField"
