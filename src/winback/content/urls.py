"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.content import editor_views, views

app_name = "content"
urlpatterns: list[URLPattern] = [
    path("templates/", views.template_list, name="template-list"),
    path("templates/<int:pk>/mail/", views.template_frame, name="template-frame"),
    path("templates/<int:pk>/delete/", views.template_delete, name="template-delete"),
    path("editor/canvas/", editor_views.canvas, name="canvas"),
    path("editor/draw/", editor_views.canvas_draw, name="canvas-draw"),
    path("editor/picture/", editor_views.picture_upload, name="picture-upload"),
    path("i/<str:name>", editor_views.picture, name="picture"),
]
