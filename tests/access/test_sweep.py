"""Every address of the site, opened by everybody: what each may see, and what does not exist for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from ricomi.directory.models import User
from tests.access.models import MODELS, OURS
from tests.access.scene import Scene

pytestmark = [pytest.mark.django_db, pytest.mark.one_server]

NOBODY = "nobody"
PY, CL = {"officer", "focal"}, {"partner", "partner_focal"}
SECRETARIAT = {"case_officer", "head"}
CEAM = {"chair", "reviewer_br", "reviewer_py"}
FUND = {"manager", "approver"}
DONORS = {"donor", "observer"}
DELEGATES = PY | CL | {"other_focal", "stranger_officer", "stranger_focal"}
WITHOUT_PART = {"other_focal", "stranger_officer", "stranger_focal", "revoked", *DONORS, "root"}
MEMBERS = PY | CL | SECRETARIAT | CEAM | FUND | DONORS | DELEGATES | {"expert", "auditor", "granted", "revoked"}
SIGNED_IN = MEMBERS | {"root"}
# Who sees a case that Paraguay and Chile carry out with money of the Fund.
PARTIES = PY | CL | SECRETARIAT | CEAM | FUND | {"expert", "auditor"}
SESSIONS = SECRETARIAT | CEAM | {"auditor"}
LEDGER = SECRETARIAT | CEAM | FUND | {"auditor"}
PAYMENTS = FUND | {"auditor"}

Args = Callable[[Scene], list[Any]]


@dataclass(frozen=True)
class Door:
    """An address, who opens it (200), who sees what it belongs to but may not take it, and what all others get."""

    name: str
    args: Args
    opens: set[str]
    sees: set[str] = frozenset()  # type: ignore[assignment]
    seeing: int = 403
    shut: int = 404
    nobody: int = 302
    posts: bool = False


def nothing(scene: Scene) -> list[Any]:
    return []


def of_series(scene: Scene) -> list[Any]:
    return ["sicremi", "stock"]


def public(name: str, args: Args = nothing) -> Door:
    return Door(name, args, SIGNED_IN, nobody=200)


def of_case(name: str) -> Door:
    return Door(name, lambda s: [s.case.reference], PARTIES | {"granted"})


def statement(name: str, opens: set[str], args: Args = nothing, *, drawn: bool = False) -> list[Door]:
    """A financial statement in each of its forms."""
    forms = ("", "_xlsx", "_pdf", *(["_svg"] if drawn else []))
    return [Door(f"reports:{name}{form}", args, opens) for form in forms]


def step(kind: str, name: str, opens: set[str], seeing: int = 403, sees: set[str] = PARTIES | {"granted"}) -> Door:
    word = "case" if kind == "draft" else kind
    return Door("step", lambda s: [word, getattr(s, kind).pk, name], opens, sees - opens, seeing, posts=True)


DOORS = [
    public("home"), public("accessibility"), public("health"), public("flow", lambda s: ["cooperation"]),
    public("directory:states"), public("directory:state", lambda s: ["py"]),
    public("catalogue:search"), public("catalogue:entry", lambda s: [s.entry.pk]), public("catalogue:feed"),
    *(public("catalogue:take_away", lambda s, form=form: [form]) for form in ("csv", "xlsx", "json")),
    Door("catalogue:saved", nothing, SIGNED_IN),
    Door("catalogue:forget", lambda s: [s.search.pk], {"officer"}, posts=True),
    public("atlas:map"), public("atlas:countries"), public("atlas:country", lambda s: ["py"]),
    public("papers:verification"), public("papers:code", lambda s: [s.official.grouped_code]),
    Door("times", lambda s: ["cooperation"], LEDGER), Door("times", lambda s: ["nothing"], set()),
    Door("times_csv", lambda s: ["cooperation"], LEDGER), Door("times_json", lambda s: ["trip"], LEDGER),
    Door("worklist", nothing, SIGNED_IN),
    Door("cases:list", nothing, SIGNED_IN),
    Door("cases:list_csv", nothing, SIGNED_IN),
    Door("cases:delete_filter", lambda s: [s.filter.pk], {"officer"}, posts=True),
    of_case("cases:case"), of_case("cases:timeline"), of_case("cases:compare"), of_case("cases:budget_csv"),
    Door("cases:decision", lambda s: [s.case.reference, s.decision.number], PARTIES | {"granted"}),
    Door("cases:decision", lambda s: [s.closed.reference, s.decision.number], set()),
    Door("cases:decision_pdf", lambda s: [s.case.reference, s.decision.number, "pt"], PARTIES | {"granted"}),
    Door("cases:decision_pdf", lambda s: [s.case.reference, s.decision.number, "de"], set()),
    Door("cases:decision_pdf", lambda s: [s.closed.reference, s.decision.number, "pt"], set()),
    Door("cases:case", lambda s: [s.closed.reference], PARTIES),
    Door("cases:case", lambda s: [s.draft.reference], PY | {"auditor"}),
    Door("cases:timeline", lambda s: [s.draft.reference], PY | {"auditor"}),
    Door("cases:case", lambda s: ["2026-9999"], set()),
    Door("cases:document", lambda s: [s.case.reference, s.paper.pk], PARTIES | {"granted"}),
    Door("cases:document", lambda s: [s.case.reference, s.own_paper.pk], PY),
    Door("cases:document", lambda s: [s.closed.reference, s.paper.pk], set()),
    Door("cases:trip", lambda s: [s.case.reference, s.trip.pk], PARTIES | {"granted"}),
    Door("cases:trip", lambda s: [s.closed.reference, s.trip.pk], set()),
    Door("rates:table", nothing, SIGNED_IN - DONORS - {"root"}),
    Door("rates:edition", lambda s: [s.edition.pk], SIGNED_IN - DONORS - {"root"}),
    Door("rates:edition", lambda s: [s.edition.pk + 99], set()),
    Door("rates:import", nothing, {"manager"}, posts=True),
    Door("matching:weights", nothing, SIGNED_IN - DONORS - {"root"}),
    Door("matching:quality", nothing, SECRETARIAT | {"auditor"}),
    Door("matching:round", lambda s: [s.proposed.reference, 1], SECRETARIAT | {"auditor"}),
    Door("matching:round", lambda s: [s.case.reference, 9], set()),
    Door("directory:profile", nothing, SIGNED_IN),
    Door("directory:body", lambda s: ["cl"], MEMBERS),
    Door("directory:rule", lambda s: ["ceam"], {"chair", "head"}, posts=True),
    Door("directory:rule", lambda s: ["fund"], set(), posts=True),
    Door("directory:end_membership", lambda s: [s.membership.pk], SECRETARIAT | {"partner_focal"}, posts=True),
    Door("holdings", lambda s: [s.people["expert"].pk], SECRETARIAT | {"partner_focal"}, posts=True),
    Door("directory:authority", nothing, SIGNED_IN),
    Door("directory:hand_over", lambda s: [s.membership.pk], SECRETARIAT | {"partner_focal", "partner"}, posts=True),
    Door("directory:revoke_delegation", lambda s: [s.delegation.pk], SECRETARIAT | {"partner_focal", "partner"},
         posts=True),
    Door("directory:withdraw_invitation", lambda s: [s.invitation.pk], SECRETARIAT | {"partner_focal"}, posts=True),
    Door("directory:deactivate", lambda s: [s.people["partner"].pk], SECRETARIAT, posts=True),
    Door("fund:position", nothing, LEDGER | DONORS),
    Door("fund:postings_csv", nothing, LEDGER),
    Door("fund:contribution", lambda s: [s.contribution.reference], LEDGER | DONORS),
    Door("payments", nothing, PAYMENTS, posts=True),
    Door("fund:payment_file", lambda s: [s.file.message_id], PAYMENTS),
    Door("fund:payment_file", lambda s: ["RICOMI-2020-0001"], set()),
    Door("fund:terms", nothing, PAYMENTS),
    Door("fund:proposal", lambda s: [s.terms.pk], PAYMENTS),
    Door("fund:proposal", lambda s: [2**63], set()),
    *statement("position", LEDGER | DONORS, drawn=True), *statement("donors", LEDGER | DONORS, drawn=True),
    *statement("money", LEDGER | DONORS, lambda s: [s.contribution.reference]),
    *statement("cases", LEDGER), *statement("line", LEDGER), *statement("forecast", LEDGER, drawn=True),
    *statement("case", PARTIES | {"granted"}, lambda s: [s.case.reference], drawn=True),
    Door("reports:case", lambda s: [s.closed.reference], PARTIES),
    Door("reports:case", lambda s: [s.draft.reference], PY | {"auditor"}),
    Door("reports:money", lambda s: ["A-NONE"], set()),
    *(public(f"reports:totals{form}") for form in ("", "_xlsx", "_pdf", "_svg")),
    Door("statements", nothing, PAYMENTS),
    Door("statement_entry", lambda s: [1], set(), {"manager"}, 302, posts=True),
    Door("fund:payment", lambda s: [s.payment.reference], PAYMENTS),
    Door("catalogue:offers", nothing, SIGNED_IN),
    Door("catalogue:offer", lambda s: [s.offer.pk], SIGNED_IN),
    Door("catalogue:offer_new", nothing, DELEGATES, posts=True),
    Door("catalogue:offer_change", lambda s: [s.offer.pk], CL, posts=True),
    Door("catalogue:offer_withdraw", lambda s: [s.offer.pk], CL, posts=True),
    public("systems:list"), public("systems:system", lambda s: ["sicremi"]),
    public("systems:records", lambda s: ["milex"]),
    public("systems:series", of_series),
    *(public(f"systems:series_{form}", of_series) for form in ("csv", "xlsx", "sdmx_csv", "sdmx_ml")),
    Door("systems:import", lambda s: ["sicremi"], SECRETARIAT, posts=True),
    Door("systems:settings", lambda s: ["sicremi"], {"head"}, posts=True),
    Door("systems:edition", lambda s: ["sicremi", s.figures.number], SECRETARIAT | {"auditor"}),
    Door("systems:edition", lambda s: ["sicremi", 99], set()),
    public("catalogue:version", lambda s: [s.entry.pk, 1]),
    Door("catalogue:drafts", nothing, SIGNED_IN),
    Door("catalogue:draft", lambda s: [s.written.reference], PY | SECRETARIAT | {"auditor"}),
    Door("catalogue:draft", lambda s: ["E-2020-0001"], set()),
    Door("opening", lambda s: ["cataloguing"], DELEGATES, posts=True),
    Door("step", lambda s: ["draft", s.written.pk, "writing"], PY, SECRETARIAT | {"auditor"}, posts=True),
    Door("notifications:letters", nothing, SIGNED_IN),
    Door("notifications:letter", lambda s: [s.letter.pk], {"officer"}),
    Door("opening", lambda s: ["cooperation"], DELEGATES, posts=True),
    Door("opening", lambda s: ["contribution"], {"manager"}, posts=True),
    Door("opening", lambda s: ["terms"], {"manager"}, posts=True),
    Door("opening", lambda s: ["session"], SECRETARIAT, posts=True),
    Door("opening", lambda s: ["trip"], set(), posts=True),
    Door("sessions:list", nothing, SESSIONS),
    Door("sessions:session", lambda s: [s.session.reference], SESSIONS),
    Door("sessions:session", lambda s: ["CEAM-S-2020-01"], set()),
    Door("sessions:minutes", lambda s: [s.held.reference, "en"], SESSIONS),
    Door("sessions:minutes", lambda s: [s.held.reference, "xx"], set()),
    Door("sessions:minutes", lambda s: [s.session.reference, "en"], set()),
    step("case", "exchange", CL),
    step("case", "comment", PARTIES - {"auditor"}),
    step("case", "sharing", {"focal"}),
    step("case", "cancellation", {"chair"}),
    step("draft", "draft", PY, sees={"auditor"} | PY),
    step("trip", "authorisation", SECRETARIAT),
    step("condition", "meeting", {"focal"}),
    step("disbursement", "proposal", {"manager"}),
    step("case", "revise_budget", {"focal"}),
    step("contribution", "refunding", {"manager"}, sees=LEDGER | DONORS),
    step("refund", "approval", {"approver"}, sees=LEDGER | DONORS),
    step("revision", "agreeing", {"partner_focal"}),
    step("session", "convened", {"chair"}, sees=SESSIONS),
    step("session", "taking_off", CEAM, sees=SESSIONS),
    step("session", "cancelling", SECRETARIAT, sees=SESSIONS),
    step("payment", "details", set(), seeing=409, sees=PAYMENTS),
    step("terms", "approval", {"approver"}, sees=PAYMENTS),
    step("contribution", "receipt", set(), seeing=409, sees=LEDGER | DONORS),
]  # fmt: skip

# What the sign-in's library and the small helpers answer to a GET and to an empty POST: who is not signed in, who is.
HELPERS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "set_language": ((302, 302), (302, 302)),
    "cases:save_filter": ((302, 302), (405, 302)),
    "catalogue:save": ((302, 302), (405, 302)),
    "catalogue:initiatives": ((301, 405), (301, 405)),
    "catalogue:initiative": ((301, 301), (301, 301)),
    "account_login": ((200, 200), (302, 302)),
    "account_logout": ((302, 302), (200, 302)),
    "account_inactive": ((200, 405), (200, 405)),
    "account_signup": ((200, 200), (302, 302)),
    "account_reauthenticate": ((302, 302), (403, 403)),
    "account_change_password": ((302, 302), (302, 302)),
    "account_set_password": ((302, 302), (200, 200)),
    "account_reset_password": ((200, 200), (200, 200)),
    "account_reset_password_done": ((200, 405), (200, 405)),
    "account_reset_password_from_key": ((200, 200), (200, 200)),
    "account_reset_password_from_key_done": ((200, 405), (200, 405)),
}


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """Built once; each test takes back what it did to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)


