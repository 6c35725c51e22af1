from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The site: pages that belong to no room, commands, template tags."""

    name = "ricomi"
    label = "ricomi"
