"""What a request asks for, as the factors compare it with offers."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from cases.models import Case
from ricomi import l10n
from ricomi.catalogue.search import WORD_TOKENS
from ricomi.matching.kinds import named

# So many words of a request are looked for in offers: its title comes first, and a long need says the same again.
MOST_WORDS = 40
# The first form of each stem that means something in every language, in the order of the text; and, under the code of a
# term or a country, how the text calls it, so that an offer in another language shares it.
_WORDS = """
    WITH said AS MATERIALIZED (SELECT catalogue_words(%(language)s, %(text)s) AS words), forms AS (
        SELECT n, lower(t.token) AS form, unnest(tsvector_to_array(catalogue_words(%(language)s, t.token))) AS stem
        FROM ts_parse('default', %(text)s) WITH ORDINALITY AS t(tokid, token, n)
        WHERE t.tokid IN ({tokens}) AND NOT EXISTS (
            SELECT FROM unnest(%(languages)s::text[]) l WHERE catalogue_words(l, t.token) = ''
        )
    ), firsts AS (
        SELECT DISTINCT ON (stem) n, stem, form FROM forms ORDER BY stem, n
    )
    (SELECT 0 AS n, l.code AS stem, min(l.text) AS form FROM catalogue_label l, said
     WHERE l.language = %(language)s AND said.words @@ l.phrase GROUP BY l.code)
    UNION ALL (SELECT n, stem, form FROM firsts ORDER BY n LIMIT %(most)s)
    ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Asked:
    """A request: `size` is its whole budget in its currency, None when it costs nothing; `words` are forms by stem."""

    case: int
    body: int
    round: int
    language: str
    currency: str
    day: datetime.date
    begins: datetime.date | None = None
    ends: datetime.date | None = None
    size: Decimal | None = None
    themes: tuple[str, ...] = ()
    forums: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)


def asked_by(case: Case, day: datetime.date) -> Asked:
    """What a case asks for, as it stands on a day. Two queries, for themes and forums, unless they were fetched."""
    state = case.requesting.state
    text = " ".join((case.title, case.need, case.objectives, case.expected_results))
    return Asked(
        case=case.pk, body=case.requesting_id, round=case.matching_round, language=case.language,
        currency=case.currency, day=day, begins=case.starts_on, ends=case.ends_on,
        size=case.stated_total or case.amount_asked or None,
        themes=tuple(sorted(term.pk for term in case.themes.all())),
        forums=frozenset(forum.pk for forum in state.forums.all()) if state else frozenset(), kinds=named(text),
    )  # fmt: skip


def words_of(case: Case) -> dict[str, str]:
    """The words of a request by their stems, and what it mentions of the thesaurus by its code. One query."""
    languages = [code for code, _name in l10n.LANGUAGES]
    asked: dict[str, Any] = {
        "language": case.language, "text": f"{case.title} {case.need}", "most": MOST_WORDS, "languages": languages
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WORDS.format(tokens=WORD_TOKENS), asked)
        return {stem: form for _n, stem, form in cursor.fetchall()}
