from django.urls import path

from ricomi.systems import import_views as imports
from ricomi.systems import views

SERIES = "<slug:code>/series/<slug:series>"

app_name = "systems"
urlpatterns = [
    path("", views.systems, name="list"),
    path("<slug:code>/", views.system, name="system"),
    path("<slug:code>/records/", views.records, name="records"),
    path(f"{SERIES}/", views.series, name="series"),
    path(f"{SERIES}.csv", views.series_file, {"form": "csv"}, name="series_csv"),
    path(f"{SERIES}.xlsx", views.series_file, {"form": "xlsx"}, name="series_xlsx"),
    path(f"{SERIES}.sdmx.csv", views.series_file, {"form": "sdmx_csv"}, name="series_sdmx_csv"),
    path(f"{SERIES}.sdmx.xml", views.series_file, {"form": "sdmx_ml"}, name="series_sdmx_ml"),
    path("<slug:code>/import/", imports.hand_in, name="import"),
    path("<slug:code>/settings/", imports.settings_of, name="settings"),
    path("<slug:code>/editions/<int:number>/", imports.edition, name="edition"),
]
