from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    """The site: pages that belong to no room, commands, template tags."""

    name = "ricomi"
    label = "ricomi"

    def ready(self) -> None:
        from ricomi import rights

        # The site has no models, and so no signal of its own.
        post_migrate.connect(rights.seal, sender=apps.get_app_config("fund"))
