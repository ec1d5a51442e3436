"""News from below: new addresses, somebody said no, somebody pressed Send."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from kombu.exceptions import ChannelError, OperationalError

from winback.consent.rules import Refusal
from winback.consent.signals import address_refused
from winback.crm.signals import leads_written
from winback.delivery import tasks
from winback.delivery.engine.stopping import ask_to_stop
from winback.delivery.services.mailed import refresh_last_mailed
from winback.delivery.services.notices import tell_finished
from winback.delivery.services.refusing import leave_out_addresses
from winback.delivery.signals import mailing_finished
from winback.mailings.models import Mailing, MailingState
from winback.mailings.signals import mailing_due_changed

logger = logging.getLogger(__name__)


@receiver(leads_written)
def on_leads_written(*, lead_ids: list[int], **_: Any) -> None:
    refresh_last_mailed(lead_ids)


@receiver(address_refused)
def on_address_refused(
    *, addresses: list[str], topic_id: int | None, refusal: Refusal, **_: Any
) -> None:
    leave_out_addresses(addresses, topic_id=topic_id, refusal=refusal)


@receiver(mailing_due_changed)
def on_mailing_due_changed(*, mailing_id: int, **_: Any) -> None:
    """At once rather than at the next beat; without a broker the beat has to do."""
    transaction.on_commit(_wake)
    scheduled = Mailing.objects.filter(pk=mailing_id, state=MailingState.SCHEDULED)
    if not settings.CONFIG.demo and scheduled.exists():
        transaction.on_commit(partial(_learn_domains, mailing_id))


@receiver(mailing_finished)
def on_mailing_finished(*, mailing_id: int, at: datetime, **_: Any) -> None:
    tell_finished(Mailing.objects.get(pk=mailing_id), now=at)


@worker_ready.connect
def on_worker_ready(**_: Any) -> None:
    tasks.recover.delay()


@worker_shutting_down.connect
def on_worker_shutting_down(**_: Any) -> None:
    ask_to_stop()


def _wake() -> None:
    try:
        tasks.wake.apply_async(expires=tasks.EXPIRES_SECONDS, retry=False)
    except (ChannelError, OperationalError, OSError) as error:
        logger.warning("The broker is away, the next beat will do: %s", error)


def _learn_domains(mailing_id: int) -> None:
    try:
        tasks.learn_mailing_domains.apply_async((mailing_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The broker is away, domains are not asked about: %s", error)
