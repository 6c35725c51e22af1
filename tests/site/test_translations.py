"""The translations' machinery, tried on a small project; that the real catalogues are complete, `make check` sees."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from ricomi import translations

ROOT = Path(translations.__file__).resolve().parent.parent
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext, gettext
TITLE = _("Endorse the request")
def f(n, who):
    cases = ngettext("%(n)d case", "%(n)d cases", n) % {"n": n}
    return cases, pgettext("month", "May"), gettext("{who} wrote").format(who=who)
"""
PAGE = """
{% load i18n %}<h1>{% translate "Work plan" %}</h1> {% translate "May" context "verb" %}
{% blocktranslate trimmed with name=user.name %}
  Hello {{ name }},
  this is 50% done.
{% endblocktranslate %}
{% blocktranslate count number=rows|length %}{{ number }} row{% plural %}{{ number }} rows{% endblocktranslate %}
<p title="{{ _("Close") }}">{% if x == _("Open") %}{% endif %}</p>
"""
LETTER = """{% blocktranslate trimmed %}The report of {{ reference }} is due.{% endblocktranslate %}
"""
KEYS = {
    "Endorse the request", "%(n)d case", "month\x04May", "{who} wrote", "Work plan", "verb\x04May", "Close", "Open",
    "Hello %(name)s, this is 50%% done.", "%(number)s row", "The report of %(reference)s is due.",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one module, one page and one letter."""
    files = {"ricomi/things.py": CODE, "templates/page.html": PAGE, "templates/letters/report_due.txt": LETTER}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def run(project: Path) -> Callable[..., str]:
    """Call the command on the small project; returns what it printed, on both streams."""

    def call(*words: str) -> str:
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("translations", *words, "--root", str(project), stdout=out, stderr=err)
        except CommandError as error:
            raise CommandError(err.getvalue() + str(error)) from error
        return out.getvalue()

    return call


@pytest.fixture
def complete(project: Path, run: Callable[..., str]) -> Callable[..., str]:
    """The small project with every text translated by turning it to itself."""
    for language in translations.LANGUAGES:
        source = {translations.key_of(m): m for m in translations.extract(project) if m.id}
        wanted = {key: list(m.id) if m.pluralizable else m.id for key, m in source.items()}
        file = project / f"{language}.json"
        file.write_text(json.dumps(wanted), "utf-8")
        run("--fill", language, str(file))
    assert "complete" in run("--check")
    return run


def po(project: Path, language: str) -> Path:
    return translations.po_path(project, language)


def fill(project: Path, run: Callable[..., str], language: str, wanted: object) -> str:
    file = project / "given.json"
    file.write_text(json.dumps(wanted), "utf-8")
    return run("--fill", language, str(file))


# Finding


def test_texts_are_found_in_code_pages_and_letters_with_contexts_and_plurals(project: Path) -> None:
    found = {translations.key_of(message): message for message in translations.extract(project) if message.id}
    assert found.keys() == KEYS
    assert found["%(n)d case"].id == ("%(n)d case", "%(n)d cases")
    assert found["%(number)s row"].id[1] == "%(number)s rows"


def test_texts_in_migrations_are_not_shown_and_not_found(project: Path) -> None:
    (project / "ricomi" / "migrations").mkdir()
    (project / "ricomi" / "migrations" / "0001.py").write_text('_("Old name")')
    assert {translations.key_of(message) for message in translations.extract(project) if message.id} == KEYS


@pytest.mark.parametrize(
    "call", ['_(f"Hello {x}")', '_("Hello " + x)', '_("Hello %s" % x)', 'pgettext("a", "b {}".format(x))']
)
def test_a_text_put_together_before_it_is_looked_up_is_named(project: Path, complete, call: str) -> None:
    (project / "ricomi" / "wrong.py").write_text(f"x = 1\ny = {call}\n")
    with pytest.raises(CommandError, match=r"ricomi/wrong.py: source: line 2: not a plain text"):
        complete("--check")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("templates/broken.html", "{% blocktranslate %}{% if a %}{% endif %}{% endblocktranslate %}"),
        ("ricomi/broken.py", 'x = _("'),
    ],
)
def test_a_file_that_cannot_be_read_is_named(project: Path, run, name: str, text: str) -> None:
    (project / name).write_text(text)
    with pytest.raises(CommandError, match=name):
        run("--check")


# Keeping


def test_updating_twice_writes_the_same_and_says_no_line_and_no_date(project: Path, run) -> None:
    assert f"pt: {len(KEYS)} of {len(KEYS)} missing" in run("--update")
    first = po(project, "pt").read_text("utf-8")
    run("--update")
    assert po(project, "pt").read_text("utf-8") == first
    assert "Date" not in first
    assert "#: ricomi/things.py\n" in first
    assert '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"' in first


def test_moving_a_text_changes_no_catalogue(project: Path, complete) -> None:
    before = po(project, "fr").read_bytes()
    (project / "ricomi" / "things.py").write_text("# a remark\n\n\n" + CODE)
    complete("--update")
    assert po(project, "fr").read_bytes() == before


def test_a_text_that_goes_and_comes_back_keeps_its_translation(project: Path, complete) -> None:
    fill(project, complete, "pt", {"Work plan": "Plano de trabalho"})
    page = project / "templates" / "page.html"
    page.write_text("")
    complete("--update")
    assert '#~ msgstr "Plano de trabalho"' in po(project, "pt").read_text("utf-8")
    with pytest.raises(CommandError, match=r"django.po: pt: obsolete: 'Work plan'"):
        complete("--check")
    page.write_text(PAGE)
    complete("--update")
    assert "complete" in complete("--check")
    page.write_text("")
    complete("--update", "--prune")
    assert "Plano de trabalho" not in po(project, "pt").read_text("utf-8")
    assert "complete" in complete("--check")


def test_a_text_that_becomes_a_plural_is_missing_until_both_forms_are_given(project: Path, complete) -> None:
    (project / "ricomi" / "more.py").write_text('ngettext("Work plan", "Work plans", n)')
    complete("--update")
    with pytest.raises(CommandError, match=r"fr: missing: 'Work plan'"):
        complete("--check")
    assert json.loads(complete("--missing", "fr")) == {"Work plan": {"plural": "Work plans", "forms": ["", ""]}}


# Checking


def test_a_text_of_a_page_that_is_missing_in_portuguese_fails_the_check_and_is_named(project: Path, complete) -> None:
    (project / "templates" / "new.html").write_text('{% translate "Quite new" %}')
    for language in ("es", "fr"):
        fill(project, complete, language, {"Quite new": "nuevo"})
    with pytest.raises(CommandError) as refusal:
        complete("--check")
    assert str(refusal.value) == "templates/new.html: pt: missing: 'Quite new'\n1 problems in the translations."


def test_a_guess_is_no_translation(project: Path, complete) -> None:
    path = po(project, "es")
    path.write_text(path.read_text("utf-8").replace('msgid "Work plan"', '#, fuzzy\nmsgid "Work plan"'), "utf-8")
    with pytest.raises(CommandError, match=r"templates/page.html: es: fuzzy: 'Work plan'"):
        complete("--check")
    complete("--update")
    with pytest.raises(CommandError, match="fuzzy"):
        complete("--check")
    assert "Work plan" in json.loads(complete("--missing", "es"))
    fill(project, complete, "es", {"Work plan": "Plan de trabajo"})
    assert "complete" in complete("--check")


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("The report of %(reference)s is due.", "El informe de %(referencia)s vence."),
        ("The report of %(reference)s is due.", "El informe vence."),
        ("{who} wrote", "{quien} escribió"),
        ("{who} wrote", "escribió"),
        ("Work plan", "Plan %(extra)s"),
        ("%(n)d case", ["%(n)d caso", "casos"]),
        ("%(n)d case", ["%(m)d caso", "%(n)d casos"]),
    ],
)
def test_places_to_be_filled_in_must_be_the_same(project: Path, complete, key: str, wrong: object) -> None:
    with pytest.raises(CommandError, match=r"es: placeholders differ"):
        fill(project, complete, "es", {key: wrong})
    assert "complete" in complete("--check"), "the former translation was lost"
    path = po(project, "es")
    path.write_text(
        path.read_text("utf-8").replace('msgstr "The report of %(reference)s is', 'msgstr "El informe'), "utf-8"
    )
    with pytest.raises(CommandError, match=r"templates/letters/report_due.txt: es: placeholders differ"):
        complete("--check")


def test_one_may_be_said_with_or_without_its_number_if_the_source_does_so(project: Path, run) -> None:
    (project / "ricomi" / "more.py").write_text('ngettext("one trip", "%(n)d trips", n)')
    fill(project, run, "fr", {"one trip": ["%(n)d voyage", "%(n)d voyages"]})
    fill(project, run, "fr", {"one trip": ["un voyage", "%(n)d voyages"]})
    with pytest.raises(CommandError, match="placeholders differ"):
        fill(project, run, "fr", {"one trip": ["un voyage", "des voyages"]})


def test_markup_must_be_the_same(project: Path, run) -> None:
    (project / "templates" / "b.html").write_text(
        "{% blocktranslate %}A <strong>firm</strong> rule{% endblocktranslate %}"
    )
    with pytest.raises(CommandError, match="HTML tags differ"):
        fill(project, run, "pt", {"A <strong>firm</strong> rule": "Uma regra <strong>firme"})
    fill(project, run, "pt", {"A <strong>firm</strong> rule": "Uma regra <strong>firme</strong>"})


# Filling


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("Nowhere", "x", "not in the source"), ("Work plan", ["a", "b"], "2 forms instead of 1"),
        ("%(n)d case", "%(n)d casos", "1 forms instead of 2"), ("%(n)d case", ["%(n)d caso", ""], "a form is empty"),
        ("Work plan", 7, "neither a text nor a list"), ("May", "Mayo", "not in the source"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused_and_the_rest_is_kept(project: Path, run, key, value, said) -> None:
    with pytest.raises(CommandError, match=said):
        fill(project, run, "es", {key: value, "Close": "Cerrar"})
    missing = json.loads(run("--missing", "es"))
    assert "Close" not in missing
    assert len(missing) == len(KEYS) - 1


def test_what_is_missing_can_be_filled_in_as_it_was_printed(project: Path, run) -> None:
    wanted = json.loads(run("--missing", "pt"))
    assert wanted.keys() == KEYS
    fill(project, run, "pt", wanted)
    assert json.loads(run("--missing", "pt")).keys() == KEYS, "an empty text was taken for a translation"
    wanted["%(n)d case"]["forms"] = ["%(n)d caso", "%(n)d casos"]
    wanted["verb\x04May"] = "Poder"
    fill(project, run, "pt", wanted)
    assert json.loads(run("--missing", "pt")).keys() == KEYS - {"%(n)d case", "verb\x04May"}


@pytest.mark.parametrize(
    ("words", "said"), [(["de", "x.json"], "none of es, pt, fr"), (["es", "nowhere.json"], "can't be read")]
)
def test_a_wrong_call_is_answered_plainly(project: Path, run, words, said) -> None:
    (project / "x.json").write_text("{}")
    with pytest.raises(CommandError, match=said):
        run("--fill", *[str(project / word) if word.endswith("json") else word for word in words])


# Reading


@pytest.fixture
def site_in(project: Path, complete, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django reads the small project's catalogues."""
    fill(project, complete, "es", {
        "Work plan": "Plan de trabajo", "month\x04May": "mayo", "%(n)d case": ["un caso: %(n)d", "%(n)d casos"],
    })  # fmt: skip
    fill(project, complete, "fr", {"%(n)d case": ["%(n)d dossier", "%(n)d dossiers"]})
    complete("--compile")
    monkeypatch.setattr(translation.trans_real, "_translations", {})
    monkeypatch.setattr(translation.trans_real, "_default", None)
    settings.LOCALE_PATHS = [project / "ricomi" / "locale"]


@pytest.mark.usefixtures("site_in")
def test_what_is_compiled_is_what_django_reads() -> None:
    with translation.override("es"):
        assert (gettext("Work plan"), pgettext("month", "May"), pgettext("verb", "May")) == (
            "Plan de trabajo",
            "mayo",
            "May",
        )
        assert [ngettext("%(n)d case", "%(n)d cases", n) % {"n": n} for n in (1, 2)] == ["un caso: 1", "2 casos"]
    with translation.override("fr"):
        assert [ngettext("%(n)d case", "%(n)d cases", n) % {"n": n} for n in (0, 2)] == ["0 dossier", "2 dossiers"]


@pytest.mark.usefixtures("site_in")
def test_a_reader_of_english_reads_english_though_the_sites_first_language_is_spanish(settings) -> None:
    assert settings.LANGUAGE_CODE == "es"
    with translation.override("en"):
        assert gettext("Work plan") == "Work plan"
        assert pgettext("month", "May") == "May"
        assert [ngettext("%(n)d case", "%(n)d cases", n) for n in (0, 1, 2)] == [
            "%(n)d cases",
            "%(n)d case",
            "%(n)d cases",
        ]


def test_compiling_leaves_no_half_written_file(project: Path, complete) -> None:
    complete("--compile")
    complete("--compile")
    for language in translations.LANGUAGES:
        assert sorted(path.name for path in po(project, language).parent.iterdir()) == ["django.mo", "django.po"]


# What other packages say


def test_borrowed_texts_are_still_said_by_the_packages_in_these_words(tmp_path: Path) -> None:
    said = set()
    for package in (allauth, django):
        for path in Path(package.__file__).parent.rglob("locale/en/LC_MESSAGES/django.po"):
            with path.open("rb") as file:
                said |= {translations.key_of(message) for message in read_po(file) if message.id}
    (tmp_path / "ricomi").mkdir()
    shutil.copy(ROOT / "ricomi" / "borrowed.py", tmp_path / "ricomi" / "borrowed.py")
    borrowed = {translations.key_of(message) for message in translations.extract(tmp_path) if message.id}
    assert len(borrowed) > 30
    assert borrowed - said == set()
