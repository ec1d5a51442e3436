"""Addresses of the pages that show several rooms."""

from __future__ import annotations

from django.urls import path

from winback.web.pages import views

app_name = "web"
urlpatterns = [path("", views.home, name="home")]
