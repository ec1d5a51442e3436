"""Every room's pages under one roof."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

# Rooms choose their own paths, so that public addresses (/t/, /u/) stay short.
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"winback.{room}.urls"))
    for room in (
        "accounts",
        "crm",
        "consent",
        "content",
        "segments",
        "mailings",
        "delivery",
        "reactions",
        "results",
        "web.pages",
    )
]
