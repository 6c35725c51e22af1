"""Signing in, as the site's own form does it."""

import pytest

from ricomi.directory.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-password"


def test_a_person_signs_in_with_their_address_and_comes_home(client):
    User.objects.create_user("ana@ricomi.example", "Ana", PASSWORD)
    answer = client.post("/accounts/login/", {"login": "ana@ricomi.example", "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/").context["user"].email == "ana@ricomi.example"


def test_a_wrong_password_and_a_deactivated_person_are_refused(client):
    person = User.objects.create_user("ana@ricomi.example", "Ana", PASSWORD)
    answer = client.post("/accounts/login/", {"login": "ana@ricomi.example", "password": "wrong"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    person.is_active = False
    person.save()
    client.post("/accounts/login/", {"login": "ana@ricomi.example", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client):
    client.post("/accounts/signup/", {"email": "eve@ricomi.example", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(email="eve@ricomi.example").exists()
