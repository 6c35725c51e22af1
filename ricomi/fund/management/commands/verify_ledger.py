"""Whether the Fund's ledger holds: `manage.py verify_ledger`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ricomi.fund import books
from ricomi.fund.models import Account, Leg, Posting


class Command(BaseCommand):
    help = "Recompute every balance of the Fund's ledger from its postings; exit 1 and say where it does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(books.flaws())
        if found:
            raise CommandError("\n".join(f"{one.where}: {one.stands} stands, {one.counted} counted" for one in found))
        postings, legs, accounts = (model.objects.count() for model in (Posting, Leg, Account))
        self.stdout.write(f"The ledger holds: {postings} postings with {legs} legs on {accounts} accounts.")
