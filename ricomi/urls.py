"""All pages of the site, room by room."""

from django.contrib import admin
from django.urls import include, path

from ricomi import mail_page, views

urlpatterns = [
    path("", views.home, name="home"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("healthz", views.health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("ricomi.directory.account_urls")),
    path("admin/", admin.site.urls),
    path("cases/", include("cases.urls")),
    path("sessions/", include("cases.session_urls")),
    path("rates/", include("cases.rate_urls")),
    path("directory/", include("ricomi.directory.urls")),
    path("systems/", include("ricomi.systems.urls")),
    path("fund/", include("ricomi.reports.urls")),
    path("fund/", include("ricomi.fund.urls")),
    path("", include("ricomi.atlas.urls")),
    path("", include("ricomi.catalogue.urls")),
    path("matching/", include("ricomi.matching.urls")),
    path("", include("ricomi.papers.urls")),
    path("", include("notifications.urls")),
    path("", include("workflows.urls")),
    *mail_page.urls(),
]
