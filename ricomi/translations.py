"""The site's translations: found in the source, kept as .po files, checked and compiled, with Babel alone.

English is the source and needs no catalogue: Django never falls back from English to another language.
An entry's key is its English text, preceded by its context and `CONTEXT` where it has one.
"""

from __future__ import annotations

import ast
import os
import re
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract as babel_extract
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LANGUAGES = ("es", "pt", "fr")
PACKAGES = ("ricomi", "cases", "notifications", "workflows")
TEMPLATES = ("templates",)
CONTEXT = "\x04"

Spec = tuple[int | tuple[int, str], ...] | None
ONE: Spec = None
PLURAL: Spec = (1, 2)
IN_CONTEXT: Spec = ((1, "c"), 2)
PLURAL_IN_CONTEXT: Spec = ((1, "c"), 2, 3)
KEYWORDS: dict[str, Spec] = {
    "_": ONE, "gettext": ONE, "gettext_lazy": ONE, "gettext_noop": ONE,
    "ngettext": PLURAL, "ngettext_lazy": PLURAL,
    "pgettext": IN_CONTEXT, "pgettext_lazy": IN_CONTEXT,
    "npgettext": PLURAL_IN_CONTEXT, "npgettext_lazy": PLURAL_IN_CONTEXT,
}  # fmt: skip

NAMED = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[sdifr]")
POSITIONAL = re.compile(r"%[sdifr]")
BRACED = re.compile(r"\{(\w*)(?:![rs])?(?::[^{}]*)?\}")
TAG = re.compile(r"</?[a-zA-Z][\w-]*")


@dataclass(frozen=True)
class Problem:
    """Something that stands between a reader and a correct text."""

    file: str
    key: str
    language: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.language or 'source'}: {self.what}: {readable(self.key)!r}"


class SourceError(Exception):
    """A source file can't be read for translation."""


def key_of(message: Message) -> str:
    """The entry's key: its singular English text, after its context where it has one."""
    singular = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return f"{message.context}{CONTEXT}{singular}" if message.context else str(singular)


def readable(key: str) -> str:
    """A key for a person to read."""
    return key.replace(CONTEXT, " | ")


def sources(root: Path) -> Iterator[Path]:
    """Every file that may hold texts: Python code of the packages, pages and letters."""
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path
    for folder in TEMPLATES:
        for suffix in ("html", "txt"):
            yield from (root / folder).rglob(f"*.{suffix}")


def extract(root: Path) -> Catalog:
    """All texts of the project under `root`, in order of file and place.

    Raises SourceError when a template's translation block or a file's Python can't be read.
    """
    catalog = Catalog(charset="utf-8")
    for path in sorted(sources(root)):
        name = path.relative_to(root).as_posix()
        try:
            texts = list(_texts(path, name))
        except (SyntaxError, tokenize.TokenError) as error:
            raise SourceError(f"{name}: {error}") from error
        for line, message, comments, context in texts:
            catalog.add(message, locations=[(name, line)], auto_comments=comments, context=context, flags=())
    return catalog


def _texts(path: Path, name: str) -> Iterator[tuple[int, Any, list[str], str | None]]:
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        text = templatize(text, origin=name)
    for line, message, comments, context in babel_extract(
        "python", BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",),
        options={"encoding": "utf-8"}, strip_comment_tags=True,
    ):  # fmt: skip
        first = message[0] if isinstance(message, tuple) else message
        if first:
            yield line, message, comments, context


def unreadable(root: Path) -> list[Problem]:
    """Calls whose text is put together before it is looked up, so that no catalogue can hold it."""
    problems = []
    for path in sorted(sources(root)):
        if path.suffix != ".py":
            continue
        name = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"), name)):
            for text in _looked_up(node):
                if _put_together(text):
                    problems.append(Problem(name, ast.unparse(text)[:80], "", f"line {text.lineno}: not a plain text"))
    return problems


