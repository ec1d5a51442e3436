"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.consent.views import blacklist, topics

app_name = "consent"
urlpatterns: list[URLPattern] = [
    path("blacklist/", blacklist.blacklist, name="blacklist"),
    path("blacklist/add/", blacklist.blacklist_add, name="blacklist-add"),
    path("blacklist/import/", blacklist.blacklist_import, name="blacklist-import"),
    path("blacklist/export.csv", blacklist.blacklist_export, name="blacklist-export"),
    path("blacklist/<int:pk>/lift/", blacklist.blacklist_lift, name="blacklist-lift"),
    path("settings/topics/", topics.topic_list, name="topic-list"),
    path("settings/topics/new/", topics.topic_form, name="topic-new"),
    path("settings/topics/<int:pk>/", topics.topic_form, name="topic-edit"),
    path("settings/topics/<int:pk>/archive/", topics.archive, name="topic-archive"),
    path("settings/topics/<int:pk>/back/", topics.use_again, name="topic-back"),
    path(
        "settings/topics/<int:pk>/default/", topics.make_default, name="topic-default"
    ),
]
