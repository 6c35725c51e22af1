"""A person's letters."""

from __future__ import annotations

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("letters/", views.letters, name="letters"),
    path("letters/<uuid:pk>/", views.letter, name="letter"),
]
