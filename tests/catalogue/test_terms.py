import json
import re

import pytest
from django.utils import translation

from ricomi.catalogue.models import Term
from ricomi.catalogue.reference import TERMS, load
from ricomi.l10n import LANGUAGES


def test_the_thesaurus_holds_the_23_objectives_in_order_and_every_term_in_four_languages() -> None:
    terms = json.loads(TERMS.read_text("utf-8"))
    assert [term["code"] for term in terms["theme"]] == [f"gcm-{number}" for number in range(1, 24)]
    assert terms["sector"][0]["code"] == "15190"
    assert all(re.fullmatch(r"[1-9]\d{4}", term["code"]) for term in terms["sector"])
    every = [term for kind in terms.values() for term in kind]
    assert len({term["code"] for term in every}) == len(every)
    for term in every:
        assert set(term["labels"]) == set(dict(LANGUAGES)), term["code"]
        assert all(label.strip() == label != "" for label in term["labels"].values()), term["code"]


@pytest.mark.django_db
def test_the_thesaurus_is_there_after_migrating_and_loading_it_again_changes_nothing() -> None:
    before = list(Term.objects.values())
    assert len(Term.objects.themes()) == 23
    assert Term.objects.populations().filter(code="indigenous").exists()
    load()
    assert list(Term.objects.values()) == before


@pytest.mark.django_db
def test_a_term_that_was_altered_or_lost_comes_back() -> None:
    Term.objects.filter(code="gcm-1").update(labels={"en": "wrong"})
    Term.objects.filter(code="women").delete()
    load()
    assert Term.objects.get(code="gcm-1").labels["es"].startswith("Datos")
    assert Term.objects.filter(code="women").exists()


@pytest.mark.django_db
def test_a_term_is_named_in_the_readers_language() -> None:
    term = Term.objects.get(code="gcm-20")
    with translation.override("fr"):
        assert "Envois de fonds" in str(term)
    with translation.override("pt"):
        assert "Remessas" in str(term)
