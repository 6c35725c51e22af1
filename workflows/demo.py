"""The demo network: its people, its Fund, and a case in every stage, each brought there by the flow's own steps."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone, translation

from cases import rate_sheet, rates
from cases.counterpart import Counterpart
from cases.models import Blocks, Case, Stage
from ricomi import l10n
from ricomi.catalogue import offers, samples
from ricomi.catalogue.models import Term
from ricomi.directory import members
from ricomi.directory.models import Body, Role, State, User
from ricomi.fund.models import Payment
from ricomi.fund.models.rule import takes_two_approvers
from ricomi.systems.samples import take_in as take_in_samples
from workflows import gate
from workflows.demo_entries import write_entries
from workflows.demo_partners import three_answers, triangular
from workflows.demo_texts import CAPITALS, OFFERS, ON_THE_WAY, REQUESTS
from workflows.engine import FLOWS
from workflows.rehearsal import ACCOUNT, Meeting, Rehearsal, pay_in

PASSWORD = "ricomi-demo-network"  # noqa: S105 – the demo prints it; production has no such people
DATA = Path(__file__).resolve().parent.parent / "ricomi" / "demo_data"
FOUNDING, RATES = DATA / "founding-proposal.json", DATA / "subsistence-rates.csv"
CATALOGUE = DATA / "catalogue.json"

# Name, e-mail, language, body, role, the state for which a reviewer speaks.
PEOPLE: list[tuple[str, str, str, str, Role, str]] = [
    ("Lucía Benítez", "lucia.py", "es", "py", Role.OFFICER, ""),
    ("Ramón Ayala", "ramon.py", "es", "py", Role.FOCAL_POINT, ""),
    ("Carla Rojas", "carla.cl", "es", "cl", Role.OFFICER, ""),
    ("Andrés Fuentes", "andres.cl", "es", "cl", Role.FOCAL_POINT, ""),
    ("Elisa Mora", "elisa.cl", "es", "cl", Role.EXPERT, ""),
    ("Ana Souza", "ana.br", "pt", "br", Role.OFFICER, ""),
    ("Paulo Lima", "paulo.br", "pt", "br", Role.FOCAL_POINT, ""),
    ("Rita Nunes", "rita.br", "pt", "br", Role.EXPERT, ""),
    ("Jean Baptiste", "jean.ht", "fr", "ht", Role.OFFICER, ""),
    ("Marie Pierre", "marie.ht", "fr", "ht", Role.FOCAL_POINT, ""),
    ("Grace Williams", "grace.jm", "en", "jm", Role.OFFICER, ""),
    ("Owen Clarke", "owen.jm", "en", "jm", Role.FOCAL_POINT, ""),
    ("Mario Silva", "mario.uy", "es", "uy", Role.FOCAL_POINT, ""),
    ("Sofía Vargas", "sofia", "es", "secretariat", Role.CASE_OFFICER, ""),
    ("Helen Carter", "helen", "en", "secretariat", Role.HEAD, ""),
    ("Isabel Ortega", "isabel", "es", "ceam", Role.CHAIR, "MX"),
    ("Daniel Tremblay", "daniel", "fr", "ceam", Role.REVIEWER, "CA"),
    ("Rosa Quispe", "rosa", "es", "ceam", Role.REVIEWER, "PE"),
    ("Victor Gomez", "victor", "en", "ceam", Role.REVIEWER, "BZ"),
    ("Frank Miller", "frank", "en", "fund", Role.FUND_MANAGER, ""),
    ("Inês Duarte", "ines", "pt", "fund", Role.FUND_APPROVER, ""),
    ("Marta Solano", "marta", "es", "fund", Role.FUND_APPROVER, ""),
    ("Teresa Luna", "teresa", "es", "oversight", Role.AUDITOR, ""),
    ("Carmen Sanz", "carmen.es", "es", "es", Role.DONOR, ""),
    ("Pilar Ortiz", "pilar.es", "es", "es", Role.FOCAL_POINT, ""),
]


def address(short: str) -> str:
    """The e-mail address by which a person of the demo signs in."""
    return f"{short}@ricomi.example"


def people() -> dict[str, User]:
    """The people of the demo by their short name, made once."""
    found = {}
    for name, short, language, body, role, state in PEOPLE:
        person = User.objects.filter(email=address(short)).first()
        if person is None:
            person = User.objects.create_user(address(short), name, PASSWORD, language=language)
            members.appoint(
                person, Body.objects.get(code=body), role, by=None, since=datetime.date(2024, 1, 1),
                represents=State.objects.get(pk=state) if state else None,
            )  # fmt: skip
        found[short] = person
    return found


def cast(everybody: dict[str, User], requesting: str, offering: str) -> dict[str, User]:
    """The people of one case by their part in it, as a rehearsal knows them."""
    of: dict[str, dict[str, User]] = {}
    for _name, short, _language, body, role, _state in PEOPLE:
        of.setdefault(body, {})[role.value] = everybody[short]
    return {
        "officer": of[requesting]["officer"],
        "focal": of[requesting]["focal_point"],
        "partner": of[offering]["officer"],
        "partner_focal": of[offering]["focal_point"],
        "expert": of[offering]["expert"],
        "other_focal": of["uy"]["focal_point"],
        "case_officer": everybody["sofia"],
        "chair": everybody["isabel"],
        "reviewer_br": everybody["daniel"],
        "reviewer_ca": everybody["rosa"],
        "reviewer_bz": everybody["victor"],
        "manager": everybody["frank"],
        "approver": everybody["ines"],
        "approver_2": everybody["marta"],
    }


def build(report: Callable[[str], None]) -> int:
    """Make the network if it is not there yet; how many cases stand in it."""
    if not Case.objects.exists():
        with translation.override("es"):
            everybody = people()
            make_offers(everybody)
            samples.load(CATALOGUE)
            write_entries(everybody)
            set_terms(everybody)
            for donor in ("mx", "es"):
                pay_in(cast(everybody, "py", "cl"), "65000.00", donor=donor)
            promise(everybody)
            bring_in_rates(everybody)
            take_in_samples(everybody["sofia"])
            stand_in(everybody)
            founding(everybody)
            report("1")
            for number, _stage in enumerate(scenes(everybody), 2):
                report(str(number))
            next_session(everybody)
    return Case.objects.count()


def bring_in_rates(everybody: dict[str, User]) -> None:
    """The manager of the Fund imports a table of daily allowances: sample figures, made for the demo."""
    begins = datetime.date(l10n.today().year, 1, 1)
    sheet = SimpleUploadedFile(RATES.name, RATES.read_bytes())
    lines, _faults = rate_sheet.read(sheet, begins)
    about = {
        "file_name": RATES.name, "sha256": sheet.sha256, "dated": begins, "in_force_from": begins,  # type: ignore[attr-defined]
        "source": "Tabla de muestra de la red de demostración (valores ficticios)",
    }  # fmt: skip
    rates.bring_in(lines, about, by=everybody["frank"], seen=None)


def set_terms(everybody: dict[str, User]) -> None:
    """The Fund's accounts, at a bank that does not exist: proposed by one of its people, approved by another."""
    for currency, account in (("USD", "GB72ZZZZ00000012345678"), ("EUR", "GB45ZZZZ00000012345679")):
        data = {
            "currency": currency, "holder": "RICOMI", "account": account, "bic": "ZZZZGB2L", "country": "GB",
            "reason": "Cuenta abierta para el Fondo", "for_body": Body.objects.get(code="fund").pk,
        }  # fmt: skip
        terms = gate.begin(FLOWS["terms"], everybody["frank"], data)
        gate.act(everybody["ines"], terms, "approval", "approve")


