"""Who becomes what: memberships, and with them groups and rights; invitations; what a technical administrator may."""

import datetime

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, transaction
from django.test import RequestFactory
from django.utils import timezone
from procrastinate.contrib.django import app

from notifications.models import Letter
from ricomi import l10n
from ricomi.directory import members
from ricomi.directory.authority import SEE_CASES, act_as, authority, people_with
from ricomi.directory.models import (
    ROLES_OF,
    SEES_NO_CASES,
    WIDER,
    Body,
    Invitation,
    Membership,
    Record,
    Role,
    State,
    User,
)
from ricomi.directory.tasks import expire_memberships
from tests import flows

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def people():
    return flows.people()


@pytest.fixture
def ana():
    return User.objects.create_user("ana@ricomi.example", "Ana")


def body(code):
    return Body.objects.get(code=code)


def state_for(role):
    return State.objects.get(pk="BR") if role in members.SPEAKS else None


ROLES = [(code, role) for code in ("py", "fr", "ceam", "fund", "secretariat", "oversight") for role in Role]


@pytest.mark.parametrize(("code", "role"), ROLES)
def test_rights_follow_a_membership_from_its_beginning_to_its_end(code, role, ana):
    place = body(code)
    if role not in ROLES_OF[place.kind]:
        with pytest.raises(ValidationError):
            members.appoint(ana, place, role, by=None, represents=state_for(role))
        assert not authority(ana).rights
        return
    membership = members.appoint(ana, place, role, by=None, represents=state_for(role), since=l10n.today() - DAY)
    wanted = {(act_as(one), place.pk) for one in (role, *WIDER.get(role, ())) if one in ROLES_OF[place.kind]}
    wanted |= set() if role in SEES_NO_CASES else {(SEE_CASES, place.pk)}
    assert authority(ana).rights == wanted
    assert ana in people_with(act_as(role), [place])
    members.end(membership, by=None)
    assert authority(ana).rights == frozenset()
    assert not ana.groups.exists()
    assert ana not in people_with(act_as(role), [place])
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_a_membership_out_of_its_period_gives_nothing_and_its_group_goes_with_the_daily_task(ana):
    membership = members.appoint(ana, body("py"), Role.OFFICER, by=None, since=l10n.today() - 10 * DAY)
    members.end(membership, by=None, on=l10n.today() + DAY)
    assert authority(ana).rights
    Membership.objects.filter(pk=membership.pk).update(until=l10n.today())
    assert authority(ana).rights
    assert expire_memberships(timestamp=0) == 0
    Membership.objects.filter(pk=membership.pk).update(until=l10n.today() - DAY)
    assert not authority(ana).rights
    assert ana.groups.exists()
    assert expire_memberships(timestamp=0) == 1
    assert not ana.groups.exists()
    assert expire_memberships(timestamp=0) == 0


def test_a_membership_to_come_gives_nothing_yet(ana):
    members.appoint(ana, body("py"), Role.OFFICER, by=None, since=l10n.today() + DAY)
    assert not authority(ana).rights


def test_the_end_of_one_role_leaves_the_others(ana):
    first = members.appoint(ana, body("py"), Role.FOCAL_POINT, by=None, since=l10n.today() - DAY)
    members.appoint(ana, body("py"), Role.OFFICER, by=None, since=l10n.today() - DAY)
    members.end(first, by=None)
    assert authority(ana).rights == {(act_as("officer"), body("py").pk), (SEE_CASES, body("py").pk)}


def test_who_is_appointed_again_has_the_role_again(ana):
    first = members.appoint(ana, body("py"), Role.OFFICER, by=None, since=l10n.today() - 10 * DAY)
    members.end(first, by=None)
    members.appoint(ana, body("py"), Role.OFFICER, by=None)
    assert authority(ana).may(act_as("officer"), body("py"))
    assert members.expire() == 0


def test_memberships_that_ran_out_are_looked_for_each_day():
    (periodic,) = (
        one for one in app.periodic_registry.periodic_tasks.values() if one.task.name == "directory.expire_memberships"
    )
    assert periodic.cron == "5 0 * * *"
    assert "ricomi.directory.tasks" in app.import_paths