def ask(scene: Scene, who: str, address: str, method: str = "get", data: Any = None) -> tuple[int, str, str]:
    """What somebody gets: the status, the text, where it leads. Whatever the request did is taken back."""
    client = scene.clients[who]
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        answer = getattr(client, method)(address, data or {})
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    # So that whoever signed out is signed in again.
    client.cookies = cookies
    return answer.status_code, content.decode("utf-8", "replace"), answer.get("Location", "")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.name}")
def test_each_door_opens_to_whom_it_should(scene: Scene, door: Door) -> None:
    address = reverse(door.name, args=door.args(scene))
    for who in sorted(SIGNED_IN):
        wanted = 200 if who in door.opens else door.seeing if who in door.sees else door.shut
        assert ask(scene, who, address)[0] == wanted, (address, who)
        cache.clear()  # which counts attempts
    for who in (NOBODY, "inactive"):
        status, _text, leads = ask(scene, who, address)
        assert status == door.nobody, (address, who)
        assert status == 200 or leads.startswith("/accounts/login/"), (address, who, leads)


@pytest.mark.parametrize("door", [door for door in DOORS if door.posts], ids=lambda door: f"{door.name}")
def test_a_shut_door_is_shut_to_what_is_sent(scene: Scene, door: Door) -> None:
    address = reverse(door.name, args=door.args(scene))
    sent = {"outcome": "complete", "reason": "x", "title": "x", "language": "es"}
    for who in sorted((WITHOUT_PART | {"auditor", "expert"}) - door.opens):
        # Who sees what it belongs to may also be told that the form lacks something, before they are told no.
        wanted = {door.seeing, 422} if who in door.sees else {door.shut}
        assert ask(scene, who, address, "post", sent)[0] in wanted, (address, who)
    assert ask(scene, NOBODY, address, "post", sent)[2].startswith("/accounts/login/")


