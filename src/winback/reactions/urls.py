"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.reactions.views import tracking, unsubscribe

app_name = "reactions"
urlpatterns: list[URLPattern] = [
    path("t/o/<str:token>.gif", tracking.open_pixel, name="open-pixel"),
    path("t/c/<str:token>", tracking.follow_link, name="follow-link"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
