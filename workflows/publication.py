"""How the result of a closed case becomes an initiative that the public can read."""

from __future__ import annotations

from cases.models import Case
from ricomi.catalogue import listing
from ricomi.catalogue.models import Entry, Part
from ricomi.fund import books
from workflows.engine import Act


def publish(case: Case, act: Act) -> None:
    """Publish the result in the catalogue, once."""
    states = {(Part.REQUESTING, case.requesting.state_id or "")}
    states |= {(Part(party.part), party.body.state_id or "") for party in case.partners()}
    terms = [*case.themes.all(), *case.populations.all()]
    content = listing.Content(
        origin=case.reference, kind=Entry.Kind.INITIATIVE, title=case.title, summary=case.need, text=case.results,
        lessons=case.lessons, language=case.language, terms=frozenset(term.pk for term in terms),
        states=frozenset(states), since=case.starts_on, until=case.ends_on,
        amount_spent=books.of_case(case.reference).spent, currency=case.currency,
    )  # fmt: skip
    listing.publish(content)
