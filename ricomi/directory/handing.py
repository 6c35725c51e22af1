"""The pages on which people hand over their authority: what is mine, hand it over, take it back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ricomi.directory import members
from ricomi.directory.forms import HandOverForm
from ricomi.directory.models import Delegation, Membership, Role
from ricomi.directory.views import me


@login_required
@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """What the reader holds, what they gave to others, and for whom they act."""
    with_names = Delegation.objects.select_related("giver", "taker", "body", "given_by")
    roles = Membership.objects.active().filter(person=me(request)).select_related("body", "represents")
    context = {
        "roles": roles,
        "given": with_names.filter(giver=me(request)).order_by("-since", "-pk")[:50],
        "taken": with_names.filter(taker=me(request)).order_by("-since", "-pk")[:50],
        "running": set(Delegation.objects.in_force().filter(Q(giver=me(request)) | Q(taker=me(request)))
                       .values_list("pk", flat=True)),
    }  # fmt: skip
    return render(request, "directory/authority.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the tasks of one role to another of the same body: for the holder, or whoever manages the body."""
    held = get_object_or_404(Membership.objects.active().select_related("body", "person"), pk=pk)
    by = me(request)
    if by.pk != held.person_id and not members.may_manage(by, held.body, themselves=True):
        raise Http404
    form = HandOverForm(request.POST or None, held=held, by=by)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = members.delegate(
                held.person, asked["taker"], held.body, Role(held.role), by=by, since=asked["since"],
                until=asked["until"], reason=asked["reason"],
            )  # fmt: skip
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            said = {"taker": made.taker, "giver": made.giver}
            messages.success(request, _("%(taker)s will act for %(giver)s; both get a letter.") % said)
            own = by.pk == held.person_id
            return redirect("directory:authority") if own else redirect("directory:body", held.body.code)
    context = {"held": held, "form": form, "own": by.pk == held.person_id}
    return render(request, "directory/hand_over.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end a delegation; for the two whom it concerns and whoever manages the body."""
    with_names = Delegation.objects.standing().select_related("giver", "taker", "body")
    found = get_object_or_404(with_names, pk=pk)
    by = me(request)
    if by.pk not in (found.giver_id, found.taker_id) and not members.may_manage(by, found.body, themselves=True):
        raise Http404
    if request.method == "POST":
        try:
            members.revoke_delegation(found, by=by)
        except PermissionDenied as refused:
            raise Http404 from refused
        messages.success(request, _("The delegation has ended."))
        return redirect("directory:body", found.body.code)
    return render(request, "directory/confirm.html", {
        "title": _("End the delegation"), "what": str(found), "body": found.body})  # fmt: skip
