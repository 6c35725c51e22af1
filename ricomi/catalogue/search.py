"""Text found as people write it: accents and capitals forgiven, without an extension of the database."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db.models import Field, Func, TextField


class Folded(Func):
    """A column's text in small letters without accents, as PostgreSQL computes it.

    The text is decomposed first, so that small letters come out right under any collation of the database.
    """

    template = "lower(regexp_replace(normalize(%(expressions)s, NFD), '[\\u0300-\\u036f]', '', 'g'))"
    output_field = TextField()


def folded(text: str) -> str:
    """A text in small letters without accents, as `Folded` writes it."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not "\u0300" <= sign <= "\u036f").lower()


def words(text: str) -> list[str]:
    """The words to look for, folded; at most ten, for nobody types more and a machine may."""
    return folded(text).split()[:10]


# The kinds of tokens of PostgreSQL's parser that are words, whole or parts of what a hyphen joins.
WORD_TOKENS = "1, 2, 10, 11, 16, 17"


# What goes before a key among a card's words; the parser makes no word that begins so.
KEY = "="


def lexeme(text: str, weights: str = "") -> str:
    """A stem, or a term's code, as a tsquery names it; only where it stands with one of these weights, if any."""
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" + (f":{weights}" if weights else "")


class Query(Field):
    """A column of the type tsquery: what to look for in the words of a text."""

    def db_type(self, connection: Any) -> str:
        """Its type in PostgreSQL."""
        return "tsquery"
