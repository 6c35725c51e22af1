"""Settings of a site on which one flow leads nowhere."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.setup.broken.apps.BrokenConfig"]
