"""Making and changing drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.consent.models import Topic
from winback.content.branding.rules import with_brand, with_words
from winback.content.branding.services import current_brand
from winback.content.models import Template, TemplateContent
from winback.content.services import Written, create_template, save_version, written
from winback.core.audit import record
from winback.core.models import Installation
from winback.mailings.contents import main_version
from winback.mailings.errors import (
    MailingConflictError,
    MailingStateError,
)
from winback.mailings.models import (
    Fate,
    Mailing,
    MailingState,
    Recipient,
    VersionContent,
)
from winback.mailings.rules import plain_name
from winback.mailings.services.fields import CONTENT_FIELDS, cleaned_changes
from winback.segments.models import DefaultFilter

Changes = Mapping[str, object]
_KEPT_BY_A_COPY = (
    "campaign_id",
    "topic_id",
    "template_id",
    "template_version",
    "rules",
    "from_name",
    "from_address",
    "reply_to",
    "restore_on_reply",
    "task_on_reply",
    "frequency_cap_days",
    "timing",
    "window_start",
    "window_end",
    "mails_per_hour",
    "canary",
    "canary_size",
    "canary_wait_minutes",
)


@transaction.atomic
def create_mailing(
    changes: Changes | None = None, *, by: User, now: datetime
) -> Mailing:
    """A new draft with one version and one general content, filled with ``changes``.

    Sender and reply address begin as the installation's, the rules as the
    person's default favourite filter. Takes the names that ``save_mailing``
    takes. Raises MailingInvalidError.
    """
    installation = Installation.current()
    default = DefaultFilter.objects.filter(user=by).select_related("filter").first()
    mailing = Mailing.objects.create(
        topic=Topic.objects.get(is_default=True),
        responsible=by,
        created_by=by,
        from_name=installation.sender_name or installation.company_name,
        from_address=installation.sender_address,
        rules=default.filter.tree if default else {},
        created_at=now,
        changed_at=now,
    )
    VersionContent.objects.create(version=mailing.versions.create(label="A"))
    record(
        "mailings.create", actor=by, subject="mailing", subject_id=mailing.pk, at=now
    )
    if changes:
        _apply(mailing, cleaned_changes(changes, user=by), language="")
    return mailing


@transaction.atomic
def save_mailing(
    mailing: Mailing,
    changes: Changes,
    *,
    language: str = "",
    revision: int | None,
    by: User,
    now: datetime,
) -> Mailing:
    """Save ``changes`` of a draft; answers with the mailing as it is saved now.

    ``changes`` holds names of mailing fields and of ``subject``, ``preheader``,
    ``body_kind``, ``body``, which go to the content in ``language``.
    ``revision`` is the one the changes were made on; None overwrites whatever
    was saved meanwhile. Locks the row.

    Raises MailingConflictError if somebody else saved in between,
    MailingStateError if the mailing is no draft any more, MailingInvalidError
    naming every field that cannot be saved (nothing is then).
    """
    locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if locked.state != MailingState.DRAFT:
        raise MailingStateError(
            _("This mailing is no draft any more, so it cannot be changed.")
        )
    if revision is not None and revision != locked.revision:
        raise MailingConflictError(
            _("Somebody else has changed this mailing meanwhile."),
            revision=locked.revision,
        )
    cleaned = cleaned_changes(changes, user=by)
    locked.changed_at = now
    _apply(locked, cleaned, language=language)
    record(
        "mailings.save",
        actor=by,
        subject="mailing",
        subject_id=locked.pk,
        at=now,
        fields=sorted(cleaned),
    )
    return locked


def _apply(mailing: Mailing, cleaned: dict[str, object], *, language: str) -> None:
    of_content = {name: cleaned[name] for name in CONTENT_FIELDS if name in cleaned}
    if of_content:
        _save_content(mailing, of_content, language=language)
    names = [name for name in cleaned if name not in CONTENT_FIELDS]
    for name in names:
        setattr(mailing, name, cleaned[name])
    mailing.revision = F("revision") + 1
    mailing.save(update_fields=[*names, "name", "changed_at", "revision"])
    mailing.refresh_from_db(fields=["revision"])


def _save_content(
    mailing: Mailing, of_content: dict[str, object], *, language: str
) -> None:
    version = main_version(mailing)
    content, _made = VersionContent.objects.get_or_create(
        version=version, language=language
    )
    old_subject = content.subject
    for name, value in of_content.items():
        setattr(content, name, value)
    content.save(update_fields=list(of_content))
    follows_subject = mailing.name in {"", plain_name(old_subject)}
    if not language and "subject" in of_content and follows_subject:
        mailing.name = plain_name(content.subject)


@transaction.atomic
def start_from_template(
    mailing: Mailing, template: Template, *, by: User, now: datetime
) -> Mailing:
    """Put a template's contents, in all its languages, in place of the draft's.

    They take the colours and the logo of the brand kit as it is now. Without a
    general content, the one in the installation's language becomes it. Raises
    MailingStateError if the mailing is no draft.
    """
    installation = Installation.current()
    brand = current_brand()

    def contents(version_id: int) -> list[VersionContent]:
        copies = _copies(template.contents.all(), version_id)
        for copy in copies:
            language = copy.language or installation.language
            copy.body = with_brand(copy.body, brand, language)
        return _with_general(copies)

    mailing = _replace_contents(mailing, contents, by=by, now=now)
    mailing.template, mailing.template_version = template, template.version
    mailing.save(update_fields=["template", "template_version"])
    return mailing


def _replace_contents(
    mailing: Mailing,
    make: Callable[[int], list[VersionContent]],
    *,
    by: User,
    now: datetime,
) -> Mailing:
    locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if locked.state != MailingState.DRAFT:
        raise MailingStateError(
            _("This mailing is no draft any more, so it cannot be changed.")
        )
    version = main_version(locked)
    subjects = version.contents.values_list("subject", flat=True)
    old_names = {"", *map(plain_name, subjects)}
    version.contents.all().delete()
    contents = VersionContent.objects.bulk_create(make(version.pk))
    if locked.name in old_names:
        general = next((c for c in contents if not c.language), contents[0])
        locked.name = plain_name(general.subject)
    locked.changed_at = now
    locked.revision = F("revision") + 1
    locked.save(update_fields=["name", "changed_at", "revision"])
    locked.refresh_from_db(fields=["revision"])
    record("mailings.save", actor=by, subject="mailing", subject_id=locked.pk, at=now)
    return locked


@transaction.atomic
def duplicate_mailing(mailing: Mailing, *, by: User, now: datetime) -> Mailing:
    """A new draft that says the same to the same audience, ``by`` responsible."""
    copy = Mailing.objects.create(
        name=_("Copy of %(name)s") % {"name": mailing.name[:280]}
        if mailing.name
        else "",
        responsible=by,
        created_by=by,
        created_at=now,
        changed_at=now,
        **{name: getattr(mailing, name) for name in _KEPT_BY_A_COPY},
    )
    version = copy.versions.create(label="A")
    VersionContent.objects.bulk_create(
        _copies(main_version(mailing).contents.all(), version.pk)
    )
    record(
        "mailings.duplicate",
        actor=by,
        subject="mailing",
        subject_id=copy.pk,
        at=now,
        original=mailing.pk,
    )
    return copy


@transaction.atomic
def save_as_template(
    mailing: Mailing,
    *,
    name: str,
    by: User,
    now: datetime,
    replaces: Template | None = None,
) -> Template:
    """A template of the mailing's contents under ``name``.

    With ``replaces`` they become that one's next version, and ``name`` is not
    asked. What has the brand kit's colours follows the kit from here on. Raises
    TemplateFixedError if ``replaces`` is one of our own.
    """
    installation = Installation.current()
    brand = current_brand()
    contents = [written(content) for content in main_version(mailing).contents.all()]
    for content in contents:
        language = content["language"] or installation.language
        content["body"] = with_words(content["body"], brand, language)
    if replaces is not None:
        _name_general(contents, replaces, installation.language)
        return save_version(replaces, contents, base=None, by=by, now=now)
    return create_template(name.strip() or mailing.name, contents, by=by, now=now)


def _name_general(contents: list[Written], template: Template, own: str) -> None:
    """Give the general content the language that it had in the template.

    What ``start_from_template`` made general; the same mailing saved back must
    not look as if a language had gone and another had come.
    """
    had = set(template.contents.values_list("language", flat=True))
    gone = had - {content["language"] for content in contents}
    general = next((one for one in contents if not one["language"]), None)
    if general is not None and "" not in had and gone:
        general["language"] = own if own in gone else min(gone)


@transaction.atomic
def delete_draft(mailing: Mailing, *, by: User, now: datetime) -> None:
    """Delete a mailing that nobody got. Raises MailingStateError for any other."""
    locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
    begun = locked.recipients.exclude(fate__in=[Fate.READY, Fate.LEFT_OUT])
    if locked.state != MailingState.DRAFT or begun.exists():
        raise MailingStateError(_("Only a draft can be deleted."))
    record(
        "mailings.delete",
        actor=by,
        subject="mailing",
        subject_id=locked.pk,
        at=now,
        name=locked.name,
    )
    # What was written for a Send that was taken back.
    Recipient.objects.filter(mailing=locked)._raw_delete(connection.alias)
    locked.delete()


def _copies(
    contents: Iterable[VersionContent] | Iterable[TemplateContent], version_id: int
) -> list[VersionContent]:
    return [
        VersionContent(version_id=version_id, **written(content))
        for content in contents
    ]


def _with_general(contents: list[VersionContent]) -> list[VersionContent]:
    by_language = {content.language: content for content in contents}
    if contents and "" not in by_language:
        own = by_language.get(Installation.current().language)
        (own or by_language.get("en") or contents[0]).language = ""
    return contents
