from django.urls import path

from ricomi.matching import views

app_name = "matching"
urlpatterns = [
    path("", views.quality_page, name="quality"),
    path("weights/", views.weights, name="weights"),
    path("rounds/<slug:reference>/<int:number>/", views.round_page, name="round"),
]