def promise(everybody: dict[str, User]) -> None:
    """What Spain will give in euros, half in two months and half in eight; a case waits for it."""
    halves = [(Decimal(150_000), l10n.today() + datetime.timedelta(days=days)) for days in (60, 240)]
    data = {
        "donor": Body.objects.get(code="es"), "amount": Decimal(300_000), "currency": "EUR", "instalments": halves,
        "likelihood": "signed", "for_body": Body.objects.get(code="fund").pk,
    }  # fmt: skip
    gate.begin(FLOWS["contribution"], everybody["frank"], data)


def stand_in(everybody: dict[str, User]) -> None:
    """The focal point of Chile is away: the officer acts in their place for a month."""
    giver, taker = everybody["andres.cl"], everybody["carla.cl"]
    members.delegate(
        giver, taker, Body.objects.get(code="cl"), Role.FOCAL_POINT, by=giver, reason="Licencia anual",
        until=l10n.today() + datetime.timedelta(days=30),
    )  # fmt: skip


def make_offers(everybody: dict[str, User]) -> None:
    """What some states can teach, as their officers would put it in."""
    for short, body, language, themes, title, text in OFFERS:
        content = {
            "title": title, "text": text, "language": language, "languages": [language], "modality": "expert",
            "themes": list(Term.objects.filter(code__in=themes)), "populations": [],
            "since": l10n.today(), "until": None,
        }  # fmt: skip
        offers.create(everybody[short], Body.objects.get(code=body), content)


