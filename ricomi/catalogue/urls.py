from django.urls import path, re_path
from django.views.generic import RedirectView

from ricomi.catalogue import draft_views, search_views, views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", search_views.search, name="search"),
    path("catalogue/feed.atom", search_views.feed, name="feed"),
    re_path(r"^catalogue/results\.(?P<form>csv|xlsx|json)$", search_views.take_away, name="take_away"),
    path("catalogue/saved/", search_views.saved, name="saved"),
    path("catalogue/saved/new/", search_views.save, name="save"),
    path("catalogue/saved/<int:pk>/delete/", search_views.forget, name="forget"),
    path(
        "initiatives/<int:pk>/", RedirectView.as_view(pattern_name="catalogue:entry", permanent=True), name="initiative"
    ),
    path("initiatives/", search_views.initiatives, name="initiatives"),
    path("catalogue/<int:pk>/", views.entry, name="entry"),
    path("catalogue/<int:pk>/versions/<int:number>/", views.version, name="version"),
    path("catalogue/drafts/", draft_views.drafts, name="drafts"),
    path("catalogue/drafts/<slug:reference>/", draft_views.draft, name="draft"),
    path("standing-offers/", views.offers, name="offers"),
    path("standing-offers/new/", views.new_offer, name="offer_new"),
    path("standing-offers/<int:pk>/", views.offer, name="offer"),
    path("standing-offers/<int:pk>/change/", views.change_offer, name="offer_change"),
    path("standing-offers/<int:pk>/withdraw/", views.withdraw_offer, name="offer_withdraw"),
]
