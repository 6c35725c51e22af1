"""Writes what a bank is to pay as ISO 20022 pain.001, the customer's credit transfer initiation."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from lxml import etree

from ricomi import l10n
from ricomi.fund.bank import schema
from ricomi.fund.bank.faults import NotPayable
from ricomi.fund.bank.identifiers import (
    bic_is_sound,
    compact,
    iban_is_sound,
    latin,
    looks_like_iban,
    reference_is_sound,
)

MESSAGE = "pain.001.001.09"
LARGEST = Decimal(10) ** 13
NAME_CHARACTERS = 70
REMITTANCE_CHARACTERS = 140
REFERENCE_CHARACTERS = 35
# Room for the currency that is put behind it.
MESSAGE_ID_CHARACTERS = REFERENCE_CHARACTERS - 4


@dataclass(frozen=True)
class Party:
    """Who pays or is paid: country by ISO 3166-1 alpha-2, account as IBAN or as the bank numbers it, BIC if known."""

    name: str
    country: str
    account: str
    bic: str = ""


@dataclass(frozen=True)
class Payment:
    """One transfer. `end_to_end_id` comes back on the statements of both sides, so it is never altered."""

    end_to_end_id: str
    amount: Decimal
    currency: str
    creditor: Party
    remittance: str = ""


def payment_file(
    payments: Sequence[Payment],
    debtor: Party,
    created_at: datetime.datetime,
    message_id: str,
    executed_on: datetime.date,
) -> bytes:
    """The file that tells the debtor's bank to make the payments, the same bytes for the same arguments.

    `created_at` is an aware moment, `executed_on` the day on which the bank is to act. Each currency becomes a block of
    its own. Names and remittances are put into the character set that banks share and cut to its lengths. Raises
    NotPayable for what a bank would refuse, and the file is held against its schema before it is given out.
    """
    _check_instruction(payments, created_at, message_id, executed_on)
    check_party(debtor)
    seen: set[str] = set()
    for payment in payments:
        _check_payment(payment, seen)
    target = schema.NAMESPACE + MESSAGE
    document = etree.Element(f"{{{target}}}Document", nsmap={None: target})
    body = _add(document, "CstmrCdtTrfInitn")
    header = _add(body, "GrpHdr")
    _add(header, "MsgId", message_id)
    _add(header, "CreDtTm", created_at.isoformat(timespec="seconds"))
    _add_control(header, payments)
    _add(_add(header, "InitgPty"), "Nm", latin(debtor.name, NAME_CHARACTERS))
    for currency in sorted({payment.currency for payment in payments}):
        block = _add(body, "PmtInf")
        _write_block(block, [one for one in payments if one.currency == currency], debtor, message_id, executed_on)
    schema.check(document, MESSAGE)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _check_instruction(
    payments: Sequence[Payment], created_at: datetime.datetime, message_id: str, executed_on: datetime.date
) -> None:
    if not payments:
        raise NotPayable(_("There is nothing to pay. Choose at least one payment."))
    if not reference_is_sound(message_id, MESSAGE_ID_CHARACTERS):
        raise _wrong_reference(message_id, MESSAGE_ID_CHARACTERS)
    if created_at.utcoffset() is None:
        raise ValueError("created_at must say how far it is from UTC")
    if executed_on < created_at.date():
        raise NotPayable(
            _("The bank cannot pay on %(day)s, which is over. Choose a later day.") % {"day": l10n.day(executed_on)}
        )


def _check_payment(payment: Payment, seen: set[str]) -> None:
    if not reference_is_sound(payment.end_to_end_id, REFERENCE_CHARACTERS):
        raise _wrong_reference(payment.end_to_end_id, REFERENCE_CHARACTERS)
    if payment.end_to_end_id in seen:
        raise NotPayable(
            _("The reference “%(reference)s” stands on two payments. Give each its own.")
            % {"reference": payment.end_to_end_id}
        )
    seen.add(payment.end_to_end_id)
    if not l10n.is_currency(payment.currency):
        raise NotPayable(_("“%(code)s” is no currency of ISO 4217.") % {"code": payment.currency})
    amount = payment.amount
    if not amount.is_finite() or not 0 < amount < LARGEST or amount != _exact(amount, payment.currency):
        raise NotPayable(
            _("The payment %(reference)s has an amount that cannot be paid in %(currency)s: %(amount)s.")
            % {"reference": payment.end_to_end_id, "currency": payment.currency, "amount": str(amount)[:30]}
        )
    check_party(payment.creditor)


def check_party(party: Party) -> None:
    """Raises NotPayable for a party that a bank would refuse, with the part that is wrong as its code."""
    facts = {"name": party.name, "country": party.country, "account": party.account, "bic": party.bic}
    if not latin(party.name, NAME_CHARACTERS):
        said = _("The name “%(name)s” has no letters that banks carry. Write it in Latin letters.")
        raise NotPayable(said % facts, "name")
    if not l10n.is_country(party.country):
        raise NotPayable(_("“%(country)s”, where %(name)s is, is no country of ISO 3166-1.") % facts, "country")
    if looks_like_iban(party.account) and not iban_is_sound(party.account):
        said = _("The check digits of %(account)s, the account of %(name)s, are wrong. Correct it.")
        raise NotPayable(said % facts, "account")
    if not looks_like_iban(party.account) and not reference_is_sound(party.account, 34):
        said = _("“%(account)s”, the account of %(name)s, is no account number. Correct it.")
        raise NotPayable(said % facts, "account")
    if party.bic and not bic_is_sound(party.bic):
        said = _("“%(bic)s”, the bank of %(name)s, is no BIC of 8 or 11 characters. Correct it.")
        raise NotPayable(said % facts, "bic")


def _wrong_reference(reference: str, most: int) -> NotPayable:
    return NotPayable(
        _("“%(reference)s” is no reference that banks carry: at most %(most)d letters, digits and simple signs.")
        % {"reference": reference[:60], "most": most}
    )


def _write_block(
    block: etree._Element, payments: list[Payment], debtor: Party, message_id: str, executed_on: datetime.date
) -> None:
    _add(block, "PmtInfId", f"{message_id}-{payments[0].currency}")
    _add(block, "PmtMtd", "TRF")
    _add_control(block, payments)
    _add(_add(block, "ReqdExctnDt"), "Dt", executed_on.isoformat())
    _add_party(_add(block, "Dbtr"), debtor)
    _add_account(_add(block, "DbtrAcct"), debtor)
    agent = _add(_add(block, "DbtrAgt"), "FinInstnId")
    if debtor.bic:
        _add(agent, "BICFI", compact(debtor.bic))
    else:
        # The schema wants a bank named; this is the word agreed on for one that the account already tells.
        _add(_add(agent, "Othr"), "Id", "NOTPROVIDED")
    _add(block, "ChrgBr", "SHAR")
    for payment in payments:
        _write_payment(_add(block, "CdtTrfTxInf"), payment)


def _write_payment(node: etree._Element, payment: Payment) -> None:
    _add(_add(node, "PmtId"), "EndToEndId", payment.end_to_end_id)
    amount = _add(_add(node, "Amt"), "InstdAmt", f"{_exact(payment.amount, payment.currency):f}")
    amount.set("Ccy", payment.currency)
    if payment.creditor.bic:
        _add(_add(_add(node, "CdtrAgt"), "FinInstnId"), "BICFI", compact(payment.creditor.bic))
    _add_party(_add(node, "Cdtr"), payment.creditor)
    _add_account(_add(node, "CdtrAcct"), payment.creditor)
    if remittance := latin(payment.remittance, REMITTANCE_CHARACTERS):
        _add(_add(node, "RmtInf"), "Ustrd", remittance)


def _add_control(node: etree._Element, payments: Iterable[Payment]) -> None:
    amounts = [_exact(payment.amount, payment.currency) for payment in payments]
    _add(node, "NbOfTxs", str(len(amounts)))
    _add(node, "CtrlSum", f"{sum(amounts, Decimal(0)):f}")


def _add_party(node: etree._Element, party: Party) -> None:
    _add(node, "Nm", latin(party.name, NAME_CHARACTERS))
    _add(_add(node, "PstlAdr"), "Ctry", party.country)


def _add_account(node: etree._Element, party: Party) -> None:
    identification = _add(node, "Id")
    if iban_is_sound(party.account):
        _add(identification, "IBAN", compact(party.account))
    else:
        _add(_add(identification, "Othr"), "Id", party.account)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    element.text = text
    return element


def _exact(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-l10n.currency_digits(currency)))
