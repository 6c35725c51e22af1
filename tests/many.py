"""Many cases, quickly: a few are brought to their stages by the flows' own steps, then copied in SQL with their rows.

A copy is one block of those few, ten as a rule: every key moves by the same distance a table, and references,
timelines, letters, tasks and the ledger move with it, so that every page works on a copy and the Fund's accounts still
add up. Copies differ from the ten in their states, themes and age. What a copy lacks is the proof of its timeline: the
hashes are the originals'. For databases that are thrown away: it needs the right to pass over the triggers (a
superuser's).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.db.models import Q

from cases.models import (
    BudgetLine,
    Case,
    ClaimLine,
    Comment,
    Disbursement,
    Document,
    Grant,
    Invitation,
    Party,
    Trip,
)
from cases.models import Leg as TripLeg
from notifications.models import Letter
from ricomi import l10n, uploads
from ricomi.catalogue.models import Card, Place, Term
from ricomi.catalogue.models import Entry as CatalogueEntry
from ricomi.directory.models import Body, State, User
from ricomi.fund.models import Account, Contribution, Instalment, Leg, Payment, Posting, Receipt, Terms
from tests.flows import Walk, request_data
from workflows import gate
from workflows.engine import FLOWS
from workflows.models import Entry, Run, Task, Voice
from workflows.rehearsal import ACCOUNT, Rehearsal

BLOCK = 10
MOST = 1000
KINDS: dict[str, type[models.Model]] = {
    "case": Case, "trip": Trip, "disbursement": Disbursement, "contribution": Contribution,
    "payment": Payment, "terms": Terms,
}  # fmt: skip
COPIED: list[Any] = [
    Case, Case.themes.through, Case.populations.through, Party, Grant, Invitation, BudgetLine, Trip, TripLeg,
    Disbursement, Comment, Document, ClaimLine, Contribution, Instalment, Account, Posting, Leg, Receipt, Payment,
    Terms, Run, Task, Task.previous.through, Voice, Entry, Letter,
    CatalogueEntry, CatalogueEntry.terms.through, Place, Card,
]  # fmt: skip
# A case has fifty letters, more bytes than all its other rows; one copy in thirty keeps them.
LETTERS_EVERY = 30
MESSAGES, PAPERS, TRIPS = 12, 12, 4


class Seeds:
    """The ten cases from which many are made, each another stage of the way; `busiest` has most of everything."""

    def __init__(self, people: dict[str, User]) -> None:
        self.people = people
        self.busiest = self._busy()
        self.balloting = Walk(people).endorsement().case
        self.drafting = Walk(people).draft().case
        self.inviting = Walk(people).invited().case
        Walk(people).admissibility()
        Walk(people).agreement()
        self._of_others()
        self._waiting_for_funds()
        self.closed = Walk(people).closed().case
        self._withdrawn()
        self._pledges()

    def _busy(self) -> Case:
        walk = Walk(self.people)
        walk.request = request_data(title="Register of seasonal workers, with many trips", lines=many_lines())
        walk.exchange()
        walk.settled()
        # Not today, on which the expert travels in other cases.
        later = l10n.today() + datetime.timedelta(days=30)
        walk.advanced(later)
        for _number in range(TRIPS - 2):
            walk.trip(later)
        walk.act("officer", "ask_disbursement", "ask", purpose="Interpreters", amount=Decimal("100.00"))
        walk.act("officer", "ask_disbursement", "ask", purpose="Rooms", amount=Decimal("200.00"))
        paid = walk.case.disbursements.earliest("pk")
        walk.act("manager", "proposal", "propose", paid)
        until = l10n.today() + datetime.timedelta(days=3000)
        walk.act("focal", "sharing", "grant", person=self.people["other"], until=_moment(until))
        ready = Payment.objects.to_pay(walk.case.reference).latest("pk")
        walk.act("manager", "details", "set", ready, payee="Expert", **ACCOUNT)
        for number in range(MESSAGES):
            who = ("officer", "partner", "case_officer", "manager")[number % 4]
            audience = "own" if number % 5 == 0 else "parties"
            walk.act(who, "comment", "add", text=f"Remark {number}.", audience=audience)
        for number in range(PAPERS):
            file = uploads.check(SimpleUploadedFile(f"paper-{number}.txt", b"What was agreed.\n"))
            walk.act("partner" if number % 2 else "officer", "filing", "add", file=file, audience="parties")
        return walk.case

    def _of_others(self) -> None:
        """A case in which Paraguay has no part, so that its reviewer has a voice as well."""
        parts = {"officer": "partner", "focal": "partner_focal", "partner": "other", "partner_focal": "other_focal",
                 "other_focal": "focal"}  # fmt: skip
        people = self.people | {part: self.people[who] for part, who in parts.items()}
        asked = request_data(title="Return of seasonal workers")
        Rehearsal(people, asked, requesting="cl", offering="uy", declining="py").endorsement()

    def _waiting_for_funds(self) -> None:
        walk = Walk(self.people, "6000.00")
        walk.pay_in()
        walk.endorsed()
        walk.act("manager", "reservation", "full")

    def _withdrawn(self) -> None:
        walk = Walk(self.people)
        walk.agreement()
        walk.act("focal", "withdrawal", "withdraw", reason="The need has passed.")

    def _pledges(self) -> None:
        donor, fund = Body.objects.get(code="es"), Body.objects.get(code="fund").pk
        data = {"donor": donor, "amount": Decimal("500.00"), "currency": "USD", "for_body": fund}
        gate.begin(FLOWS["contribution"], self.people["manager"], data)
        reported = gate.begin(FLOWS["contribution"], self.people["manager"], data)
        received = {"received_on": l10n.today(), "bank_reference": "B-waiting"}
        gate.act(self.people["manager"], reported, "receipt", "report", received)


def many_lines() -> list[dict[str, Any]]:
    """A budget of thirty lines that adds up to the 6,000 that `request_data` states."""
    empty = {"unit_cost": None, "units": []}
    section = {"number": "1", "concept": "Exchange of experts", "amount": Decimal("6000.00"), **empty}
    lines = [{"number": f"1.{n}", "concept": f"Part {n}", "amount": Decimal("200.00"), **empty} for n in range(1, 31)]
    return [section, *lines]


def _moment(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


@dataclass
class Many:
    """The network of a block of cases, and of as many as `grow_to` makes of them.

    The block are the ten, or, without `seeds`, whatever cases are there; copies of those keep their states. `hours`
    says in SQL how much older the n-th copy is.
    """

    seeds: Seeds | None
    hours: str = "CASE n WHEN 1 THEN 30000 ELSE 20 * (1001 - n) END"
    copies: int = 0

    def __post_init__(self) -> None:
        self.block = Case.objects.count()
        assert self.seeds is None or self.block == BLOCK, "the ten are the only cases"
        # Keys of the block's rows; a copy's lie as many further on as the block is wide, whatever was there before.
        keys = {model: _keys(model) for model in COPIED if model is not Letter}
        self.last = {model: last for model, (_first, last) in keys.items()}
        self.width = {model: last - first + 1 for model, (first, last) in keys.items()}
        # Accounts of the whole Fund, which copies share.
        shared = Account.objects.filter(case_reference="", contribution__isnull=True)
        self.shared = list(shared.values_list("pk", flat=True))

    def grow_to(self, cases: int) -> None:
        """Copy until there are this many cases, whole blocks, a thousand at most, and let the planner know of them."""
        assert cases % self.block == 0
        assert cases <= MOST * self.block
        wanted = cases // self.block - 1
        with transaction.atomic(), connection.cursor() as cursor:
            # The copies owe nothing to the gate: triggers and foreign keys rest while they are written.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SET LOCAL work_mem = '256MB'")
            self._prepare(cursor, self.copies + 1, wanted)
            for model in COPIED:
                cursor.execute(self._copy(model))
            sum_up(cursor)
            for model in self.width:
                table = model._meta.db_table
                # Never back: rows that are kept in memory (tests/kept.py) have keys above those that stand here.
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                cursor.execute(f"SELECT setval({sequence}, greatest(max(id), nextval({sequence}))) FROM {table}")
            cursor.execute("DROP TABLE many_copy, many_turn")
            cursor.execute("SET LOCAL session_replication_role = origin")
            cursor.execute("SET LOCAL work_mem TO DEFAULT")
        self.copies = wanted
        self.settle()

    def settle(self) -> None:
        """Have the planner's statistics fit what is there."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def copy_of(self, case: Case) -> Case:
        """The first copy of one of the ten: of the same states, and older than all others."""
        return Case.objects.get(pk=case.pk + self.width[Case])

    def _prepare(self, cursor: Any, first: int, last: int) -> None:
        """Which copies to make, and which state takes another's place in each."""
        # Of three copies one keeps the ten's states; in the others states take part that nobody speaks for, so that a
        # reader has the same kinds of steps to take however many cases there are. The first copy is much older than
        # the rest, so that what is due first comes from all flows, as it does among the ten.
        alike = "n % 3 = 1" if self.seeds else "TRUE"
        cursor.execute(f"""
            CREATE TEMP TABLE many_copy AS
            SELECT n, make_interval(hours => {self.hours}) AS age,
                   CASE WHEN {alike} THEN 0 ELSE n END AS turn
            FROM generate_series({first}, {last}) AS n
        """)
        states = State.objects.participating().values("pk")
        taking_part = Body.objects.filter(kind=Body.Kind.DELEGATION, state__in=states)
        seeds = Q(pk__in=Party.objects.filter(case__lte=self.last[Case]).values("body"))
        own = list(taking_part.filter(seeds).order_by("pk").values_list("pk", "state_id"))
        others = list(taking_part.exclude(seeds).order_by("pk").values_list("pk", "state_id"))
        rows = [(turn, *body, *(others[(turn + place) % len(others)] if turn else body))
                for turn in range(last + 1) for place, body in enumerate(own)]  # fmt: skip
        cursor.execute("CREATE TEMP TABLE many_turn (turn int, body bigint, state text, to_body bigint, to_state text)")
        cursor.executemany("INSERT INTO many_turn VALUES (%s, %s, %s, %s, %s)", rows)
        cursor.execute("ALTER TABLE many_turn ADD PRIMARY KEY (turn, body)")
        cursor.execute("ANALYZE many_copy, many_turn")
        far = " ".join(f"WHEN '{kind}' THEN {self.width[model]}" for kind, model in KINDS.items())
        cursor.execute(f"""
            CREATE OR REPLACE FUNCTION pg_temp.other_key(was text, sep text, n int) RETURNS text
            LANGUAGE sql IMMUTABLE AS $$
                SELECT split_part(was, sep, 1) || sep
                       || split_part(was, sep, 2)::bigint + n * CASE split_part(was, sep, 1) {far} END $$
        """)
        cursor.execute("""
            CREATE OR REPLACE FUNCTION pg_temp.other_name(was text, n int) RETURNS text
            LANGUAGE sql IMMUTABLE AS $$
                SELECT CASE WHEN was = '' THEN '' WHEN strpos(was, '/') = 0 THEN was || '-' || n
                       ELSE split_part(was, '/', 1) || '-' || n || '/'
                            || pg_temp.other_key(split_part(was, '/', 2), '-', n) END $$
        """)

    def _copy(self, model: Any) -> str:
        fields = [field for field in model._meta.local_concrete_fields if not field.generated]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(self._value(model, field) for field in fields)
        table = model._meta.db_table
        which = f"FROM {table} o, many_copy WHERE {self._original(model)} ORDER BY n, o.id"
        return f"INSERT INTO {table} ({columns}) SELECT {values} {which}"

    def _original(self, model: Any) -> str:
        if model is Letter:
            return f"message_id NOT LIKE '%.copy-%' AND n % {LETTERS_EVERY} = 1"
        if model is Account:
            return f"o.id <= {self.last[model]} AND NOT o.id = ANY({self._shared()})"
        return f"o.id <= {self.last[model]}"

    def _value(self, model: Any, field: Any) -> str:
        """The SQL by which a column of a copy follows from the original's."""
        own = f'o."{field.column}"'
        if (special := self._special(model, field.column, own)) is not None:
            return special
        if field.primary_key:
            return f"{own} + n * {self.width[model]}" if model in self.width else "gen_random_uuid()"
        target = field.related_model if field.is_relation else None
        if target is Account:
            moved = f"{own} + n * {self.width[Account]}"
            return f"CASE WHEN {own} = ANY({self._shared()}) THEN {own} ELSE {moved} END"
        if target in self.width:
            return f"{own} + n * {self.width[target]}"
        if target is Body:
            return _other("body", own)
        if target is State:
            return _other("state", own)
        if target is Term and "theme" in model._meta.db_table:
            return f"({self._themes()})[1 + (array_position({self._themes()}, {own}) + turn) % {len(self.themes)}]"
        if isinstance(field, models.DateTimeField):
            return f"{own} - age"
        return own

    def _shared(self) -> str:
        return f"ARRAY[{', '.join(str(pk) for pk in self.shared)}]::bigint[]"

    @property
    def themes(self) -> list[str]:
        return list(Term.objects.themes().values_list("pk", flat=True))

    def _themes(self) -> str:
        return "ARRAY[" + ", ".join(f"'{code}'" for code in self.themes) + "]::text[]"

    def _special(self, model: Any, column: str, own: str) -> str | None:
        """Columns that name something by other means than a key of its own type."""
        if column in ("subject_key", "root_key", "chain", "subject") and model in (Run, Entry):
            return f"pg_temp.other_key({own}, ':', n)"
        if column in ("reference", "case_reference", "trip_reference", "about", "origin"):
            return f"pg_temp.other_name({own}, n)"
        return {
            (Task, "item"): f"{own} + n * {self.width[Invitation]}",
            (Task, "owner_permission_obj_pk"): _other("body", f"{own}::bigint") + "::text",
            (Task, "barred_states"): self._each("state", own),
            (Entry, "audience"): self._each("body", own),
            (Entry, "facts"): self._facts(own),
            (Receipt, "bank_reference"): f"{own} || '-' || n",
            (Letter, "key"): f"{own} || '.copy-' || n",
            (Letter, "message_id"): f"replace({own}, '@', '.copy-' || n || '@')",
            (Letter, "url"): self._link(own),
        }.get((model, column))  # fmt: skip

    def _each(self, what: str, own: str) -> str:
        moved = f"ARRAY(SELECT {_other(what, 'one')} FROM unnest({own}) AS one)"
        return f"CASE WHEN cardinality({own}) = 0 THEN {own} ELSE {moved} END"

    def _facts(self, own: str) -> str:
        moved = {"item": Invitation, "trip": Trip, "disbursement": Disbursement}
        parts = [
            f"CASE WHEN {own} ? '{name}' THEN "
            f"jsonb_build_object('{name}', ({own} ->> '{name}')::bigint + n * {self.width[model]}) ELSE '{{}}' END"
            for name, model in moved.items()
        ]
        return " || ".join([own, *parts])

    def _link(self, own: str) -> str:
        task = f"split_part({own}, '#task-', 2)"
        named = "(/(cases|fund/contributions|fund/payments)/[^/]+)"
        page = f"regexp_replace(split_part({own}, '#', 1), '{named}', '\\1-' || n)"
        trip = f"substring({page} from '/trips/(\\d+)/')"
        of_trip = f"regexp_replace({page}, '[0-9]+/$', '') || {trip}::bigint + n * {self.width[Trip]} || '/'"
        page = f"CASE WHEN {trip} IS NULL THEN {page} ELSE {of_trip} END"
        moved = f"'#task-' || {task}::bigint + n * {self.width[Task]}"
        return f"{page} || CASE WHEN {task} <> '' THEN {moved} ELSE '' END"


