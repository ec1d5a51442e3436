"""Addresses of this room's pages; the public ones are short, they stand in mails."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.reactions.views import inbox, online, tracking, unsubscribe

app_name = "reactions"
urlpatterns: list[URLPattern] = [
    path("t/o/<str:token>.gif", tracking.open_pixel, name="open-pixel"),
    path("t/c/<str:token>", tracking.follow_link, name="follow-link"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("v/<str:token>/", online.view_online, name="view-online"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.message, name="message"),
    path("inbox/<int:pk>/settle/", inbox.settle, name="settle"),
    path("inbox/<int:pk>/source/", inbox.message_source, name="message-source"),
]