MAY_APPOINT = {
    "case_officer": {"py", "cl", "ceam", "fund", "secretariat", "oversight", "fr"},
    "head": {"py", "cl", "ceam", "fund", "secretariat", "oversight", "fr"},
    "focal": {"py"}, "partner_focal": {"cl"}, "officer": set(), "chair": set(), "manager": set(), "auditor": set(),
    "donor": set(), "expert": set(),
}  # fmt: skip


@pytest.mark.parametrize("who", MAY_APPOINT)
def test_who_may_appoint_invite_end_and_withdraw(who, people, ana, client):
    for code in ("py", "cl", "ceam", "fund", "secretariat", "oversight", "fr"):
        place, may = body(code), code in MAY_APPOINT[who]
        role = ROLES_OF[place.kind][0]
        asked = {"by": people[who], "represents": state_for(role)}
        steps = [
            lambda: members.appoint(ana, place, role, **asked),  # noqa: B023
            lambda: members.end(Membership.objects.filter(body=place)[0], by=people[who]),  # noqa: B023
            lambda: members.invite("eva@ricomi.example", "Eva", place, role, language="es", **asked),  # noqa: B023
            lambda: members.withdraw_invitation(invited_to(place, role, people), by=people[who]),  # noqa: B023
        ]
        members.appoint(ana, place, role, by=None, represents=state_for(role))
        for step in steps:
            with transaction.atomic():
                if may:
                    step()
                else:
                    with pytest.raises(PermissionDenied):
                        step()
                transaction.set_rollback(True)
        client.force_login(people[who])
        page = client.get(f"/directory/bodies/{code}/")
        assert page.status_code == 200
        assert page.context["manages"] == may
        assert client.post(f"/directory/bodies/{code}/", {"name": ""}).status_code == (422 if may else 404)
        member = Membership.objects.filter(body=place, person=ana)[0]
        assert client.get(f"/directory/memberships/{member.pk}/end/").status_code == (200 if may else 404)
        assert client.post(f"/directory/memberships/{member.pk}/end/").status_code == (302 if may else 404)


def invited_to(place, role, people):
    return members.invite(
        "eva@ricomi.example", "Eva", place, role, by=people["head"], language="pt", represents=state_for(role)
    )


def test_an_invitation_is_a_letter_and_is_accepted_once_by_signing_in(people, client):
    invitation = invited_to(body("py"), Role.OFFICER, people)
    eva = User.objects.get(email="eva@ricomi.example")
    letter = Letter.objects.get(recipient=eva)
    assert (letter.name, letter.language) == ("person_invited", "pt")
    assert not authority(eva).rights
    eva.set_password("a-long-enough-password")
    eva.save()
    client.post("/accounts/login/", {"login": eva.email, "password": "a-long-enough-password"})
    invitation.refresh_from_db()
    accepted = invitation.accepted_at
    assert accepted is not None
    assert authority(eva).may(act_as("officer"), body("py"))
    members.end(Membership.objects.get(person=eva), by=people["head"], on=l10n.today() - DAY)
    Membership.objects.filter(person=eva).update(since=l10n.today() - 2 * DAY, until=l10n.today() - DAY)
    assert members.accept(eva) == 0
    assert not authority(eva).rights
    invitation.refresh_from_db()
    assert invitation.accepted_at == accepted


@pytest.mark.parametrize("what", ["expired", "withdrawn"])
def test_an_invitation_that_expired_or_was_withdrawn_gives_nothing(what, people):
    invitation = invited_to(body("py"), Role.OFFICER, people)
    if what == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    else:
        members.withdraw_invitation(invitation, by=people["focal"])
    eva = User.objects.get(email="eva@ricomi.example")
    assert members.accept(eva) == 0
    assert not authority(eva).rights
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_an_invitation_that_was_accepted_cannot_be_withdrawn(people, client):
    invitation = invited_to(body("py"), Role.OFFICER, people)
    members.accept(User.objects.get(email="eva@ricomi.example"))
    client.force_login(people["head"])
    assert client.post(f"/directory/invitations/{invitation.pk}/withdraw/").status_code == 404
    invitation.refresh_from_db()
    members.withdraw_invitation(invitation, by=people["head"])
    assert invitation.withdrawn_at is None


