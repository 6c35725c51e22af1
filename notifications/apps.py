from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Letters and their delivery."""

    name = "notifications"
    label = "notifications"
    verbose_name = _("Letters")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from notifications.invitations import write_to_invited
        from ricomi.directory.signals import invited

        invited.connect(write_to_invited, dispatch_uid="notifications.invited")
