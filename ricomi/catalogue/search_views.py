"""The search of the catalogue: its page, its feed, and its results to take away."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ricomi.catalogue import asking, taking
from ricomi.catalogue.finding import MOST_RANKED, find
from ricomi.catalogue.models import SavedSearch
from ricomi.catalogue.models.draft import reads_all
from ricomi.catalogue.results import results
from ricomi.directory.authority import rights_of
from ricomi.printable import clean

ROWS = 20
FORMATS = ("csv", "xlsx", "json")
MOST_TAKEN = 10_000
IN_A_FEED = 50


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The catalogue: what was found, and what it may be narrowed to."""
    ask = asking.Ask.read(request.GET)
    names = asking.Names()
    number = _page_number(request)
    within = ask.within(private=request.user.is_authenticated)
    found = find(ask.text, dataclasses.replace(within, limit=ROWS, offset=(number - 1) * ROWS))
    # Only the best of very many are ranked, so pages end there; by day all can be read.
    reachable = min(found.total, MOST_RANKED) if ask.text and ask.sort == "relevance" else found.total
    page = Paginator(range(reachable), ROWS).get_page(number)
    if found.total and page.number != number:
        found = find(ask.text, dataclasses.replace(within, limit=ROWS, offset=(page.number - 1) * ROWS))
    narrowed_to_nothing = ask.text and ask.chosen and not found.total
    wider = find(ask.text, dataclasses.replace(within, keys=(), limit=0)) if narrowed_to_nothing else None
    context = {
        "ask": ask, "found": found, "results": results(found.cards), "page": page, "chips": asking.chips(ask, names),
        "facets": list(asking.facets(ask, found.counts, found.total, names)), "wider": wider,
        "guesses": [need for need in found.needs if need.guessed], "cut": reachable < found.total,
        "downloads": FORMATS, "ranked": MOST_RANKED, "taken": MOST_TAKEN, "reads_drafts": reads_all(rights_of(request)),
    }  # fmt: skip
    return render(request, "catalogue/search.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(1, min(int(text), 10**6)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


@require_safe
def initiatives(request: HttpRequest) -> HttpResponse:
    """The list of results of before: the same search among initiatives."""
    asked = request.GET.copy()
    asked["kind"] = "initiative"
    if text := asked.pop("text", [""])[0]:
        asked["q"] = text
    return redirect(f"{reverse('catalogue:search')}?{asking.Ask.read(asked).query}", permanent=True)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest that a search finds, as an Atom feed; what everybody can read, whoever asks."""
    ask = dataclasses.replace(asking.Ask.read(request.GET), sort="newest")
    found = find(ask.text, dataclasses.replace(ask.within(private=False), limit=IN_A_FEED), strict=True)
    here = settings.SITE_URL + reverse("catalogue:search") + f"?{ask.query}"
    atom = Atom1Feed(
        title=f"RICOMI: {ask.said(asking.Names())}", link=here, description="", language=get_language(),
        feed_url=settings.SITE_URL + request.get_full_path(),
    )  # fmt: skip
    for one in results(found.cards):
        address = settings.SITE_URL + one.thing.get_absolute_url()
        atom.add_item(
            title=clean(one.thing.title), link=address, description=clean(one.summary), unique_id=address,
            pubdate=one.published_at, updateddate=one.published_at, categories=one.themes,
        )  # fmt: skip
    return HttpResponse(atom.writeString("utf-8"), content_type=Atom1Feed.content_type)


@require_safe
def take_away(request: HttpRequest, form: str) -> HttpResponse:
    """What a search finds, as CSV, XLSX or JSON: the newest ten thousand if it finds more."""
    ask = dataclasses.replace(asking.Ask.read(request.GET), sort="newest")
    found = find(ask.text, dataclasses.replace(ask.within(private=request.user.is_authenticated), limit=MOST_TAKEN))
    return taking.answer(form, results(found.cards))


@login_required
@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    """The searches that the reader keeps."""
    names = asking.Names()
    kept = [
        (one, asking.Ask.read(QueryDict(one.query)).said(names))
        for one in SavedSearch.objects.filter(person=request.user.pk)
    ]
    return render(request, "catalogue/saved.html", {"kept": kept})


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a search under a name; the same name again takes its place."""
    name = request.POST.get("name", "").replace("\x00", "").strip()
    ask = asking.Ask.read(QueryDict(request.POST.get("query", "")[:4000]))
    if not name or len(name) > 80 or len(ask.query) > 1500:
        messages.error(request, _("Give the search a name of at most 80 characters."))
        return redirect(f"{reverse('catalogue:search')}?{ask.query}")
    SavedSearch.objects.update_or_create(person_id=request.user.pk, name=name, defaults={"query": ask.query})
    messages.success(request, _("The search is saved. You get a letter when something new fits it."))
    return redirect("catalogue:saved")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a saved search of the reader's own."""
    kept = get_object_or_404(SavedSearch, pk=pk, person=request.user.pk)
    if request.method == "POST":
        kept.delete()
        messages.success(request, _("The search is deleted."))
        return redirect("catalogue:saved")
    return render(request, "catalogue/forget.html", {"saved": kept})
