"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.mailings.views import (
    actions,
    bringing,
    checking,
    contents,
    form,
    listing,
    previews,
)

app_name = "mailings"


def _of_mailing(rest: str, view: object, name: str) -> URLPattern:
    return path(f"mailings/<int:pk>/{rest}", view, name=name)  # type: ignore[call-overload,no-any-return]


urlpatterns: list[URLPattern] = [
    path("mailings/", listing.mailing_list, name="mailing-list"),
    path("mailings/new/", form.mailing_new, name="mailing-new"),
    path("mailings/bring/", bringing.mailing_bring, name="mailing-bring"),
    path("mailings/create/", form.mailing_create, name="mailing-create"),
    _of_mailing("", form.mailing, "mailing"),
    _of_mailing("state/", form.mailing_state, "mailing-state"),
    _of_mailing("save/", form.mailing_save, "mailing-save"),
    _of_mailing("language/", contents.language_add, "language-add"),
    _of_mailing("language/remove/", contents.language_remove, "language-remove"),
    _of_mailing("contents/", contents.mailing_contents, "mailing-contents"),
    _of_mailing("empty/", contents.mailing_empty, "mailing-empty"),
    _of_mailing("preview/", previews.mailing_preview, "mailing-preview"),
    _of_mailing("preview/mail/", previews.mailing_preview_frame, "mailing-frame"),
    _of_mailing("preview/people/", previews.preview_people, "preview-people"),
    _of_mailing("preview/cases/", previews.preview_cases, "preview-cases"),
    _of_mailing("check/outside/", checking.check_outside, "check-outside"),
    _of_mailing("check/", checking.mailing_check, "mailing-check"),
    _of_mailing("send/", actions.mailing_send, "mailing-send"),
    _of_mailing("schedule/", actions.mailing_schedule, "mailing-schedule"),
    _of_mailing("undo/", actions.mailing_undo, "mailing-undo"),
    _of_mailing("pause/", actions.mailing_pause, "mailing-pause"),
    _of_mailing("resume/", actions.mailing_resume, "mailing-resume"),
    _of_mailing("cancel/", actions.mailing_cancel, "mailing-cancel"),
    _of_mailing("duplicate/", actions.mailing_duplicate, "mailing-duplicate"),
    _of_mailing("template/", actions.mailing_save_template, "mailing-save-template"),
    _of_mailing("delete/", actions.mailing_delete, "mailing-delete"),
]
