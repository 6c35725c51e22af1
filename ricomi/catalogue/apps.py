from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    """Entries, standing offers, the thesaurus and their search."""

    name = "ricomi.catalogue"
    label = "catalogue"
    verbose_name = _("Catalogue")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from ricomi.catalogue.reference import load

        post_migrate.connect(load, sender=self, dispatch_uid="catalogue.reference")
