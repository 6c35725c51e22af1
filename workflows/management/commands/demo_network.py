"""Make the demo network, or print its people."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows import demo


class Command(BaseCommand):
    help = "Make the demo network once: its people, its Fund, and a case in every stage."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", action="store_true", help="print who can sign in, and the password")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo network has people with a known password: not in production.")
        if options["people"]:
            self.stdout.write(f"Password of everybody: {demo.PASSWORD}")
            for name, short, language, body, role, _state in demo.PEOPLE:
                self.stdout.write(f"  {demo.address(short):32} {name:18} {role.value:14} {body:12} {language}")
            return
        count = demo.build(lambda number: self.stdout.write(f"  case {number}"))
        self.stdout.write(f"The demo network has {count} cases.")
