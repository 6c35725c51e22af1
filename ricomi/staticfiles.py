"""Which files the site serves beside its pages."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.staticfiles.finders import AppDirectoriesFinder

# Its pages are not ours, and one of its style sheets names fonts that the package lacks.
UNUSED = "viewflow"


class Finder(AppDirectoriesFinder):
    """The files of every installed app but those whose pages are not mounted."""

    def __init__(self, app_names: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        names = app_names or [config.name for config in apps.get_app_configs()]
        super().__init__([name for name in names if name.split(".")[0] != UNUSED], *args, **kwargs)
