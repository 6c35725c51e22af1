"""One of the workers of tests/faults/test_year.py: it rings what is due at each moment that it is told."""

from __future__ import annotations

import datetime
import sys

import django
from django.utils import timezone


def main() -> None:
    """Answer each moment on standard input, in ISO 8601, with how many alarms rang in this process."""
    django.setup()
    from tests.clock import standing
    from workflows.tasks import ring_alarms

    for line in sys.stdin:
        timezone.datetime = standing(datetime.datetime.fromisoformat(line.strip()))  # type: ignore[attr-defined]
        print(ring_alarms(timestamp=0), flush=True)


if __name__ == "__main__":
    main()
