from django.urls import path

from ricomi.directory import handing, views

app_name = "directory"
urlpatterns = [
    path("", views.states, name="states"),
    path("profile/", views.profile, name="profile"),
    path("authority/", handing.authority, name="authority"),
    path("memberships/<int:pk>/hand-over/", handing.hand_over, name="hand_over"),
    path("delegations/<int:pk>/revoke/", handing.revoke, name="revoke_delegation"),
    path("states/<slug:code>/", views.state, name="state"),
    path("bodies/<slug:code>/", views.body, name="body"),
    path("bodies/<slug:code>/rule/", views.rule, name="rule"),
    path("memberships/<int:pk>/end/", views.end_membership, name="end_membership"),
    path("invitations/<int:pk>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"),
    path("people/<int:pk>/deactivate/", views.deactivate, name="deactivate"),
]