PAYEE = "Ministerio de Relaciones Exteriores"
# What of the founding budget is paid in tranches: purpose, line, amount in USD.
TRANCHES = (
    ("Plataforma informática", "1.1", "25000.00"), ("Consultoría informática", "1.2", "36000.00"),
    ("Servicios de conferencia de la reunión técnica", "2.3", "5000.00"),
)  # fmt: skip


def founding(everybody: dict[str, User]) -> Case:
    """The network's own proposal: imported as printed, corrected, and driven to closure."""
    call_command("import_request", str(FOUNDING), "--as", address("lucia.py"), stdout=_Silence())
    case = Case.objects.latest("pk")
    request = correct(case)
    play = Rehearsal(cast(everybody, "py", "cl"), request)
    play.case, play.daily_rate, play.line = case, None, "3.3"
    play.texts |= {
        "plan": "Etapa 1: crear la red, reunir a los funcionarios técnicos, integrar las bases de datos y los mapas. "
        "Etapa 2: acompañar los proyectos de cooperación horizontal, publicar el boletín y el informe de resultados.",
        "terms": "Una experta en registros migratorios y dos semanas de acompañamiento.",
        "declined": "Este año no hay personal disponible.",
        "account": "Lo previsto en la línea del presupuesto; los comprobantes están en el Ministerio.",
        "purpose": "Acompañar la puesta en marcha de la red",
        "trip_report": "Se acordó con los equipos técnicos cómo compartir los datos de SICREMI, MILEX y MINPET.",
        "trip_lessons": "Los tres sistemas describen lo mismo con palabras distintas: conviene un vocabulario común.",
        "trip_met": "Los equipos de estadística de la Dirección General de Migraciones.",
        "report": "La red está en marcha y los sistemas de información están enlazados.",
        "results": "Los Estados miembros buscan y ofrecen cooperación en un solo lugar, en cuatro idiomas.",
        "lessons": "Empezar con pocos Estados y con datos que ya existen.",
    }
    play.act("officer", "draft", "pass_on", **request)
    play.act("focal", "submission", "submit")
    play.act("case_officer", "receipt", "acknowledge")
    play.act("case_officer", "screening", "admit")
    play.act("case_officer", "matching", "invite", bodies=list(Body.objects.filter(code__in=("cl", "uy"))))
    play.act("partner_focal", "answer", "accept", item=play.invitation("cl"), terms=play.texts["terms"])
    play.act("other_focal", "answer", "decline", item=play.invitation("uy"), reason=play.texts["declined"])
    play.choose("cl")
    play.act("focal", "plan", "propose", **request, plan=play.texts["plan"])
    play.act("partner_focal", "plan_answer", "agree", item=play.party("cl"))
    play.vote("endorse")
    play.act("manager", "reservation", "full")
    play.act("approver", "reservation_approval", "approve")
    play.act("focal", "agreement", "accept")
    for purpose, line, amount in TRANCHES:
        asked = {"purpose": purpose, "line": line, "amount": Decimal(amount), "payee": PAYEE}
        play.act("officer", "ask_disbursement", "ask", **asked)
        way = play.case.disbursements.latest("pk")
        play.act("manager", "proposal", "propose", way)
        if takes_two_approvers(way.amount, play.case.currency):
            play.act("approver_2", "first_release", "approve", way)
        play.act("approver", "release", "release", way)
    play.settled()
    play.paid()
    for way in play.case.disbursements.all():
        play.accounted(way, Decimal("4600.00") if way.line == "2.3" else None)
    play.act("partner", "exchange", "complete")
    play.act("officer", "report", "send", **{name: play.texts[name] for name in ("report", "results", "lessons")})
    play.act("partner_focal", "confirmation", "confirm")
    play.act("case_officer", "review", "accept")
    play.act("manager", "settlement", "settle")
    play.act("approver", "settlement_approval", "approve")
    return play.case


