"""Write the timeline of a flow as an event log for process mining: XES, IEEE 1849."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from ricomi import l10n
from workflows import event_log
from workflows.engine import FLOWS


class Command(BaseCommand):
    help = (
        "Write the event log of a flow as XES. People appear as codes; whoever knows the network may still "
        "tell who acted, so hand the file on with care."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--flow", default="cooperation", help="which flow (cooperation)")
        parser.add_argument("--output", metavar="FILE", help="where to write instead of standard output")
        parser.add_argument("--language", choices=[code for code, _name in l10n.LANGUAGES], default="en")
        parser.add_argument("--under-way", action="store_true", help="also what has not come to its end")
        parser.add_argument("--all", action="store_true", help="also comments, documents and notes beside the way")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for a flow that is not there and a file that cannot be written."""
        flow = FLOWS.get(options["flow"])
        if flow is None:
            raise CommandError(f"There is no flow “{options['flow']}”. There are: {', '.join(FLOWS)}.")
        how = {"under_way": options["under_way"], "beside": options["all"]}
        with translation.override(options["language"]):
            if options["output"]:
                try:
                    with open(options["output"], "w", encoding="utf-8") as file:
                        count = event_log.write(file, flow, **how)
                except OSError as wrong:
                    raise CommandError(f"{options['output']} cannot be written: {wrong.strerror}") from wrong
            else:
                self.stdout.ending = ""
                count = event_log.write(self.stdout, flow, **how)
        self.stderr.write(f"{count} traces")
