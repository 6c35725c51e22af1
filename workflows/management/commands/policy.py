"""Print what the flows allow: as a table, as JSON, as Markdown, or one flow as BPMN 2.0."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from ricomi import l10n
from workflows import policy
from workflows.engine import FLOWS

COLUMNS = ("name", "title", "kind", "role", "body", "deadline_working_days", "letters", "next")


class Command(BaseCommand):
    help = "Print the permission matrix of every flow."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("table", "json", "markdown"), default="table")
        parser.add_argument("--bpmn", metavar="FLOW", help="print this flow as BPMN 2.0 instead")
        parser.add_argument("--under-way", action="store_true", help="with --bpmn: a way may end wherever it waits")
        parser.add_argument("--language", choices=[code for code, _name in l10n.LANGUAGES], default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            if options["bpmn"]:
                self.stdout.write(self.bpmn(options["bpmn"], under_way=options["under_way"]))
            elif options["format"] == "json":
                self.stdout.write(json.dumps(policy.describe(), ensure_ascii=False, indent=2))
            else:
                write = self.markdown if options["format"] == "markdown" else self.table
                for name, flow in policy.describe()["flows"].items():
                    write(name, flow)

    def bpmn(self, name: str, *, under_way: bool) -> str:
        """A flow as BPMN 2.0. Raises CommandError when there is no such flow."""
        if name not in FLOWS:
            raise CommandError(f"There is no flow “{name}”. There are: {', '.join(FLOWS)}.")
        from workflows.bpmn import export

        return export(FLOWS[name], under_way=under_way)

    def markdown(self, name: str, flow: dict[str, Any]) -> None:
        self.stdout.write(f"## {flow['title']} (`{name}`)\n\n| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
        for step in flow["steps"]:
            self.stdout.write(f"| {' | '.join(cell(step[column]) for column in COLUMNS)} |")
        self.stdout.write("")

    def table(self, name: str, flow: dict[str, Any]) -> None:
        rows = [COLUMNS, *[tuple(cell(step[column]) for column in COLUMNS) for step in flow["steps"]]]
        widths = [min(40, max(len(row[index]) for row in rows)) for index in range(len(COLUMNS))]
        self.stdout.write(f"{flow['title']} ({name})")
        for row in rows:
            self.stdout.write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        self.stdout.write("")


def cell(value: Any) -> str:
    """A value as a cell of a table."""
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
