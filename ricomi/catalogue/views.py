"""Pages of the catalogue: results for everybody, standing offers for who signs in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ricomi import l10n
from ricomi.catalogue import offers as acts
from ricomi.catalogue.forms import Filters, OfferForm
from ricomi.catalogue.models import Draft, Entry, Shown, StandingOffer, Version
from ricomi.directory.authority import rights_of
from ricomi.directory.models import User

ROWS = 20


def _page(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry of the catalogue, for everybody; one that was withdrawn says so."""
    found = get_object_or_404(Entry.objects.prefetch_related("terms", "places"), pk=pk)
    before = found.versions.defer("content").exclude(number=found.version) if found.version > 1 else ()
    draft = None
    if found.is_of_a_delegation and request.user.is_authenticated:
        draft = Draft.objects.visible_to(rights_of(request)).select_related(*Draft.WITH).filter(entry=found).first()
    return render(request, "catalogue/entry.html", {"entry": found, "versions": before, "draft": draft})


@require_safe
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """An entry as it was published once, for everybody; it says what stands now, or that it was withdrawn."""
    found = get_object_or_404(Version.objects.select_related("entry"), entry=pk, number=number)
    shown = Shown(found.content, found.entry.origin, found.at, is_of_a_case=found.entry.is_of_a_case)
    return render(request, "catalogue/version.html", {"version": found, "entry": found.entry, "shown": shown})


@require_safe
@login_required
def offers(request: HttpRequest) -> HttpResponse:
    """What states offer today, for all who sign in."""
    filters = Filters(request.GET)
    asked = filters.asked
    found = StandingOffer.objects.in_force().for_list()
    if "theme" in asked:
        found = found.filter(themes=asked["theme"])
    if "population" in asked:
        found = found.filter(populations=asked["population"])
    if "country" in asked:
        found = found.filter(body__state=asked["country"])
    may_offer = bool(acts.delegations(rights_of(request)))
    context = {"filters": filters, "asked": asked, "page": _page(request, found), "may_offer": may_offer}
    return render(request, "catalogue/offers.html", context)


@require_safe
@login_required
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """One standing offer; one that was withdrawn or has ended says so."""
    found = _offer(pk)
    return render(
        request,
        "catalogue/offer.html",
        {"offer": found, "may_change": acts.may_change(rights_of(request), found), "today": l10n.today()},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_offer(request: HttpRequest) -> HttpResponse:
    """An officer writes a new offer of their delegation."""
    person = _person(request)
    delegations = acts.delegations(rights_of(request))
    if not delegations:
        raise Http404
    form = OfferForm(request.POST or None, delegations=delegations)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.create(person, form.delegation(), form.cleaned_data)
        except PermissionDenied as error:
            raise Http404 from error
        except acts.AlreadyOffered as error:
            form.add_error("title", _("Your delegation already offers something with this title."))
            return _form(request, form, same=error.offer)
        messages.success(request, _("The offer is published to all member states."))
        return redirect(made)
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """An officer puts other words to an offer of their delegation."""
    person, found = _person(request), _offer(pk)
    if not acts.may_change(rights_of(request), found):
        return _gone(request, person, found)
    form = OfferForm(request.POST or None, instance=found, delegations=[found.body])
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(person, found, form.cleaned_data, revision=form.cleaned_data["revision"] or 0)
        except PermissionDenied as error:
            raise Http404 from error
        except acts.Withdrawn:
            return _gone(request, person, _offer(pk))
        except acts.AlreadyOffered as error:
            form.add_error("title", _("Your delegation already offers something with this title."))
            return _form(request, form, offer=_offer(pk), same=error.offer)
        except acts.Stale as error:
            typed = request.POST.copy()
            typed["revision"] = str(error.offer.revision)
            form.data = typed
            return _form(request, form, offer=error.offer, differing=form.differing(error.offer))
        messages.success(request, _("The offer is changed."))
        return redirect(found)
    return _form(request, form, offer=_offer(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def withdraw_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """An officer withdraws an offer of their delegation, after being asked whether they mean it."""
    person, found = _person(request), _offer(pk)
    if not acts.may_change(rights_of(request), found):
        return _gone(request, person, found)
    if request.method == "POST":
        try:
            acts.withdraw(person, found)
        except PermissionDenied as error:
            raise Http404 from error
        except acts.Withdrawn:
            return _gone(request, person, _offer(pk))
        messages.success(request, _("The offer is withdrawn."))
        return redirect("catalogue:offers")
    return render(request, "catalogue/offer_withdraw.html", {"offer": found})


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _offer(pk: int) -> StandingOffer:
    people = ("withdrawn_by", "changed_by")
    return get_object_or_404(StandingOffer.objects.for_list().select_related(*people), pk=pk)


def _gone(request: HttpRequest, person: User, found: StandingOffer) -> HttpResponse:
    """Tell an officer of the delegation who withdrew the offer before them; to others the form doesn't exist."""
    if found.withdrawn_at is None or not acts.is_officer(rights_of(request), found):
        raise Http404
    messages.info(
        request,
        _("%(person)s withdrew this offer on %(day)s.")
        % {"person": found.withdrawn_by, "day": l10n.day(found.withdrawn_at)},
    )
    return redirect(found)


def _form(
    request: HttpRequest,
    form: OfferForm,
    *,
    offer: StandingOffer | None = None,
    same: StandingOffer | None = None,
    differing: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    context = {"form": form, "offer": offer, "same": same, "differing": differing}
    status = 422 if form.errors else 409 if differing else 200
    return render(request, "catalogue/offer_form.html", context, status=status)
