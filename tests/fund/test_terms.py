"""The Fund's terms: proposed by one person, put in force by another, and never rewritten."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction

from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.models import Body, Role
from ricomi.fund.models import BankAccount, Rule, Terms
from ricomi.fund.models.rule import takes_two_approvers
from tests.workflows.ways import propose_terms
from workflows import gate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ENGLISH = {"Accept-Language": "en"}
BANK = {"holder": "RICOMI", "account": "GB72 ZZZZ 0000 0012 3456 78", "bic": "zzzzgb2l", "country": "GB"}
TYPED = {"currency": "USD", "second_above": "100", "reason": "Prices rose", **BANK}


def propose(people, **what):
    return propose_terms(people, **{"currency": "USD", "second_above": Decimal("100.00")} | what)


def approve(people, terms, who="approver"):
    return gate.act(people[who], terms, "approval", "approve")


def test_a_rule_counts_from_its_approval_by_another_on(people):
    terms = propose(people)
    assert not takes_two_approvers(Decimal("100.01"), "USD")
    approve(people, terms)
    assert takes_two_approvers(Decimal("100.01"), "USD")
    assert not takes_two_approvers(Decimal("100.00"), "USD")
    rule = Rule.objects.in_force("USD")
    assert rule.since == l10n.today()
    assert Rule.objects.in_force("USD", l10n.today() - datetime.timedelta(days=1)).second_above == 25_000
    assert not BankAccount.objects.exists()


def test_nobody_approves_what_they_proposed(people):
    fund = Body.objects.get(code="fund")
    members.appoint(people["manager"], fund, Role.FUND_APPROVER, by=None, since=datetime.date(2020, 1, 1))
    terms = propose(people)
    with pytest.raises(gate.NotAllowed):
        approve(people, terms, "manager")
    assert Rule.objects.in_force("USD").second_above == 25_000
    approve(people, terms)


def test_an_account_is_set_and_later_another(people):
    approve(people, propose(people, second_above=None, **BANK))
    account = BankAccount.objects.get()
    assert (account.account, account.bic) == ("GB72ZZZZ00000012345678", "ZZZZGB2L")
    assert Rule.objects.in_force("USD").since < l10n.today()
    approve(people, propose(people, second_above=None, **BANK | {"account": "0012345"}))
    assert BankAccount.objects.get().account == "0012345"


def test_what_is_refused_counts_for_nothing(people):
    terms = propose(people, **BANK)
    gate.act(people["approver"], terms, "approval", "refuse", {"reason": "Too low"})
    terms.refresh_from_db()
    assert terms.stage == "refused"
    assert not takes_two_approvers(Decimal("100.01"), "USD")
    assert not BankAccount.objects.exists()


def test_a_second_rule_of_the_same_day_is_refused_in_words_and_the_account_with_it(people):
    approve(people, propose(people))
    terms = propose(people, second_above=Decimal("50.00"), **BANK)
    with pytest.raises(gate.Blocked, match="since today already"):
        approve(people, terms)
    terms.refresh_from_db()
    assert terms.stage == "proposed"
    assert Rule.objects.in_force("USD").second_above == 100
    assert not BankAccount.objects.exists()


WRONG = {
    "a mistyped IBAN": ({"account": "GB72ZZZZ00000012345679"}, "account", "The check digits"),
    "no account number": ({"account": "12–34"}, "account", "is no account number"),
    "a BIC that is none": ({"bic": "ZZZZ"}, "bic", "is no BIC"),
    "a holder in no letters": ({"holder": "基金"}, "holder", "has no letters"),
    "an account without its holder": ({"holder": ""}, "holder", "An account needs its holder"),
    "a bank without an account": ({"account": "", "holder": "", "country": ""}, "account", "An account needs"),
    "a country that is none": ({"country": "ZZ"}, "country", ""),
    "half a yen": ({"currency": "JPY", "second_above": "0.5"}, "second_above", "at most 0 decimals"),
    "less than nothing": ({"second_above": "-1"}, "second_above", ""),
    "no reason": ({"reason": ""}, "reason", ""),
    "an unknown currency": ({"currency": "ZZZ"}, "currency", "is no currency"),
    "nothing": (dict.fromkeys(("second_above", *BANK), ""), "__all__", "Give the amount"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_in_words_at_its_field(name, people, client):
    typed, at, said = WRONG[name]
    client.force_login(people["manager"])
    answer = client.post("/open/terms/", TYPED | typed, headers=ENGLISH)
    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[at])
    assert not Terms.objects.exists()


def test_an_account_that_no_bank_has_passes_by_no_other_way(people):
    with pytest.raises(gate.Blocked, match="check digits"):
        propose(people, **BANK | {"account": "GB72ZZZZ00000012345679"})
    assert not Terms.objects.exists()


def test_the_page_shows_what_is_in_force_what_was_and_what_is_proposed(people, client):
    approve(people, propose(people, **BANK))
    client.force_login(people["manager"])
    assert client.post("/open/terms/", TYPED | {"currency": "PYG", "second_above": "9000"}).status_code == 302
    (terms,) = Terms.objects.under_way()
    page = client.get("/fund/terms/", headers=ENGLISH)
    text = page.content.decode()
    assert "/open/terms/" in text
    usd = next(one for one in page.context["currencies"] if one.currency == "USD")
    assert (usd.rule.second_above, [one.second_above for one in usd.before]) == (100, [25_000])
    assert usd.account == BankAccount.objects.get()
    assert terms.get_absolute_url() in text
    assert "Prices rose" in client.get(terms.get_absolute_url()).content.decode()
    # In guaraníes there was no rule, so this one lets one person approve what took two before.
    door = f"/act/terms/{terms.pk}/first_approval/"
    assert door not in text
    client.force_login(people["approver"])
    text = client.get("/fund/terms/", headers=ENGLISH).content.decode()
    assert door in text
    assert "/open/terms/" not in text
    assert client.get(door).status_code == 200


def test_terms_over_which_newer_ones_came_are_not_put_in_force(people):
    older, newer = (propose(people, second_above=None, **BANK | {"holder": one}) for one in ("Old", "New"))
    approve(people, newer)
    with pytest.raises(gate.Blocked, match="Newer terms"):
        approve(people, older)
    assert BankAccount.objects.get().holder == "New"


def test_what_was_set_is_not_rewritten(people):
    approve(people, propose(people, **BANK))
    propose(people, currency="EUR")
    for statement in (
        "UPDATE fund_rule SET second_above = 1000000", "DELETE FROM fund_rule", "DELETE FROM fund_bankaccount",
        "UPDATE fund_terms SET account = '666'", "UPDATE fund_terms SET second_above = 1000000",
        "DELETE FROM fund_terms",
    ):  # fmt: skip
        with pytest.raises(Error, match=r"fund_|stay as they"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
