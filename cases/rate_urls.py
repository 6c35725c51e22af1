from django.urls import path

from cases import rate_views as views

app_name = "rates"
urlpatterns = [
    path("", views.table, name="table"),
    path("import/", views.bring_in, name="import"),
    path("editions/<int:pk>/", views.edition, name="edition"),
]