LISTS = ["home", "worklist", "cases:list", "cases:list_csv", "notifications:letters"]


@pytest.mark.parametrize("name", LISTS)
def test_no_list_names_a_case_to_who_may_not_see_it(scene: Scene, name: str) -> None:
    for who in sorted(WITHOUT_PART):
        text = ask(scene, who, reverse(name))[1]
        assert scene.draft.reference not in text, who
        if who != "other_focal" or name != "notifications:letters":  # they were invited, by a letter
            assert scene.case.reference not in text, who
    assert scene.case.reference in ask(scene, "officer", reverse("cases:list"))[1]


@pytest.mark.parametrize("query", ["text=seasonal", "stage=exchange", "state=PY", "page=1", "year=2026"])
def test_no_search_finds_a_case_for_who_may_not_see_it(scene: Scene, query: str) -> None:
    for name in ("cases:list", "cases:list_csv"):
        for who in ("stranger_focal", "donor", "root", "revoked"):
            assert scene.case.reference not in ask(scene, who, f"{reverse(name)}?{query}")[1], who


def test_what_is_said_among_a_delegation_stays_there(scene: Scene) -> None:
    pages = ["cases:case", "cases:timeline", "cases:compare", "cases:budget_csv"]
    for who in sorted((PARTIES | {"granted"}) - PY):
        for name in pages:
            text = ask(scene, who, reverse(name, args=[scene.case.reference]))[1]
            assert "Said among us" not in text, (who, name)
        for name in ("home", "notifications:letters"):
            assert "Said among us" not in ask(scene, who, reverse(name))[1], (who, name)
    page = ask(scene, "focal", scene.case.get_absolute_url())[1]
    assert "Said among us" in page
    assert "Said among us.pdf" in page
    assert "Said to all" in ask(scene, "partner", scene.case.get_absolute_url())[1]


