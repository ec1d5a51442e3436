"""Two people at one mailing: the database decides, and both are told."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from tests.factories import NOW, LeadFactory, UserFactory
from tests.together import in_threads, needs_writers_at_once
from winback.accounts.rules import Role
from winback.core.models import AuditEntry
from winback.mailings import services

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    needs_writers_at_once,
]


@pytest.fixture
def ana():
    return UserFactory(role=Role.MARKETING_USER.value)


@pytest.fixture
def draft(ana):
    LeadFactory(email="ann@example.org")
    return services.create_mailing(
        {
            "subject": "Back in stock",
            "body": "Hello",
            "from_name": "Winback",
            "from_address": "hello@winback.test",
        },
        by=ana,
        now=NOW,
    )


def test_send_pressed_by_two_at_once_schedules_once(draft, ana):
    bob = UserFactory(role=Role.MARKETING_USER.value)

    answers = in_threads(
        partial(services.send_mailing, draft, by=ana, now=NOW),
        partial(services.send_mailing, draft, by=bob, now=NOW),
    )

    draft.refresh_from_db()
    assert draft.state == "scheduled"
    assert sorted(type(answer).__name__ for answer in answers) == [
        "Mailing",
        "MailingStateError",
    ]
    assert AuditEntry.objects.filter(action="mailings.send").count() == 1


def test_send_and_schedule_at_once_do_one_of_both(draft, ana):
    later = datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001 - a clock's time in its zone

    answers = in_threads(
        partial(services.send_mailing, draft, by=ana, now=NOW),
        partial(
            services.schedule_mailing,
            draft,
            local_time=later,
            time_zone="Europe/Kyiv",
            by=ana,
            now=NOW,
        ),
    )

    refused = [isinstance(one, services.MailingStateError) for one in answers]
    draft.refresh_from_db()
    assert sorted(refused) == [False, True]
    assert draft.scheduled_at == answers[refused.index(False)].scheduled_at


def test_send_and_save_at_once_never_changes_what_is_scheduled(draft, ana):
    answers = in_threads(
        partial(services.send_mailing, draft, by=ana, now=NOW),
        partial(
            services.save_mailing,
            draft,
            {"from_address": ""},
            revision=draft.revision,
            by=ana,
            now=NOW,
        ),
    )

    draft.refresh_from_db()
    sent, saved = (not isinstance(one, Exception) for one in answers)
    # Either the save came first and blocks the sending, or it came too late.
    assert (sent, saved) in {(True, False), (False, True)}
    assert (draft.state, draft.from_address) == (
        ("scheduled", "hello@winback.test") if sent else ("draft", "")
    )
