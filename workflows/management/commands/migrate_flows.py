"""Bring what is under way to the flows as the code states them: `manage.py migrate_flows`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows import gate
from workflows.engine import FLOWS
from workflows.models import Run


class Command(BaseCommand):
    help = "Bring every way that is under way to the version of its flow that the code states."
    # The database's check fails until this has run.
    requires_system_checks = ["flows"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say how many would be brought, and bring none")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, flow in sorted(FLOWS.items()):
            behind = Run.objects.filter(flow_class=flow, finished__isnull=True, version__lt=flow.version)
            keys = list(behind.order_by("pk").values_list("pk", flat=True))
            if options["dry_run"]:
                self.stdout.write(f"{name}: {len(keys)} to bring to version {flow.version}")
                continue
            brought = sum(gate.carry_over(pk) is not None for pk in keys)
            self.stdout.write(f"{name}: {brought} brought to version {flow.version}")