def test_a_reviewer_whose_state_left_meanwhile_does_not_become_one(people):
    invited_to(body("ceam"), Role.REVIEWER, people)
    state_for(Role.REVIEWER).participations.update(until=l10n.today() - DAY)
    eva = User.objects.get(email="eva@ricomi.example")
    assert members.accept(eva) == 0
    assert not authority(eva).rights


def test_a_person_is_deactivated_and_never_deleted(people, client):
    officer = people["officer"]
    for who in ("focal", "chair", "auditor", "officer"):
        client.force_login(people[who])
        assert client.post(f"/directory/people/{officer.pk}/deactivate/").status_code == 404
    client.force_login(people["case_officer"])
    assert client.post(f"/directory/people/{people['case_officer'].pk}/deactivate/").status_code == 404
    assert client.get(f"/directory/people/{officer.pk}/deactivate/").status_code == 200
    officer.refresh_from_db()
    assert officer.is_active
    assert client.post(f"/directory/people/{officer.pk}/deactivate/").status_code == 302
    officer.refresh_from_db()
    assert (officer.is_active, officer.name, officer.groups.count()) == (False, "Officer", 0)
    assert not authority(officer).rights
    assert officer not in people_with(SEE_CASES, [body("py")])
    with pytest.raises(TypeError):
        officer.delete()
    for delete in (User.objects.filter(pk=officer.pk).delete, Record.objects.all().delete):
        with pytest.raises(Error), transaction.atomic():
            delete()


def test_each_change_of_people_is_on_record(people):
    before = Record.objects.count()
    invited_to(body("py"), Role.OFFICER, people)
    eva = User.objects.get(email="eva@ricomi.example")
    members.accept(eva)
    members.deactivate(eva, by=people["head"])
    found = list(Record.objects.order_by("pk").values_list("what", "by", "person"))[before:]
    head = people["head"].pk
    assert found == [
        ("invited", head, eva.pk), ("appointed", None, eva.pk), ("ended", None, eva.pk), ("deactivated", head, eva.pk),
    ]  # fmt: skip
    with pytest.raises(Error), transaction.atomic():
        Record.objects.update(what="nothing")


ADMIN = {"User": {"change", "view"}, "Case": {"view"}, "ProcrastinateJob": {"view"}}


def test_a_technical_administrator_sees_accounts_and_little_else():
    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("root@ricomi.example", "Root")
    found = {
        model.__name__: {name for name, may in page.get_model_perms(request).items() if may}
        for model, page in admin.site._registry.items()
    }
    assert {name: may for name, may in found.items() if may} == ADMIN


def test_a_technical_administrator_steps_round_no_rule(people, client):
    walk = flows.Walk(people).submitted()
    root = User.objects.create_superuser("root@ricomi.example", "Root")
    client.force_login(root)
    case = f"/admin/cases/case/{walk.case.pk}/"
    page = client.get(case + "change/")
    assert page.status_code == 200
    assert walk.case.need not in page.content.decode()
    assert client.post(case + "change/", {"stage": "closed"}).status_code == 403
    assert client.post(case + "delete/", {"post": "yes"}).status_code == 403
    person = people["officer"]
    assert client.post(f"/admin/directory/user/{person.pk}/delete/", {"post": "yes"}).status_code == 403
    asked = {"action": "delete_selected", "_selected_action": person.pk, "post": "yes"}
    client.post("/admin/directory/user/", asked)
    assert User.objects.filter(pk=person.pk).exists()
    fields = {"email": person.email, "name": "Officer", "language": "es", "time_zone": "UTC", "is_active": "on",
              "is_superuser": "on", "groups": "1", "password": "x"}  # fmt: skip
    assert client.post(f"/admin/directory/user/{person.pk}/change/", fields).status_code == 302
    changed = User.objects.get(pk=person.pk)
    assert (changed.is_superuser, changed.password) == (False, person.password)
    assert set(changed.groups.all()) == set(person.groups.all())
    for url in (f"/cases/{walk.case.reference}/", "/fund/", "/directory/bodies/py/"):
        assert client.get(url).status_code == 404
    assert not authority(root).rights
