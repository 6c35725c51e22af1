"""Write every card of the catalogue anew, as after a change of the thesaurus."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ricomi.catalogue import cards
from ricomi.catalogue.models import Entry, StandingOffer

AT_ONCE = 500


class Command(BaseCommand):
    help = "Write every card of the catalogue anew, as after a change of the thesaurus."

    def handle(self, *args: Any, **options: Any) -> None:
        entries = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
        offers = list(StandingOffer.objects.order_by("pk").values_list("pk", flat=True))
        for kind, keys in (("entries", entries), ("offers", offers)):
            for first in range(0, len(keys), AT_ONCE):
                cards.write(**{kind: keys[first : first + AT_ONCE]})
                self.stdout.write(f"{kind}: {min(first + AT_ONCE, len(keys)):,} of {len(keys):,}")
