"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.results.views import figures as views
from winback.results.views import links

app_name = "results"
urlpatterns: list[URLPattern] = [
    path("results/", views.overview, name="overview"),
    path("results/figures/", views.definitions, name="definitions"),
    path("mailings/<int:pk>/buttons/", views.smart_buttons, name="smart-buttons"),
    path("mailings/<int:pk>/links/", links.links, name="links"),
    path("mailings/<int:pk>/links/map/", links.click_map, name="click-map"),
    path("mailings/<int:pk>/links/export.csv", links.links_export, name="links-export"),
    path("mailings/<int:pk>/results/<slug:name>/", views.people_list, name="people"),
    path(
        "mailings/<int:pk>/results/<slug:name>/export.<slug:kind>",
        views.people_export,
        name="people-export",
    ),
]
