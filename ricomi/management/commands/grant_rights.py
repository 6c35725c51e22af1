"""`manage.py grant_rights ROLE`: what the application's own role may do in the database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, transaction

from ricomi import rights


class Command(BaseCommand):
    help = (
        "Give a database role what the application needs and nothing by which the books or the timeline could be "
        "rewritten. Run it as the owner of the tables, after each migrate; then let DATABASE_URL name that role."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                rights.grant(options["role"])
        except ProgrammingError as refused:
            raise CommandError(str(refused).strip().splitlines()[0]) from refused
        self.stdout.write(f"{options['role']} has its rights; it can rewrite neither the books nor the timeline.")
