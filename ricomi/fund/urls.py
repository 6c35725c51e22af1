from django.urls import path

from ricomi.fund import views

app_name = "fund"
urlpatterns = [
    path("", views.position, name="position"),
    path("postings.csv", views.postings_csv, name="postings_csv"),
    path("payments/<slug:reference>/", views.payment, name="payment"),
    path("payments/files/<slug:message_id>.xml", views.payment_file, name="payment_file"),
    path("terms/", views.terms, name="terms"),
    path("terms/<int:pk>/", views.proposal, name="proposal"),
    path("contributions/<slug:reference>/", views.contribution, name="contribution"),
]
