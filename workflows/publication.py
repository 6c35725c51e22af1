"""How the result of a closed case becomes an initiative that the public can read."""

from __future__ import annotations

from cases.models import Case
from ricomi.catalogue.publishing import publish as publish_initiative
from ricomi.fund import books
from workflows.engine import Act


def publish(case: Case, act: Act) -> None:
    """Publish the result in the catalogue, once."""
    publish_initiative(
        origin=case.reference, title=case.title, summary=case.need, results=case.results, lessons=case.lessons,
        requesting_state=case.requesting.state_id or "",
        offering_state=(case.offering.state_id if case.offering else "") or "",
        themes=list(case.themes.all()), populations=list(case.populations.all()), started_on=case.starts_on,
        ended_on=case.ends_on, amount_spent=books.of_case(case.reference).spent, currency=case.currency,
        language=case.language,
    )  # fmt: skip
