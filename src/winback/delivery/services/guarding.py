"""Guards: too many bounces or complaints stop a mailing; a person decides then."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.core.audit import record
from winback.core.formats import number_text, rate_text
from winback.delivery.models import GuardSettings, MailingWatch
from winback.delivery.rules.guards import (
    LEAST_MAILS,
    WINDOW,
    Danger,
    Judgement,
    Rates,
    Reception,
    judge,
)
from winback.delivery.services.notices import tell_stopped
from winback.delivery.services.words import in_language_of
from winback.mailings.models import (
    BounceKind,
    FailureClass,
    Fate,
    Mailing,
    MailingState,
    Recipient,
)
from winback.mailings.services import (
    MailingStateError,
    release_mailing,
    stop_mailing,
)

logger = logging.getLogger(__name__)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_END = datetime(9000, 1, 1, tzinfo=UTC)


def look_after(mailing: Mailing, *, now: datetime) -> bool:
    """Stop a mailing whose last mails were received too badly; whether it was.

    Three queries while all is well. Harmless at any time, by any number of callers.
    """
    watch = MailingWatch.objects.filter(mailing=mailing).first()
    since = (watch and watch.waived_at) or _BEGINNING
    return _stop_if(mailing, [last_reception(mailing.pk, since=since)], now=now)


def look_after_news(recipient: Recipient, *, now: datetime) -> bool:
    """Judge the mails around one that bounced or was complained about.

    Bounces come late: by then the last mails are others, whose bounces nobody
    has heard of yet. So the stretch that ends at this very mail is judged too.
    """
    mailing = Mailing.objects.get(pk=recipient.mailing_id)
    if mailing.state != MailingState.SENDING or recipient.claimed_at is None:
        return False
    watch = MailingWatch.objects.filter(mailing=mailing).first()
    since = (watch and watch.waived_at) or _BEGINNING
    if recipient.claimed_at <= since:
        return False
    receptions = [
        reception_around(mailing.pk, recipient.claimed_at, since=since),
        last_reception(mailing.pk, since=since),
    ]
    return _stop_if(mailing, receptions, now=now)


def continue_anyway(mailing: Mailing, *, by: User, now: datetime) -> Mailing:
    """Go on after a guard's stop, and judge only what is sent from now on.

    A canary counts as passed. Raises MailingStateError if nothing stopped it.
    """
    with transaction.atomic():
        released = release_mailing(mailing, by=by, now=now)
        waiver: dict[str, Any] = {"waived_at": now, "waived_by": by}
        if mailing.canary:
            waiver["canary_passed_at"] = now
        MailingWatch.objects.update_or_create(mailing=mailing, defaults=waiver)
    return released


def rates() -> Rates:
    """What the installation holds for too bad. One query."""
    found = GuardSettings.current()
    return Rates(
        bounce_rate=float(found.bounce_percent) / 100,
        complaint_rate=float(found.complaint_percent) / 100,
    )


def set_rates(changed: GuardSettings, *, by: User, now: datetime) -> None:
    """Save checked rates; they hold at the next look, a few seconds later."""
    with transaction.atomic():
        GuardSettings.objects.update_or_create(
            pk=changed.pk,
            defaults={
                "bounce_percent": changed.bounce_percent,
                "complaint_percent": changed.complaint_percent,
            },
        )
        record(
            "delivery.set_guards",
            actor=by,
            subject="guards",
            subject_id=changed.pk,
            at=now,
            bounce_percent=str(changed.bounce_percent),
            complaint_percent=str(changed.complaint_percent),
        )


def last_reception(mailing_id: int, *, since: datetime = _BEGINNING) -> Reception:
    """How the last WINDOW mails were received. One query over an index."""
    return _reception(mailing_id, "DESC", after=since, until=_END)


def reception_around(
    mailing_id: int, at: datetime, *, since: datetime = _BEGINNING
) -> Reception:
    """How the WINDOW mails up to ``at`` were received; the first WINDOW if fewer."""
    before = _reception(mailing_id, "DESC", after=since, until=at)
    if before.mails >= WINDOW:
        return before
    return _reception(mailing_id, "ASC", after=since, until=_END)


def stop_because(mailing: Mailing, judgement: Judgement, *, now: datetime) -> bool:
    """Halt the mailing and say why; False if somebody halted it before."""
    with in_language_of(mailing.responsible):
        reason = stop_words(judgement)
    try:
        stop_mailing(mailing, reason=reason, now=now)
    except MailingStateError:
        return False
    tell_stopped(mailing, reason, now=now)
    logger.warning("Mailing %s was stopped: %s", mailing.pk, judgement)
    return True


def stop_words(judgement: Judgement) -> str:
    """Why, and the next step, in the language that is active."""
    figures = {
        "count": number_text(judgement.count),
        "mails": number_text(judgement.mails),
        "rate": rate_text(judgement.rate),
        "limit": rate_text(judgement.limit, decimals=2),
    }
    if judgement.danger is Danger.COMPLAINTS:
        return (
            _(
                "Stopped: %(count)s of %(mails)s people complained (%(rate)s; the "
                "limit is %(limit)s). Ask yourself whether they expect this mail, and "
                "narrow the audience to people who know you."
            )
            % figures
        )
    return (
        _(
            "Stopped: %(count)s of %(mails)s mails bounced or were refused (%(rate)s; "
            "the limit is %(limit)s). Look at the addresses that failed: the list may "
            "be old. Going on like this makes mail servers distrust you."
        )
        % figures
    )


def _stop_if(mailing: Mailing, receptions: list[Reception], *, now: datetime) -> bool:
    if max(reception.mails for reception in receptions) < LEAST_MAILS:
        return False
    limits = rates()
    for reception in receptions:
        if judgement := judge(reception, limits):
            return stop_because(mailing, judgement, now=now)
    return False


# One stretch for each fate, so that each is read from the end of its own part
# of the index and no more than WINDOW rows are touched.
_STRETCH = """
SELECT * FROM (
  SELECT claimed_at,
    CASE WHEN bounce_kind = %s OR failure_class = %s THEN 1 ELSE 0 END AS is_bounced,
    CASE WHEN complained_at IS NULL THEN 0 ELSE 1 END AS is_complained
  FROM {table}
  WHERE mailing_id = %s AND fate = %s AND failure_class IN ('', %s, %s)
    AND claimed_at > %s AND claimed_at <= %s
  ORDER BY claimed_at {order} LIMIT {window}
) AS {name}
"""


def _reception(
    mailing_id: int, order: str, *, after: datetime, until: datetime
) -> Reception:
    sent, failed = (
        _STRETCH.format(
            table=Recipient._meta.db_table, order=order, window=WINDOW, name=name
        )
        for name in ("sent", "failed")
    )
    sql = (
        "SELECT count(*), sum(is_bounced), sum(is_complained) FROM (SELECT * FROM"  # noqa: S608
        f" ({sent} UNION ALL {failed}) AS both_fates"
        f" ORDER BY claimed_at {order} LIMIT {WINDOW}) AS stretch"
    )
    refused = (FailureClass.ADDRESS.value, FailureClass.MESSAGE.value)
    adapt = connection.ops.adapt_datetimefield_value
    params: list[Any] = []
    for fate in (Fate.SENT, Fate.FAILED):
        params += [BounceKind.HARD.value, refused[0], mailing_id, fate.value]
        params += [*refused, adapt(after), adapt(until)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        mails, bounced, complained = cursor.fetchone()
    return Reception(mails=mails, bounced=bounced or 0, complained=complained or 0)
