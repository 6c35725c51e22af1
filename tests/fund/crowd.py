"""Many acts at the same instant, each on a connection of its own."""

from __future__ import annotations

import threading

from django.core.exceptions import ValidationError
from django.db import connection

from workflows import gate


def at_once(*acts):
    """What each act comes to, in their order: what it returned, or how it was refused."""
    start, results = threading.Barrier(len(acts), timeout=120), [None] * len(acts)

    def work(number, does):
        try:
            connection.ensure_connection()
            start.wait()
            results[number] = does()
        except (gate.Refused, ValidationError) as refused:
            results[number] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