def correct(case: Case) -> dict[str, Any]:
    """The founding request with its two slips mended: 3.1 is 2,252 and section 3 is 10,252, so that all is 130,000."""
    mended = {"3.1": Decimal("2252.00"), "3": Decimal("10252.00")}
    lines = [
        {"pk": line.pk, "number": line.number, "concept": line.concept, "unit_cost": line.unit_cost,
         "units": line.units, "amount": mended.get(line.number, line.amount)}
        for line in case.lines.all()
    ]  # fmt: skip
    return {
        "title": case.title, "language": case.language,
        "need": case.need or "Una red por la que los Estados miembros se pidan y se den ayuda en materia de migración.",
        "objectives": case.objectives or "Intercambiar experiencias y transferir conocimientos entre Estados miembros.",
        "expected_results": case.expected_results or "La red funciona y los sistemas de información están enlazados.",
        "starts_on": l10n.today(), "ends_on": l10n.today() + datetime.timedelta(days=548), "currency": "USD",
        "amount_asked": Decimal("130000.00"), "stated_total": Decimal("130000.00"),
        "themes": list(case.themes.all()) or list(Term.objects.filter(code__in=("gcm-1", "gcm-23"))),
        "populations": list(case.populations.all()) or list(Term.objects.filter(kind="population")[:3]),
        "lines": lines,
    }  # fmt: skip


# Title, language, requesting, offering, theme, amount asked, and the steps that bring it to its stage.
Scene = tuple[str, str, str, str, str, str, Callable[[Rehearsal], Any]]


PLACE = "Washington, sala Simón Bolívar"


def past_session(everybody: dict[str, User], cases: list[Case]) -> None:
    """A session that decided these cases by consent list, with its minutes issued."""
    held = Meeting(
        cast(everybody, "py", "cl"), cases, attending=("MX", "BR", "CA", "BZ"), place=PLACE,
        begins_at=timezone.now() - datetime.timedelta(hours=2),
    )  # fmt: skip
    held.remarks = "La próxima sesión se convoca para la semana que viene."
    held.issued()


def next_session(everybody: dict[str, User]) -> None:
    """A session in a week, convened, with the cases that wait for the CEAM; the deferred ones are to be discussed."""
    voting, deferred = (Case.objects.filter(stage=one).order_by("pk") for one in (Stage.ENDORSEMENT, Stage.DEFERRED))
    coming, discussed = [*voting, *deferred], list(deferred)
    begins_at = timezone.now() + datetime.timedelta(days=7)
    people = cast(everybody, "py", "cl")
    Meeting(people, coming, discussed=discussed, place=PLACE, begins_at=begins_at).convened()


@dataclass(frozen=True)
class Tabled:
    """The steps of a scene whose endorsement a session decides: what comes after it."""

    then: Callable[[Rehearsal], Any]

    def __call__(self, play: Rehearsal) -> Any:
        return play.endorsement()


def scenes(everybody: dict[str, User]) -> Iterator[str]:
    """Play every scene; the stage that each reached, as it reaches it, before the session that decides some of them."""
    tabled: list[tuple[Rehearsal, Tabled]] = []
    for title, language, requesting, offering, theme, amount, steps in SCENES:
        play = Rehearsal(
            cast(everybody, requesting, offering), request(title, theme, language, amount),
            requesting=requesting, offering=offering,
        )  # fmt: skip
        places = {"origin": CAPITALS[offering], "destination": CAPITALS[requesting]}
        play.daily_rate, play.line = None, "1.1"
        play.texts |= ON_THE_WAY[language] | places
        steps(play)
        if isinstance(steps, Tabled):
            tabled.append((play, steps))
        yield str(Case.objects.get(pk=play.case.pk).stage)
    past_session(everybody, [play.case for play, _steps in tabled])
    for play, steps in tabled:
        play.case.refresh_from_db()
        steps.then(play)


def request(title: str, theme: str, language: str, amount: str) -> dict[str, Any]:
    """A request that adds up: one section with two items. The amount may name its currency, such as `EUR 10.00`."""
    currency, _space, amount = amount.rpartition(" ")
    total = Decimal(amount or "4000.00")
    words = REQUESTS[language]
    lines = [
        {"number": "1", "concept": words[3], "unit_cost": None, "units": [], "amount": total},
        {"number": "1.1", "concept": words[4], "unit_cost": Decimal("1000.00"), "units": [[words[6], "2"]],
         "amount": Decimal("2000.00")},
        {"number": "1.2", "concept": words[5], "unit_cost": None, "units": [], "amount": total - 2000},
    ]  # fmt: skip
    return {
        "title": title, "language": language, "need": words[0], "objectives": words[1], "expected_results": words[2],
        "starts_on": l10n.today(), "ends_on": l10n.today() + datetime.timedelta(days=240),
        "currency": currency or "USD", "amount_asked": total if amount else None, "stated_total": total,
        "themes": list(Term.objects.filter(code=theme)),
        "populations": list(Term.objects.filter(kind="population")[:2]), "lines": lines,
    }  # fmt: skip


