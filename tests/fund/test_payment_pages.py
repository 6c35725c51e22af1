"""What is ready goes to the bank in one file, each payment by its own step: all of them, or none."""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from lxml import etree

from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.models import Body, Role
from ricomi.fund.bank import schema
from ricomi.fund.models import Payment, PaymentFile
from tests import flows
from tests.fund.crowd import at_once
from tests.workflows.ways import open_account
from workflows import gate, payment_pages
from workflows.models import Entry
from workflows.rehearsal import ACCOUNT

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
PAGE = "/fund/payments/"
ENGLISH = {"Accept-Language": "en"}


def to_bank(walk, count=2):
    """Payments that wait to be sent: their details were set by the manager."""
    walk.once(f"{count} to the bank", lambda walk: ask(walk, count))
    return list(Payment.objects.ready())


def ask(walk, count):
    for number in range(1, count + 1):
        asked = {"purpose": f"Workshop {number}", "amount": Decimal(100 * number), "payee": f"Hotel {number}"}
        walk.act("officer", "ask_disbursement", "ask", **asked)
        way = walk.case.disbursements.latest("pk")
        walk.act("manager", "proposal", "propose", way)
        walk.act("approver", "release", "release", way)
        payment = Payment.objects.latest("pk")
        walk.act("manager", "details", "set", payment, payee=payment.payee, **ACCOUNT)


@pytest.fixture
def walk(people):
    walk = flows.Walk(people).exchange()
    walk.once("account", lambda walk: open_account(walk.people) and None)
    return walk


def shown(payments):
    return [f"{one.reference}.{one.revision}" for one in payments]


def send(client, chosen, day=None, currency="USD"):
    typed = {"currency": currency, "payments": chosen, "executed_on": (day or l10n.today()).isoformat()}
    return client.post(PAGE, typed, headers=ENGLISH)


def stages():
    return {one.reference: (one.stage, one.file and one.file.message_id) for one in Payment.objects.all()}


def nothing_went(before):
    return stages() == before and not PaymentFile.objects.exists()


def test_two_payments_go_in_one_file_that_the_bank_can_read(walk, client):
    payments = to_bank(walk)
    client.force_login(walk.people["approver"])
    (part,) = client.get(PAGE, headers=ENGLISH).context["parts"]
    assert [box.data["selected"] for box in part["form"]["payments"]] == [True, True]
    day = l10n.today() + datetime.timedelta(days=3)
    assert send(client, shown(payments), day).status_code == 302
    file = PaymentFile.objects.get()
    assert file.message_id == f"RICOMI-{l10n.today().year}-0001"
    assert (file.count, file.total, file.currency, file.executed_on) == (2, 300, "USD", day)
    assert file.made_by == walk.people["approver"]
    assert set(stages().values()) == {("sent", file.message_id)}
    for one in payments:
        entry = Entry.objects.get(subject=one.subject_key, step="sending")
        assert (entry.outcome, entry.facts["file"]) == ("send", file.message_id)
    answer = client.get(f"/fund/payments/files/{file.message_id}.xml")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/xml", "no-store")
    assert answer["Content-Disposition"] == f'attachment; filename="{file.message_id}.xml"'
    assert hashlib.sha256(answer.content).hexdigest() == file.sha256
    document = etree.fromstring(answer.content)
    schema.check(document, "pain.001.001.09")
    said = {name: [one.text for one in document.iterfind(f".//{{*}}{name}")] for name in ("EndToEndId", "InstdAmt")}
    assert said == {"EndToEndId": [one.reference for one in payments], "InstdAmt": ["100.00", "200.00"]}
    assert [one.text for one in document.iterfind(".//{*}DbtrAcct/{*}Id/{*}IBAN")] == ["GB72ZZZZ00000012345678"]
    page = client.get(PAGE, headers=ENGLISH)
    assert page.context["parts"] == []
    assert file.message_id in page.content.decode()
    assert file.message_id in client.get(payments[0].get_absolute_url()).content.decode()


def test_what_was_not_ticked_stays_ready(walk, client):
    first, second = to_bank(walk)
    client.force_login(walk.people["approver"])
    send(client, shown([second]))
    assert [stages()[one.reference][0] for one in (first, second)] == ["ready", "sent"]
    send(client, shown([first]))
    numbers = PaymentFile.objects.order_by("pk").values_list("message_id", flat=True)
    assert [name[-4:] for name in numbers] == ["0001", "0002"]


@pytest.mark.parametrize("account", ["GB33BUKB20201555555556", "12/", "no account – at all"])
def test_an_account_that_no_bank_has_is_refused_in_words_and_nothing_goes(account, walk, client):
    first, second = to_bank(walk)
    walk.act("approver", "sending", "send_back", second, reason="Which account?")
    walk.act("manager", "details", "set", second, payee="Hotel 2", **ACCOUNT | {"account": account})
    second.refresh_from_db()
    before = stages()
    client.force_login(walk.people["approver"])
    answer = send(client, shown([first, second]))
    assert answer.status_code == 422
    assert "the account of Hotel 2" in answer.content.decode()
    (part,) = answer.context["parts"]
    assert [box.data["selected"] for box in part["form"]["payments"]] == [True, True], "what was chosen is chosen still"
    assert nothing_went(before)