def test_an_invited_state_learns_of_no_other(scene: Scene) -> None:
    from tests import flows

    with transaction.atomic():
        walk = flows.Walk(scene.people)
        walk.invited()
        for who, other in (("partner_focal", "Uruguay"), ("other_focal", "Chile")):
            for name in ("cases:case", "cases:timeline"):
                assert other not in ask(scene, who, reverse(name, args=[walk.case.reference]))[1], (who, name)
        assert "Uruguay" in ask(scene, "focal", walk.case.get_absolute_url())[1]
        transaction.set_rollback(True)


def test_the_administrator_of_the_machine_is_no_party(scene: Scene) -> None:
    assert ask(scene, "root", "/admin/")[0] == 200
    for who in [*sorted(MEMBERS), NOBODY]:
        status, _text, leads = ask(scene, who, "/admin/")
        assert (status, leads.startswith("/admin/login/")) == (302, True), who


WITH = {"account_reset_password_from_key": ["1", "x-y"], "catalogue:initiative": [1]}


@pytest.mark.parametrize("name", HELPERS)
def test_the_helpers_answer_everybody_alike(scene: Scene, name: str) -> None:
    address = reverse(name, args=WITH.get(name, []))
    people = User.objects.count()
    for who in [NOBODY, "inactive", *sorted(SIGNED_IN)]:
        wanted = HELPERS[name][who not in {NOBODY, "inactive"}]
        cache.clear()  # which counts attempts
        assert (ask(scene, who, address)[0], ask(scene, who, address, "post")[0]) == wanted, who
    assert User.objects.count() == people


