"""Take in a request that comes as a JSON form: `manage.py import_request FILE`."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.request_form import FormError, RequestForm, read
from ricomi.directory.models import User
from workflows.gate import Refused
from workflows.intake import Intake, take_in


class Command(BaseCommand):
    help = "Open a draft from a request in the JSON form of docs/request-form.md and name what does not add up in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the form, or - for standard input")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="the officer who opens the draft")
        parser.add_argument(
            "--language",
            default="en",
            choices=[code for code, _name in settings.LANGUAGES],
            help="the language of what is printed (default: en)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.set_up()
        with translation.override(options["language"]):
            try:
                person = self.person(options["email"])
                form = read(sys.stdin.buffer.read() if options["file"] == "-" else options["file"])
                intake = take_in(form, person)
            except FormError as error:
                raise CommandError("\n".join(error.messages)) from None
            except Refused as refusal:
                raise CommandError(str(refusal.message)) from None
            self.tell(form, intake)

    def set_up(self) -> None:
        """Make the embedded database's tables where they are not there yet; another's are its operator's to make."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            if connection.settings_dict["ENGINE"] != "ricomi.postgres":
                raise CommandError(_("The database's tables are not up to date: run manage.py migrate first."))
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)

    def person(self, email: str | None) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(_("Nobody who is active has the address %(email)s.") % {"email": email})
        return person

    def tell(self, form: RequestForm, intake: Intake) -> None:
        """Print the case's reference, each discrepancy with its amounts, and what is left to settle."""
        case = intake.case
        facts = {"reference": case.reference, "state": case.requesting.name, "stage": case.get_stage_display()}
        if intake.is_new:
            self.stdout.write(_("Draft %(reference)s opened for %(state)s.") % facts)
        else:
            self.stdout.write(
                _("This form is already kept as case %(reference)s (%(stage)s); no other was opened.") % facts
            )
        self.stdout.write(case.title)
        found = form.discrepancies()
        if found:
            heading = ngettext(
                "The budget is off in %(count)d place:", "The budget is off in %(count)d places:", len(found)
            )
            self.stdout.write(heading % {"count": len(found)})
        else:
            self.stdout.write(_("The budget adds up."))
        for discrepancy in found:
            self.stdout.write(f"  {discrepancy.message()}")
        for note in intake.notes:
            self.stdout.write(note)
