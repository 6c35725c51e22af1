from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Letters and their delivery."""

    name = "notifications"
    label = "notifications"
    verbose_name = _("Letters")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from notifications.delegations import write_of_beginning, write_of_end
        from notifications.invitations import write_to_invited
        from ricomi.directory.signals import delegated, delegation_ended, invited

        invited.connect(write_to_invited, dispatch_uid="notifications.invited")
        delegated.connect(write_of_beginning, dispatch_uid="notifications.delegated")
        delegation_ended.connect(write_of_end, dispatch_uid="notifications.delegation_ended")
