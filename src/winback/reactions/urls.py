"""Addresses of this room's pages; the public ones are short, they stand in mails."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.reactions.views import (
    address,
    inbox,
    message,
    online,
    tracking,
    unsubscribe,
    webhooks,
)

app_name = "reactions"
urlpatterns: list[URLPattern] = [
    path("t/o/<str:token>.gif", tracking.open_pixel, name="open-pixel"),
    path("t/c/<str:token>", tracking.follow_link, name="follow-link"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("v/<str:token>/", online.view_online, name="view-online"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/take-in/", inbox.take_in, name="inbox-take-in"),
    path("inbox/<int:pk>/", message.message, name="message"),
    path("inbox/<int:pk>/settle/", message.settle, name="settle"),
    path("inbox/<int:pk>/reopen/", message.reopen, name="reopen"),
    path("inbox/<int:pk>/source/", message.message_source, name="message-source"),
    path("inbox/effects/<int:pk>/undo/", message.effect_undo, name="effect-undo"),
    path(
        "inbox/addresses/<int:pk>/accept/",
        address.address_accept,
        name="address-accept",
    ),
    path(
        "inbox/addresses/<int:pk>/dismiss/",
        address.address_dismiss,
        name="address-dismiss",
    ),
    path(
        "inbox/addresses/<int:pk>/take-back/",
        address.address_take_back,
        name="address-take-back",
    ),
    path("hooks/<str:provider>/<str:kind>/", webhooks.webhook, name="webhook"),
]
