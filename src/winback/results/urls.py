"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.results.views import figures, links, sunset

app_name = "results"
urlpatterns: list[URLPattern] = [
    path("results/", figures.overview, name="overview"),
    path("results/sleeping/", sunset.sleeping, name="sleeping"),
    path("results/sleeping/after/", sunset.set_sunset, name="sleeping-after"),
    path("results/sleeping/stop/", sunset.stop_all, name="sleeping-stop"),
    path("results/sleeping/<uuid:batch_id>/undo/", sunset.undo, name="sleeping-undo"),
    path("results/figures/", figures.definitions, name="definitions"),
    path("templates/<int:pk>/usage/", figures.template_usage, name="template-usage"),
    path("mailings/<int:pk>/buttons/", figures.smart_buttons, name="smart-buttons"),
    path("mailings/<int:pk>/links/", links.links, name="links"),
    path("mailings/<int:pk>/links/map/", links.click_map, name="click-map"),
    path("mailings/<int:pk>/links/export.csv", links.links_export, name="links-export"),
    path("mailings/<int:pk>/results/<slug:name>/", figures.people_list, name="people"),
    path(
        "mailings/<int:pk>/results/<slug:name>/export.<slug:kind>",
        figures.people_export,
        name="people-export",
    ),
]
