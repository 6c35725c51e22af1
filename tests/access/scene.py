"""One network with everything in it that somebody might not be allowed to see."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cases.models import Comment, Document, SavedFilter
from notifications.models import Letter
from ricomi import l10n, uploads
from ricomi.catalogue import offers
from ricomi.catalogue.models import Entry, SavedSearch, Term
from ricomi.directory import members
from ricomi.directory.models import Body, Role, User
from ricomi.fund.models import BankAccount, Contribution, Payment, PaymentFile
from ricomi.papers.decision import KIND
from ricomi.papers.models import Paper
from ricomi.papers.tasks import render_paper
from tests import flows
from tests.cases.tables import import_table
from tests.papers import samples
from tests.systems.files import take_in_a_few
from tests.workflows import drafts
from tests.workflows.ways import endorse_on_condition, open_account, propose_terms
from workflows import payment_pages
from workflows.rehearsal import ACCOUNT, Meeting

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
STRANGERS = {
    "stranger_officer": ("ar", Role.OFFICER),
    "stranger_focal": ("ar", Role.FOCAL_POINT),
    "stranger_expert": ("ar", Role.EXPERT),
    "granted": ("ar", Role.EXPERT),
    "revoked": ("ar", Role.EXPERT),
    "observer": ("es", Role.DONOR),
    "inactive": ("py", Role.OFFICER),
}


class Scene:
    """A case of Paraguay with Chile in exchange, a draft of Paraguay, a closed case, papers, letters, money."""

    def __init__(self) -> None:
        self.people: dict[str, User] = flows.people()
        for name, (body, role) in STRANGERS.items():
            self.people[name] = User.objects.create_user(f"{name}@ricomi.example", name.replace("_", " ").title())
            members.appoint(
                self.people[name], Body.objects.get(code=body), role, by=None, since=datetime.date(2020, 1, 1)
            )
        self.people["root"] = User.objects.create_superuser("root@ricomi.example", "Root")
        closed = flows.Walk(self.people)
        closed.closed()
        self.closed = closed.case
        self.walk = flows.Walk(self.people)
        self.walk.pay_in().endorsement()
        self.condition = endorse_on_condition(self.walk)
        self.walk.act("manager", "reservation", "full")
        self.walk.act("approver", "reservation_approval", "approve")
        self.walk.act("focal", "agreement", "accept")
        self.case = self.walk.case
        self.decision = self.case.decisions.get()
        for paper in Paper.objects.of(KIND, self.decision.number):
            render_paper(paper.pk)
        self.edition = import_table(self.people["manager"])
        self.trip = self.walk.trip()
        self.walk.act("officer", "ask_disbursement", "ask", purpose="Workshop", amount=Decimal("500.00"))
        self.disbursement = self.case.disbursements.get()
        self.revision = self.walk.revised("100.00")
        for text, audience in (("Said to all", "parties"), ("Said among us", "own")):
            self.walk.act("officer", "comment", "add", text=text, audience=audience)
            paper = SimpleUploadedFile(f"{text}.pdf", PDF, content_type="application/pdf")
            self.walk.act("officer", "filing", "add", file=uploads.check(paper), audience=audience)
        self.comment = Comment.objects.get(text="Said among us")
        self.paper, self.own_paper = Document.objects.filter(case=self.case).order_by("pk")
        until = timezone.now() + datetime.timedelta(days=9)
        for name in ("granted", "revoked"):
            self.walk.act("focal", "sharing", "grant", person=self.people[name], until=until)
        self.walk.act("focal", "sharing", "revoke", person=self.people["revoked"])
        voting = flows.Walk(self.people).endorsement()
        self.meeting = Meeting(self.people, [voting.case]).issued()
        self.held = self.meeting.session
        for paper in Paper.objects.filter(kind="minutes", language="en"):
            render_paper(paper_id=paper.pk)
        self.session = Meeting(self.people, [flows.Walk(self.people).endorsement().case]).convened().session
        draft = flows.Walk(self.people)
        draft.draft()
        self.draft = draft.case
        self.search = SavedSearch.objects.create(person=self.people["officer"], name="Mine", query="q=water")
        self.filter = SavedFilter.objects.create(person=self.people["officer"], name="Mine", query="stage=exchange")
        self.letter = Letter.objects.filter(recipient=self.people["officer"]).first()
        self.contribution = Contribution.objects.first()
        self.walk.act("manager", "refunding", "propose", self.contribution, amount=Decimal("1.00"), reason="Not needed")
        self.refund = self.contribution.refunds.get()
        self.payment = Payment.objects.filter(stage="paid").first()
        self.terms = propose_terms(self.people, currency="EUR", second_above=Decimal("100.00"))
        self.file = self._file_for_the_bank()
        self.entry = Entry.objects.first()
        self.written = drafts.begin(self.people)
        self.offer = offers.create(self.people["partner"], Body.objects.get(code="cl"), {
            "title": "Registers", "text": "How we register seasonal workers.", "languages": ["es"],
            "themes": list(Term.objects.filter(kind="theme")[:1]), "populations": [],
            "language": "en", "modality": "expert", "since": l10n.today(), "until": None,
        })  # fmt: skip
        # A round for which Chile was proposed, by the offer above.
        self.proposed = flows.Walk(self.people).invited().case
        self.official = samples.issue()["en"]
        self.figures = take_in_a_few(self.people["case_officer"])
        self.invitation = members.invite(
            "new@ricomi.example", "New", Body.objects.get(code="cl"), Role.EXPERT, by=self.people["head"], language="es"
        )
        self.membership = self.people["partner"].memberships.get()
        # In force from tomorrow on, so that it opens no door of today.
        self.delegation = members.delegate(
            self.people["partner_focal"], self.people["partner"], Body.objects.get(code="cl"), Role.FOCAL_POINT,
            by=self.people["partner_focal"], since=l10n.today() + datetime.timedelta(days=1),
            until=l10n.today() + datetime.timedelta(days=9), reason="On leave",
        )  # fmt: skip
        self.people["inactive"].is_active = False
        self.people["inactive"].save()
        # Everybody's browser, signed in once; nobody's is that of who is not among the people.
        self.clients = {who: Client(headers={"accept-language": "en"}) for who in ("nobody", *self.people)}
        for who, person in self.people.items():
            self.clients[who].force_login(person)

    def _file_for_the_bank(self) -> PaymentFile:
        """The file in which a payment of the case goes to the bank."""
        self.walk.advanced()
        payment = Payment.objects.latest("pk")
        self.walk.act("manager", "details", "set", payment, payee="Expert", **ACCOUNT)
        payment.refresh_from_db()
        open_account(self.people)
        by, account = self.people["approver"], BankAccount.objects.get()
        return payment_pages.send([payment], account, executed_on=l10n.today(), by=by)
