"""Take in a request that comes as a JSON form: `manage.py import_request FILE`."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
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