def _looked_up(node: ast.AST) -> list[ast.expr]:
    """The arguments of a call that are texts to look up; none of anything else."""
    if not isinstance(node, ast.Call) or _called(node) not in KEYWORDS:
        return []
    spec = KEYWORDS[_called(node)] or (1,)
    places = [place if isinstance(place, int) else place[0] for place in spec]
    return [node.args[place - 1] for place in places if place <= len(node.args)]


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _put_together(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        return True
    return isinstance(node, ast.Call) and _called(node) == "format"


def po_path(root: Path, language: str) -> Path:
    """Where a language's catalogue is kept."""
    return root / "ricomi" / "locale" / language / "LC_MESSAGES" / "django.po"


def read(root: Path, language: str) -> Catalog:
    """A language's catalogue as it is kept; an empty one when there is none yet."""
    path = po_path(root, language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def _empty(language: str) -> Catalog:
    return Catalog(locale=language, charset="utf-8", fuzzy=False)


def updated(source: Catalog, kept: Catalog, language: str, *, prune: bool = False) -> Catalog:
    """The source's entries with the translations that are kept; unused ones stay as remarks unless pruned."""
    old = {key_of(message): message for message in [*kept.obsolete.values(), *kept] if message.id}
    result = _empty(language)
    for message in source:
        if not message.id:
            continue
        before = old.pop(key_of(message), None)
        result.add(
            message.id,
            _fitting(message, before, language),
            locations=message.locations,
            auto_comments=message.auto_comments,
            user_comments=before.user_comments if before else (),
            flags=message.flags | ({"fuzzy"} if before and before.fuzzy else set()),
            context=message.context,
        )
    if not prune:
        for key, message in sorted(old.items()):
            if any(forms(message)):
                message.locations = []
                result.obsolete[key] = message
    return result


def _fitting(message: Message, before: Message | None, language: str) -> Any:
    """The former translation, when it is of the same sort: one text, or as many as the language has plural forms."""
    if before is not None and bool(before.pluralizable) == bool(message.pluralizable):
        return before.string
    return ("",) * get_plural(language).num_plurals if message.pluralizable else ""


def forms(message: Message) -> list[str]:
    """The translations of an entry: one, or one for each plural form."""
    return (
        [str(message.string or "")]
        if isinstance(message.string, str | None)
        else [str(s or "") for s in message.string]
    )


def write(root: Path, language: str, catalog: Catalog) -> None:
    """Keep a catalogue, sorted by text.

    It names files but no lines and no dates, so that it changes only in substance.
    """
    plural = get_plural(language)
    header = (
        f"# RICOMI, {language}\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {plural.plural_forms}\\n"\n\n'
    )
    body = BytesIO()
    write_po(body, catalog, width=110, omit_header=True, sort_output=True, include_lineno=False)
    _put(po_path(root, language), header.encode() + body.getvalue().rstrip(b"\n") + b"\n")


def compile_all(root: Path) -> list[Path]:
    """Write each language's .mo file, which Django reads, beside its .po file."""
    written = []
    for language in LANGUAGES:
        binary = BytesIO()
        write_mo(binary, read(root, language))
        path = po_path(root, language).with_suffix(".mo")
        _put(path, binary.getvalue())
        written.append(path)
    return written


def _put(path: Path, content: bytes) -> None:
    """Replace a file in one go: a server that starts meanwhile reads the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def check(root: Path, languages: Sequence[str] = LANGUAGES) -> list[Problem]:
    """Everything that is wrong with the translations; empty when they are complete."""
    source = extract(root)
    problems = unreadable(root)
    for language in languages:
        problems += _check_language(source, read(root, language), language, po_path(root, language).relative_to(root))
    return problems


def _check_language(source: Catalog, kept: Catalog, language: str, po: Path) -> Iterator[Problem]:
    have = {key_of(message): message for message in kept if message.id}
    for message in source:
        if not message.id:
            continue
        key = key_of(message)
        file = message.locations[0][0]
        found = have.pop(key, None)
        if found is None or not all(forms(found)):
            yield Problem(file, key, language, "missing")
        elif found.fuzzy:
            yield Problem(file, key, language, "fuzzy")
        elif wrong := mismatch(message, forms(found), language):
            yield Problem(file, key, language, wrong)
    for key in [*have, *(key_of(message) for message in kept.obsolete.values())]:
        yield Problem(po.as_posix(), key, language, "obsolete")


def mismatch(message: Message, texts: Sequence[str], language: str) -> str:
    """What a translation must have in common with its source and has not; empty when all is well."""
    originals = list(message.id) if isinstance(message.id, tuple | list) else [str(message.id)]
    wanted = get_plural(language).num_plurals if message.pluralizable else 1
    if len(texts) != wanted:
        return f"{len(texts)} forms instead of {wanted}"
    for index, text in enumerate(texts):
        # The form for "one" may name the number or not, as the singular or the plural of the source does.
        allowed = originals if index == 0 else originals[-1:]
        if placeholders(text) not in [placeholders(original) for original in allowed]:
            return f"placeholders differ ({_listed(placeholders(originals[-1]))} / {_listed(placeholders(text))})"
        if Counter(TAG.findall(text)) not in [Counter(TAG.findall(original)) for original in allowed]:
            return "HTML tags differ"
        if not any(_ends(text) == _ends(original) for original in allowed):
            return "line breaks at the start or end differ"
    return ""


def placeholders(text: str) -> Counter[str]:
    """The places of a text that are filled in: `%(name)s`, `%s`, `{name}`."""
    plain = text.replace("%%", "")
    found = [f"%({name})" for name in NAMED.findall(plain)]
    found += POSITIONAL.findall(plain)
    found += [f"{{{name}}}" for name in BRACED.findall(plain)]
    # A name may be said twice in one language and once in another; unnamed places are counted.
    return Counter({place: found.count(place) if place in ("{}", "%s", "%d") else 1 for place in found})


def _listed(places: Counter[str]) -> str:
    return ", ".join(sorted(places.elements())) or "none"


def _ends(text: str) -> tuple[bool, bool]:
    return text.startswith("\n"), text.endswith("\n")


def missing(root: Path, language: str) -> dict[str, Any]:
    """What a language still lacks, to be filled in: `""`, or for a plural its source and a place for each form."""
    source, kept = extract(root), read(root, language)
    have = {key_of(message): message for message in kept if message.id}
    wanted: dict[str, Any] = {}
    for message in source:
        found = have.get(key_of(message)) if message.id else None
        if not message.id or (
            found and all(forms(found)) and not found.fuzzy and not mismatch(message, forms(found), language)
        ):
            continue
        if message.pluralizable:
            empty = [""] * get_plural(language).num_plurals
            wanted[key_of(message)] = {"plural": message.id[1], "forms": empty}
        else:
            wanted[key_of(message)] = ""
    return wanted


def fill(root: Path, language: str, translations: Mapping[str, Any]) -> list[Problem]:
    """Put translations into a language's catalogue, brought up to date first.

    Returns those that can't stand, which are not kept.
    """
    catalog = updated(extract(root), read(root, language), language)
    entries = {key_of(message): message for message in catalog if message.id}
    file = po_path(root, language).relative_to(root).as_posix()
    problems = []
    for key, value in translations.items():
        texts = _given(value)
        if texts is not None and not any(texts):
            continue
        message = entries.get(key)
        wrong = _refusal(message, texts, language)
        if wrong or message is None or texts is None:
            problems.append(Problem(file, key, language, wrong))
            continue
        message.string = tuple(texts) if message.pluralizable else texts[0]
        message.flags.discard("fuzzy")
    write(root, language, catalog)
    return problems


def _given(value: Any) -> list[str] | None:
    if isinstance(value, Mapping):
        value = value.get("forms")
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
        return texts
    return None


def _refusal(message: Message | None, texts: list[str] | None, language: str) -> str:
    if message is None:
        return "not in the source"
    if texts is None:
        return "neither a text nor a list of texts"
    if not all(texts):
        return "a form is empty"
    return mismatch(message, texts, language)
