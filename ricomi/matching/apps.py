from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Who can help whom."""

    name = "ricomi.matching"
    label = "matching"
    verbose_name = _("Matching")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from ricomi.catalogue.signals import offered
        from ricomi.matching.fitting import write_of_offer
        from ricomi.matching.reference import load

        post_migrate.connect(load, sender=self, dispatch_uid="matching.reference")
        offered.connect(write_of_offer, dispatch_uid="matching.offered")
