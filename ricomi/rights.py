"""What the application's own role may do in the database: nothing by which books or timeline could be rewritten.

Whoever migrates owns the tables and can do anything; whoever serves need not. `grant` gives a role what the application
needs and leaves out what the triggers of append-only tables forbid: it can neither do that nor switch them off.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection
from psycopg import sql

from ricomi.fund import guards

APPLICATION = "ricomi_app"
# Written by triggers alone, which then write them in their owner's name.
BY_TRIGGERS = {
    "fund_account": "UPDATE, DELETE",
    "fund_held": "INSERT, UPDATE, DELETE",
    "fund_total": "INSERT, UPDATE, DELETE",
}
WRITING = (guards.LEG_MOVES_BALANCES,)


def seal(**_how: Any) -> None:
    """Have no session pass over a trigger by naming it in a setting, as the library that installs them allows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('public._pgtrigger_should_ignore(name)') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute("""
                CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN
                AS $$ BEGIN RETURN FALSE; END $$ LANGUAGE plpgsql IMMUTABLE
            """)


def append_only() -> dict[str, str]:
    """The tables whose rows are protected, with what may not be done to them."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        for trigger in getattr(model._meta, "triggers", []):
            if isinstance(trigger, pgtrigger.Protect):
                operations = str(trigger.operation).split(" OR ")
                found[model._meta.db_table] = ", ".join([*operations, "TRUNCATE"])
    return found


def grant(role: str) -> None:
    """Give a role, which must exist, what the application needs, and take from it what nobody may do."""
    name = sql.Identifier(role)
    with connection.cursor() as cursor:

        def run(words: str, **names: sql.Composable) -> None:
            cursor.execute(sql.SQL(words).format(role=name, **names))

        run("GRANT USAGE ON SCHEMA public TO {role}")
        run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        run("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        for table, what in {**append_only(), **BY_TRIGGERS}.items():
            run("REVOKE {what} ON {table} FROM {role}", what=sql.SQL(what), table=sql.Identifier(table))
        for trigger in WRITING:
            cursor.execute("SELECT proname FROM pg_proc WHERE starts_with(proname, %s)", [f"pgtrigger_{trigger.name}_"])
            for (function,) in cursor.fetchall():
                run(
                    "ALTER FUNCTION {function}() SECURITY DEFINER SET search_path = public, pg_temp",
                    function=sql.Identifier(function),
                )


def make(role: str, password: str) -> None:
    """Make a role that can log in and nothing else, unless it is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            words = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            cursor.execute(words.format(sql.Identifier(role), sql.Literal(password)))