def test_nobody_makes_an_account_for_themselves(scene: Scene) -> None:
    people = User.objects.count()
    sent = {"email": "me@ricomi.example", "password1": "a-long-password-of-mine", "name": "Me"}
    ask(scene, NOBODY, "/accounts/signup/", "post", sent)
    assert User.objects.count() == people


def test_the_sign_in_tells_nothing(scene: Scene) -> None:
    known, unknown = (
        ask(scene, NOBODY, "/accounts/login/", "post", {"login": address, "password": "x" * 20})
        for address in ("officer@ricomi.example", "none@ricomi.example")
    )
    assert known[0] == unknown[0] == 200
    assert known[1].replace("officer@", "") == unknown[1].replace("none@", "") or "officer@" in known[1]
    for address in ("officer@ricomi.example", "none@ricomi.example"):
        status, _text, leads = ask(scene, NOBODY, "/accounts/password/reset/", "post", {"email": address})
        assert (status, leads) == (302, "/accounts/password/reset/done/")


def addresses(patterns: Any, space: str = "") -> Iterator[str]:
    """The name of every address below some patterns; the admin's as one."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from ["admin"] if one.namespace == "admin" else addresses(one.url_patterns, inner)
        else:
            assert isinstance(one, URLPattern)
            yield f"{space}{one.name}"


def unnamed(patterns: Any, models: Any) -> list[str]:
    """Addresses and models of which the tables above say nothing."""
    named = {door.name for door in DOORS} | set(HELPERS) | {"admin"}
    found = [name for name in addresses(patterns) if name not in named]
    return found + [model for model in models if model not in MODELS]


def our_models() -> list[str]:
    return [model._meta.label for model in apps.get_models() if model._meta.app_label in OURS]


def test_every_address_and_every_model_has_its_entry() -> None:
    assert unnamed(get_resolver().url_patterns, our_models()) == []
    shown = {door.name for door in DOORS}
    assert [name for names in MODELS.values() for name in names or [] if name not in shown] == []
    assert set(MODELS) == set(our_models())


def test_an_address_export_partial_or_model_without_entry_is_found() -> None:
    more = [*get_resolver().url_patterns, path("cases/all.xlsx", Client, name="all_xlsx"), path("part/", Client)]
    assert unnamed(more, [*our_models(), "cases.Secret"]) == ["all_xlsx", "None", "cases.Secret"]


def test_the_demos_mail_exists_in_the_demo_alone(scene: Scene) -> None:
    assert ask(scene, "officer", "/mail/")[0] == 404
