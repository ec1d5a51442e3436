from datetime import UTC, datetime

import pytest

from winback.accounts.models import User
from winback.core import audit
from winback.core.models import AuditEntry

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_record_with_actor_keeps_their_name_and_details():
    actor = User.objects.create_user("ann@example.com", first_name="Ann")

    audit.record(
        "crm.mark_lost", actor=actor, subject="lead", subject_id=7, at=NOW, reason="x"
    )

    entry = AuditEntry.objects.get()
    assert (entry.at, entry.actor, entry.actor_name) == (NOW, actor, "Ann")
    assert (entry.action, entry.subject, entry.subject_id, entry.details) == (
        "crm.mark_lost",
        "lead",
        "7",
        {"reason": "x"},
    )


@pytest.mark.django_db
def test_record_by_the_installation_has_no_actor():
    audit.record("crm.import", actor=None, subject="import", subject_id="", at=NOW)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name) == (None, "")
