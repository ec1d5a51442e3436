"""Topics: which are offered, and which one new mailings are about."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from winback.accounts.models import User
from winback.consent.models import Topic
from winback.core import audit


@transaction.atomic
def archive_topic(topic: Topic, *, by: User, now: datetime) -> bool:
    """Offer the topic to nobody any more; False for the one of new mailings."""
    archived = Topic.objects.filter(pk=topic.pk, is_default=False, archived_at=None)
    if not archived.update(archived_at=now):
        return not Topic.objects.filter(pk=topic.pk, is_default=True).exists()
    _record("archive_topic", topic, by=by, now=now)
    return True


@transaction.atomic
def use_topic_again(topic: Topic, *, by: User, now: datetime) -> None:
    if Topic.objects.filter(pk=topic.pk, archived_at__isnull=False).update(
        archived_at=None
    ):
        _record("use_topic_again", topic, by=by, now=now)


@transaction.atomic
def make_default(topic: Topic, *, by: User, now: datetime) -> None:
    """New mailings are about this topic; drafts keep theirs."""
    Topic.objects.filter(is_default=True).update(is_default=False)
    Topic.objects.filter(pk=topic.pk).update(is_default=True)
    _record("make_topic_default", topic, by=by, now=now)


def _record(verb: str, topic: Topic, *, by: User, now: datetime) -> None:
    audit.record(
        f"consent.{verb}",
        actor=by,
        subject="topic",
        subject_id=topic.pk,
        at=now,
        name=topic.name,
    )
