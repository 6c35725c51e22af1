from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

FLOW_PAGES = ("cooperation", "trip", "disbursement", "contribution")


class WorkflowsConfig(AppConfig):
    """The policy and the one gate."""

    name = "workflows"
    label = "workflows"
    verbose_name = _("Workflows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for page in FLOW_PAGES:
            import_module(f"workflows.{page}")
        import_module("workflows.checks")
