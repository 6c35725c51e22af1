"""The weights with which a network begins, put into the database after each migration, once."""

from __future__ import annotations

from typing import Any

from django.db import connections, router


def load(using: str = "default", apps: Any = None, **_signal: object) -> None:
    """Write the first version of the weights where there is none."""
    from ricomi.matching.factors import FACTORS
    from ricomi.matching.models import Weights

    there = Weights._meta.db_table in connections[using].introspection.table_names()
    if not there or not router.allow_migrate_model(using, Weights) or Weights.objects.using(using).exists():
        return
    values = {factor.code: factor.weight for factor in FACTORS}
    Weights.objects.using(using).create(number=1, values=values)
