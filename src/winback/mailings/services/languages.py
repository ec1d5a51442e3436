"""A mailing's contents in several languages: added, copied and taken away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.content.languages import GENERAL, normalized_language
from winback.core.audit import record
from winback.mailings.contents import main_version
from winback.mailings.errors import MailingInvalidError, MailingStateError
from winback.mailings.models import Mailing, MailingState
from winback.mailings.services.editing import save_mailing
from winback.mailings.services.fields import CONTENT_FIELDS


@transaction.atomic
def copy_language(
    mailing: Mailing, *, source: str, language: str, by: User, now: datetime
) -> Mailing:
    """Write what is said in ``source`` as the content of ``language``.

    Makes the content if there is none yet, else writes over it. Raises
    MailingInvalidError for a language that does not exist, MailingStateError if
    the mailing is no draft.
    """
    if language != GENERAL and normalized_language(language) != language:
        raise MailingInvalidError({"language": _("There is no such language.")})
    written = main_version(mailing).contents.filter(language=source).first()
    if written is None:
        raise MailingInvalidError({"source": _("Nothing is written in it yet.")})
    changes = {name: getattr(written, name) for name in CONTENT_FIELDS}
    return save_mailing(
        mailing, changes, language=language, revision=None, by=by, now=now
    )


@transaction.atomic
def remove_language(
    mailing: Mailing, *, language: str, by: User, now: datetime
) -> Mailing:
    """Take the content in ``language`` away; its people get the next that fits.

    The general content stays. A second call is harmless. Locks the row; raises
    MailingStateError if the mailing is no draft, MailingInvalidError for the
    general content.
    """
    locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if locked.state != MailingState.DRAFT:
        raise MailingStateError(
            _("This mailing is no draft any more, so it cannot be changed.")
        )
    if language == GENERAL:
        message = _("The content for everybody else cannot be removed.")
        raise MailingInvalidError({"language": message})
    removed, _by_model = (
        main_version(locked).contents.filter(language=language).delete()
    )
    if removed:
        locked.changed_at = now
        locked.revision = F("revision") + 1
        locked.save(update_fields=["changed_at", "revision"])
        locked.refresh_from_db(fields=["revision"])
        record(
            "mailings.remove_language",
            actor=by,
            subject="mailing",
            subject_id=locked.pk,
            at=now,
            language=language,
        )
    return locked
