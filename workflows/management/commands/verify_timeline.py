"""Whether the timeline is as it was written: `manage.py verify_timeline`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.verification import verify


class Command(BaseCommand):
    help = "Recompute every chain of the timeline; exit 1 and name the first broken place of each that does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        if found.faults:
            raise CommandError("\n".join(found.faults))
        self.stdout.write(f"The timeline holds: {found.entries} entries in {found.chains} chains.")
