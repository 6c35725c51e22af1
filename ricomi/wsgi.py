"""The entry point for web servers."""

import os

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ricomi.settings")
application = get_wsgi_application()

# The worker's command runs all checks before it begins; a web server runs none unless it is told to.
broken = [fault for fault in checks.run_checks(tags=["flows"]) if fault.is_serious()]
if broken:
    raise ImproperlyConfigured("\n".join(["RICOMI does not start, for its flows do not hold:", *map(str, broken)]))
