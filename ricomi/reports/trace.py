"""Where a contribution's money went: case by case, and posting by posting down to the bank and the receipts."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from cases.models import BudgetLine, Case, ClaimLine, Document, Trip
from ricomi.directory.authority import Authority
from ricomi.fund.books import natural
from ricomi.fund.chart import Kind, Movement
from ricomi.fund.models import Account, Contribution, Leg, Payment, Posting

FOR_CASES = (Kind.RESERVED, Kind.COMMITTED, Kind.OBLIGATED, Kind.SPENT)
USED = (Kind.SPENT, Kind.OBLIGATED)


@dataclass(frozen=True)
class CasePart:
    """What of a contribution stands for one case, in one currency."""

    case: str
    currency: str
    reserved: Decimal
    committed: Decimal
    obligated: Decimal
    spent: Decimal


@dataclass(frozen=True)
class Use:
    """What of a contribution one posting spent or bound for a trip; below zero what came back.

    `line` is the budget line with its concept, empty where it was booked on none. `receipts` says how many the
    traveller handed in; `files` are those that the reader may open. No person is named.
    """

    posting: Posting
    spent: Decimal
    obligated: Decimal
    line: str
    what: str
    paid_on: datetime.date | None
    bank_reference: str
    receipts: int = 0
    files: list[Document] = field(default_factory=list)


def by_case(given: Contribution) -> list[CasePart]:
    """What of a contribution is set aside or spent for each case. One query."""
    held = Account.objects.filter(contribution=given, kind__in=FOR_CASES).order_by("case_reference", "currency")
    rows: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for case, currency, kind, balance in held.values_list("case_reference", "currency", "kind").annotate(
        total=Sum("balance")
    ):
        rows[case, currency][kind] += natural(kind, balance)
    return [
        CasePart(case, currency, *(row[kind] for kind in FOR_CASES))
        for (case, currency), row in rows.items() if any(row.values())
    ]  # fmt: skip


def postings(given: Contribution) -> QuerySet[Posting]:
    """Every posting that spent something of a contribution or bound it for a trip, the oldest first."""
    legs = Leg.objects.filter(posting=OuterRef("pk"), account__kind__in=USED, account__contribution=given)
    return Posting.objects.filter(Exists(legs)).order_by("pk")


def uses(given: Contribution, shown: Sequence[Posting], rights: Authority) -> list[Use]:
    """What each of these postings did with a contribution, as far as the reader may know. Seven queries."""
    spent, obligated, lines = _legs(given, shown)
    visible = set(
        Case.objects.visible_to(rights).filter(reference__in={one.case_reference for one in shown})
        .values_list("reference", flat=True)
    )  # fmt: skip
    trips = _trips(shown)
    for one in shown:
        if not lines.get(one.pk) and one.trip_reference in trips:
            lines[one.pk] = trips[one.trip_reference].line
    concepts = _concepts(shown, set(lines.values()))
    counts, files = _receipts(trips.values(), rights)
    paid = _paid(shown)
    found = []
    for one in shown:
        trip = trips.get(one.trip_reference)
        claimed = trip.pk if trip and one.kind == Movement.SETTLEMENT else None
        paid_on, reference = paid.get(one.pk, (None, one.bank_reference))
        found.append(
            Use(
                one, spent[one.pk], obligated[one.pk],
                concepts.get((one.case_reference, lines.get(one.pk, "")), lines.get(one.pk, "")),
                what_of(one, trip), paid_on or _came_back(one), reference,
                counts.get(claimed, 0), files[claimed] if claimed and one.case_reference in visible else [],
            )
        )  # fmt: skip
    return found


def what_of(posting: Posting, trip: Trip | None) -> str:
    """What a posting paid for: the places of a trip, else what the posting notes."""
    if posting.trip_reference:
        return f"{trip.origin} – {trip.destination}" if trip else ""
    return posting.note


def _legs(given: Contribution, shown: Sequence[Posting]) -> tuple[dict[int, Decimal], dict[int, Decimal], dict]:
    spent: dict[int, Decimal] = defaultdict(Decimal)
    obligated: dict[int, Decimal] = defaultdict(Decimal)
    lines: dict[int, str] = {}
    legs = Leg.objects.filter(posting__in=[one.pk for one in shown]).filter(
        Q(account__kind=Kind.EXPENSES) | Q(account__kind__in=USED, account__contribution=given)
    )
    for posting, kind, line, amount in legs.values_list("posting", "account__kind", "account__line", "amount"):
        if kind == Kind.EXPENSES:
            lines[posting] = line
        else:
            (spent if kind == Kind.SPENT else obligated)[posting] += natural(kind, amount)
    return spent, obligated, lines


def _trips(shown: Iterable[Posting]) -> dict[str, Trip]:
    keys = {one.trip_reference.rpartition("-")[2] for one in shown if one.trip_reference}
    trips = Trip.objects.select_related("case").filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {trip.reference: trip for trip in trips}


def _concepts(shown: Iterable[Posting], numbers: set[str]) -> dict[tuple[str, str], str]:
    lines = BudgetLine.objects.filter(case__reference__in={one.case_reference for one in shown}, number__in=numbers)
    found: dict[tuple[str, str], str] = {}
    for case, number, concept in lines.order_by("position").values_list("case__reference", "number", "concept"):
        found.setdefault((case, number), f"{number} {concept}")
    return found


def _receipts(trips: Iterable[Trip], rights: Authority) -> tuple[dict[int | None, int], dict[int, list[Document]]]:
    """How many receipts each trip's claim has, and those of them that the reader may open."""
    counts: dict[int | None, int] = defaultdict(int)
    files: dict[int, list[Document]] = defaultdict(list)
    claim = ClaimLine.objects.filter(trip__in=[trip.pk for trip in trips], receipt__isnull=False).order_by("pk")
    claimed = list(claim.values_list("trip", "receipt"))
    papers = Document.objects.filter(pk__in=[paper for _trip, paper in claimed]).readable_by(rights)
    readable = {paper.pk: paper for paper in papers.select_related("case")}
    for trip, paper in claimed:
        counts[trip] += 1
        if paper in readable:
            files[trip].append(readable[paper])
    return counts, files


def _paid(shown: Sequence[Posting]) -> dict[int, tuple[datetime.date | None, str]]:
    payments = Payment.objects.filter(posting__in=[one.pk for one in shown], stage=Payment.Stage.PAID).order_by("pk")
    return {posting: (day, name) for posting, day, name in payments.values_list(
        "posting", "paid_on", "bank_reference")}  # fmt: skip


def _came_back(posting: Posting) -> datetime.date | None:
    """The day on which money came back to the bank; none for a posting by which it did not."""
    return posting.posted_at.date() if posting.kind == Movement.RECOVERY else None
