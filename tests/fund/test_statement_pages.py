"""A bank's statement is read once, and each sum that came becomes one receipt, by one person's word and another's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ricomi.directory.models import Body
from ricomi.fund import books
from ricomi.fund.models import BankEntry, Contribution, Posting, Receipt, StatementFile
from tests.fund.bank_samples import Entry, Sample, Transfer
from workflows import gate
from workflows.engine import FLOWS

pytestmark = [pytest.mark.django_db, pytest.mark.one_server, pytest.mark.usefixtures("english")]
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def pledged(people):
    """Spain promised 500 dollars."""
    data = {"donor": Body.objects.get(code="es"), "amount": Decimal("500.00"), "currency": "USD"}
    fund = Body.objects.get(code="fund").pk
    return gate.begin(FLOWS["contribution"], people["manager"], {**data, "for_body": fund})


def sample(given, *more):
    text = f"Contribution {given.reference}"
    first = Entry(transfers=(Transfer(name="Reino de España", text=text),))
    return Sample(entries=[first, *more]).file()


def send(client, content, name="statement.xml"):
    return client.post("/fund/statements/", {"file": SimpleUploadedFile(name, content)}, headers=ENGLISH)


def test_the_same_file_twice_leaves_one_receipt_each(people, pledged, client):
    client.force_login(people["manager"])
    content = sample(pledged)
    for _time in (1, 2):
        assert send(client, content).status_code == 302
    assert (StatementFile.objects.count(), BankEntry.objects.count()) == (1, 1)
    page = client.get("/fund/statements/", headers=ENGLISH)
    (row,) = page.context["waiting"]
    assert row.proposed == pledged
    assert "The reference" in " ".join(row.reasons)
    answer = client.post(f"/fund/statements/{row.entry.pk}/", {"report": "", "contribution": pledged.reference})
    assert answer.status_code == 302
    send(client, content)
    assert not client.get("/fund/statements/").context["waiting"]
    assert client.post(f"/fund/statements/{row.entry.pk}/", {"report": ""}).status_code == 404
    gate.act(people["approver"], pledged, "confirmation", "confirm")
    (receipt,) = Receipt.objects.all()
    assert receipt.bank_entry == row.entry
    assert receipt.reported_by == people["manager"]
    assert books.available("USD") == 500
    assert Posting.objects.filter(kind="receipt").count() == 1


def test_a_movement_that_stands_in_two_files_is_kept_once(people, pledged, client):
    client.force_login(people["manager"])
    send(client, sample(pledged))
    send(client, sample(pledged, Entry("120.50", "CRDT", "F-18")))
    assert StatementFile.objects.count() == 2
    assert sorted(BankEntry.objects.values_list("bank_reference", flat=True)) == ["F-17", "F-18"]


def test_what_was_sent_back_waits_again(people, pledged, client):
    client.force_login(people["manager"])
    send(client, sample(pledged))
    entry = BankEntry.objects.get()
    client.post(f"/fund/statements/{entry.pk}/", {"report": "", "contribution": pledged.reference})
    gate.act(people["approver"], pledged, "confirmation", "send_back", {"reason": "Another donor's"})
    assert [row.entry for row in client.get("/fund/statements/").context["waiting"]] == [entry]
    client.post(f"/fund/statements/{entry.pk}/", {"report": "", "contribution": pledged.reference})
    assert Receipt.objects.filter(sent_back=False).count() == 1


def test_what_is_no_contribution_is_set_aside_with_a_reason(people, pledged, client):
    client.force_login(people["manager"])
    send(client, sample(pledged))
    entry = BankEntry.objects.get()
    for wrong in ({"aside": "", "reason": " "}, {"report": ""}, {"report": "", "contribution": "A-NONE"}):
        client.post(f"/fund/statements/{entry.pk}/", wrong)
        assert BankEntry.objects.waiting().exists()
    client.post(f"/fund/statements/{entry.pk}/", {"aside": "", "reason": "Interest"})
    assert not BankEntry.objects.waiting().exists()
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"MZ\x90\x00", "cut"],
    ids=["empty", "words", "another XML", "an entity", "a program", "cut off"],
)
def test_what_is_no_statement_is_refused_in_words_and_nothing_is_kept(content, people, pledged, client):
    client.force_login(people["manager"])
    answer = send(client, sample(pledged)[:-300] if content == "cut" else content)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not StatementFile.objects.exists()


def test_who_reads_statements_and_who_reports(people, pledged, client):
    client.force_login(people["manager"])
    send(client, sample(pledged))
    entry = BankEntry.objects.get()
    for who in ("approver", "auditor", "case_officer", "officer", "donor", "chair"):
        client.force_login(people[who])
        reads = who in ("approver", "auditor")
        assert client.get("/fund/statements/").status_code == (200 if reads else 404), who
        assert send(client, sample(pledged)).status_code == 404, who
        assert client.post(f"/fund/statements/{entry.pk}/", {"aside": "", "reason": "x"}).status_code == 404, who
    assert Contribution.objects.get().stage == "pledged"
