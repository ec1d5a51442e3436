"""Addresses of the pages that show several rooms."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from winback.web.health import views as health
from winback.web.pages import views

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("winback.web.mailbox.urls")),
]
