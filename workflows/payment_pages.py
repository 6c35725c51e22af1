"""The page of payments: those that are ready go to the bank in one file, each by its own step, all or none."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ricomi import l10n
from ricomi.directory.authority import Authority, fixed_body, rights_of
from ricomi.directory.models import User
from ricomi.directory.views import me
from ricomi.fields import Day
from ricomi.fund import access, paying
from ricomi.fund.models import BankAccount, Payment, PaymentFile
from workflows import gate, policy
from workflows.numbers import next_number
from workflows.payment import PaymentFlow

PAGE = 60
# Payments of a currency that are offered at once; the others follow when these are sent.
MOST = 100
SENDING = PaymentFlow.step("sending")


class SendingForm(forms.Form):
    """Which of the payments that are ready go into the next file, as they were shown, and when the bank is to pay."""

    executed_on = Day(label=_("The bank is to pay on"))
    payments = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Payments"),
        error_messages={
            "required": _("There is nothing to pay. Choose at least one payment."),
            "invalid_choice": _("A payment that you chose was changed or sent meanwhile. Look at what is left."),
        },
    )

    def __init__(self, data: Any, *, currency: str, offered: list[Payment]) -> None:
        self.offered = {_as_shown(one): one for one in offered}
        initial = {"executed_on": l10n.today(), "payments": list(self.offered)}
        super().__init__(data, initial=initial, auto_id=f"id_{currency}_%s")
        asked: Any = self.fields["payments"]
        asked.choices = list(self.offered.items())

    def clean_executed_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["executed_on"]
        if day < l10n.today():
            raise ValidationError(_("The day has passed"))
        return day

    def chosen(self) -> list[Payment]:
        return [self.offered[one] for one in self.cleaned_data["payments"]]


def _as_shown(payment: Payment) -> str:
    """The payment in the state in which it was shown: an account that was changed since was not agreed to."""
    return f"{payment.reference}.{payment.revision}"


def may_send(rights: Authority) -> bool:
    """Whether a person sends payments to the bank at all, be it not each of them."""
    body = fixed_body(SENDING.who.of)
    return body is not None and rights.may(SENDING.who.right, body)


def parts(rights: Authority, ready: list[Payment], typed: QueryDict) -> list[dict[str, Any]]:
    """For each currency in which payments are ready: the Fund's account, what the person may send, what others send.

    Two queries, however many payments there are. The form of the currency of which something was `typed` is bound.
    """
    keys = [one.subject_key for one in ready]
    listed = policy.worklist(rights).filter(flow_task=SENDING, process__subject_key__in=keys)
    mine = {task.process.subject_key for task in listed}
    accounts = {one.currency: one for one in BankAccount.objects.all()}
    found = []
    for currency in sorted({one.currency for one in ready}):
        its = [one for one in ready if one.currency == currency]
        offered = [one for one in its if one.subject_key in mine][:MOST]
        sent = typed if typed.get("currency") == currency else None
        found.append({
            "currency": currency, "account": accounts.get(currency),
            "others": [one for one in its if one.subject_key not in mine],
            "form": SendingForm(sent, currency=currency, offered=offered) if offered else None,
        })  # fmt: skip
    return found


@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What the bank is to pay and has paid, for the Fund's people and auditors; who sends payments does it here."""
    rights = rights_of(request)
    sends = may_send(rights)
    if not access.reads_payments(rights) or (request.method == "POST" and not sends):
        raise Http404
    ready = list(Payment.objects.visible_to(rights).ready()) if sends else []
    offered = parts(rights, ready, request.POST) if sends else []
    if request.method == "POST":
        if file := _sent(offered, me(request)):
            said = {"file": file.message_id, "total": l10n.money(file.total, file.currency)}
            messages.success(
                request,
                _("The payment file %(file)s over %(total)s is ready. Download it below and hand it to the bank.")
                % said,
            )
            return redirect("payments")
        if not any(one["form"] and one["form"].errors for one in offered):
            messages.error(request, _("The payments that you chose were changed or sent meanwhile. Choose again."))
    files = PaymentFile.objects.defer("content").select_related("made_by")[:PAGE]
    shown = Paginator(Payment.objects.visible_to(rights), PAGE).get_page(request.GET.get("page"))
    context = {"page": shown, "files": files, "parts": offered, "most": MOST,
               "full": any(one["form"] and len(one["form"].offered) == MOST for one in offered)}  # fmt: skip
    return render(request, "fund/payments.html", context, status=422 if request.method == "POST" else 200)


def _sent(parts: list[dict[str, Any]], by: User) -> PaymentFile | None:
    """The file that was made of what was chosen; None with the reason in the form."""
    for form, account in ((part["form"], part["account"]) for part in parts):
        if form is None or not form.is_bound or not form.is_valid():
            continue
        try:
            return send(form.chosen(), account, executed_on=form.cleaned_data["executed_on"], by=by)
        except ValidationError as refused:
            form.add_error(None, refused)
    return None


@transaction.atomic
def send(chosen: list[Payment], account: BankAccount | None, *, executed_on: datetime.date, by: User) -> PaymentFile:
    """Write payments of one currency into one file and send each to the bank by its step: all of them, or none.

    Raises ValidationError for what a bank would refuse, and for a payment that is not this person's to send, or was
    changed or sent since `chosen` was read.
    """
    if account is None:
        raise ValidationError(_("The Fund has no account in this currency yet."))
    message_id = next_number(PaymentFile, "message_id", "RICOMI", timezone.now(), 4)
    seen = {one.pk: one.revision for one in chosen}
    # In the order of their keys, so that two who send overlapping choices wait for each other and do not block.
    payments = list(Payment.objects.select_for_update().filter(pk__in=seen).order_by("pk"))
    file = paying.make_file(payments, account, message_id=message_id, executed_on=executed_on, by=by)
    for one in payments:
        try:
            gate.act(by, one, SENDING.name, "send", {"file": file}, seen=seen[one.pk])
        except gate.Refused as refused:
            raise ValidationError(f"{one.reference}: {refused.message}") from refused
    return file
