"""Settings of a site on which one flow leads nowhere."""

from tests.settings import *  # noqa: F403
from tests.settings import FLOW_PAGES

FLOW_PAGES = [*FLOW_PAGES, "tests.setup.broken.flow"]
