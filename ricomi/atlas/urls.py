from django.urls import path

from ricomi.atlas import views

app_name = "atlas"
urlpatterns = [
    path("map/", views.whole, name="map"),
    path("countries/", views.countries, name="countries"),
    path("countries/<slug:code>/", views.country, name="country"),
]
