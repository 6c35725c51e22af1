from django.urls import path

from ricomi.directory import views

app_name = "directory"
urlpatterns = [
    path("", views.states, name="states"),
    path("profile/", views.profile, name="profile"),
    path("states/<slug:code>/", views.state, name="state"),
    path("bodies/<slug:code>/", views.body, name="body"),
    path("memberships/<int:pk>/end/", views.end_membership, name="end_membership"),
    path("invitations/<int:pk>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"),
    path("people/<int:pk>/deactivate/", views.deactivate, name="deactivate"),
]
