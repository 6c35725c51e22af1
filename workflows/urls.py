from django.urls import path

from workflows import payment_pages, statement_pages, times_pages, views

urlpatterns = [
    path("worklist/", views.worklist, name="worklist"),
    path("people/<int:pk>/holdings/", views.holdings, name="holdings"),
    path("fund/payments/", payment_pages.page, name="payments"),
    path("fund/statements/", statement_pages.page, name="statements"),
    path("fund/statements/<int:pk>/", statement_pages.answer, name="statement_entry"),
    path("open/<slug:flow>/", views.opening, name="opening"),
    path("act/<slug:kind>/<int:pk>/<slug:name>/", views.step, name="step"),
    path("act/<slug:kind>/<int:pk>/<slug:name>/<int:item>/", views.step, name="step"),
    path("flows/<slug:flow>/", views.flow_page, name="flow"),
    path("flows/<slug:flow>/times/", times_pages.page, name="times"),
    path("flows/<slug:flow>/times.csv", times_pages.sheet, name="times_csv"),
    path("flows/<slug:flow>/times.json", times_pages.data, name="times_json"),
]
