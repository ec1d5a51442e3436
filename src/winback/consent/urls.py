"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.consent import views

app_name = "consent"
urlpatterns: list[URLPattern] = [
    path("blacklist/", views.blacklist, name="blacklist"),
    path("blacklist/add/", views.blacklist_add, name="blacklist-add"),
    path("blacklist/import/", views.blacklist_import, name="blacklist-import"),
    path("blacklist/export.csv", views.blacklist_export, name="blacklist-export"),
    path("blacklist/<int:pk>/lift/", views.blacklist_lift, name="blacklist-lift"),
]
