"""The page of bank statements: a file is read, and each entry that came in becomes a receipt by a person's word."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ricomi.directory.authority import Authority, act_as, fixed_body, rights_of
from ricomi.directory.models import Role
from ricomi.directory.views import me
from ricomi.fund import access, giving, statements
from ricomi.fund.models import BankEntry, Contribution
from workflows import gate


class FileForm(forms.Form):
    """A statement as the bank gives it."""

    file = forms.FileField(
        label=_("Bank statement"),
        help_text=_("ISO 20022 camt.053 as XML, or CSV. The same file twice changes nothing."),
    )


def may_report(rights: Authority) -> bool:
    """Whether a person reports receipts: the Fund's managers."""
    fund = fixed_body("fund")
    return fund is not None and rights.may(act_as(Role.FUND_MANAGER), fund)


@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The entries that wait, with what is proposed for each; a new file is read here."""
    rights = rights_of(request)
    if not access.reads_payments(rights) or (request.method == "POST" and not may_report(rights)):
        raise Http404
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = statements.take_in(form.cleaned_data["file"], by=me(request))
        except ValidationError as refused:
            form.add_error("file", refused)
        else:
            said = ngettext("%(count)d entry is new.", "%(count)d entries are new.", taken.new) % {"count": taken.new}
            messages.success(request, said)
            return redirect("statements")
    context = {"form": form, "waiting": statements.waiting(), "may_report": may_report(rights)}
    return render(request, "fund/statements.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """An entry is reported as the receipt of a contribution, or set aside with a reason."""
    if not may_report(rights_of(request)) or pk > 2**62:
        raise Http404
    if request.method == "GET":
        return redirect("statements")
    with transaction.atomic():
        entry = get_object_or_404(BankEntry.objects.waiting().select_for_update(of=("self",)), pk=pk)
        try:
            _settle(entry, request) if "report" in request.POST else _set_aside(entry, request)
        except (gate.Refused, ValidationError) as refused:
            transaction.set_rollback(True)
            messages.error(request, getattr(refused, "message", None) or " ".join(getattr(refused, "messages", [])))
    return redirect("statements")


def _settle(entry: BankEntry, request: HttpRequest) -> None:
    given = Contribution.objects.filter(reference=request.POST.get("contribution", ""), currency=entry.currency).first()
    if given is None:
        raise ValidationError(_("Choose the contribution that this money settles."))
    data: dict[str, Any] = {
        "amount": entry.amount, "currency": entry.currency, "received_on": entry.value_on,
        "bank_reference": entry.reference,
    }  # fmt: skip
    gate.act(me(request), given, "receipt", "report", data)
    entry.receipt = giving.reported(given)
    entry.save(update_fields=["receipt"])
    messages.success(request, _("Reported. Another person of the Fund confirms it."))


def _set_aside(entry: BankEntry, request: HttpRequest) -> None:
    reason = request.POST.get("reason", "").strip()[:300]
    if not reason:
        raise ValidationError(_("Say why this entry is no contribution."))
    entry.set_aside, entry.set_aside_by = reason, me(request)
    entry.save(update_fields=["set_aside", "set_aside_by"])
    messages.success(request, _("Set aside."))
