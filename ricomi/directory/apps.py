from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    """States, bodies, roles, people."""

    name = "ricomi.directory"
    label = "directory"
    verbose_name = _("Directory")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from ricomi.directory.reference import load

        post_migrate.connect(load, sender=self, dispatch_uid="directory.reference")
