"""Mailboxes are read: what came is stored first, then marked as read there.

Killed at any moment nothing is lost: the place in the folder moves on in the
transaction that stores a message, and what was not marked any more is marked at
the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import F, Q

from winback.core.imap_config import ImapMailbox
from winback.reactions.imap.faults import MailboxError
from winback.reactions.imap.session import FolderSession, opened
from winback.reactions.models import MailFolder, Source
from winback.reactions.services.inbound import envelope_in, store_message

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
# A look that says nothing for so long has died. One message takes at most three
# answers of the server, each of them a minute (imap.session).
BUSY_FOR = timedelta(minutes=5)
CHUNK = 25  # messages between two marks
REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look into a folder brought."""

    taken: int = 0  # new messages; known ones are not counted
    has_more: bool = False


def poll_mailbox(box: ImapMailbox, *, clock: Clock) -> Look | None:
    """Take in what is new, at most ``box.most`` messages.

    None if another process is at it, or if the mailbox rests after a fault.
    Never raises for a fault of the mailbox: it is kept with the folder.
    """
    folder = _claimed(box, now=clock())
    if folder is None:
        return None
    try:
        with opened(box) as session:
            look = _read(folder, box, session, clock)
    except MailboxError as error:
        _note_fault(folder, error, now=clock())
        return Look()
    except BaseException:
        MailFolder.objects.filter(pk=folder.pk).update(busy_until=None)
        raise
    _note_success(folder, now=clock())
    return look


def _claimed(box: ImapMailbox, *, now: datetime) -> MailFolder | None:
    folder, _is_new = MailFolder.objects.get_or_create(key=box.key)
    free = Q(busy_until__isnull=True) | Q(busy_until__lt=now)
    due = Q(next_at__isnull=True) | Q(next_at__lte=now)
    claim = MailFolder.objects.filter(free, due, pk=folder.pk)
    if not claim.update(busy_until=now + BUSY_FOR):
        return None
    folder.refresh_from_db()
    return folder


def _read(
    folder: MailFolder, box: ImapMailbox, session: FolderSession, clock: Clock
) -> Look:
    if folder.uid_validity != session.uid_validity:
        _begin_anew(folder, session.uid_validity)
    if box.which == "unseen":
        uids = session.unseen_uids()
    else:
        _settle(
            folder,
            session,
            session.uids_between(folder.settled_uid + 1, folder.taken_uid),
        )
        uids = session.uids_after(folder.taken_uid)
    taken = 0
    for chunk in _chunks(uids[: box.most]):
        for uid in chunk:
            taken += _take(
                folder, session, uid, is_place=box.which == "new", now=clock()
            )
        _settle(folder, session, chunk)
        MailFolder.objects.filter(pk=folder.pk).update(busy_until=clock() + BUSY_FOR)
    return Look(taken, has_more=len(uids) > box.most)


def _begin_anew(folder: MailFolder, uid_validity: int) -> None:
    """Ids under another UIDVALIDITY mean other messages: all are looked at again,
    and those that are known count once (RFC 3501, section 2.3.1.1)."""
    folder.uid_validity, folder.taken_uid, folder.settled_uid = uid_validity, 0, 0
    folder.save(update_fields=["uid_validity", "taken_uid", "settled_uid"])


def _take(
    folder: MailFolder,
    session: FolderSession,
    uid: int,
    *,
    is_place: bool,
    now: datetime,
) -> bool:
    """Store one message; whether it is new. A message that is gone is passed over."""
    raw = session.message(uid)
    with transaction.atomic():
        stored = None
        if raw is not None:
            envelope = envelope_in(raw)
            stored = store_message(
                raw,
                envelope_from=envelope.sender,
                envelope_to=envelope.recipient,
                source=Source.IMAP,
                now=now,
            )
        if is_place:
            folder.taken_uid = uid
            folder.save(update_fields=["taken_uid"])
    return stored is not None


def _settle(folder: MailFolder, session: FolderSession, uids: list[int]) -> None:
    session.settle(uids)
    folder.settled_uid = folder.taken_uid
    folder.save(update_fields=["settled_uid"])


def _chunks(uids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(uids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _note_success(folder: MailFolder, *, now: datetime) -> None:
    if folder.fault:
        logger.info("Mailbox %s is read again.", folder.key)
    MailFolder.objects.filter(pk=folder.pk).update(
        busy_until=None,
        next_at=None,
        read_at=now,
        fault="",
        fault_details="",
        failed_since=None,
        failures=0,
    )


def _note_fault(folder: MailFolder, error: MailboxError, *, now: datetime) -> None:
    """Rest longer with each fault: servers close accounts that knock too often."""
    logger.warning("Mailbox %s: %s %s", folder.key, error.fault.value, error.details)
    rest = min(REST * 2 ** min(folder.failures, 10), LONGEST_REST)
    MailFolder.objects.filter(pk=folder.pk).update(
        busy_until=None,
        next_at=now + rest,
        fault=error.fault.value,
        fault_details=error.details,
        failed_since=folder.failed_since or now,
        failures=F("failures") + 1,
    )