WRONG = {
    "nothing chosen": ([], None, "There is nothing to pay."),
    "a day that is over": (None, l10n.today() - datetime.timedelta(days=1), "The day has passed"),
    "a payment that is none": (["P-AAAAAAAAAA.0"], None, "was changed or sent meanwhile"),
    "a null byte": (["P-\0.1"], None, "was changed or sent meanwhile"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_choice_that_is_wrong_is_refused(name, walk, client):
    chosen, day, said = WRONG[name]
    payments = to_bank(walk)
    before = stages()
    client.force_login(walk.people["approver"])
    answer = send(client, shown(payments) if chosen is None else chosen, day)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert nothing_went(before)


def test_an_account_that_was_changed_after_it_was_shown_is_not_sent(walk, client):
    payments = to_bank(walk)
    old = shown(payments)
    walk.act("approver", "sending", "send_back", payments[1], reason="Which account?")
    walk.act("manager", "details", "set", payments[1], payee="Hotel 2", **ACCOUNT | {"account": "666"})
    before = stages()
    client.force_login(walk.people["approver"])
    assert send(client, old).status_code == 422
    assert nothing_went(before)
    with pytest.raises(payment_pages.ValidationError, match=payments[1].reference):
        payment_pages.send(payments, account(), executed_on=l10n.today(), by=walk.people["approver"])
    assert nothing_went(before)


def account():
    return payment_pages.BankAccount.objects.get(currency="USD")


def test_whoever_set_the_details_does_not_send_the_payment(walk, client):
    people = walk.people
    fund = Body.objects.get(code="fund")
    members.appoint(people["manager"], fund, Role.FUND_APPROVER, by=None, since=datetime.date(2020, 1, 1))
    payments = to_bank(walk)
    client.force_login(people["manager"])
    (part,) = client.get(PAGE, headers=ENGLISH).context["parts"]
    assert (part["form"], part["others"]) == (None, payments)
    before = stages()
    assert send(client, shown(payments)).status_code == 422
    with pytest.raises(payment_pages.ValidationError, match="not yours to take"):
        payment_pages.send(payments, account(), executed_on=l10n.today(), by=people["manager"])
    assert nothing_went(before)


def test_a_currency_without_an_account_says_where_to_set_it(people, client):
    payments = to_bank(flows.Walk(people).exchange())
    before = stages()
    client.force_login(people["approver"])
    text = client.get(PAGE, headers=ENGLISH).content.decode()
    assert "no account in this currency" in text
    assert "record the payments as sent" not in text
    assert send(client, shown(payments)).status_code == 422
    assert nothing_went(before)


def test_who_reads_payments_who_sends_them_and_who_takes_the_file(walk, client):
    payments = to_bank(walk)
    for who in ("manager", "auditor", "case_officer", "officer", "donor", "chair"):
        client.force_login(walk.people[who])
        reads = who in ("manager", "auditor")
        page = client.get(PAGE, headers=ENGLISH)
        assert page.status_code == (200 if reads else 404), who
        assert "record the payments as sent" not in page.content.decode(), who
        assert send(client, shown(payments)).status_code == 404, who
    assert not PaymentFile.objects.exists()
    client.force_login(walk.people["approver"])
    send(client, shown(payments))
    address = f"/fund/payments/files/{PaymentFile.objects.get().message_id}.xml"
    for who, status in (("manager", 200), ("auditor", 200), ("case_officer", 404), ("officer", 404), ("donor", 404)):
        client.force_login(walk.people[who])
        assert client.get(address).status_code == status, who
        assert client.get("/fund/payments/files/RICOMI-2020-0001.xml").status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


@pytest.mark.both_servers
def test_a_file_is_kept_as_it_was_made(walk, client):
    client.force_login(walk.people["approver"])
    send(client, shown(to_bank(walk)))
    for statement in ("UPDATE fund_paymentfile SET total = 1", "DELETE FROM fund_paymentfile"):
        with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.both_servers
@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_the_same_payments_at_once_one_does(people):
    walk = flows.Walk(people).exchange()
    open_account(people)
    payments, usd = to_bank(walk), account()

    def by(who, chosen):
        return lambda: payment_pages.send(chosen, usd, executed_on=l10n.today(), by=people[who])

    results = at_once(by("approver", payments), by("approver_2", payments[::-1]))
    (refused,) = (one for one in results if not isinstance(one, PaymentFile))
    assert payments[0].reference in " ".join(refused.messages)
    assert set(stages().values()) == {("sent", PaymentFile.objects.get().message_id)}
    with pytest.raises(gate.AlreadyTaken):
        walk.act("approver", "sending", "send", payments[0])
