from django.urls import path

from workflows import views

urlpatterns = [
    path("worklist/", views.worklist, name="worklist"),
    path("open/<slug:flow>/", views.opening, name="opening"),
    path("act/<slug:kind>/<int:pk>/<slug:name>/", views.step, name="step"),
    path("act/<slug:kind>/<int:pk>/<slug:name>/<int:item>/", views.step, name="step"),
    path("flows/<slug:flow>/", views.flow_page, name="flow"),
]
