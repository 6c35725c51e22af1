#!/usr/bin/env python
"""Django's command line for RICOMI."""

import os
import sys

from ricomi.postgres.server import Unavailable

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ricomi.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except Unavailable as error:
        sys.exit(f"ricomi: {error}")
