"""Settings of a site to which docs/adding-a-flow.md was applied in the folder that RICOMI_ADDED names."""

import os
import sys

import workflows
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, FLOW_PAGES, INSTALLED_APPS

_FOLDER = os.environ["RICOMI_ADDED"]
sys.path.insert(0, _FOLDER)
workflows.__path__.append(f"{_FOLDER}/workflows")
_place = INSTALLED_APPS.index("workflows")
INSTALLED_APPS = [*INSTALLED_APPS[:_place], "bulletins", *INSTALLED_APPS[_place:]]
FLOW_PAGES = [*FLOW_PAGES, "workflows.bulletin"]
DATABASES["default"]["TEST"] = {"NAME": f"test_adding_a_flow_{os.getpid()}"}
