"""Addresses of the pages that show several rooms."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "web"
urlpatterns: list[URLPattern] = []
