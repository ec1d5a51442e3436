"""Addresses of this room's pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from winback.accounts import notices, views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", views.choose_language, name="language"),
    path("notices/", notices.notice_list, name="notice-list"),
    path("notices/count/", notices.notice_count, name="notice-count"),
    path("notices/seen/", notices.notices_seen, name="notices-seen"),
    path("settings/", views.settings_home, name="settings"),
    path("settings/profile/", views.profile, name="profile"),
    path("settings/password/", views.change_password, name="password"),
    path("settings/installation/", views.installation, name="installation"),
    path("settings/people/", views.person_list, name="person-list"),
    path("settings/people/new/", views.person_new, name="person-new"),
    path("settings/people/<int:pk>/", views.person_edit, name="person-edit"),
    path("settings/people/<int:pk>/close/", views.person_close, name="person-close"),
    path("settings/people/<int:pk>/open/", views.person_open, name="person-open"),
]
