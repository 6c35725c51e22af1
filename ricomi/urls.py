"""All pages of the site, room by room."""

from django.contrib import admin
from django.urls import include, path

from ricomi import mail_page, views

from importlib.util import find_spec  # TEMPORARY
_rooms = [("cases/", "cases.urls"), ("directory/", "ricomi.directory.urls"), ("fund/", "ricomi.fund.urls"), ("", "ricomi.catalogue.urls"), ("", "notifications.urls"), ("", "workflows.urls")]
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    *[path(p, include(m)) for p, m in _rooms if find_spec(m)],
    *mail_page.urls(),
]
