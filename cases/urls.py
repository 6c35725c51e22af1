from django.urls import path

from cases import views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("list.csv", views.case_list_csv, name="list_csv"),
    path("filters/save/", views.save_filter, name="save_filter"),
    path("filters/<int:pk>/delete/", views.delete_filter, name="delete_filter"),
    path("<slug:reference>/", views.case, name="case"),
    path("<slug:reference>/timeline/", views.timeline, name="timeline"),
    path("<slug:reference>/decisions/<slug:number>/", views.decision, name="decision"),
    path("<slug:reference>/decisions/<slug:number>/<slug:language>.pdf", views.decision_pdf, name="decision_pdf"),
    path("<slug:reference>/trips/<int:pk>/", views.trip, name="trip"),
    path("<slug:reference>/compare/", views.compare, name="compare"),
    path("<slug:reference>/budget.csv", views.budget_csv, name="budget_csv"),
    path("<slug:reference>/documents/<int:pk>/", views.document, name="document"),
]