def _ask(play: Rehearsal) -> None:
    play.admissibility()
    play.act("case_officer", "screening", "ask", reason="¿En qué oficinas se aplicará?")


def _inadmissible(play: Rehearsal) -> None:
    play.admissibility()
    play.act("case_officer", "screening", "inadmissible", reason="La solicitud no trata de migración.")


def _no_partner(play: Rehearsal) -> None:
    play.invited()
    for who, code in (("partner_focal", play.offering), ("other_focal", play.declining)):
        play.act(who, "answer", "decline", item=play.invitation(code), reason="Este año no es posible.")
    play.act("case_officer", "matching", "no_partner", reason="Ningún Estado puede ayudar este año.")


def _vote(play: Rehearsal, choice: str, reason: str) -> None:
    play.endorsement().vote(choice, reason=reason)


def _with_conditions(play: Rehearsal) -> None:
    condition = {
        "text": "Entregar un calendario de formación a la Secretaría técnica.", "owner": "requesting",
        "due_on": (l10n.today() + datetime.timedelta(days=30)).isoformat(), "blocks": Blocks.DISBURSEMENT.value,
    }  # fmt: skip
    play.endorsement()
    play.act("chair", "endorsement", "endorse_with_conditions", voice={"conditions": [condition]})
    for who in ("reviewer_br", "reviewer_ca", "reviewer_bz"):
        play.act(who, "endorsement", "endorse")


def _funded(play: Rehearsal) -> None:
    _vote(play, "endorse", "")


def _waiting(play: Rehearsal) -> None:
    """Approved, in a currency of which the Fund has nothing yet."""
    play.act("manager", "reservation", "full")
    play.act("approver", "reservation_approval", "approve")


def _refused(play: Rehearsal) -> None:
    play.act("manager", "reservation", "refuse", reason="No corresponde a los fines del Fondo.")
    play.act("approver", "refusal", "confirm", reason="De acuerdo.")


def _exchange(play: Rehearsal) -> None:
    _funded(play)
    if play.amount:
        play.act("manager", "reservation", "full")
        play.act("approver", "reservation_approval", "approve")
        play.act("focal", "agreement", "accept")


def _travelling(play: Rehearsal) -> None:
    _exchange(play)
    play.advanced()


def _paying(play: Rehearsal) -> None:
    """An advance is at the bank, a disbursement ready to go there; a revised budget is before the CEAM."""
    _travelling(play)
    asked = {"purpose": "Material", "line": "1.2", "amount": Decimal("500.00"), "payee": "Imprenta"}
    play.act("officer", "ask_disbursement", "ask", **asked)
    way = play.case.disbursements.get()
    play.act("manager", "proposal", "propose", way)
    play.act("approver", "release", "release", way)
    payments = list(Payment.objects.to_pay(play.case.reference).order_by("pk"))
    for payment in payments:
        play.act("manager", "details", "set", payment, payee=payment.payee, **ACCOUNT)
    play.act("approver", "sending", "send", payments[0])
    own = Counterpart("offering", "kind", "Sala y formadores", Decimal("500.00"))
    play.texts |= {"changed": "El Estado que coopera ofrece un segundo taller.", "purpose": "Segundo taller"}
    revision = play.revised("0.00", more="500.00", amount=play.case.amount_proposed, counterparts=[own])
    play.act("partner_focal", "agreeing", "agree", revision)


def _reporting(play: Rehearsal) -> None:
    _exchange(play)
    play.act("partner", "exchange", "complete")


def _settlement(play: Rehearsal) -> None:
    _exchange(play)
    play.settled()
    play.paid()
    play.act("partner", "exchange", "complete")
    play.act("officer", "report", "send", **{name: play.texts[name] for name in ("report", "results", "lessons")})
    play.act("partner_focal", "confirmation", "confirm")
    play.act("case_officer", "review", "accept")


