"""The start of a mailing: its ledger written, its links numbered, in one go."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext as _

from winback.content.rendering import ContentError
from winback.core.audit import record
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.delivery.services.ledger import write_rows
from winback.mailings.contents import compile_version_content, main_version
from winback.mailings.models import (
    Fate,
    Mailing,
    MailingState,
    Recipient,
    Timing,
    TrackedLink,
    Version,
)
from winback.mailings.queries import ledger_sums
from winback.mailings.rules import morning_at_or_after
from winback.segments.rules import RuleTreeError

logger = logging.getLogger(__name__)


class _RefusedError(Exception):
    """The mailing cannot start; the message says why, in a person's words."""


def start_mailing(mailing: Mailing, *, now: datetime) -> bool:
    """Write the ledger of a scheduled mailing and let it be sent.

    True for exactly one caller; False if it was not scheduled, is not due, or
    cannot start. In the last case it is a draft again and ``state_reason`` says
    why: nobody to write to, rules or content that cannot be read. Locks the
    mailing; the ledger and the new state become visible together.
    """
    with transaction.atomic():
        locked = _lock_due(mailing.pk, now=now)
        if locked is None:
            return False
        try:
            with transaction.atomic():
                _write_ledger(locked, now=now)
        except _RefusedError as refusal:
            _back_to_draft(locked, str(refusal), now=now)
            return False
        locked.state = MailingState.SENDING
        locked.state_reason = ""
        locked.started_at = now
        locked.undo_until = None
        locked.save(update_fields=["state", "state_reason", "started_at", "undo_until"])
        _record(locked, "mailings.start", now=now)
    return True


def write_links(version: Version, mailing: Mailing) -> None:
    """Number the tracked links of every content of a version. Raises ContentError.

    A second call changes nothing.
    """
    installation = Installation.current()
    for content in version.contents.all():
        compiled = compile_version_content(content, mailing, installation)
        TrackedLink.objects.bulk_create(
            [
                TrackedLink(
                    content=content,
                    position=link.position,
                    url=link.url_template,
                    label=link.label[:300],
                )
                for link in compiled.links
                if link.is_tracked
            ],
            ignore_conflicts=True,
        )


def spread_over_mornings(mailing: Mailing, *, now: datetime) -> None:
    """Give every ready row the next morning of its person's time zone."""
    if mailing.timing != Timing.RECIPIENT_MORNING:
        return
    home = Installation.current().zone.key
    ready = Recipient.objects.filter(mailing=mailing, fate=Fate.READY)
    zones = ready.order_by().values_list("lead__time_zone", flat=True).distinct()
    for name in list(zones):
        leads = Lead.objects.filter(time_zone=name).values("pk")
        morning = morning_at_or_after(now, _known_zone(name, home))
        ready.filter(lead__in=leads).update(due_at=morning)


def _lock_due(pk: int, *, now: datetime) -> Mailing | None:
    mailings = Mailing.objects.select_for_update(of=("self",))
    return (
        mailings.select_related("responsible", "campaign")
        .filter(pk=pk, state=MailingState.SCHEDULED, scheduled_at__lte=now)
        .first()
    )


def _write_ledger(mailing: Mailing, *, now: datetime) -> None:
    version = main_version(mailing)
    try:
        write_links(version, mailing)
        write_rows(mailing, version_id=version.pk, now=now)
    except ContentError as error:
        raise _RefusedError(_("The content cannot be read: %s") % error) from error
    except RuleTreeError as error:
        raise _RefusedError(_("The rules cannot be read: %s") % error) from error
    if not Recipient.objects.filter(mailing=mailing, fate=Fate.READY).exists():
        raise _RefusedError(_nobody(mailing))
    spread_over_mornings(mailing, now=now)


def _nobody(mailing: Mailing) -> str:
    matched = ledger_sums(mailing).matched
    if not matched:
        return _("Not sent: the rules match nobody.")
    return _("Not sent: the rules match %(count)d leads, but all are left out.") % {
        "count": matched
    }


def _back_to_draft(mailing: Mailing, reason: str, *, now: datetime) -> None:
    logger.warning("Mailing %s cannot start: %s", mailing.pk, reason)
    mailing.state = MailingState.DRAFT
    mailing.state_reason = reason[:500]
    mailing.scheduled_at = mailing.undo_until = None
    mailing.save(update_fields=["state", "state_reason", "scheduled_at", "undo_until"])
    _record(mailing, "mailings.start_refused", now=now, reason=reason)


def _record(mailing: Mailing, action: str, *, now: datetime, **details: str) -> None:
    record(
        action,
        actor=mailing.responsible,
        subject="mailing",
        subject_id=mailing.pk,
        at=now,
        **details,
    )


def _known_zone(name: str, otherwise: str) -> str:
    try:
        return ZoneInfo(name).key if name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise
