from datetime import timedelta

import pytest

from tests.factories import NOW, LostLeadFactory, UserFactory
from winback.crm.models import Lead, LeadEvent
from winback.crm.services import archive_leads, restore_leads, undo_restore
from winback.crm.signals import leads_lost, restores_undone

pytestmark = pytest.mark.django_db
RESTORED = NOW + timedelta(days=9)
UNDONE = NOW + timedelta(days=10)


@pytest.fixture
def lead():
    made = LostLeadFactory(lost_at=NOW)
    restore_leads(Lead.objects.all(), by=None, now=RESTORED)
    return made


def test_undo_restore_loses_the_lead_as_before_and_tells_of_no_new_loss(lead):
    told, news, person = [], [], UserFactory()

    def hear_loss(**_news):
        told.append("lost")

    def hear(**given):
        news.append(given["lead_ids"])

    leads_lost.connect(hear_loss)
    restores_undone.connect(hear)

    done = undo_restore(lead.pk, restored_at=RESTORED, by=person, now=UNDONE)

    leads_lost.disconnect(hear_loss)
    restores_undone.disconnect(hear)
    assert (done, told, news) == (True, [], [[lead.pk]])
    found = Lead.objects.get()
    assert (found.status, found.active, found.lost_at) == ("lost", False, NOW)
    assert (found.lost_reason, found.probability) == (lead.lost_reason, 0)
    assert found.losses.get().restored_at is None
    event = LeadEvent.objects.order_by("-pk").first()
    assert (event.kind, event.at, event.by) == ("lost", UNDONE, person)


def test_undo_restore_twice_is_harmless(lead):
    undo_restore(lead.pk, restored_at=RESTORED, by=None, now=UNDONE)

    assert not undo_restore(lead.pk, restored_at=RESTORED, by=None, now=UNDONE)
    assert LeadEvent.objects.filter(kind="lost").count() == 1


def test_undo_restore_of_another_moment_changes_nothing(lead):
    assert not undo_restore(lead.pk, restored_at=NOW, by=None, now=UNDONE)
    assert Lead.objects.get().status == "open"


def test_undo_restore_of_a_lead_that_was_put_aside_since(lead):
    archive_leads(Lead.objects.all(), by=None, now=UNDONE)

    assert undo_restore(lead.pk, restored_at=RESTORED, by=None, now=UNDONE)
    assert Lead.objects.get().status == "lost"
