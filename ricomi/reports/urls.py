from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from ricomi.reports import views


def forms(address: str, view: Callable[..., Any], name: str, *, drawn: bool = False) -> list[URLPattern]:
    """The addresses of a statement: its page, its two files, and its chart where it has one."""
    files = [path(f"{address}.{form}", view, {"form": form}, name=f"{name}_{form}") for form in ("xlsx", "pdf")]
    chart = [path(f"{address}/chart.svg", view, {"form": "svg"}, name=f"{name}_svg")] if drawn else []
    return [path(f"{address}/", view, name=name), *files, *chart]


app_name = "reports"
urlpatterns = [
    *forms("financial/position", views.position, "position", drawn=True),
    *forms("financial/contributions", views.donors, "donors", drawn=True),
    *forms("financial/contributions/<slug:reference>", views.money, "money"),
    *forms("financial/cases", views.cases, "cases"),
    *forms("financial/cases/<slug:reference>", views.case, "case", drawn=True),
    *forms("financial/line", views.line, "line"),
    *forms("financial/forecast", views.forecast, "forecast", drawn=True),
    *forms("totals", views.totals, "totals", drawn=True),
]
