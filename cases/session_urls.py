from django.urls import path

from cases import session_views as views

app_name = "sessions"
urlpatterns = [
    path("", views.session_list, name="list"),
    path("<slug:reference>/", views.session, name="session"),
    path("<slug:reference>/minutes-<str:language>.pdf", views.minutes, name="minutes"),
]
