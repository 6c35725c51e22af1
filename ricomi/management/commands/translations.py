"""Find, check, fill and compile the site's translations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ricomi import translations


class Command(BaseCommand):
    help = "Keeps the Spanish, Portuguese and French catalogues in step with the English texts of the source."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        act = parser.add_mutually_exclusive_group(required=True)
        act.add_argument("--update", action="store_true", help="bring the .po files in step with the source")
        act.add_argument("--compile", action="store_true", help="write the .mo files that the site reads")
        act.add_argument("--check", action="store_true", help="fail, naming each text that is missing or wrong")
        act.add_argument("--missing", metavar="LANGUAGE", help="print what a language lacks, as JSON to be filled in")
        act.add_argument("--fill", nargs=2, metavar=("LANGUAGE", "FILE"), help="put the translations of a JSON file in")
        parser.add_argument("--prune", action="store_true", help="with --update: drop translations no longer used")
        parser.add_argument("--root", type=Path, default=settings.BASE_DIR, help="the project's folder")

    def handle(self, **options: Any) -> None:
        root: Path = options["root"]
        try:
            if options["update"]:
                self._update(root, options["prune"])
            elif options["compile"]:
                for path in translations.compile_all(root):
                    self.stdout.write(f"{path.relative_to(root)}")
            elif options["check"]:
                self._check(root)
            elif options["missing"]:
                wanted = translations.missing(root, _language(options["missing"]))
                self.stdout.write(json.dumps(wanted, ensure_ascii=False, indent=1))
            else:
                self._fill(root, *options["fill"])
        except translations.SourceError as error:
            raise CommandError(str(error)) from error

    def _update(self, root: Path, prune: bool) -> None:
        source = translations.extract(root)
        for language in translations.LANGUAGES:
            kept = translations.read(root, language)
            translations.write(root, language, translations.updated(source, kept, language, prune=prune))
            self.stdout.write(f"{language}: {len(translations.missing(root, language))} of {len(source)} missing")

    def _check(self, root: Path) -> None:
        problems = translations.check(root)
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} problems in the translations.")
        self.stdout.write("Translations are complete.")

    def _fill(self, root: Path, language: str, file: str) -> None:
        try:
            given = json.loads(Path(file).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} can't be read: {error}") from error
        if not isinstance(given, dict):
            raise CommandError(f"{file} is not a JSON object.")
        problems = translations.fill(root, _language(language), given)
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} translations were not taken.")
        self.stdout.write(f"{language}: {len(translations.missing(root, language))} missing")


def _language(code: str) -> str:
    if code not in translations.LANGUAGES:
        raise CommandError(f"{code} is none of {', '.join(translations.LANGUAGES)}.")
    return code
