"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.content import editor_views, library_views, template_views, views
from winback.content.branding import views as branding

app_name = "content"


def _of_template(rest: str, view: object, name: str) -> URLPattern:
    return path(f"templates/<int:pk>/{rest}", view, name=name)  # type: ignore[call-overload,no-any-return]


urlpatterns: list[URLPattern] = [
    path("templates/", views.template_list, name="template-list"),
    _of_template("", views.template_page, "template"),
    _of_template("mail/", views.template_frame, "template-frame"),
    _of_template("duplicate/", template_views.template_duplicate, "template-duplicate"),
    _of_template("rename/", template_views.template_rename, "template-rename"),
    _of_template("archive/", template_views.template_archive, "template-archive"),
    _of_template("unarchive/", template_views.template_unarchive, "template-unarchive"),
    _of_template("delete/", template_views.template_delete, "template-delete"),
    _of_template(
        "versions/<int:number>/", template_views.version_compare, "version-compare"
    ),
    _of_template(
        "versions/<int:number>/restore/",
        template_views.version_restore,
        "version-restore",
    ),
    path("settings/brand/", branding.brand, name="brand"),
    path("settings/brand/contrast/", branding.brand_contrast, name="brand-contrast"),
    path("settings/brand/mail/", branding.brand_preview, name="brand-preview"),
    path("brand/logo/<slug:digest>", branding.brand_logo, name="brand-logo"),
    path("editor/canvas/", editor_views.canvas, name="canvas"),
    path("editor/draw/", editor_views.canvas_draw, name="canvas-draw"),
    path("editor/picture/", editor_views.picture_upload, name="picture-upload"),
    path("editor/pictures/", library_views.picture_choices, name="picture-choices"),
    path(
        "editor/pictures/<str:name>/", library_views.picture_used, name="picture-used"
    ),
    path("pictures/", library_views.picture_list, name="picture-list"),
    path("pictures/remove/", library_views.picture_remove, name="picture-remove"),
    path("i/<str:name>", editor_views.picture, name="picture"),
]
