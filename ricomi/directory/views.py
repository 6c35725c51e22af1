"""The directory's pages: states and bodies for everybody who may see them, their management for who may manage."""

from __future__ import annotations

import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import act_as, fixed_body, rights_of
from ricomi.directory.calendar import calendar_of
from ricomi.directory.forms import InviteForm, ParticipationForm, ProfileForm, VotingRuleForm
from ricomi.directory.models import Body, Delegation, Invitation, Membership, Record, Role, State, User, VotingRule

YEAR = datetime.timedelta(days=365)


def is_secretariat(request: HttpRequest) -> bool:
    """Whether the reader keeps the directory for the whole network."""
    secretariat = fixed_body("secretariat")
    return secretariat is not None and rights_of(request).may(act_as(Role.CASE_OFFICER), secretariat)


def me(request: HttpRequest) -> User:
    """The person who signed in."""
    return cast(User, request.user)


@require_GET
def states(request: HttpRequest) -> HttpResponse:
    """The states of the network with their forums, and which of them take part today."""
    part = set(State.objects.participating().values_list("pk", flat=True))
    found = sorted(State.objects.prefetch_related("forums", "body"), key=lambda state: state.name)
    return render(
        request,
        "directory/states.html",
        {
            "members": [state for state in found if state.kind == State.Kind.MEMBER],
            "observers": [state for state in found if state.kind == State.Kind.OBSERVER],
            "part": part,
            "fixed": Body.objects.filter(state__isnull=True),
        },
    )


@require_http_methods(["GET", "POST"])
def state(request: HttpRequest, code: str) -> HttpResponse:
    """A state and its periods; the secretariat begins a new one."""
    found = get_object_or_404(State, pk=code.upper())
    manages = is_secretariat(request)
    if request.method == "POST" and not manages:
        raise Http404
    form = ParticipationForm(request.POST or None) if manages else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            begin_period(found, form, me(request))
        except ValidationError as wrong:
            form.add_error("since", wrong)
        else:
            messages.success(request, _("The new period is recorded."))
            return redirect("directory:state", found.pk.lower())
    context = {"state": found, "periods": found.participations.order_by("since"), "form": form}
    return render(request, "directory/state.html", context, status=422 if form and form.errors else 200)


@transaction.atomic
def begin_period(found: State, form: ParticipationForm, by: User) -> None:
    """End the period that lasts and begin another. Raises ValidationError when it would not come after it."""
    last = found.participations.select_for_update().order_by("-since").first()
    since = form.cleaned_data["since"]
    if last is not None:
        if since <= last.since:
            raise ValidationError(_("The new period begins after the last one began."))
        if last.until is None or last.until >= since:
            last.until = since - datetime.timedelta(days=1)
            last.save(update_fields=["until"])
    form.instance.state = found
    form.save()
    Record.objects.create(by=by, what="period", state=found)


@login_required
@require_http_methods(["GET", "POST"])
def body(request: HttpRequest, code: str) -> HttpResponse:
    """A body and its people, for members of any body; whoever manages it invites."""
    found = get_object_or_404(Body, code=code)
    if not rights_of(request).rights:
        raise Http404
    manages = members.may_manage(me(request), found)
    if request.method == "POST" and not manages:
        raise Http404
    form = InviteForm(request.POST or None, body=found) if manages else None
    if form is not None and request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            members.invite(
                asked["email"], asked["name"], found, asked["role"], by=me(request), language=asked["language"],
                represents=asked.get("represents"), rank=asked.get("rank") or 1,
            )  # fmt: skip
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            messages.success(request, _("%(name)s is invited; a letter is on its way.") % {"name": asked["name"]})
            return redirect("directory:body", found.code)
    people = Membership.objects.active().filter(body=found).select_related("person", "represents")
    waiting = Invitation.objects.filter(body=found, accepted_at__isnull=True, withdrawn_at__isnull=True)
    acting = Delegation.objects.in_force().filter(body=found).select_related("giver", "taker", "given_by")
    hands_over = members.may_manage(me(request), found, themselves=True)
    calendar = calendar_of(found.pk)
    context = {"body": found, "people": people, "form": form, "manages": manages, "rule": found.rule, "acting": acting,
               "sets_rule": members.may_set_rule(me(request), found), "hands_over": hands_over,
               "invitations": waiting if manages else [],
               "calendar": calendar, "days_off": calendar.days_off(l10n.today(), l10n.today() + YEAR)}  # fmt: skip
    return render(request, "directory/body.html", context, status=422 if form and form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """The rule by which a body decides, to be followed by another; for its chair and the head of the secretariat."""
    found = get_object_or_404(Body, code=code)
    if not members.may_set_rule(me(request), found):
        raise Http404
    form = VotingRuleForm(request.POST or None, instance=VotingRule(body=found), initial=_as_it_is(found))
    if request.method == "POST" and form.is_valid():
        members.set_rule(form.instance, by=me(request))
        messages.success(request, _("The new rule holds for cases that are opened from now on."))
        return redirect("directory:body", found.code)
    context = {"body": found, "form": form, "rules": found.rules.select_related("set_by")}
    return render(request, "directory/rule.html", context, status=422 if form.errors else 200)


def _as_it_is(found: Body) -> dict[str, Any]:
    return {name: getattr(found.rule, name) for name in VotingRuleForm.Meta.fields}


@login_required
@require_http_methods(["GET", "POST"])
def end_membership(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end a membership."""
    found = get_object_or_404(Membership.objects.active().select_related("body", "person"), pk=pk)
    if not members.may_manage(me(request), found.body):
        raise Http404
    if request.method == "POST":
        members.end(found, by=me(request))
        messages.success(request, _("The membership has ended."))
        return redirect("directory:body", found.body.code)
    return render(request, "directory/confirm.html", {
        "title": _("End the membership"), "what": str(found), "person": found.person, "body": found.body})  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take an invitation back."""
    found = get_object_or_404(Invitation.objects.select_related("body"), pk=pk, accepted_at__isnull=True)
    if not members.may_manage(me(request), found.body):
        raise Http404
    if request.method == "POST":
        members.withdraw_invitation(found, by=me(request))
        messages.success(request, _("The invitation is withdrawn."))
        return redirect("directory:body", found.body.code)
    return render(request, "directory/confirm.html", {
        "title": _("Withdraw the invitation"), "what": str(found), "body": found.body})  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then deactivate a person; for the secretariat."""
    found = get_object_or_404(User, pk=pk, is_active=True)
    if not is_secretariat(request) or found.pk == request.user.pk:
        raise Http404
    if request.method == "POST":
        try:
            members.deactivate(found, by=me(request))
        except PermissionDenied as refused:
            raise Http404 from refused
        messages.success(request, _("%(name)s can no longer sign in.") % {"name": found.name})
        return redirect("directory:states")
    return render(request, "directory/confirm.html", {
        "title": _("Deactivate this person"), "what": str(found), "person": found})  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The reader's own name, language and time zone, and their roles."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=me(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("directory:profile")
    roles = Membership.objects.active().filter(person=me(request)).select_related("body", "represents")
    context = {"form": form, "roles": roles, "today": l10n.today()}
    return render(request, "directory/profile.html", context, status=422 if form.errors else 200)
