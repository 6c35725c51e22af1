from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    """The policy and the one gate."""

    name = "workflows"
    label = "workflows"
    verbose_name = _("Workflows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for page in settings.FLOW_PAGES:
            import_module(page)
        import_module("workflows.checks")
        from ricomi.directory.signals import left
        from workflows.unattended import write_of_gaps

        left.connect(write_of_gaps, dispatch_uid="workflows.left")
