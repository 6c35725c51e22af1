"""`make bench`: the bench on a database that it makes and drops."""

import os
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    django.setup()
    import_module("tests.bench.measure").main()
