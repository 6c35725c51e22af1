from importlib import import_module

from django.apps import AppConfig


class BrokenConfig(AppConfig):
    name = "tests.setup.broken"
    label = "broken"

    def ready(self):
        import_module("tests.setup.broken.flow")