def sum_up(cursor: Any) -> None:
    """Balances of accounts, of days and in all, from the legs alone, while the triggers rest."""
    cursor.execute("""
        UPDATE fund_account a SET balance = s.total
        FROM (SELECT account_id, sum(amount) AS total FROM fund_leg GROUP BY account_id) s WHERE s.account_id = a.id
    """)
    cursor.execute("DELETE FROM fund_held")
    cursor.execute("DELETE FROM fund_total")
    cursor.execute("""
        INSERT INTO fund_held (account_id, day, balance)
        SELECT account_id, day, sum(sum(amount)) OVER (PARTITION BY account_id ORDER BY day)
        FROM (SELECT l.account_id, (p.posted_at AT TIME ZONE 'UTC')::date AS day, l.amount
              FROM fund_leg l JOIN fund_posting p ON p.id = l.posting_id) m
        GROUP BY account_id, day
    """)
    cursor.execute("""
        INSERT INTO fund_total (kind, currency, day, balance)
        SELECT kind, currency, day, sum(sum(amount)) OVER (PARTITION BY kind, currency ORDER BY day)
        FROM (SELECT a.kind, a.currency, (p.posted_at AT TIME ZONE 'UTC')::date AS day, l.amount
              FROM fund_leg l JOIN fund_posting p ON p.id = l.posting_id JOIN fund_account a ON a.id = l.account_id) m
        GROUP BY kind, currency, day
    """)


def _other(what: str, own: str) -> str:
    """The body or the state that takes another's place in a copy, or that one itself."""
    found = f"SELECT to_{what} FROM many_turn WHERE many_turn.turn = many_copy.turn AND many_turn.{what} = {own}"
    return f"coalesce(({found}), {own})"


def _keys(model: Any) -> tuple[int, int]:
    """The first and the last key of a table."""
    found = model.objects.aggregate(first=models.Min("pk"), last=models.Max("pk"))
    return int(found["first"] or 0), int(found["last"] or 0)
