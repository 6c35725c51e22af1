"""Django's PostgreSQL engine, on the embedded server: it is started when the first connection is asked for."""

import os
from typing import Any

from django.db.backends.postgresql import base

from ricomi.postgres.server import Server


class DatabaseWrapper(base.DatabaseWrapper):
    """Everything as in Django's own engine, but for where the server is and that it is there."""

    def get_connection_params(self) -> dict[str, Any]:
        """The parameters of a connection to the running server. Raises Unavailable when it can't be had."""
        entry = self.settings_dict
        address = Server.of(entry["DATA_DIR"], disposable=entry.get("DISPOSABLE", False)).start()
        # Whoever serves may be another role than whoever owns the tables: ricomi/rights.py.
        user = os.environ.get("RICOMI_DATABASE_ROLE") or address.user
        entry.update(HOST=address.host, PORT=str(address.port), USER=user, PASSWORD=address.password)
        return super().get_connection_params()
