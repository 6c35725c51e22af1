"""Queries that Django puts into SQL once a process.

Who may do what is asked several times an act, by queries that take Django longer to put together than PostgreSQL to
answer. Put together once, with stand-ins for what differs, they stay stated in the terms of the models.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# The place of a value: the name under which it is given, and where in the list, if it is one of a list.
Place = tuple[str, int | None]


class Compiled:
    """One query: `make` states it, given a value, or a list of values, by each name under which it is asked.

    Values are whole numbers, texts and days, and `make` does nothing with them but have rows compared to them.
    """

    def __init__(self, make: Callable[..., QuerySet[Any]]) -> None:
        self.make = make
        # One SQL for each length of the lists: each of their values is a parameter of its own.
        self.known: dict[tuple[int | None, ...], tuple[str, list[tuple[Place | None, Any]]]] = {}

    def sql(self, **given: Any) -> tuple[str, list[Any]]:
        """The SQL and its parameters. Raises EmptyResultSet where nothing can be found, as in an empty list."""
        shape = tuple(len(value) if isinstance(value, list) else None for value in given.values())
        if shape not in self.known:
            self.known[shape] = self._compile(given)
        sql, parameters = self.known[shape]
        return sql, [_value(given, *place) if place else fixed for place, fixed in parameters]

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """What a query of plain columns finds."""
        try:
            sql, parameters = self.sql(**given)
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def _compile(self, given: dict[str, Any]) -> tuple[str, list[tuple[Place | None, Any]]]:
        stand_ins: dict[Any, Place] = {}

        def stand_in(name: str, index: int | None = None) -> Any:
            made = _stand_in(_value(given, name, index), len(stand_ins))
            stand_ins[made] = (name, index)
            return made

        asked = {
            name: [stand_in(name, index) for index in range(len(value))] if isinstance(value, list) else stand_in(name)
            for name, value in given.items()
        }
        sql, parameters = self.make(**asked).query.sql_with_params()
        return sql, [(stand_ins.get(one), one) for one in parameters]


def _value(given: dict[str, Any], name: str, index: int | None) -> Any:
    return given[name] if index is None else given[name][index]


def _stand_in(value: Any, number: int) -> Any:
    """A value of the same kind that no query states by itself."""
    if isinstance(value, str):
        return f"\ue000{number}"
    if isinstance(value, datetime.date):
        return datetime.date.min + datetime.timedelta(days=number)
    return -1_000_000_000 - number
