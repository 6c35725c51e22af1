from django.urls import path

from ricomi.papers import views

app_name = "papers"
urlpatterns = [
    path("verify/", views.verification, name="verification"),
    path("verify/<str:code>/", views.code, name="code"),
]
