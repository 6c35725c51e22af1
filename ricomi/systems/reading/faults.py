"""How a source is refused."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


class Broken(Exception):
    """A source of which nothing may be taken.

    `message` is marked with `gettext_noop` and `values` fill it: the reason is kept with the edition and is read later
    in other languages. `row` is the row or line from 1 on, and `column` the name of the column, where there is one.
    """

    def __init__(self, message: str, *, row: int | None = None, column: str = "", **values: Any) -> None:
        super().__init__(message)
        self.message, self.row, self.column, self.values = message, row, column, values

    def kept(self) -> dict[str, Any]:
        """As it is kept with the edition."""
        return {"message": self.message, "row": self.row, "column": self.column, "values": self.values}

    def __str__(self) -> str:
        return said(self.kept())


def said(kept: dict[str, Any]) -> str:
    """A reason in the reader's language, with where in the file it was found."""
    where = {"row": kept["row"], "column": kept["column"]}
    reason = _(kept["message"]) % kept["values"] if kept["values"] else _(kept["message"])
    if kept["row"] and kept["column"]:
        return _("Row %(row)d, column %(column)s:") % where + " " + reason
    if kept["row"]:
        return _("Row %(row)d:") % where + " " + reason
    return reason
