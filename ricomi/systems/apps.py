from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SystemsConfig(AppConfig):
    """Information systems, what they hold, and how it comes in."""

    name = "ricomi.systems"
    label = "systems"
    verbose_name = _("Information systems")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from ricomi.systems.adapters import enter

        post_migrate.connect(enter, sender=self, dispatch_uid="systems.enter")
