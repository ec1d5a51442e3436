"""Writing fates, in batches: what the server said becomes what the ledger says."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, Q, QuerySet

from winback.crm.models import Lead
from winback.delivery import signals
from winback.delivery.engine.claims import leave_out
from winback.delivery.models import DeliveryRun, ProviderMail
from winback.delivery.rules import FINAL_FAILURES, Outcome, retry_delay
from winback.mailings.models import (
    FailureClass,
    Fate,
    LeftOutReason,
    Mailing,
    MailingState,
    Recipient,
)


@dataclass(slots=True)
class Result:
    """What became of one claimed row."""

    recipient_id: int
    address: str
    attempts: int  # before this one
    outcome: Outcome
    text: str = ""
    at: datetime | None = None  # when the server said so, if that is not now
    provider_id: str = ""


def record_results(
    run: DeliveryRun, results: Sequence[Result], *, now: datetime
) -> None:
    """Write the fates of rows this run holds, in one transaction.

    Rows the run does not hold any more are left as they are, so that a second
    call, or a run that was buried, changes nothing.
    """
    if not results:
        return
    by_outcome: dict[Outcome, list[Result]] = defaultdict(list)
    for result in results:
        by_outcome[result.outcome].append(result)
    with transaction.atomic():
        _keep_provider_ids(by_outcome[Outcome.SENT])
        sent = _record_sent(run, by_outcome.pop(Outcome.SENT), now=now)
        given_back = False
        for outcome, group in by_outcome.items():
            if outcome in FINAL_FAILURES:
                _record_final(run, group, Fate.FAILED, FailureClass(outcome))
            elif outcome is Outcome.UNCERTAIN:
                _record_final(run, group, Fate.UNCERTAIN, "")
            else:
                given_back = True
                _give_back(run, outcome, group, now=now)
        if given_back:
            _leave_out_if_cancelled(run.mailing_id)
        transaction.on_commit(partial(_tell, sent))


def finish_if_done(mailing_id: int, *, now: datetime) -> bool:
    """Make a mailing ``sent`` once every recipient has a final fate.

    True for exactly one caller. Locks the mailing before it looks for good, so
    that rows made ready by hand at the same moment are seen.
    """
    open_rows = Recipient.objects.filter(
        mailing_id=mailing_id, fate__in=[Fate.READY, Fate.HANDING_OVER]
    )
    if open_rows.exists():
        return False
    sending = Mailing.objects.filter(pk=mailing_id, state=MailingState.SENDING)
    with transaction.atomic():
        if not sending.select_for_update() or open_rows.exists():
            return False
        finished = sending.update(
            state=MailingState.SENT, state_reason="", finished_at=now
        )
    if finished:
        signals.mailing_finished.send(sender=Mailing, mailing_id=mailing_id, at=now)
    return bool(finished)


def _tell(sent: dict[datetime, list[int]]) -> None:
    for at, ids in sent.items():
        signals.mails_sent.send(sender=DeliveryRun, recipient_ids=ids, at=at)


def _held(run: DeliveryRun, results: Iterable[Result]) -> QuerySet[Recipient]:
    ids = [result.recipient_id for result in results]
    return Recipient.objects.filter(
        pk__any_of=ids, run_id=run.pk, fate=Fate.HANDING_OVER
    )


def _record_sent(
    run: DeliveryRun, results: list[Result], *, now: datetime
) -> dict[datetime, list[int]]:
    by_time: dict[datetime, list[Result]] = defaultdict(list)
    for result in results:
        by_time[result.at or now].append(result)
    for at, group in by_time.items():
        _held(run, group).update(
            fate=Fate.SENT,
            sent_at=at,
            attempts=F("attempts") + 1,
            error="",
            failure_class="",
        )
        addresses = [result.address for result in group]
        # The second condition lets SQLite use the partial index by address.
        leads = Lead.objects.filter(email_normalized__any_of=addresses)
        earlier = Q(last_mailed_at__isnull=True) | Q(last_mailed_at__lt=at)
        leads.exclude(email_normalized="").filter(earlier).update(last_mailed_at=at)
    return {at: [r.recipient_id for r in group] for at, group in by_time.items()}


def _keep_provider_ids(sent: list[Result]) -> None:
    named = [
        ProviderMail(recipient_id=r.recipient_id, provider_id=r.provider_id[:200])
        for r in sent
        if r.provider_id
    ]
    if named:
        ProviderMail.objects.bulk_create(
            named,
            update_conflicts=True,
            unique_fields=["recipient"],
            update_fields=["provider_id"],
        )


def _record_final(
    run: DeliveryRun, results: list[Result], fate: Fate, failure_class: str
) -> None:
    by_text: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_text[result.text[:500]].append(result)
    for text, group in by_text.items():
        _held(run, group).update(
            fate=fate,
            failure_class=failure_class,
            error=text,
            attempts=F("attempts") + 1,
        )


def _give_back(
    run: DeliveryRun, outcome: Outcome, results: list[Result], *, now: datetime
) -> None:
    if outcome is Outcome.NOT_BEGUN:
        _held(run, results).update(fate=Fate.READY, run_id=None)
        return
    if outcome is Outcome.ACCOUNT:
        _held(run, results).update(
            fate=Fate.READY, run_id=None, error=results[0].text[:500]
        )
        return
    for result in results:
        _try_later(run, result, now=now)


def _try_later(run: DeliveryRun, result: Result, *, now: datetime) -> None:
    row = _held(run, [result])
    error, attempts = result.text[:500], F("attempts") + 1
    delay = retry_delay(result.attempts + 1, jitter=random.random())  # noqa: S311
    if delay is None:
        row.update(
            fate=Fate.FAILED,
            failure_class=FailureClass.SERVER,
            error=error,
            attempts=attempts,
        )
    else:
        row.update(
            fate=Fate.READY,
            run_id=None,
            due_at=now + delay,
            error=error,
            attempts=attempts,
        )


def _leave_out_if_cancelled(mailing_id: int) -> None:
    """Rows given back to a cancelled mailing are as cancelled as the others.

    Locks the mailing, so that a cancel of the same moment is either seen here
    or sees these rows.
    """
    mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
    if mailing.state == MailingState.CANCELLED:
        rows = Recipient.objects.filter(mailing_id=mailing_id, fate=Fate.READY)
        leave_out(rows, LeftOutReason.CANCELLED)
