"""The Fund's terms: what is in force in each currency, and what the steps of new terms write inside the gate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ricomi import l10n
from ricomi.fund.bank.identifiers import compact, iban_is_sound
from ricomi.fund.bank.payment import Party, check_party
from ricomi.fund.chart import Kind
from ricomi.fund.models import Account, BankAccount, Rule, Terms

ACCOUNT = ("holder", "account", "bic", "country")


@dataclass
class InForce:
    """What the Fund holds to in one currency: its rule, those before it with the newest first, and its account."""

    currency: str
    rule: Rule | None = None
    before: list[Rule] = field(default_factory=list)
    account: BankAccount | None = None


def in_force() -> list[InForce]:
    """The terms of each currency in which the Fund has any, or money or pledges: three queries."""
    rules, accounts = Rule.objects.filter(since__lte=l10n.today()), BankAccount.objects.all()
    moved = Account.objects.filter(kind__in=(Kind.BANK, Kind.PLEDGES)).order_by().values_list("currency", flat=True)
    found: dict[str, InForce] = {}
    for rule in rules.order_by("currency", "-since", "-pk"):
        its = found.setdefault(rule.currency, InForce(rule.currency))
        if its.rule is None:
            its.rule = rule
        else:
            its.before.append(rule)
    for account in accounts:
        found.setdefault(account.currency, InForce(account.currency)).account = account
    for currency in moved.distinct():
        found.setdefault(currency, InForce(currency))
    return [found[currency] for currency in sorted(found)]


def propose(terms: Terms, act: Any) -> None:
    """Write down what is proposed for a currency. Raises NotPayable for an account that no bank has."""
    for name in ("currency", "second_above", *ACCOUNT, "reason"):
        setattr(terms, name, act.data.get(name, getattr(terms, name)))
    if terms.account:
        check_party(Party(terms.holder, terms.country, terms.account, terms.bic))
        terms.account = compact(terms.account) if iban_is_sound(terms.account) else terms.account
        terms.bic = compact(terms.bic)
    terms.save()
    act.reason = terms.reason


def raises_the_limit(terms: Terms) -> bool:
    """Whether one approver may release more by these terms than by the rule in force."""
    if terms.second_above is None:
        return False
    rule = Rule.objects.in_force(terms.currency)
    return terms.second_above > (rule.second_above if rule else 0)


def put_in_force(terms: Terms, act: Any) -> None:
    """From today on the Fund holds to the terms.

    Raises ValidationError where newer terms are in force, or a rule began today already.
    """
    later = Terms.objects.filter(currency=terms.currency, stage=Terms.Stage.IN_FORCE, pk__gt=terms.pk)
    if later.exists():
        raise ValidationError(
            _("Newer terms in %(currency)s are in force. Refuse these.") % {"currency": terms.currency}
        )
    if terms.second_above is not None:
        limit = {"second_above": terms.second_above}
        # Both find out here, not only at the constraint, when two approve for one currency at once.
        _rule, made = Rule.objects.get_or_create(currency=terms.currency, since=l10n.today(), defaults=limit)
        if not made:
            said = _("A rule for %(currency)s is in force since today already. Approve this one tomorrow.")
            raise ValidationError(said % {"currency": terms.currency})
    if terms.account:
        account = {name: getattr(terms, name) for name in ACCOUNT}
        BankAccount.objects.update_or_create(currency=terms.currency, defaults=account)
