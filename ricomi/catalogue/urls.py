from django.urls import path

from ricomi.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("initiatives/", views.initiatives, name="initiatives"),
    path("catalogue/<int:pk>/", views.entry, name="entry"),
    path("standing-offers/", views.offers, name="offers"),
    path("standing-offers/new/", views.new_offer, name="offer_new"),
    path("standing-offers/<int:pk>/", views.offer, name="offer"),
    path("standing-offers/<int:pk>/change/", views.change_offer, name="offer_change"),
    path("standing-offers/<int:pk>/withdraw/", views.withdraw_offer, name="offer_withdraw"),
]