def _closed(play: Rehearsal) -> None:
    _reporting(play)
    play.act("officer", "report", "send", **{name: play.texts[name] for name in ("report", "results", "lessons")})
    play.act("partner_focal", "confirmation", "confirm")
    play.act("case_officer", "review", "accept")


def _suspended(play: Rehearsal) -> None:
    play.agreement()
    play.act("case_officer", "suspension", "suspend", reason="Cambio de autoridades en el Estado requirente.")


def _winding_up(play: Rehearsal) -> None:
    _travelling(play)
    play.act("chair", "cancellation", "cancel", reason="Las condiciones de seguridad impiden viajar.")


def _withdrawn(play: Rehearsal) -> None:
    play.matching()
    play.act("focal", "withdrawal", "withdraw", reason="Las prioridades cambiaron.")


def _cancelled(play: Rehearsal) -> None:
    _exchange(play)
    play.act("chair", "cancellation", "cancel", reason="El proyecto dejó de ser viable.")


SCENES: list[Scene] = [
    ("Formación de cónsules en documentos de identidad", "es", "py", "br", "gcm-4", "", Rehearsal.draft),
    ("Registro de trabajadores de temporada", "es", "py", "cl", "gcm-5", "6000.00", Rehearsal.submitted),
    ("Accueil des enfants migrants non accompagnés", "fr", "ht", "cl", "gcm-7", "5000.00", Rehearsal.admissibility),
    ("Returning migrants’ skills", "en", "jm", "br", "gcm-21", "", _ask),
    ("Búsqueda de personas migrantes desaparecidas", "es", "py", "br", "gcm-8", "", Rehearsal.matching),
    ("Reconhecimento de diplomas", "pt", "br", "cl", "gcm-18", "4500.00", Rehearsal.invited),
    ("Remittances at lower cost", "en", "jm", "cl", "gcm-20", "", Rehearsal.answered),
    ("Atención a mujeres migrantes indígenas", "es", "py", "br", "gcm-7", "7000.00", Rehearsal.agreement),
    ("Orientación laboral para jóvenes migrantes", "es", "py", "cl", "gcm-6", "6000.00", three_answers),
    ("Reintegración de familias retornadas", "es", "py", "cl", "gcm-21", "5000.00", triangular),
    ("Gestion intégrée des postes frontière", "fr", "ht", "br", "gcm-11", "8000.00", Rehearsal.endorsement),
    (
        "Fair recruitment in farm work",
        "en",
        "jm",
        "cl",
        "gcm-6",
        "5500.00",
        lambda p: _vote(p, "defer", "Faltan datos."),
    ),
    (
        "Campaña contra la trata de personas",
        "es",
        "py",
        "cl",
        "gcm-10",
        "",
        lambda p: _vote(p, "reject", "Duplica otra."),
    ),
    ("Atendimento consular móvel", "pt", "br", "cl", "gcm-14", "9000.00", Tabled(lambda play: play)),
    ("Données sur les départs", "fr", "ht", "cl", "gcm-1", "EUR 250000.00", Tabled(_waiting)),
    ("Diaspora investment desk", "en", "jm", "br", "gcm-19", "3000.00", Tabled(_refused)),
    ("Portabilidad de la seguridad social", "es", "py", "br", "gcm-22", "6000.00", _paying),
    ("Inclusión escolar de niñas y niños migrantes", "es", "py", "cl", "gcm-16", "", _reporting),
    ("Observatório de migração", "pt", "br", "cl", "gcm-3", "5000.00", _settlement),
    ("Alternatives à la détention", "fr", "ht", "br", "gcm-13", "4000.00", _suspended),
    ("Screening at the border", "en", "jm", "cl", "gcm-12", "6500.00", _winding_up),
    ("Integración laboral de personas retornadas", "es", "py", "cl", "gcm-21", "", _closed),
    ("Servicios básicos en zonas de frontera", "es", "py", "br", "gcm-15", "", _no_partner),
    ("Curso general de informática", "es", "py", "br", "gcm-23", "", _inadmissible),
    ("Lutte contre le trafic de migrants", "fr", "ht", "cl", "gcm-9", "", _withdrawn),
    ("Discurso público sobre migração", "pt", "br", "cl", "gcm-17", "4000.00", _cancelled),
]


class _Silence:
    """Swallows what a command prints."""

    def write(self, text: str) -> None:
        pass


__all__ = ["PASSWORD", "PEOPLE", "address", "build", "people"]
