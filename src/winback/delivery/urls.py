"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.delivery.views import progress, samples, sending

app_name = "delivery"
urlpatterns: list[URLPattern] = [
    path("mailings/<int:pk>/progress/", progress.progress, name="progress"),
    path("mailings/<int:pk>/progress/details/", progress.details, name="details"),
    path("mailings/<int:pk>/pace/", progress.pace, name="pace"),
    path(
        "mailings/<int:pk>/continue-anyway/",
        progress.continue_anyway,
        name="continue-anyway",
    ),
    path("settings/sending/", sending.sending, name="sending"),
    path("settings/sending/limits/", sending.limits_save, name="limits-save"),
    path("settings/sending/lanes/", sending.lane_add, name="lane-add"),
    path(
        "settings/sending/lanes/<int:pk>/remove/",
        sending.lane_remove,
        name="lane-remove",
    ),
    path("settings/sending/guards/", sending.guards_save, name="guards-save"),
    path(
        "mailings/<int:pk>/send-again/<slug:which>/",
        progress.send_again,
        name="send-again",
    ),
    path("mailings/<int:pk>/test/", samples.test_send, name="test-send"),
    path(
        "mailings/<int:pk>/preview/source/",
        samples.preview_source,
        name="preview-source",
    ),
]
