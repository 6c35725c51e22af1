from django.urls import path

from ricomi.fund import views

app_name = "fund"
urlpatterns = [
    path("", views.position, name="position"),
    path("postings.csv", views.postings_csv, name="postings_csv"),
    path("payments/", views.payments, name="payments"),
    path("payments/<slug:reference>/", views.payment, name="payment"),
    path("contributions/<slug:reference>/", views.contribution, name="contribution"),
]
