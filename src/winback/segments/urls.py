"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.segments.views import audience, builder, favourites

app_name = "segments"
urlpatterns: list[URLPattern] = [
    path("audience/", audience.audience_page, name="audience"),
    path("audience/people/", audience.audience_people, name="audience-people"),
    path("audience/people.csv", audience.audience_export, name="audience-export"),
    path("audience/count/", builder.audience_count, name="audience-count"),
    path("audience/values/<str:field>/", builder.value_list, name="value-list"),
    path("audience/notation/", builder.notation, name="notation"),
    path("filters/", favourites.filter_list, name="filter-list"),
    path("filters/save/", favourites.filter_save, name="filter-save"),
    path("filters/<int:pk>/load/", favourites.filter_load, name="filter-load"),
    path("filters/<int:pk>/default/", favourites.filter_default, name="filter-default"),
    path("filters/<int:pk>/share/", favourites.filter_share, name="filter-share"),
    path("filters/<int:pk>/delete/", favourites.filter_delete, name="filter-delete"),
]
