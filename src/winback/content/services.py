"""Saved templates: making, changing, bringing back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.content.models import (
    MailContent,
    Template,
    TemplateContent,
    TemplateVersion,
)
from winback.core.audit import record

NAME_LENGTH = Template._meta.get_field("name").max_length or 0
WRITTEN = ("language", "subject", "preheader", "body_kind", "body")


class Written(TypedDict):
    """What a content says in one language."""

    language: str
    subject: str
    preheader: str
    body_kind: str
    body: str


class TemplateConflictError(Exception):
    """Somebody else saved a version meanwhile."""


class TemplateFixedError(Exception):
    """One of our own templates was to be changed; it can be duplicated."""


def written(content: MailContent) -> Written:
    return Written(
        language=content.language,
        subject=content.subject,
        preheader=content.preheader,
        body_kind=content.body_kind,
        body=content.body,
    )


def may_change(user: User, template: Template) -> bool:
    """Ours stay; one's own may be changed, everybody's by those who manage them."""
    if template.key:
        return False
    return template.owner_id == user.pk or user.may(Right.MANAGE_TEMPLATES)


@transaction.atomic
def create_template(
    name: str, contents: Sequence[Written], *, by: User, now: datetime
) -> Template:
    """A new template with these contents as its first version."""
    name = name.strip() or _("Template without a name")
    template = Template.objects.create(
        name=name[:NAME_LENGTH], owner=by, created_at=now
    )
    _put(template, contents)
    _keep(template, contents, by=by, now=now)
    _record("content.save_template", template, by=by, now=now)
    return template


@transaction.atomic
def save_version(
    template: Template,
    contents: Sequence[Written],
    *,
    base: int | None,
    by: User,
    now: datetime,
    restored_from: int | None = None,
) -> Template:
    """Put ``contents`` in place of the template's, as its next version.

    ``base`` is the version that the change was made on; None replaces whatever
    there is. Locks the row. Raises TemplateConflictError, TemplateFixedError.
    """
    locked = Template.objects.select_for_update().get(pk=template.pk)
    if locked.key:
        raise TemplateFixedError
    if base is not None and base != locked.version:
        raise TemplateConflictError
    locked.version += 1
    locked.save(update_fields=["version"])
    _put(locked, contents)
    _keep(locked, contents, by=by, now=now, restored_from=restored_from)
    _record("content.save_template", locked, by=by, now=now, version=locked.version)
    return locked


def restore_version(version: TemplateVersion, *, by: User, now: datetime) -> Template:
    """What an older version said, as the newest one. Nothing is lost."""
    return save_version(
        version.template,
        version.contents,
        base=None,
        by=by,
        now=now,
        restored_from=version.number,
    )


def duplicate_template(
    template: Template, *, name: str, by: User, now: datetime
) -> Template:
    """A template of one's own that says the same; also of one of ours."""
    contents = [written(content) for content in template.contents.all()]
    return create_template(
        _("Copy of %(name)s") % {"name": name}, contents, by=by, now=now
    )


def rename_template(template: Template, name: str, *, by: User, now: datetime) -> None:
    """An empty name changes nothing."""
    name = name.strip()[:NAME_LENGTH]
    if not name or name == template.name:
        return
    template.name = name
    template.save(update_fields=["name"])
    _record("content.rename_template", template, by=by, now=now)


def archive_template(template: Template, *, by: User, now: datetime) -> None:
    template.archived_at = now
    template.save(update_fields=["archived_at"])
    _record("content.archive_template", template, by=by, now=now)


def unarchive_template(template: Template, *, by: User, now: datetime) -> None:
    template.archived_at = None
    template.save(update_fields=["archived_at"])
    _record("content.unarchive_template", template, by=by, now=now)


def _put(template: Template, contents: Iterable[Written]) -> None:
    template.contents.all().delete()
    TemplateContent.objects.bulk_create(
        TemplateContent(template=template, **content) for content in contents
    )


def _keep(
    template: Template,
    contents: Sequence[Written],
    *,
    by: User,
    now: datetime,
    restored_from: int | None = None,
) -> None:
    TemplateVersion.objects.create(
        template=template,
        number=template.version,
        saved_at=now,
        author=by,
        restored_from=restored_from,
        contents=list(contents),
    )


def _record(
    action: str, template: Template, *, by: User, now: datetime, **details: object
) -> None:
    record(
        action,
        actor=by,
        subject="template",
        subject_id=template.pk,
        at=now,
        **details,
    )
