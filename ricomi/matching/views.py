"""The pages of the matching: how much each factor counts, what was proposed, and how well that predicted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.models import Case, Stage
from ricomi.directory.authority import rights_of
from ricomi.directory.models import Body
from ricomi.directory.views import me
from ricomi.matching import access, drawing, quality, weighing
from ricomi.matching.factors import FACTORS, parts_of
from ricomi.matching.forms import WeightsForm, values_of
from ricomi.matching.models import Weights
from ricomi.matching.ranking import FIRST, rank

SALT = "matching.weights"
A_DAY = 24 * 60 * 60
# How many rounds are shown before and after a change of the weights, how many cases that wait, and how many in a list.
COMPARED, WAITING, LISTED = 5, 2, 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def weights(request: HttpRequest) -> HttpResponse:
    """The weights with what each means, for whoever may see cases; the head of the secretariat sets them."""
    rights = rights_of(request)
    sets = access.sets_weights(rights)
    if not access.reads_weights(rights) or (request.method == "POST" and not sets):
        raise Http404
    now = Weights.objects.newest()
    if request.method == "POST" and "checked" in request.POST:
        return _confirm(request)
    form = WeightsForm(request.POST or None, before=now) if sets else None
    if form is not None and form.is_valid():
        return _preview(request, values_of(form.cleaned_data), form.cleaned_data["why"])
    context = {
        "now": now, "counted": [(factor, now.of(factor.code)) for factor in FACTORS], "form": form,
        "versions": list(Weights.objects.select_related("set_by")[:LISTED]),
        "reads_proposals": access.reads_proposals(rights),
    }  # fmt: skip
    return render(request, "matching/weights.html", context, status=422 if form and form.errors else 200)


def _preview(
    request: HttpRequest, values: dict[str, int], why: str, *, moved: bool = False, status: int = 200
) -> HttpResponse:
    """What would have been with these weights, signed, to be confirmed."""
    old = Weights.objects.newest()
    new = Weights(number=old.number + 1, values=values)
    found = quality.rounds(values=True)
    held = {"by": request.user.pk, "seen": old.number, "values": values, "why": why}
    context = {
        "why": why, "moved": moved, "checked": signing.dumps(held, salt=SALT),
        "changes": [
            (one, old.of(one.code), values[one.code]) for one in FACTORS if old.of(one.code) != values[one.code]
        ],
        "measures": [
            (how, quality.measure(found, how, old), quality.measure(found, how, new))
            for how in (quality.ACCEPTED, quality.SUCCEEDED)
        ],
        "compared": [*_waiting(old, new), *_compared(found[:COMPARED], old, new)],
    }  # fmt: skip
    return render(request, "matching/preview.html", context, status=status)


def _waiting(old: Weights, new: Weights) -> list[dict[str, Any]]:
    """The newest cases that look for a partner now, as they are ranked by the old weights and by the new."""
    cases = Case.objects.filter(stage=Stage.MATCHING).select_related("requesting__state", "offering")
    found = []
    for case in cases.order_by("-stage_since", "-pk")[:WAITING]:
        ranking = rank(case, weights=old)
        before, after = ([one.body.name for one in by.ranked[:FIRST]] for by in (ranking, ranking.under(new)))
        found.append({"case": case, "number": None, "before": before, "after": after})
    return found


def _compared(found: list[quality.Round], old: Weights, new: Weights) -> list[dict[str, Any]]:
    """Rounds on record, as their states would have been ranked by the old weights and by the new."""
    names = _names(found)
    return [
        {"case": one.case, "number": one.number, "before": [names[body] for body in one.order(old)[:FIRST]],
         "after": [names[body] for body in one.order(new)[:FIRST]]}
        for one in found
    ]  # fmt: skip


def _names(found: list[quality.Round]) -> dict[int, str]:
    keys = {body for one in found for body, *_rest in one.proposed} | {b for one in found for b in one.invited}
    return {body.pk: body.name for body in Body.objects.filter(pk__in=keys)}


def _confirm(request: HttpRequest) -> HttpResponse:
    try:
        held = signing.loads(request.POST["checked"], salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        held = {}
    if held.get("by") != request.user.pk:
        messages.error(request, _("The preview came back incomplete or is too old. Nothing was saved; try again."))
        return redirect("matching:weights")
    try:
        weighing.set_weights(held["values"], held["why"], by=me(request), seen=held["seen"])
    except weighing.Moved:
        return _preview(request, held["values"], held["why"], moved=True, status=409)
    messages.success(request, _("The new weights count from now on. What was proposed before keeps its own."))
    return redirect("matching:weights")


@login_required
@require_safe
def quality_page(request: HttpRequest) -> HttpResponse:
    """How well the ranking predicted who would help, for the secretariat and oversight."""
    if not access.reads_proposals(rights_of(request)):
        raise Http404
    found = quality.rounds()
    quarters = quality.over_time(found)
    names = _names(found[:LISTED])
    listed = [
        {"round": one, "first": [names[body] for body in one.order()[:FIRST]],
         "accepted": sorted(names[body] for body in one.accepted), "chosen": [names[body] for body in one.chosen]}
        for one in found[:LISTED]
    ]  # fmt: skip
    context = {"by_weights": quality.by_weights(found), "quarters": quarters, "drawn": drawing.drawn(quarters),
               "listed": listed, "count": len(found)}  # fmt: skip
    return render(request, "matching/quality.html", context)


@login_required
@require_safe
def round_page(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Whom the network proposed for one round of invitations, why, and what each answered."""
    rights = rights_of(request)
    if not access.reads_proposals(rights):
        raise Http404
    case = get_object_or_404(Case.objects.visible_to(rights).for_cards(), reference=reference)
    proposals = case.proposals.filter(round=number) if number < 2**15 else case.proposals.none()
    kept = list(proposals.select_related("body", "offer", "weights"))
    if not kept:
        raise Http404
    answers = {one.body_id: one for one in case.invitations.filter(round=number)}
    rows = [
        {"place": one.place, "body": one.body, "offer": one.offer, "total": one.total, "parts": parts_of(one.parts),
         "answer": answers.get(one.body_id)}
        for one in kept
    ]  # fmt: skip
    context = {"case": case, "number": number, "rows": rows, "at": kept[0].at, "weights": kept[0].weights}
    return render(request, "matching/round.html", context)
