"""When an address was last mailed stands on each of its leads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, LeadFactory, RecipientFactory
from winback.crm.models import Lead
from winback.crm.services import LeadFields, create_lead, update_lead
from winback.delivery.queries import leads_mailed_later_than_noted
from winback.delivery.services import refresh_last_mailed, repair_last_mailed
from winback.mailings.models import Recipient

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def mailed() -> Recipient:
    """A mail to Ann, yesterday, and one before that."""
    lead = LeadFactory(email="ann@example.org", last_mailed_at=NOW - DAY)
    RecipientFactory(lead=lead, address="ann@example.org", sent_at=NOW - 9 * DAY)
    return RecipientFactory(lead=lead, address="ann@example.org", sent_at=NOW - DAY)


def test_new_lead_of_a_mailed_address_knows_when(mailed: Recipient) -> None:
    lead = create_lead(
        LeadFields(title="Again", email="Ann@Example.org"), by=None, now=NOW
    )

    lead.refresh_from_db()
    assert lead.last_mailed_at == NOW - DAY


def test_lead_with_a_new_address_knows_when_that_was_mailed(mailed: Recipient) -> None:
    lead = LeadFactory(last_mailed_at=NOW - 30 * DAY)

    update_lead(lead, {"email": "ann@example.org"}, by=None, now=NOW)

    lead.refresh_from_db()
    assert lead.last_mailed_at == NOW - DAY


def test_date_that_came_with_the_lead_is_never_put_back(mailed: Recipient) -> None:
    lead = LeadFactory(email="ann@example.org", last_mailed_at=NOW)

    refresh_last_mailed([lead.pk])

    lead.refresh_from_db()
    assert lead.last_mailed_at == NOW


def test_repair_brings_forward_what_is_behind_the_ledger(mailed: Recipient) -> None:
    none = LeadFactory(email="ann@example.org")
    old = LeadFactory(email="ann@example.org", last_mailed_at=NOW - 2 * DAY)
    LeadFactory(email="")
    LeadFactory(email="bob@example.org")
    failed = LeadFactory()
    RecipientFactory(lead=failed, fate="failed", failure_class="server", sent_at=None)

    assert repair_last_mailed() == 2

    dates = Lead.objects.filter(pk__in=[none.pk, old.pk]).values_list("last_mailed_at")
    assert list(dates) == [(NOW - DAY,)] * 2
    assert leads_mailed_later_than_noted().count() == 0
