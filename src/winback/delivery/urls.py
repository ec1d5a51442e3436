"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.delivery import views

app_name = "delivery"
urlpatterns: list[URLPattern] = [
    path("mailings/<int:pk>/progress/", views.progress, name="progress"),
    path("mailings/<int:pk>/progress/details/", views.details, name="details"),
    path("mailings/<int:pk>/pace/", views.pace, name="pace"),
    path(
        "mailings/<int:pk>/send-again/<slug:which>/",
        views.send_again,
        name="send-again",
    ),
    path("mailings/<int:pk>/test/", views.test_send, name="test-send"),
]
