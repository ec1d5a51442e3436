"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.results import views

app_name = "results"
urlpatterns: list[URLPattern] = [
    path("results/", views.overview, name="overview"),
    path("results/figures/", views.definitions, name="definitions"),
    path("templates/<int:pk>/usage/", views.template_usage, name="template-usage"),
    path("mailings/<int:pk>/buttons/", views.smart_buttons, name="smart-buttons"),
    path("mailings/<int:pk>/results/<slug:name>/", views.people_list, name="people"),
    path(
        "mailings/<int:pk>/results/<slug:name>/export.<slug:kind>",
        views.people_export,
        name="people-export",
    ),
]
