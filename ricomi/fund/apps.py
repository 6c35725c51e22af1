from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class FundConfig(AppConfig):
    """Contributions and what became of them."""

    name = "ricomi.fund"
    label = "fund"
    verbose_name = _("Fund")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(first_rules, sender=self)


def first_rules(**_how: Any) -> None:
    """The rules with which the Fund begins, until it sets its own."""
    from ricomi.fund.models.rule import FIRST, Rule

    if not Rule.objects.exists():
        Rule.objects.bulk_create(Rule(**one) for one in FIRST)
