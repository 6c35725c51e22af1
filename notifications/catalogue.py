"""Which letters there are, and whether each can be written in all languages. The templates are the only list."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.template import Engine, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation.trans_real import translation as catalogue_of

from notifications import writing
from ricomi import l10n

SHARED = "letters/letter.txt"
SAMPLES: tuple[dict[str, Any], ...] = (
    {
        "case": {
            "reference": "2026-0001",
            "title": "Ñandé rekó @ frontera",
            "stage": "submitted",
            "detail": "A report each month",
            "unspent": "400.00 USD",
            "begins": datetime.datetime(2026, 12, 8, 15, tzinfo=datetime.UTC),
            "place": "Washington, hall 3",
            "agenda": [{"number": 1, "case": "2026-0002", "title": "Ñandé", "consent": 1}],
        },
        "act": {"title": "Submit", "by": "Ana Gómez", "body": "Paraguay", "reason": "One line.\nAnother."},
        "task": {"title": "Check", "due": datetime.date(2026, 12, 8), "body": "Secretariat"},
        "what": "1,000.00 USD",
        "invitation": {
            "body": "Paraguay",
            "role": "officer",
            "inviter": "Ana Gómez",
            "expires": datetime.date(2026, 12, 8),
        },
        "delegation": {
            "giver": "Ana Gómez",
            "taker": "Luis Ñáñez",
            "by": "Eva Paz",
            "body": "Paraguay",
            "role": "officer",
            "since": datetime.date(2026, 12, 8),
            "until": datetime.date(2026, 12, 18),
            "revoked": 1,
        },
        "gap": {"role": "focal point", "body": "Paraguay", "count": 3},
        "search": {"name": "Ñandé", "count": 2, "titles": ["Registers", "Retorno & niñez"]},
        "edition": {"system": "SICREMI", "added": 1200, "changed": 1, "gone": 0},
        "url": "https://ricomi.example/",
    },
    {
        "case": None,
        "act": {"title": "Expire", "by": "", "body": "", "reason": ""},
        "task": None,
        "what": "",
        "invitation": {"body": "Paraguay", "role": "officer", "inviter": "Ana Gómez", "expires": None},
        "delegation": {
            "giver": "Ana Gómez",
            "taker": "Luis Ñáñez",
            "by": "",
            "body": "Paraguay",
            "role": "officer",
            "since": datetime.date(2026, 12, 8),
            "until": datetime.date(2026, 12, 8),
            "revoked": 0,
        },
        "gap": {"role": "", "body": "", "count": 1},
        "search": {"name": "Ñandé", "count": 1, "titles": ["Registers"]},
        "edition": {"system": "SICREMI", "added": 0, "changed": 0, "gone": 0},
        "url": "https://ricomi.example/",
    },
)


def catalogue() -> list[str]:
    """The names of all letters that have a template."""
    folders = {
        Path(folder) / "letters"
        for loader in Engine.get_default().template_loaders
        for one in getattr(loader, "loaders", [loader])
        for folder in one.get_dirs()
    }
    return sorted({path.stem for folder in folders for path in folder.glob("*.txt")} - {Path(SHARED).stem})


def missing(names: Iterable[str]) -> list[str]:
    """What keeps these letters from being written in four languages, a line for each; none when all is well."""
    return [*unwritable(names), *untranslated(names)]


def unwritable(names: Iterable[str]) -> list[str]:
    """Letters without a template, or whose template cannot be rendered, a line for each."""
    return [problem for name in sorted(set(names)) for problem in _faults(name)]


def untranslated(names: Iterable[str]) -> list[str]:
    """Sentences of letters that have no translation, a line for each sentence and language."""
    found: list[str] = []
    templates = [SHARED, writing.SUBJECT, writing.TEXT, writing.HTML]
    for path in [*templates, *(f"letters/{name}.txt" for name in sorted(set(names)))]:
        try:
            template: Template = writing.template_of(path)
        except (TemplateDoesNotExist, TemplateSyntaxError):
            continue
        for sentence in _sentences(template):
            for language, _name in l10n.LANGUAGES:
                # Without asking Django's gettext, which would pass Spanish off as any missing translation.
                known = catalogue_of(language)._catalog  # type: ignore[attr-defined]
                if language != "en" and not known.get(sentence):
                    found.append(f"templates/{path}: no translation to {language} of “{sentence}”")
    return found


def _faults(name: str) -> Iterator[str]:
    for language, _name in l10n.LANGUAGES:
        for sample in SAMPLES:
            try:
                letter = writing.write(name, sample, language=language, time_zone="UTC")
            except TemplateDoesNotExist as error:
                yield f"templates/letters/{name}.txt: {error} does not exist"
                return
            except Exception as error:  # whatever a template may raise is a fault of the template
                yield f"templates/letters/{name}.txt: cannot be written in {language}: {error}"
                return
            if not letter.subject.partition(": ")[2]:
                yield f"templates/letters/{name}.txt: no subject in {language}"
                return


def _sentences(template: Template) -> Iterator[str]:
    """The texts that a template asks a translation for."""
    for node in template.nodelist.get_nodes_by_type(TranslateNode):
        yield node.filter_expression.var.literal  # type: ignore[attr-defined]
    for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
        yield node.render_token_list(node.singular)[0]  # type: ignore[attr-defined]
