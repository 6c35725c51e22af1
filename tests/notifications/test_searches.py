import datetime

import pytest
from django.utils import timezone

from notifications.models import Letter
from notifications.searches import tell_of_new_entries
from ricomi.catalogue import listing
from ricomi.catalogue.models import Entry, SavedSearch
from ricomi.directory.models import User

# What is new is what was committed since.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_server]


def publish(title: str, **fields) -> Entry:
    said = listing.Content(origin=title, kind="study", title=title, language="en", terms=frozenset({"gcm-20"}))
    (entry,) = listing.list_entries([said], source="")
    return entry


def test_a_saved_search_writes_once_of_what_is_new_and_only_of_that(english) -> None:
    reader = User.objects.create_user("reader@example.org", "Reader", language="en")
    publish("Remittances of old")
    SavedSearch.objects.create(person=reader, name="Money", query="q=remittance")
    SavedSearch.objects.create(person=reader, name="Else", query="q=quarry")
    assert tell_of_new_entries(0) == 0
    publish("Remittances by telephone")
    publish("Floods")
    assert tell_of_new_entries(0) == 1
    letter = Letter.objects.get()
    assert "Remittances by telephone" in letter.text
    assert "of old" not in letter.text
    assert letter.url.endswith("/catalogue/?q=remittance&sort=newest")
    assert tell_of_new_entries(0) == 0


def test_who_was_deactivated_gets_no_letter() -> None:
    reader = User.objects.create_user("reader@example.org", "Reader", is_active=False)
    told = timezone.now() - datetime.timedelta(days=9)
    SavedSearch.objects.create(person=reader, name="All", query="", told_at=told)
    publish("Floods")
    assert tell_of_new_entries(0) == 0
