"""A request that comes as a form becomes a draft, through the gate; no second one while the first is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cases.budget import Line
from cases.models import Case
from cases.request_form import FormError, RequestForm
from ricomi import l10n
from ricomi.catalogue.models import Term
from ricomi.directory.models import Body, User
from workflows import gate
from workflows.engine import FLOWS


@dataclass(frozen=True)
class Intake:
    """The case that keeps the form, whether it is new, and what of the form is left for its readers to settle."""

    case: Case
    is_new: bool
    notes: tuple[str, ...]


def take_in(form: RequestForm, person: User | None = None) -> Intake:
    """Open a draft of the requesting state with what the form states, its figures unchanged.

    `person` is the officer on whose behalf this is done; None is the operator's command.

    Raises FormError when the form names what the network does not have, and gate.Refused when the gate does not
    let the draft begin. Then nothing has changed.
    """
    with transaction.atomic():
        _one_at_a_time(form.sha256)
        draft, notes = record(form)
        kept = Case.objects.open().filter(form_sha256=form.sha256).first()
        if kept is not None:
            return Intake(kept, is_new=False, notes=notes)
        data = {
            "for_body": _delegation(form.requesting_state).pk,
            "title": form.title[form.language],
            "language": form.language,
            "record": draft,
        }
        return Intake(gate.begin(FLOWS["cooperation"], person, data, channel="command"), is_new=True, notes=notes)


def record(form: RequestForm) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of a case as the form fills them, and a note on each word that the thesaurus does not have.

    Raises FormError for a theme's code that does not exist.
    """
    themes, unknown_themes = _terms(form.themes, Term.Kind.THEME)
    if unknown_themes:
        raise FormError(
            [_("themes: %(code)s is not a theme of the thesaurus.") % {"code": code} for code in unknown_themes]
        )
    populations, unknown = _terms(form.priority_populations, Term.Kind.POPULATION)
    notes = [
        _("“%(words)s” has no counterpart in the thesaurus; choose the populations on the draft.") % {"words": words}
        for words in unknown
    ]
    notes += [_("%(place)s is not part of the form and was not read.") % {"place": place} for place in form.not_read]
    fields = {
        "need": _in_language(form, form.need or form.summary),
        "objectives": "\n".join(form.objectives),
        "expected_results": _in_language(form, form.expected_results),
        "starts_on": form.starts_on,
        "ends_on": form.ends_on,
        "currency": form.currency,
        "amount_asked": form.amount_asked,
        "stated_total": form.stated_total,
        "themes": themes,
        "populations": populations,
        "lines": [_line(position, line) for position, line in enumerate(form.lines)],
        "original": form.original,
        "form_sha256": form.sha256,
    }
    return fields, tuple(notes)


def _line(position: int, line: Line) -> dict[str, Any]:
    fields = {
        "number": line.number,
        "concept": line.concept,
        "unit_cost": line.unit_cost,
        "units": [[unit, str(quantity)] for unit, quantity in line.units],
        "amount": line.stated,
    }
    printed = {
        **fields,
        "unit_cost": None if line.unit_cost is None else str(line.unit_cost),
        "amount": None if line.stated is None else str(line.stated),
    }
    return {"position": position, **fields, "original": printed}


def _in_language(form: RequestForm, texts: dict[str, str]) -> str:
    """The text in the request's language, else in the first in which there is one."""
    return texts.get(form.language) or next(iter(texts.values()), "")


def _terms(wanted: Iterable[str], kind: str) -> tuple[list[Term], list[str]]:
    """Terms by code or by their label in any language, a remark in brackets apart; and what was not found."""
    known: dict[str, Term] = {}
    for one in Term.objects.filter(kind=kind):
        known |= {name.casefold(): one for name in (one.code, *one.labels.values())}
    found: dict[str, Term] = {}
    unknown: list[str] = []
    for words in wanted:
        term: Term | None = known.get(words.strip().casefold()) or known.get(words.partition("(")[0].strip().casefold())
        if term is None:
            unknown.append(words)
        else:
            found[term.pk] = term
    return list(found.values()), unknown


def _delegation(state: str) -> Body:
    body = Body.objects.filter(kind=Body.Kind.DELEGATION, state=state).first()
    if body is None:
        name = l10n.country(state)
        raise FormError([_("requesting_state: %(state)s is not a member state of the network.") % {"state": name}])
    return body


def _one_at_a_time(sha256: str) -> None:
    """Let two imports of one form wait for each other, so that the second finds what the first opened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(sha256[:15], 16)])
